"""Boxes on the pixel grid, and their way from masks and text files and back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A box in pixels, half-open: it covers rows row0 to row1 and columns col0 to col1.

    Parameters
    ----------
    row0, col0, row1, col1 : float
        Edges, so that row1 - row0 is the height; a single pixel (r, c) is Box(r, c, r + 1, c + 1).
    """

    row0: float
    col0: float
    row1: float
    col1: float

    @property
    def height(self) -> float:
        """Rows covered."""
        return self.row1 - self.row0

    @property
    def width(self) -> float:
        """Columns covered."""
        return self.col1 - self.col0

    @property
    def centre(self) -> tuple[float, float]:
        """Middle as (row, column)."""
        return (self.row0 + self.row1) / 2, (self.col0 + self.col1) / 2

    @property
    def area(self) -> float:
        """Pixels covered; 0 for an empty box."""
        return max(self.height, 0.0) * max(self.width, 0.0)
