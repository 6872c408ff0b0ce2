"""A recording: lazy frames (T, H, W) with spacing, intensity state and where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray


class Intensity(StrEnum):
    """What the stored numbers mean."""

    LINEAR = "linear"
    """Echo amplitude, uncompressed."""
    DB = "db"
    """Decibels: 20 log10 of amplitude."""
    DISPLAY = "display"
    """Already compressed for the screen: 8-bit gray or a scaled range."""


@dataclass(frozen=True)
class Candidate:
    """A variable that could be the recording, with the reason for its rank.

    Parameters
    ----------
    variable : str
        Path of the variable inside the file, e.g. ``ImgData{1}``.
    shape : tuple of int
        Shape as MATLAB would state it.
    dtype : str
        Stored element type.
    frames, rows, cols : int
        How it would be read.
    intensity : Intensity
        Guessed amplitude state.
    score : float
        Higher is more likely; the list is sorted by it.
    reason : str
        Why it is ranked here, in words.
    """

    variable: str
    shape: tuple[int, ...]
    dtype: str
    frames: int
    rows: int
    cols: int
    intensity: Intensity
    score: float
    reason: str


@dataclass(frozen=True)
class Provenance:
    """Where the pixels came from. The content hash is computed on demand by ``lusgui.io.hashing``."""

    path: Path
    variable: str | None = None
    container: str = ""


class FrameSource(Protocol):
    """What a reader provides: one frame at a time, in the order in which it was acquired."""

    def read(self, index: int) -> NDArray[Any]:
        """Return frame `index` as (H, W), real, in its stored element type (complex becomes magnitude)."""

    def close(self) -> None:
        """Release file handles; idempotent."""


@dataclass(eq=False)
class Recording:
    """An opened recording.

    Parameters
    ----------
    source : FrameSource
        Where frames are read from.
    shape : tuple of int
        (T, H, W): frames, rows (axial), columns (lateral).
    dtype : numpy.dtype
        Element type of the frames.
    intensity : Intensity
        Amplitude state of the stored numbers.
    provenance : Provenance
        File and variable.
    spacing_mm : tuple of float or None
        (row, column) distance between samples in mm; None when unknown.
    frame_rate_hz : float or None
        Frames a second; None when unknown.
    frame_numbers : tuple of int
        For each frame its 1-based number in the source variable (ring buffers are reordered).
    empty_frames : frozenset of int
        0-based indices of slots that were never filled.
    candidates : tuple of Candidate
        Everything in the file that could have been the recording, best first.
    warnings : tuple of str
        What the person should know, one sentence each.
    value_range : tuple of float or None
        Range that the numbers of display or dB data are defined on, e.g. (0, 255); None for linear.
    """

    source: FrameSource
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    intensity: Intensity
    provenance: Provenance
    spacing_mm: tuple[float, float] | None = None
    frame_rate_hz: float | None = None
    frame_numbers: tuple[int, ...] = ()
    empty_frames: frozenset[int] = frozenset()
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()
    value_range: tuple[float, float] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.frame_numbers:
            self.frame_numbers = tuple(range(1, self.shape[0] + 1))

    @property
    def frame_count(self) -> int:
        """Number of frames T."""
        return self.shape[0]

    @property
    def frame_shape(self) -> tuple[int, int]:
        """Rows and columns (H, W) of one frame."""
        return self.shape[1], self.shape[2]

    @property
    def name(self) -> str:
        """File name without its extension."""
        return self.provenance.path.stem

    def frame(self, index: int) -> NDArray[Any]:
        """Return frame `index` as (H, W) in the stored element type.

        Raises
        ------
        IndexError
            If there is no such frame.
        """
        if not 0 <= index < self.shape[0]:
            raise IndexError(f"frame {index} of {self.shape[0]}")
        return self.source.read(index)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self.frame(index) for index in range(self.frame_count))

    def sample_indices(self, at_most: int = 12) -> list[int]:
        """Return up to `at_most` indices of filled frames, evenly spread, always the same ones."""
        filled = [i for i in range(self.frame_count) if i not in self.empty_frames] or [0]
        chosen = np.unique(np.linspace(0, len(filled) - 1, min(at_most, len(filled))).round().astype(int))
        return [filled[i] for i in chosen]

    def close(self) -> None:
        """Release the file."""
        self.source.close()

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ArraySource:
    """Frames from an array already in memory.

    Parameters
    ----------
    frames : ndarray, shape (T, H, W)
        Real or complex; complex frames are returned as magnitude.
    """

    def __init__(self, frames: NDArray[Any]) -> None:
        self._frames = frames

    def read(self, index: int) -> NDArray[Any]:
        """Return frame `index` as (H, W)."""
        frame = self._frames[index]
        return np.abs(frame) if np.iscomplexobj(frame) else np.ascontiguousarray(frame)

    def close(self) -> None:
        """Let the array go."""
        self._frames = self._frames[:0]
