"""Mask files drawn elsewhere, read as planes: TIFF and PNG here; MAT and COCO in their own modules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError, NotAnImageError, UnreadableFileError
from lusgui.io.export.provenance import SIDECAR_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

MAX_LABEL_VALUES = 32
"""More gray levels than this are a picture, not masks."""


@dataclass(frozen=True)
class MaskGroup:
    """Masks of one structure in one recording, as a file holds them.

    Parameters
    ----------
    shape : tuple of int
        (T, H, W).
    read : callable
        ``read(k)`` gives mask k as (H, W) bool.
    label : str or None
        What the file calls the structure.
    source_numbers : tuple of int or None
        For each mask its 1-based frame number in the source variable.
    frames : tuple of int or None
        For each mask its 0-based frame in the order of acquisition.
    source : str or None
        Name of the recording that the file speaks of, without extension.
    part : str
        What tells this group from others of the same file: a variable, a gray level, a category.
    statuses : tuple of str or None
        What a person said of each mask, where the file is one of our own exports.
    """

    shape: tuple[int, int, int]
    read: Callable[[int], NDArray[np.bool_]]
    label: str | None = None
    source_numbers: tuple[int, ...] | None = None
    frames: tuple[int, ...] | None = None
    source: str | None = None
    part: str = ""
    statuses: tuple[str, ...] | None = None


def split_values(stack: NDArray[Any], path: Path, **facts: Any) -> list[MaskGroup]:  # noqa: ANN401
    """Return one group for each structure in an array of masks.

    Zero is background. One other value makes a plain mask (0 and 1, 0 and 255); several make a label map,
    one group a value.

    Parameters
    ----------
    stack : (T, H, W) ndarray
        Bool or numbers.
    path : Path
        File it came from, for messages.
    **facts
        Further fields of `MaskGroup`.

    Raises
    ------
    NotAnImageError
        If there are so many values that it is a picture.
    """
    if stack.dtype == np.bool_:
        return [MaskGroup(stack.shape, lambda k: stack[k], **facts)]
    values = np.unique(stack)
    values = values[values != 0]
    if len(values) > MAX_LABEL_VALUES or not np.isfinite(values.astype(np.float64)).all():
        raise NotAnImageError(
            f"it has {len(values)} gray levels, so it is a picture rather than a mask",
            path=path,
            shape=stack.shape,
            remedy="Save masks as 0 and 255, or as a label map of few whole numbers",
        )
    if len(values) <= 1:
        return [MaskGroup(stack.shape, lambda k: stack[k] != 0, **facts)]
    groups = []
    for value in values:
        part = f"value {value:g}"
        name = " ".join(filter(None, (facts.get("part"), part)))
        given = {**facts, "label": part, "part": name}
        groups.append(MaskGroup(stack.shape, lambda k, v=value: stack[k] == v, **given))  # type: ignore[misc]
    return groups


def read_mask_file(path: Path) -> list[MaskGroup]:
    """Read a file of masks, by its content: TIFF, PNG (BMP), MAT of any version, or COCO JSON.

    Raises
    ------
    LusguiError
        If it is damaged, of another kind, or a picture rather than masks.
    """
    from lusgui.io.images import TIFF_MAGIC

    if path.exists() and not path.is_file():
        # opening a pipe would wait for a writer for ever
        raise UnreadableFileError("this is no ordinary file", path=path, remedy="Choose a mask file")
    try:
        with path.open("rb") as stream:
            head = stream.read(600)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    if head[:4] in TIFF_MAGIC:
        return _read_tiff(path)
    if head.lstrip()[:1] in (b"{", b"["):
        from lusgui.io.masks_coco import read_coco

        return read_coco(path)
    if head[:8] == b"\x89PNG\r\n\x1a\n" or head[:2] == b"BM":
        return _read_png(path)
    from lusgui.io.masks_mat import read_mat_masks

    return read_mat_masks(path)


def sidecar_facts(path: Path) -> dict[str, Any]:
    """Return what our own provenance sidecar says of a file, or an empty dict."""
    stem = path.stem
    bases = [stem, stem[:-6]] if len(stem) > 6 and stem[-5:].isdecimal() and stem[-6] == "_" else [stem]
    for base in bases:
        beside = path.with_name(base + SIDECAR_ENDING)
        try:
            if beside.stat().st_size > 64 * 1024 * 1024:
                continue
            facts = json.loads(beside.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(facts, dict) and path.name in (facts.get("files") or []):
            return facts
    return {}


def stem_of(name: object) -> str | None:
    """Return a file name without folder and extension, or None."""
    if not isinstance(name, str) or not name:
        return None
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return last.rsplit(".", 1)[0] if "." in last else last


def _read_png(path: Path) -> list[MaskGroup]:
    from PIL import Image

    from lusgui.io.images import read_picture
    from lusgui.io.pixels import to_gray

    picture, _ = read_picture(path)
    with Image.open(path) as image:  # a palette's colours mean nothing: the stored numbers are the labels
        array = np.array(image) if image.mode == "P" else to_gray(picture)
    return split_values(array[np.newaxis], path, source=stem_of(sidecar_facts(path).get("source_file")))


def _read_tiff(path: Path) -> list[MaskGroup]:
    from lusgui.io.tiff_stack import TiffSource
    from lusgui.io.tiff_tags import own_remarks

    source = TiffSource(path, as_stored=True)
    try:
        stack = np.stack([source.read(index) for index in range(source.shape[0])])
        remarks = own_remarks(source.tiff)
    except MemoryError as error:
        raise LusguiError("there is not enough memory to read its masks", path=path) from error
    finally:
        source.close()
    frames = remarks.get("frames")
    known = (
        isinstance(frames, list)
        and len(frames) == len(stack)
        and all(isinstance(number, int) and number >= 1 for number in frames)
    )
    label = remarks.get("label")
    return split_values(
        stack,
        path,
        frames=tuple(number - 1 for number in frames) if known and frames else None,
        label=label if isinstance(label, str) and label else None,
        source=stem_of(sidecar_facts(path).get("source_file")),
        statuses=_texts(remarks.get("statuses"), len(stack)),
    )


def _texts(values: object, count: int) -> tuple[str, ...] | None:
    if not isinstance(values, list) or len(values) != count:
        return None
    return tuple(map(str, values))
