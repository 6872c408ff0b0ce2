"""Images in one folder and masks in another, or masks beside their images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import UnreadableFileError
from training.data.groups import UNKNOWN
from training.data.pictures import (
    IMAGE_ENDINGS,
    MASK_ENDINGS,
    UNNAMED,
    check_size,
    decode_masks,
    files_in,
    first_problem,
    read_image,
    read_label_names,
    read_stored_mask,
)
from training.dataset import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.data.pictures import Picture

IMAGE_FOLDERS = ("images", "image", "imgs", "img", "frames")
MASK_FOLDERS = (
    "masks",
    "mask",
    "msk",
    "annotations",
    "segmentations",
    "gt",
    "gts",
    "ground_truth",
    "groundtruth",
    "labels",
    "label",
)
PARTS = ("train", "training", "val", "valid", "validation", "test", "testing")
"""Folders that a set is often divided into; all of them are read, and split anew."""

_FRONT = re.compile(r"^(images?|imgs?|im|frames?|masks?|msk|seg|labels?|gt)[ _-]+", re.IGNORECASE)
_BACK = re.compile(r"[ _-]+(images?|imgs?|masks?|msk|seg|segmentation|labels?|gt|annotation)$", re.IGNORECASE)
_MASK_ENDING = re.compile(r"(.+)[_-]mask(?:_\d+)?", re.IGNORECASE)


def pair_folders(
    folder: Path, images: Sequence[str] = IMAGE_FOLDERS, masks: Sequence[str] = MASK_FOLDERS
) -> list[tuple[str, Path, Path]]:
    """Return (prefix of names, images, masks) of a folder, or of its train, val and test parts."""
    found = []
    for prefix, place in (("", folder), *((f"{part.name}/", part) for part in _children(folder, PARTS))):
        here, there = _children(place, images), _children(place, masks)
        if here and there:
            found.append((prefix, here[0], there[0]))
    return found


def _children(folder: Path, names: Sequence[str]) -> list[Path]:
    """Return the subfolders with one of these names, whatever their case, in the order of the names."""
    if not folder.is_dir():
        return []
    by_name = {path.name.casefold(): path for path in folder.iterdir() if path.is_dir()}
    return [by_name[name] for name in names if name in by_name]


def fits_pairs(folder: Path) -> bool:
    """Whether there is a folder of images beside a folder of masks."""
    return bool(pair_folders(folder))


def fits_mat_masks(folder: Path) -> bool:
    """Whether images have masks that are MAT files, in a folder of their own or beside them."""
    for _, images, masks in pair_folders(folder):
        if files_in(images, IMAGE_ENDINGS) and files_in(masks, (".mat",)):
            return True
    if not folder.is_dir():
        return False
    stems = {path.stem for path in files_in(folder, IMAGE_ENDINGS)}
    return any(
        path.stem in stems or path.stem.rpartition(".")[0] in stems for path in files_in(folder, (".mat",))
    )


def read_mat_masks(folder: Path) -> list[Sample]:
    """Read images whose masks are MAT files."""
    return read_pairs(folder) if fits_pairs(folder) else read_beside(folder)


def read_pairs(folder: Path) -> list[Sample]:
    """Read images and masks from two folders, paired by name.

    Names are the same, or differ by a word such as ``img_`` and ``mask_``. In the masks' folder there may be
    one folder for each label. ``labels.json`` names the values of label maps.

    Raises
    ------
    LusguiError
        If an image has no mask, a mask no image, or one cannot be read.
    """
    samples = []
    for prefix, images, masks in pair_folders(folder):
        names = read_label_names(folder) or read_label_names(masks)
        samples += read_pair_folder(prefix, images, masks, names)
    return samples


def read_pair_folder(
    prefix: str, images: Path, masks: Path, names: Mapping[int, str] | None = None, soft: bool = False
) -> list[Sample]:
    """Read one folder of images with its folder of masks; see `read_pairs` and `decode_masks`."""
    image_files = files_in(images, IMAGE_ENDINGS | {".mat"})
    if not image_files:
        raise UnreadableFileError(
            "there is no image in this folder", path=images, remedy="Put PNG, TIFF, JPEG or MAT files into it"
        )
    by_label = {
        part.name: files_in(part, MASK_ENDINGS)
        for part in sorted(masks.iterdir())
        if part.is_dir() and not part.name.startswith(".")
    }
    direct = files_in(masks, MASK_ENDINGS)
    if direct or not by_label:
        by_label = {UNNAMED: direct}
    planes: dict[Path, dict[str, NDArray[np.bool_]]] = {path: {} for path in image_files}
    pictures = {path: read_image(path) for path in image_files}
    for label, files in by_label.items():
        pairs = match_names(image_files, files, masks, is_complete=label == UNNAMED)
        stored = [read_stored_mask(mask) for mask in pairs.values()]
        for image, mask in zip(pairs, stored, strict=True):
            _check_planes(mask.shape, pictures[image], mask.path)
        for image, found in zip(pairs, decode_masks(stored, names, soft), strict=True):
            planes[image].update(found if label == UNNAMED else {label: _any_of(found)})
    lonely = [image for image in image_files if not planes[image]]
    if lonely:
        raise first_problem(masks, lonely, [])
    return [
        sample
        for image in image_files
        for sample in samples_of(pictures[image], planes[image], prefix=prefix)
    ]


def match_names(
    images: Sequence[Path], masks: Sequence[Path], folder: Path, is_complete: bool = True
) -> dict[Path, Path]:
    """Return the mask of each image, by name.

    Raises
    ------
    UnreadableFileError
        If one is left over on either side (an image without a mask only where the set should be complete),
        or two have the same name.
    """
    exact = {path.stem.casefold(): path for path in images}
    key = _plain if any(mask.stem.casefold() not in exact for mask in masks) else _stem
    by_name: dict[str, Path] = {}
    for mask in masks:
        if key(mask) in by_name:
            raise UnreadableFileError(
                f"'{by_name[key(mask)].name}' is a mask of the same image",
                path=mask,
                remedy="Keep one of them, or give each label a folder of its own",
            )
        by_name[key(mask)] = mask
    names = [key(image) for image in images]
    twice = (
        next((image for image in images if names.count(key(image)) > 1), None)
        if len(set(names)) < len(names)
        else None
    )
    if twice is not None:
        raise UnreadableFileError("another image has the same name", path=twice, remedy="Rename one of them")
    pairs = {image: by_name[key(image)] for image in images if key(image) in by_name}
    lonely_images = [image for image in images if image not in pairs] if is_complete else []
    used = set(pairs.values())
    lonely_masks = [mask for mask in masks if mask not in used]
    if lonely_images or lonely_masks:
        raise first_problem(folder, lonely_images, lonely_masks)
    return pairs


def _stem(path: Path) -> str:
    return path.stem.casefold()


def _plain(path: Path) -> str:
    """Return the name without words that only say image or mask."""
    return _BACK.sub("", _FRONT.sub("", path.stem)).casefold()


def fits_beside(folder: Path) -> bool:
    """Whether there are ``<stem>.<label>.png`` or ``<stem>_mask.png`` beside ``<stem>.png`` or alike."""
    files = files_in(folder, IMAGE_ENDINGS | MASK_ENDINGS) if folder.is_dir() else []
    stems = {path.stem for path in files}
    return any(_owner(path, stems) is not None for path in files)


def _owner(path: Path, stems: set[str]) -> tuple[str, str] | None:
    """Return (stem of the image, label) if the file is named as a mask of an image that is there."""
    stem, _, label = path.stem.rpartition(".")
    if stem and label and stem in stems:
        return stem, label
    match = _MASK_ENDING.fullmatch(path.stem)
    if match and match.group(1) in stems:
        return match.group(1), UNNAMED
    return None


def read_beside(folder: Path) -> list[Sample]:
    """Read images with ``<stem>.<label>.<ending>``, ``<stem>_mask.<ending>`` or ``<stem>.mat`` beside them.

    A label whose file is missing for an image was not looked for in it.

    Raises
    ------
    LusguiError
        If an image has no mask at all, a mask no image, or one cannot be read.
    """
    files = files_in(folder, IMAGE_ENDINGS | {".mat"})
    image_stems = {path.stem for path in files if path.suffix.casefold() != ".mat"}
    owned: dict[str, list[tuple[str, Path]]] = {}
    images = []
    for path in files:
        owner = _owner(path, image_stems)
        if owner is None and path.suffix.casefold() == ".mat" and path.stem in image_stems:
            owner = path.stem, UNNAMED
        if owner is None:
            images.append(path)
        else:
            owned.setdefault(owner[0], []).append((owner[1], path))
    labels = {label for masks in owned.values() for label, _ in masks if label}
    for path in images:
        stem, _, ending = path.stem.rpartition(".")
        if stem and ending in labels:
            raise first_problem(folder, [], [path])
    lonely = [path for path in images if path.stem not in owned]
    if lonely:
        raise first_problem(folder, lonely, [])
    if not images:
        raise UnreadableFileError("there is no image in this folder", path=folder)
    names = read_label_names(folder)
    pictures = {path: read_image(path) for path in images}
    planes: dict[Path, dict[str, NDArray[np.bool_]]] = {path: {} for path in images}
    for is_named in (True, False):
        wanted = [
            (path, label, mask)
            for path in images
            for label, mask in owned[path.stem]
            if (label != UNNAMED) == is_named
        ]
        stored = [read_stored_mask(mask) for _, _, mask in wanted]
        for (path, _, mask), one in zip(wanted, stored, strict=True):
            _check_planes(one.shape, pictures[path], mask)
        for (path, label, _), found in zip(
            wanted, decode_masks(stored, None if is_named else names), strict=True
        ):
            here = planes[path]
            for key, value in ({label: _any_of(found)} if is_named else found).items():
                here[key] = here[key] | value if key in here else value
    return [sample for path in images for sample in samples_of(pictures[path], planes[path])]


def _any_of(planes: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return all structures of a file as one: its name says what they are."""
    united: NDArray[np.bool_] = np.logical_or.reduce(list(planes.values()))
    return united


def _check_planes(shape: tuple[int, ...], picture: Picture, path: Path) -> None:
    check_size(tuple(shape[1:]), picture.shape, path, picture.path.name)
    if shape[0] != len(picture.frames):
        raise UnreadableFileError(
            f"it holds {shape[0]} masks, but '{picture.path.name}' {len(picture.frames)} frames",
            path=path,
            remedy="Save one mask for each frame, in the same order",
        )


def samples_of(
    picture: Picture, planes: Mapping[str, NDArray[np.bool_]], group: str = UNKNOWN, prefix: str = ""
) -> list[Sample]:
    """Return a sample for each frame; frames of one file share a group unless one is given.

    Parameters
    ----------
    picture : Picture
        The frames.
    planes : mapping of str to (T, H, W) bool ndarray
        Masks by label.
    group : str
        Patient or clip, if known.
    prefix : str
        Put before the names.
    """
    count = len(picture.frames)
    stem = f"{prefix}{picture.path.stem}"
    return [
        Sample(
            stem if count == 1 else f"{stem}_{k + 1:05d}",
            group or (UNKNOWN if count == 1 else stem),
            frame,
            {label: masks[k] for label, masks in planes.items()},
            mapping=picture.mapping,
            spacing_mm=picture.spacing_mm,
            source=f"{prefix}{picture.path.name}",
        )
        for k, frame in enumerate(picture.frames)
    ]
