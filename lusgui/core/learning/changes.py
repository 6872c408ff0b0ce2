"""What changed from one model to the next on frames that somebody reviewed, for people to look at.

The training process leaves one `FrameChange` for each reviewed frame and label in ``changes.npz`` beside its
result; the window shows them as pictures. Masks lie on the recording's own grid, the gray picture is small.
"""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LearnError
from lusgui.core.learning.plain import is_label
from lusgui.core.learning.snapshot import MAX_PIXELS, unpack_mask
from lusgui.core.overlap import dice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

THUMBNAIL = 256
"""Longest side of the gray picture in pixels."""

MAX_CHANGES = 5000
_PLANES = ("before", "after", "truth")
_HEADER_BYTES = 512
_COLUMNS = 6


@dataclass(frozen=True, eq=False)
class FrameChange:
    """Two models' masks of one frame and label beside what the person drew.

    Parameters
    ----------
    recording_id, frame : int
        Which frame, counted from 0.
    label : str
        Which label.
    gray : (h, w) uint8 ndarray
        The frame as a small picture, at most `THUMBNAIL` on its longer side.
    before, after, truth : (H, W) bool ndarray
        Masks of the model in use, of the candidate, and the reviewed one, on the recording's grid.
    is_held_out : bool
        Whether the candidate never learnt from this frame.
    left_out_dice : float or None
        Dice that the model in use had on this frame before it learnt it, where it did so and that is known;
        not in the file.
    """

    recording_id: int
    frame: int
    label: str
    gray: NDArray[np.uint8]
    before: NDArray[np.bool_]
    after: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    is_held_out: bool = False
    left_out_dice: float | None = None

    @property
    def gained(self) -> NDArray[np.bool_]:
        """Pixels (H, W) that only the candidate finds."""
        return self.after & ~self.before

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Pixels (H, W) that only the model in use finds."""
        return self.before & ~self.after

    @cached_property
    def gained_px(self) -> int:
        """How many pixels only the candidate finds."""
        return int(np.count_nonzero(self.gained))

    @cached_property
    def lost_px(self) -> int:
        """How many pixels only the model in use finds."""
        return int(np.count_nonzero(self.lost))

    @cached_property
    def dice_before(self) -> float:
        """Dice of the model in use against what was drawn, from before it learnt it where that is known."""
        return dice(self.before, self.truth) if self.left_out_dice is None else self.left_out_dice

    @cached_property
    def dice_after(self) -> float:
        """Dice of the candidate against what was drawn."""
        return dice(self.after, self.truth)


def make_thumbnail(gray: NDArray[Any], longest: int = THUMBNAIL) -> NDArray[np.uint8]:
    """Return a small picture of a frame.

    Parameters
    ----------
    gray : (H, W) float ndarray
        Mapped gray in [0, 1].
    longest : int
        Most pixels on a side.

    Returns
    -------
    (h, w) uint8 ndarray
        Means over blocks of whole pixels; each axis is shrunk by itself, so a frame of 960 x 128 keeps its
        128 columns.
    """
    image: NDArray[Any] = np.clip(np.nan_to_num(np.asarray(gray, np.float32)), 0.0, 1.0)
    for axis in (0, 1):
        step = math.ceil(image.shape[axis] / longest)
        starts = np.arange(0, image.shape[axis], step)
        counts = np.diff(np.append(starts, image.shape[axis]))
        sums = np.add.reduceat(image, starts, axis=axis)
        image = sums / (counts[:, None] if axis == 0 else counts[None, :])
    return np.asarray(np.rint(image * 255.0), np.uint8)


def write_changes(path: Path, changes: Iterable[FrameChange]) -> None:
    """Write ``changes.npz`` to a path that nobody reads yet.

    Raises
    ------
    LearnError
        If the masks of a change do not lie on one grid.
    """
    kept = tuple(changes)[:MAX_CHANGES]
    labels = sorted({change.label for change in kept})
    arrays: dict[str, NDArray[Any]] = {"labels": np.array(labels, dtype="<U60")}
    places = np.zeros((len(kept), _COLUMNS), np.int64)
    for number, change in enumerate(kept):
        shape = change.truth.shape
        if not change.before.shape == change.after.shape == shape:
            raise LearnError("masks of one frame do not lie on one grid")
        places[number] = (
            change.recording_id,
            change.frame,
            labels.index(change.label),
            change.is_held_out,
            *shape,
        )
        arrays[f"gray_{number}"] = np.asarray(change.gray, np.uint8)
        for name in _PLANES:
            arrays[f"{name}_{number}"] = np.packbits(getattr(change, name), axis=None)
    arrays["places"] = places
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_changes(path: Path) -> tuple[FrameChange, ...]:
    """Read what `write_changes` wrote; nothing in it is believed.

    Raises
    ------
    LearnError
        If the file is missing, damaged or not sound.
    """
    remedy = "Learn again to see what changes"
    try:
        with zipfile.ZipFile(path) as archive:
            reader = _Reader(archive)
            places = reader.array("places", np.int64, MAX_CHANGES * _COLUMNS)
            labels = [str(name) for name in reader.array("labels", None, MAX_CHANGES)]
            if places.ndim != 2 or places.shape[1] != _COLUMNS or not all(map(is_label, labels)):
                raise ValueError("no table of places")
            return tuple(_read_one(reader, number, row, labels) for number, row in enumerate(places.tolist()))
    except (OSError, ValueError, EOFError, IndexError, NotImplementedError, zipfile.BadZipFile) as error:
        raise LearnError("the pictures of what changed cannot be read", path=path, remedy=remedy) from error


def _read_one(reader: _Reader, number: int, row: list[int], labels: list[str]) -> FrameChange:
    recording_id, frame, label, held_out, rows, cols = row
    if frame < 0 or label < 0 or rows < 1 or cols < 1 or rows * cols > MAX_PIXELS:
        raise ValueError("no sound place")
    before, after, truth = (
        unpack_mask(
            reader.array(f"{name}_{number}", np.uint8, (rows * cols + 7) // 8).tobytes(), (rows, cols)
        )
        for name in _PLANES
    )
    gray = reader.array(f"gray_{number}", np.uint8, THUMBNAIL * THUMBNAIL)
    if gray.ndim != 2 or not gray.size:
        raise ValueError("no picture")
    return FrameChange(recording_id, frame, labels[label], gray, before, after, truth, bool(held_out))


class _Reader:
    """Reads arrays out of an archive, none larger than it may be."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._sizes = {info.filename: info.file_size for info in archive.infolist()}

    def array(self, name: str, kind: type[np.generic] | None, most: int) -> NDArray[Any]:
        item = np.dtype("<U60" if kind is None else kind)
        if not 0 < self._sizes.get(f"{name}.npy", 0) <= most * item.itemsize + _HEADER_BYTES:
            raise ValueError(f"'{name}' is missing, or larger than it may be")
        with self._archive.open(f"{name}.npy") as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
        if array.dtype != item:
            raise ValueError(f"'{name}' is of another kind")
        return np.asarray(array)
