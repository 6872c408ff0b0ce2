"""Data sets with COCO annotations: polygons, run lengths, boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError, UnreadableFileError
from training.data.boxes import Box
from training.data.groups import UNKNOWN
from training.data.pictures import IMAGE_ENDINGS, check_size, files_in, read_image, read_json
from training.dataset import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_KEYS = ("images", "annotations", "categories")
_GROUP_KEYS = ("group", "patient_id", "patient", "video_id", "clip")
_LARGEST_LOOKED_INTO = 512 * 1024 * 1024


def annotation_files(path: Path) -> list[Path]:
    """Return the COCO files: the file itself, or those in a folder or its ``annotations``."""
    if path.is_file():
        return [path] if path.suffix.casefold() == ".json" and _is_coco(path) else []
    if not path.is_dir():
        return []
    places = [path] + [path / name for name in ("annotations", "Annotations") if (path / name).is_dir()]
    return [file for place in places for file in files_in(place, (".json",)) if _is_coco(file)]


def fits(path: Path) -> bool:
    """Whether there is a COCO file."""
    return bool(annotation_files(path))


def _is_coco(path: Path) -> bool:
    if path.stat().st_size > _LARGEST_LOOKED_INTO:
        return False
    try:
        content = read_json(path)
    except LusguiError:
        return False
    return isinstance(content, dict) and all(isinstance(content.get(key), list) for key in _KEYS)


def read(path: Path) -> list[Sample]:
    """Read a set with COCO annotations.

    Every category was looked for in every image, so one without annotations has an empty mask. A category
    whose annotations all have outlines gives masks, one with a bare box gives boxes. ``group``,
    ``patient_id`` or ``video_id`` of an image is its group.

    Parameters
    ----------
    path : Path
        The file, or a folder with it (or ``annotations/`` with it); images are looked for by name beside
        the file, in the folder and one folder below.

    Raises
    ------
    LusguiError
        If an image is missing or of another size, or an annotation damaged.
    """
    files = annotation_files(path)
    if not files:
        raise UnreadableFileError(
            "there is no COCO file here", path=path, remedy=f"It needs {', '.join(map(repr, _KEYS))}"
        )
    samples: list[Sample] = []
    for file in files:
        root = path if path.is_dir() else file.parent
        try:
            samples += _read_file(file, root)
        except LusguiError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            raise UnreadableFileError(
                f"its annotations are damaged ({type(error).__name__}: {error})",
                path=file,
                remedy="Export them again as COCO",
            ) from error
    return samples


def _read_file(file: Path, root: Path) -> list[Sample]:
    content = read_json(file)
    names = {one["id"]: str(one["name"]) for one in content["categories"]}
    by_image: dict[Any, list[Any]] = {one["id"]: [] for one in content["images"]}
    for annotation in content["annotations"]:
        if annotation["image_id"] not in by_image:
            raise UnreadableFileError(
                f"an annotation speaks of image {annotation['image_id']}, which is not listed", path=file
            )
        if annotation["category_id"] not in names:
            raise UnreadableFileError(
                f"an annotation speaks of category {annotation['category_id']}, which is not listed",
                path=file,
            )
        by_image[annotation["image_id"]].append(annotation)
    boxed = {names[one["category_id"]] for one in content["annotations"] if not one.get("segmentation")}
    labels = list(dict.fromkeys(names.values()))
    places = _image_places(file, root)
    samples = []
    for one in content["images"]:
        place = _locate(str(one["file_name"]), places, file)
        picture = read_image(place)
        stated = (int(one["height"]), int(one["width"]))
        check_size(stated, picture.shape, file, place.name)
        found = by_image[one["id"]]
        group = next((str(one[key]) for key in _GROUP_KEYS if one.get(key) not in (None, "")), UNKNOWN)
        samples.append(
            Sample(
                str(one["file_name"]).rsplit(".", 1)[0],
                group,
                picture.frames[0],
                {label: _mask(found, label, names, stated, file) for label in labels if label not in boxed},
                mapping=picture.mapping,
                spacing_mm=picture.spacing_mm,
                boxes={label: _boxes(found, label, names) for label in labels if label in boxed},
                source=str(one["file_name"]),
            )
        )
    return samples


def _image_places(file: Path, root: Path) -> list[Path]:
    places = [file.parent, root, *(one for one in sorted(root.iterdir()) if one.is_dir())]
    return list(dict.fromkeys(places))


def _locate(name: str, places: list[Path], file: Path) -> Path:
    relative = name.replace("\\", "/").lstrip("/")
    last = relative.rsplit("/", 1)[-1]
    if ".." in relative.split("/"):
        relative = last
    for candidate in dict.fromkeys((relative, last)):
        for place in places:
            if (place / candidate).is_file():
                return place / candidate
    raise UnreadableFileError(
        f"its image '{name}' is not there",
        path=file,
        remedy="Put the images beside the file or into 'images'",
    )


def _mask(
    found: list[Any], label: str, names: dict[Any, str], shape: tuple[int, int], file: Path
) -> NDArray[np.bool_]:
    from lusgui.io.masks_coco import decode

    united = np.zeros(shape, dtype=np.bool_)
    for one in found:
        if names[one["category_id"]] == label:
            try:
                united |= decode(one["segmentation"], shape)
            except ValueError as error:
                raise UnreadableFileError(
                    f"the outline of annotation {one.get('id', '?')} is damaged ({error})", path=file
                ) from error
    return united


def _boxes(found: list[Any], label: str, names: dict[Any, str]) -> tuple[Box, ...]:
    boxes = []
    for one in found:
        if names[one["category_id"]] == label:
            x, y, width, height = (float(value) for value in one["bbox"])
            boxes.append(Box(y, x, y + height, x + width))
    return tuple(boxes)


def images_not_listed(path: Path, samples: list[Sample]) -> int:
    """Return how many images of the folder no annotation file lists."""
    root = path if path.is_dir() else path.parent
    listed = {sample.source.replace("\\", "/").rsplit("/", 1)[-1] for sample in samples}
    places = [root, *(one for one in root.iterdir() if one.is_dir())]
    return sum(one.name not in listed for place in places for one in files_in(place, IMAGE_ENDINGS))
