"""Photographs with masks of their salient object, in the layouts of the sets published for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import UnreadableFileError
from training.data.pair_layouts import match_names, read_pair_folder, samples_of
from training.data.pictures import check_size, decode_masks, files_in, read_image, read_stored_mask

if TYPE_CHECKING:
    from pathlib import Path

    from training.dataset import Sample

OBJECT = "object"

_SALIENT_FOLDERS = (
    ("duts-tr-image", "duts-tr-mask"),
    ("duts-te-image", "duts-te-mask"),
    ("dut-omron-image", "pixelwisegt-new-png"),
    ("images", "ground_truth_mask"),
    ("imgs", "gt"),
    ("imgs", "gts"),
    ("image", "gt"),
    ("images", "gt"),
    ("image", "mask"),
)
_SALIENT_NAMES = ("duts", "ecssd", "xpie", "hku-is", "dut-omron", "pascal-s", "msra")


def fits(folder: Path) -> bool:
    """Whether folders are named as DUTS, ECSSD, XPIE, HKU-IS, DUT-OMRON or MSRA10K name them."""
    return bool(_salient_folders(folder)) or _msra_folder(folder) is not None


def _salient_folders(folder: Path) -> list[tuple[str, Path, Path]]:
    found = []
    parts = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())] if folder.is_dir() else []
    for part in parts:
        below = {path.name.casefold(): path for path in part.iterdir() if path.is_dir()}
        prefix = "" if part == folder else f"{part.name}/"
        named = any(name in one.name.casefold() for one in (part, folder) for name in _SALIENT_NAMES)
        for images, masks in _SALIENT_FOLDERS:
            is_telling = images.startswith("dut") or masks == "ground_truth_mask" or named
            if images in below and masks in below and is_telling:
                found.append((prefix, below[images], below[masks]))
                break
    return found


def _msra_folder(folder: Path) -> Path | None:
    """Return the folder where each ``<stem>.jpg`` has its mask ``<stem>.png`` beside it."""
    for place in (folder / "Imgs", folder / "imgs", folder):
        if not place.is_dir():
            continue
        photographs = {path.stem for path in files_in(place, (".jpg", ".jpeg"))}
        masks = {path.stem for path in files_in(place, (".png",))}
        if photographs and photographs == masks:
            return place
    return None


def read(folder: Path) -> list[Sample]:
    """Read photographs with masks of their salient object, which get the label ``object``.

    Photographs become gray. Masks are cut at half of their range, for many have soft edges. Layouts:
    ``DUTS-TR-Image`` and ``DUTS-TR-Mask`` (also TE, and both within one folder), ``images`` and
    ``ground_truth_mask`` (ECSSD), ``imgs`` and ``gt`` (XPIE, HKU-IS), ``Imgs`` with both (MSRA10K).
    All frames are held in memory: DUTS-TR takes about 2.5 GB. No copy of XPIE could be looked at: other
    names of its two folders can be had by renaming them to ``imgs`` and ``gt``.

    Raises
    ------
    LusguiError
        If a photograph has no mask, a mask no photograph, or one cannot be read.
    """
    samples = []
    folders = _salient_folders(folder)
    if folders:
        for prefix, images, masks in folders:
            samples += read_pair_folder(prefix, images, masks, soft=True)
    else:
        both = _msra_folder(folder)
        if both is None:
            raise UnreadableFileError("there are no photographs with masks here", path=folder)
        pairs = match_names(files_in(both, (".jpg", ".jpeg")), files_in(both, (".png",)), both)
        for image, mask in pairs.items():
            picture, stored = read_image(image), read_stored_mask(mask)
            check_size(tuple(stored.shape[1:]), picture.shape, mask, image.name)
            samples += samples_of(picture, decode_masks([stored], soft=True)[0])
    return [replace(one, masks={OBJECT: np.logical_or.reduce(list(one.masks.values()))}) for one in samples]
