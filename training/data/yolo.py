"""Data sets of boxes as YOLO programs keep them: a text file of ``class x y w h`` for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.errors import UnreadableFileError
from training.data.boxes import read_yolo_text
from training.data.groups import UNKNOWN
from training.data.pair_layouts import IMAGE_FOLDERS, pair_folders
from training.data.pictures import IMAGE_ENDINGS, files_in, first_problem, read_image
from training.dataset import Sample

if TYPE_CHECKING:
    from pathlib import Path

_LABEL_FOLDERS = ("labels",)
_LISTS = ("classes.txt", "obj.names", "labels.txt")
_SETTINGS = ("data.yaml", "data.yml", "dataset.yaml")


def _folders(folder: Path) -> list[tuple[str, Path, Path]]:
    """Return (prefix, images, texts): side by side, divided into train and val, or all in one folder."""
    found = pair_folders(folder, IMAGE_FOLDERS, _LABEL_FOLDERS)
    divided = []
    for prefix, images, texts in found:
        parts = [part for part in sorted(images.iterdir()) if part.is_dir() and (texts / part.name).is_dir()]
        divided += [(f"{prefix}{part.name}/", part, texts / part.name) for part in parts]
        if not parts:
            divided.append((prefix, images, texts))
    if divided:
        return divided
    names = {path.stem for path in files_in(folder, (".txt",))} if folder.is_dir() else set()
    if names and any(path.stem in names for path in files_in(folder, IMAGE_ENDINGS)):
        return [("", folder, folder)]
    return []


def fits(folder: Path) -> bool:
    """Whether there are images with text files of boxes."""
    return any(_texts(texts) for _, _, texts in _folders(folder))


def _texts(folder: Path) -> list[Path]:
    return [path for path in files_in(folder, (".txt",)) if path.name not in _LISTS]


def read(folder: Path) -> list[Sample]:
    """Read images with boxes; every class was looked for in every image.

    Layouts: ``images/`` and ``labels/``, each perhaps with ``train`` and ``val`` below, or above; or text
    files beside their images. Names of the classes come from ``classes.txt``, ``obj.names`` or
    ``data.yaml``; without them they are ``class 0`` and so on.

    Raises
    ------
    LusguiError
        If an image has no text file (where nothing is seen it is empty), a text file no image, or a line is
        no box.
    """
    parts = []
    for prefix, images, texts in _folders(folder):
        by_name = {path.stem: path for path in _texts(texts)}
        pictures = files_in(images, IMAGE_ENDINGS)
        stems = {path.stem for path in pictures}
        lonely = [path for path in pictures if path.stem not in by_name]
        if lonely:
            more = f", nor have {len(lonely) - 1} more" if len(lonely) > 1 else ""
            raise UnreadableFileError(
                f"the image has no text file in '{texts.name}'{more}",
                path=lonely[0],
                remedy="Write an empty one where nothing is seen, or take the image out",
            )
        left = [path for stem, path in by_name.items() if stem not in stems]
        if left:
            raise first_problem(images, [], left)
        parts += [(prefix, path, by_name[path.stem]) for path in pictures]
    if not parts:
        raise UnreadableFileError("there are no images with text files here", path=folder)
    contents = [(prefix, image, text, _read_text(text)) for prefix, image, text in parts]
    classes = read_classes(folder) or _numbered([content for *_, content in contents])
    samples = []
    for prefix, image, text, content in contents:
        picture = read_image(image)
        samples.append(
            Sample(
                f"{prefix}{image.stem}",
                UNKNOWN,
                picture.frames[0],
                mapping=picture.mapping,
                spacing_mm=picture.spacing_mm,
                boxes=read_yolo_text(content, picture.shape, classes, text),
                source=f"{prefix}{image.name}",
            )
        )
    return samples


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UnreadableFileError("it cannot be read as text", path=path) from error


def read_classes(folder: Path) -> tuple[str, ...] | None:
    """Return the names of the classes in the order of their numbers, or None where no file has them.

    Raises
    ------
    UnreadableFileError
        If the file is there and damaged.
    """
    places = [folder / name for name in _LISTS] + [folder / "labels" / "classes.txt"]
    listed = next((place for place in places if place.is_file()), None)
    if listed is not None:
        names = tuple(line.strip() for line in _read_text(listed).splitlines() if line.strip())
        if not names:
            raise UnreadableFileError("it names no class", path=listed, remedy="Write one name a line")
        return names
    settings = next((folder / name for name in _SETTINGS if (folder / name).is_file()), None)
    return None if settings is None else _names_in_yaml(settings)


def _names_in_yaml(path: Path) -> tuple[str, ...]:
    import yaml

    try:
        content = yaml.safe_load(_read_text(path))
        names = content["names"]
        if isinstance(names, dict):
            names = [names[number] for number in range(len(names))]
        if not isinstance(names, list) or not names:
            raise TypeError(names)
        return tuple(map(str, names))
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise UnreadableFileError(
            "it does not name the classes", path=path, remedy="Write 'names: [rib]' into it"
        ) from error


def _numbered(contents: list[str]) -> tuple[str, ...]:
    numbers = [
        int(words[0])
        for content in contents
        for words in map(str.split, content.splitlines())
        if words and words[0].isdecimal()
    ]
    return tuple(f"class {number}" for number in range(max(numbers, default=0) + 1))
