"""Frames (H, W) out of the variables of a MAT-file: axes, order, magnitude, envelope."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.io.mat_choice import Choice
    from lusgui.io.mat_node import Index, StoredArray


class MatSource:
    """Frames of a chosen variable, in the order of acquisition.

    Parameters
    ----------
    choice : Choice
        What to read, and how its axes lie.
    order : sequence of int
        0-based slot of each frame.
    close_file : callable
        Releases the file.
    """

    def __init__(self, choice: Choice, order: tuple[int, ...], close_file: Callable[[], None]) -> None:
        self._choice = choice
        self._order = order
        self._close_file = close_file
        self.is_envelope = choice.role == "rf"
        # The window reads ahead from threads, but a file has one position.
        self._lock = threading.RLock()
        self._is_closed = False

    def reorder(self, order: tuple[int, ...]) -> None:
        """Change which slot each frame is."""
        self._order = order

    def read(self, index: int) -> NDArray[Any]:
        """Return frame `index` as (H, W): real, in its declared class."""
        with np.errstate(all="ignore"):
            return self.finish(self.read_raw(index))

    def read_raw(self, index: int) -> NDArray[Any]:
        """Return frame `index` as (H, W) before magnitude or envelope."""
        choice = self._choice
        slot = self._order[index]
        with self._lock:
            if self._is_closed:
                raise ValueError("the recording is closed")
            if choice.role == "cell":
                return self._plane(choice.nodes[slot].array, 0)
            if choice.role == "pair":
                real = self._plane(choice.nodes[0].array, slot)
                imaginary = self._plane(choice.nodes[1].array, slot)
                exact = np.float32 if real.dtype.itemsize <= 4 and real.dtype.kind != "c" else np.float64
                magnitude: NDArray[Any] = np.hypot(real.astype(exact), imaginary.astype(exact))
                return magnitude
            return self._plane(choice.nodes[0].array, slot)

    def finish(self, frame: NDArray[Any]) -> NDArray[Any]:
        """Turn complex numbers into magnitude and RF lines into their envelope."""
        if self.is_envelope and not np.iscomplexobj(frame):
            return envelope(frame)
        if np.iscomplexobj(frame):
            return np.asarray(np.abs(frame))
        return np.ascontiguousarray(frame)

    def _plane(self, array: StoredArray | None, slot: int) -> NDArray[Any]:
        if array is None:
            raise ValueError("the variable holds no numbers")
        axes = self._choice.axes
        index: Index = tuple(
            slice(None) if letter in "hw" else (slot if letter == "t" else 0) for letter in axes
        )
        part = array.plane(index)
        return part.T if axes.index("w") < axes.index("h") else part

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._is_closed = True
            self._close_file()


def envelope(lines: NDArray[Any]) -> NDArray[np.float32]:
    """Return the envelope of RF lines.

    Parameters
    ----------
    lines : (H, W) ndarray
        One echo line a column.

    Returns
    -------
    (H, W) float32 ndarray
        Magnitude of the analytic signal along rows.
    """
    from scipy.fft import next_fast_len
    from scipy.signal import hilbert

    values = np.nan_to_num(np.asarray(lines, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    values = values - values.mean(axis=0)
    padded = hilbert(values, N=next_fast_len(len(values)), axis=0)
    return np.abs(padded[: len(values)]).astype(np.float32)


def find_empty(source: MatSource, frames: int, *, every: bool) -> frozenset[int]:
    """Return the frames that hold nothing but zeros: slots that were never filled.

    Parameters
    ----------
    source : MatSource
        Where frames are read from; still in slot order.
    frames : int
        How many there are.
    every : bool
        Look at every frame. Otherwise take the empty slots for one run at the end, as they are in a
        buffer that was not filled yet, and look for its start.
    """

    def is_empty(index: int) -> bool:
        return not source.read_raw(index).any()

    if every:
        return frozenset(index for index in range(frames) if is_empty(index))
    if frames < 2 or not is_empty(frames - 1):
        return frozenset()
    filled, empty = -1, frames - 1
    while empty - filled > 1:
        middle = (filled + empty) // 2
        if is_empty(middle):
            empty = middle
        else:
            filled = middle
    return frozenset(range(empty, frames))
