"""Masks in colour: what each colour means is written in ``colours.json``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import UnreadableFileError
from training.data.pair_layouts import match_names, pair_folders, samples_of
from training.data.pictures import (
    IMAGE_ENDINGS,
    check_size,
    files_in,
    is_coloured,
    read_image,
    read_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from training.dataset import Sample

Colour = tuple[int, int, int]

COLOURS_FILES = ("colours.json", "colors.json")
USGRA_COLOURS: dict[Colour, str] = {(128, 0, 0): "vessel", (0, 128, 0): "nerve"}
"""Of the set of T. Kandaouroff (CC BY 4.0), frames of a linear probe."""

_LOOKED_AT = 8
_COLOURED_ENDINGS = (".png", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg")


def fits(folder: Path) -> bool:
    """Whether there are images and masks, and the masks are in colour or their colours are named."""
    pairs = pair_folders(folder)
    if not pairs:
        return False
    if _colours_file(folder) is not None:
        return True
    return any(
        is_coloured(_read_colours(path)) for path in files_in(pairs[0][2], (".png", ".bmp"))[:_LOOKED_AT]
    )


def fits_usgra(folder: Path) -> bool:
    """Whether names and colours are those of usgra: ``0000.png`` and on, in two colours only."""
    if _colours_file(folder) is not None:
        return False
    pairs = pair_folders(folder)
    if len(pairs) != 1:
        return False
    masks = files_in(pairs[0][2], (".png",))
    if not masks or not all(re.fullmatch(r"\d{4}", path.stem) for path in masks):
        return False
    colours = set().union(*(_colours_of(_read_colours(path)) for path in masks[:_LOOKED_AT]))
    return bool(colours - {(0, 0, 0)}) and colours <= {(0, 0, 0), *USGRA_COLOURS}


def read_usgra(folder: Path) -> list[Sample]:
    """Read the set usgra: vessel (128, 0, 0), nerve (0, 128, 0); nothing is known of its patients."""
    return read(folder, USGRA_COLOURS)


def read(folder: Path, colours: Mapping[Colour, str] | None = None) -> list[Sample]:
    """Read images and masks in colour; every label is known in every image.

    Parameters
    ----------
    folder : Path
        With images and masks as in `training.data.pair_layouts`.
    colours : mapping of (red, green, blue) to str, optional
        By default what ``colours.json`` says: ``{"#800000": "vessel"}`` or ``{"128,0,0": "vessel"}``.
        Black is nothing.

    Raises
    ------
    LusguiError
        If a mask holds a colour that nobody named, or files do not fit each other.
    """
    known = dict(colours) if colours is not None else read_colours(folder)
    samples = []
    for prefix, images, masks in pair_folders(folder):
        image_files = files_in(images, IMAGE_ENDINGS)
        if not image_files:
            raise UnreadableFileError("there is no image in this folder", path=images)
        for image, mask in match_names(image_files, files_in(masks, _COLOURED_ENDINGS), masks).items():
            picture = read_image(image)
            stored = _read_colours(mask)
            check_size(stored.shape[:2], picture.shape, mask, image.name)
            planes = {label: plane[np.newaxis] for label, plane in _planes(stored, known, mask).items()}
            samples += samples_of(picture, planes, prefix=prefix)
    return samples


def read_colours(folder: Path) -> dict[Colour, str]:
    """Return what ``colours.json`` says.

    Raises
    ------
    UnreadableFileError
        If it is missing, damaged, or a colour is not written as ``#RRGGBB`` or ``R,G,B``.
    """
    path = _colours_file(folder)
    if path is None:
        raise UnreadableFileError(
            "the masks are in colour, and no file says what their colours mean",
            path=folder,
            remedy='Write colours.json into the folder, as in {"#800000": "vessel", "#008000": "nerve"}; '
            f"there are {_colours_shown(folder)}",
        )
    content = read_json(path)
    try:
        if not content or not all(isinstance(name, str) and name for name in content.values()):
            raise ValueError("a label is no text")
        return {parse_colour(text): name for text, name in content.items()}
    except (AttributeError, ValueError) as error:
        raise UnreadableFileError(
            f"it does not say what colours mean ({error})",
            path=path,
            remedy='Write it as {"#800000": "vessel", "0,128,0": "nerve"}',
        ) from error


def parse_colour(text: str) -> Colour:
    """Return red, green and blue of ``#RRGGBB``, ``R,G,B`` or ``(R, G, B)``.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    hexadecimal = re.fullmatch(r"#?([0-9a-fA-F]{6})", text.strip())
    if hexadecimal:
        red, green, blue = bytes.fromhex(hexadecimal.group(1))
        return red, green, blue
    numbers = re.fullmatch(r"[(\[]?\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[)\]]?", text.strip())
    if numbers is None or any(int(number) > 255 for number in numbers.groups()):
        raise ValueError(f"'{text}' is no colour")
    return int(numbers[1]), int(numbers[2]), int(numbers[3])


def _colours_file(folder: Path) -> Path | None:
    return next((folder / name for name in COLOURS_FILES if (folder / name).is_file()), None)


def _read_colours(path: Path) -> NDArray[Any]:
    """Return a mask as (H, W, 3) uint8, its palette looked up."""
    from lusgui.io.images import is_tiff, read_picture

    if is_tiff(path):
        from tifffile import TiffFileError, imread

        try:
            picture = np.asarray(imread(path))
        except (TiffFileError, OSError, ValueError) as error:
            raise UnreadableFileError("the mask is damaged", path=path) from error
    else:
        picture, _ = read_picture(path)
    if picture.ndim == 2:
        picture = np.repeat(picture[..., np.newaxis], 3, axis=2)
    if picture.ndim != 3 or picture.shape[2] < 3 or picture.dtype != np.uint8:
        raise UnreadableFileError(
            "this is no 8-bit mask in colour", path=path, remedy="Save it as an 8-bit RGB or palette PNG"
        )
    return picture[..., :3]


def _coded(picture: NDArray[Any]) -> NDArray[np.uint32]:
    parts = picture.astype(np.uint32)
    return np.asarray(parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2], dtype=np.uint32)


def _colours_of(picture: NDArray[Any]) -> set[Colour]:
    return {(int(one) >> 16, int(one) >> 8 & 255, int(one) & 255) for one in np.unique(_coded(picture))}


def _planes(picture: NDArray[Any], known: Mapping[Colour, str], path: Path) -> dict[str, NDArray[np.bool_]]:
    unknown = sorted(_colours_of(picture) - set(known) - {(0, 0, 0)})
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        edges = (
            "; JPEG blurs them, so masks should be PNG" if path.suffix.lower() in (".jpg", ".jpeg") else ""
        )
        raise UnreadableFileError(
            f"it holds the colour {unknown[0]}{more}, which is not named",
            path=path,
            remedy=f"Name it in colours.json or clean the mask{edges}",
        )
    coded = _coded(picture)
    planes: dict[str, NDArray[np.bool_]] = {}
    for (red, green, blue), label in known.items():
        found = coded == (red << 16 | green << 8 | blue)
        planes[label] = planes[label] | found if label in planes else found
    return planes


def _colours_shown(folder: Path) -> str:
    found: set[Colour] = set()
    for _, _, masks in pair_folders(folder):
        for path in files_in(masks, (".png", ".bmp"))[:_LOOKED_AT]:
            found |= _colours_of(_read_colours(path))
    shown = sorted(found - {(0, 0, 0)})
    return ", ".join(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in shown[:6]) or "none"
