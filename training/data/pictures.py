"""Pictures and mask files of a data set, read by the same readers as the window's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.intensity import DisplayMapping

IMAGE_ENDINGS = frozenset((".png", ".bmp", ".dib", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm"))
MASK_ENDINGS = frozenset((".png", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff", ".mat"))
UNNAMED = ""
"""Label of a mask whose file does not say of what it is one."""
LABELS_FILE = "labels.json"

_MOST_LABELS = 32
_EDGE_PART = 0.2
"""More of a mask's pixels than this at intermediate gray are no soft edge."""


@dataclass(frozen=True)
class Picture:
    """All frames of an image file.

    Parameters
    ----------
    path : Path
        The file.
    frames : tuple of (H, W) ndarray
        Numbers as stored; colour became gray.
    mapping : DisplayMapping
        How they become gray in [0, 1].
    spacing_mm : tuple of float or None
        Rows and columns of one pixel.
    """

    path: Path
    frames: tuple[NDArray[Any], ...]
    mapping: DisplayMapping
    spacing_mm: tuple[float, float] | None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.frames[0].shape
        return int(rows), int(columns)


def read_image(path: Path) -> Picture:
    """Read an image file, or all pages of a TIFF.

    Raises
    ------
    LusguiError
        If it cannot be read.
    """
    from lusgui.core.intensity import measure_mapping
    from lusgui.io.open import open_recording

    with open_recording(path) as recording:
        frames = tuple(recording)
        return Picture(path, frames, measure_mapping(recording), recording.spacing_mm)


def files_in(folder: Path, endings: Iterable[str]) -> list[Path]:
    """Return the files of a folder with these endings, without hidden ones, in natural order.

    Raises
    ------
    UnreadableFileError
        If the folder cannot be listed.
    """
    from lusgui.io.frame_folder import natural_key

    wanted = set(endings)
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.casefold() in wanted and not path.name.startswith(".") and path.is_file()
        ]
    except OSError as error:
        raise UnreadableFileError(f"it cannot be listed ({error.strerror or error})", path=folder) from error
    return sorted(found, key=natural_key)


def check_size(mask: tuple[int, ...], image: tuple[int, ...], path: Path, image_name: str) -> None:
    """Refuse a mask that is not as large as its image.

    Raises
    ------
    UnreadableFileError
        Naming both.
    """
    if mask == image:
        return
    turned = "; it looks turned by 90 degrees" if mask == image[::-1] else ""
    raise UnreadableFileError(
        f"the mask is {mask[0]} x {mask[1]} pixels, but its image '{image_name}' "
        f"{image[0]} x {image[1]}{turned}",
        path=path,
        remedy="Export the mask at the image's own size; masks are never resized",
    )


def read_json(path: Path) -> Any:  # noqa: ANN401 (JSON)
    """Read a JSON file.

    Raises
    ------
    UnreadableFileError
        If it is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        why = "you may not read it" if isinstance(error, PermissionError) else "it cannot be read"
        raise UnreadableFileError(why, path=path, remedy="Copy it, or ask its owner") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(
            f"it is no JSON file, or damaged ({error})", path=path, remedy="Correct or remove it"
        ) from error


@dataclass(frozen=True)
class StoredMask:
    """A mask file as it is stored, before it is known what its numbers mean.

    Parameters
    ----------
    path : Path
        The file.
    stack : (T, H, W) ndarray
        Its planes; (0, H, W) where `named` holds them.
    named : mapping of str to (T, H, W) bool ndarray
        Planes of a file that names its structures itself, as MAT files do.
    """

    path: Path
    stack: NDArray[Any]
    named: Mapping[str, NDArray[np.bool_]]

    @property
    def shape(self) -> tuple[int, ...]:
        """(T, H, W)."""
        return next(iter(self.named.values())).shape if self.named else self.stack.shape


def read_stored_mask(path: Path) -> StoredMask:
    """Read a mask file, by its content: PNG, BMP, JPEG, TIFF (all pages) or MAT of any version.

    Raises
    ------
    LusguiError
        If it cannot be read, or is a picture in colour.
    """
    from lusgui.io.open import FileKind, file_kind

    if file_kind(path) is FileKind.MAT:
        from lusgui.io.masks_mat import read_mat_masks

        named: dict[str, NDArray[np.bool_]] = {}
        for group in read_mat_masks(path):
            label = group.label or UNNAMED
            planes = np.stack([group.read(k) for k in range(group.shape[0])])
            if label in named and named[label].shape != planes.shape:
                raise UnreadableFileError(
                    "its masks differ in size", path=path, variable=group.part, shape=group.shape
                )
            named[label] = named[label] | planes if label in named else planes
        return StoredMask(path, np.zeros((0, 0, 0), np.uint8), named)
    return StoredMask(path, _stored_planes(path), {})


def _stored_planes(path: Path) -> NDArray[Any]:
    from PIL import Image

    from lusgui.io.images import is_tiff, read_picture
    from lusgui.io.pixels import to_gray

    if is_tiff(path):
        from lusgui.io.tiff_stack import TiffSource

        source = TiffSource(path, as_stored=True)
        try:
            return np.stack([source.read(index) for index in range(source.shape[0])])
        finally:
            source.close()
    picture, _ = read_picture(path)
    with Image.open(path) as image:
        if image.mode == "P":  # the stored numbers are the labels, as in lusgui.io.masks_read
            return np.asarray(image)[np.newaxis]
    if is_coloured(picture):
        raise UnreadableFileError(
            "this mask is in colour, and no file says what its colours mean",
            path=path,
            remedy='Write them into colours.json in the folder of the data, as in {"#800000": "vessel"}',
        )
    return to_gray(picture)[np.newaxis]


def is_coloured(picture: NDArray[Any]) -> bool:
    """Whether a picture (H, W) or (H, W, C) has pixels that are not gray."""
    if picture.ndim != 3 or picture.shape[2] < 3:
        return False
    return bool((picture[..., 0] != picture[..., 1]).any() or (picture[..., 0] != picture[..., 2]).any())


def decode_masks(
    stored: Sequence[StoredMask], names: Mapping[int, str] | None = None, soft: bool = False
) -> list[dict[str, NDArray[np.bool_]]]:
    """Return what the mask files of one data set mean.

    One value besides 0 makes a plain mask, whatever it is. Few small values (up to 32) make a label map.
    Values between 0 and the highest are soft edges of a plain mask if they are many or rare; half of the
    range is then the limit.

    Parameters
    ----------
    stored : sequence of StoredMask
        All of them: what a value means is the same in all.
    names : mapping of int to str, optional
        Label of each value of a label map; one that is not named is refused.
    soft : bool
        Take half of the range as limit in any case.

    Returns
    -------
    list of dict
        For each file (T, H, W) bool by label. A plain mask's label is ``UNNAMED``; values of a label map
        without names are ``value 1`` and so on. Every file of a label map has all labels.

    Raises
    ------
    UnreadableFileError
        If the values of a file have no meaning.
    """
    plain = [one for one in stored if not one.named]
    levels = {id(one): _levels(one) for one in plain}
    union = sorted(set().union(*levels.values())) if plain else []
    is_map = names is not None or (
        not soft
        and any(len(found) > 1 for found in levels.values())
        and len(union) <= _MOST_LABELS
        and max(union) <= _MOST_LABELS
    )
    decoded: list[dict[str, NDArray[np.bool_]]] = []
    for one in stored:
        if one.named:
            decoded.append(dict(one.named))
        elif is_map:
            decoded.append(_label_map(one, levels[id(one)], names, union))
        elif len(levels[id(one)]) <= 1 and not soft:
            decoded.append({UNNAMED: one.stack != 0})
        else:
            decoded.append({UNNAMED: _with_soft_edges(one, levels[id(one)], max(union, default=0), soft)})
    return decoded


def _levels(one: StoredMask) -> set[int]:
    if one.stack.dtype == np.bool_:
        return {1} if one.stack.any() else set()
    if not np.isfinite(one.stack.astype(np.float64)).all():
        raise UnreadableFileError("the mask holds values that are no numbers (NaN)", path=one.path)
    if np.issubdtype(one.stack.dtype, np.floating):
        if one.stack.max(initial=0) <= 1:
            values = np.unique(np.rint(one.stack * 255).astype(np.int64))
        else:
            values = np.unique(np.rint(one.stack).astype(np.int64))
    elif one.stack.dtype == np.uint8:
        values = np.flatnonzero(np.bincount(one.stack.ravel(), minlength=256))
    else:
        values = np.unique(one.stack)
    return {int(level) for level in values if level != 0}


def _label_map(
    one: StoredMask, levels: set[int], names: Mapping[int, str] | None, union: list[int]
) -> dict[str, NDArray[np.bool_]]:
    if names is None:
        return {f"value {level}": one.stack == level for level in union}
    unknown = sorted(levels - set(names))
    if unknown:
        known = ", ".join(f"{value} = {name}" for value, name in names.items())
        raise UnreadableFileError(
            f"it holds the value {unknown[0]}, which {LABELS_FILE} does not name",
            path=one.path,
            remedy=f"Name it there; known are {known}",
        )
    planes: dict[str, NDArray[np.bool_]] = {}
    for value, name in names.items():
        found = one.stack == value
        planes[name] = planes[name] | found if name in planes else found
    return planes


def _with_soft_edges(one: StoredMask, levels: set[int], highest: int, soft: bool) -> NDArray[np.bool_]:
    stack = one.stack
    if np.issubdtype(stack.dtype, np.floating) and stack.max(initial=0) <= 1:
        return stack > 0.5
    top = 1 if highest <= 1 else 255 if highest <= 255 else 65535
    above: NDArray[np.bool_] = stack > top / 2
    between = int(np.count_nonzero((stack > 0) & (stack < highest)))
    drawn = int(np.count_nonzero(stack))
    if not soft and len(levels) <= _MOST_LABELS and between > _EDGE_PART * drawn:
        shown = ", ".join(map(str, sorted(levels)[:6])) + (", ..." if len(levels) > 6 else "")
        raise UnreadableFileError(
            f"the mask holds the values {shown}, and no file says what they mean",
            path=one.path,
            remedy=f'Name them in {LABELS_FILE}, as in {{"128": "vessel"}}, or save 0 and 255',
        )
    return above


def read_label_names(folder: Path) -> dict[int, str] | None:
    """Return what ``labels.json`` in a folder says of the values of label maps, or None without it.

    Raises
    ------
    UnreadableFileError
        If it is there and no such map.
    """
    path = folder / LABELS_FILE
    if not path.exists():
        return None
    content = read_json(path)
    try:
        names = {int(value): name for value, name in content.items()}
        if not names or not all(isinstance(name, str) and name for name in names.values()):
            raise ValueError(names)
    except (AttributeError, ValueError, TypeError) as error:
        raise UnreadableFileError(
            "it does not name the values of masks",
            path=path,
            remedy='Write it as {"1": "rib", "2": "pleura"}',
        ) from error
    return names


def first_problem(folder: Path, images: Sequence[Path], masks: Sequence[Path]) -> LusguiError:
    """Return the error for images without a mask, or masks without an image."""
    lonely, what, other = (images, "image", "mask") if images else (masks, "mask", "image")
    more = f", nor have {len(lonely) - 1} more" if len(lonely) > 1 else ""
    way = (
        "Draw one (an empty one where nothing is seen), or take the image out"
        if images
        else "Put its image back, or take the mask out"
    )
    return UnreadableFileError(
        f"the {what} has no {other} in '{folder.name}'{more}", path=lonely[0], remedy=way
    )
