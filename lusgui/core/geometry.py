"""Boxes and the relation of pixels to millimetres, always in (row, column) order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spacing = tuple[float, float]
"""Distance between samples in mm: (row, column)."""


@dataclass(frozen=True)
class Box:
    """A half-open rectangle of pixels: rows [row0, row1), columns [col0, col1)."""

    row0: int
    col0: int
    row1: int
    col1: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the box."""
        return max(self.row1 - self.row0, 0), max(self.col1 - self.col0, 0)

    @property
    def is_empty(self) -> bool:
        """Whether no pixel lies inside."""
        return self.row1 <= self.row0 or self.col1 <= self.col0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the box in an array (H, W)."""
        return slice(self.row0, self.row1), slice(self.col0, self.col1)

    def clipped(self, shape: tuple[int, int]) -> Box:
        """Return the part of the box inside a frame of `shape`."""
        rows, cols = shape
        return Box(
            min(max(self.row0, 0), rows),
            min(max(self.col0, 0), cols),
            min(max(self.row1, 0), rows),
            min(max(self.col1, 0), cols),
        )

    def union(self, other: Box) -> Box:
        """Return the smallest box around both; an empty box adds nothing."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Box(
            min(self.row0, other.row0),
            min(self.col0, other.col0),
            max(self.row1, other.row1),
            max(self.col1, other.col1),
        )


EMPTY_BOX = Box(0, 0, 0, 0)


def bounding_box(mask: NDArray[np.bool_]) -> Box:
    """Return the smallest box around the true pixels of a mask (H, W); empty when there are none."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return EMPTY_BOX
    cols = np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1)


def area_mm2(mask: NDArray[np.bool_], spacing_mm: Spacing | None) -> float | None:
    """Return the area of a mask in square millimetres, or None where the spacing is unknown."""
    if spacing_mm is None:
        return None
    return float(np.count_nonzero(mask)) * spacing_mm[0] * spacing_mm[1]
