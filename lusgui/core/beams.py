"""Along which lines sound ran through a frame: its columns, or a fan from an apex above it.

A linear probe's beams are the columns of the frame. A convex or phased probe's fan out, and the screen around
the fan is black: where both of its straight sides are in the frame, they meet where the beams do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.void import BLACK, LEAST_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Box, Spacing
    from lusgui.core.measures.figure import Point

    Numbers = NDArray[np.float64]

LEAST_SIDE = 0.1
"""Part of the frame's height along which a side of the fan must be seen."""

OFF_LINE_PX = 1.5
"""Places of a side lie no farther from its line."""

LEAST_SLANT, MOST_SLANT = math.tan(math.radians(4)), math.tan(math.radians(75))
"""How steep a side may be: less is the border of a linear frame."""

MOST_PLACES = 60
"""Of a side, to try lines through pairs of."""


@dataclass(frozen=True)
class Beams:
    """Lines that sound ran along, and places by depth and beam.

    Parameters
    ----------
    spacing : (float, float)
        Distance between rows and between columns in mm, or (1, 1) where it is unknown: screens have
        square pixels.
    apex : Point or None
        Row and column, in pixels, where the beams meet; None where they are the columns.
    outermost : (float, float)
        Angles of the first and the last beam of a fan, in radians.
    """

    spacing: Spacing = (1.0, 1.0)
    apex: Point | None = None
    outermost: tuple[float, float] = (-math.pi, math.pi)

    @property
    def is_fan(self) -> bool:
        """Whether the beams fan out."""
        return self.apex is not None

    def places(self, row: Numbers, column: Numbers) -> tuple[Numbers, Numbers]:
        """Return depth and beam of pixels.

        Returns
        -------
        depth : ndarray
            Along the beam, in the unit of `spacing`, from the first row or from the apex.
        beam : ndarray
            Angle from straight down in radians, growing to the right; the column's place in the unit of
            `spacing` where beams are columns.
        """
        if self.apex is None:
            return row * self.spacing[0], column * self.spacing[1]
        down = (row - self.apex[0]) * self.spacing[0]
        across = (column - self.apex[1]) * self.spacing[1]
        return np.hypot(down, across), np.arctan2(across, down)

    def pixels(self, depth: Numbers, beam: Numbers) -> tuple[Numbers, Numbers]:
        """Return row and column, in pixels, of places by depth and beam."""
        if self.apex is None:
            return depth / self.spacing[0], beam / self.spacing[1]
        row = self.apex[0] + depth * np.cos(beam) / self.spacing[0]
        return row, self.apex[1] + depth * np.sin(beam) / self.spacing[1]

    def reach(self, row: Numbers, column: Numbers, box: Box) -> NDArray[np.bool_]:
        """Return which places, given in pixels, lie in a box of pixels and between the outermost beams."""
        is_in = (row >= box.row0 - 0.5) & (row <= box.row1 - 0.5)
        is_in &= (column >= box.col0 - 0.5) & (column <= box.col1 - 0.5)
        if self.apex is not None:
            beam = self.places(row, column)[1]
            is_in &= (beam >= self.outermost[0]) & (beam <= self.outermost[1])
        return np.asarray(is_in, np.bool_)

    def width(self, depth: float) -> float:
        """Return how far beams one unit of `places` apart lie from each other at a depth."""
        return 1.0 if self.apex is None else depth

    def step(self, depth: float) -> float:
        """Return how far beams one pixel apart at a depth lie from each other, in the unit of `places`."""
        return self.spacing[1] / self.width(depth)


def find_beams(gray: NDArray[np.float32], spacing_mm: Spacing | None = None) -> Beams | None:
    """Tell the beams of a frame by the black around it.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        A frame.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm.

    Returns
    -------
    Beams or None
        Columns where the upper corners are not black along a slant; None where one side slants and the
        other cannot be seen, so that the beams fan out nobody knows from where.
    """
    spacing = spacing_mm or (1.0, 1.0)
    sides = _sides(gray)
    if sides is None:
        return Beams(spacing)
    left, right = (_slanted(side, gray.shape[0], sign) for side, sign in zip(sides, (-1, 1), strict=True))
    if left is None and right is None:
        return Beams(spacing)
    if left is None or right is None:
        return None
    row = (left[1] - right[1]) / (right[0] - left[0])
    highest = min(float(side[:, 0].min()) for side in sides)
    column = left[1] + left[0] * row
    if row > highest + 1 or not 0 <= column < gray.shape[1]:
        return None
    angles = tuple(math.atan2(side[0] * spacing[1], spacing[0]) for side in (left, right))
    return Beams(spacing, (row, column), (angles[0], angles[1]))


def _sides(gray: NDArray[np.float32]) -> tuple[Numbers, Numbers] | None:
    """Return the left and right border (N, 2) of the picture, row and column, beside black upper corners."""
    from scipy import ndimage

    black = gray <= BLACK
    corners = ((0, 0), (0, -1))
    if not any(black[corner] for corner in corners):
        return None
    numbers, _ = ndimage.label(black)
    wanted = [int(numbers[corner]) for corner in corners if black[corner]]
    void = np.isin(numbers, wanted)
    if np.count_nonzero(void) < LEAST_SHARE * gray.size:
        return None
    # letters beside the fan are no part of it
    pieces, count = ndimage.label(~void)
    if not count:
        return None
    picture = pieces == 1 + int(np.bincount(pieces.ravel())[1:].argmax())
    rows = np.flatnonzero(picture.any(axis=1))
    first = picture.argmax(axis=1)[rows]
    last = gray.shape[1] - 1 - picture[:, ::-1].argmax(axis=1)[rows]
    lefts = np.stack((rows, first - 0.5), axis=1)[first > 0]
    rights = np.stack((rows, last + 0.5), axis=1)[last < gray.shape[1] - 1]
    return lefts.astype(np.float64), rights.astype(np.float64)


def _slanted(side: Numbers, height: int, sign: int) -> tuple[float, float] | None:
    """Return columns a row, and the column at row 0, of the straight outward slant that most of a side is."""
    least = max(int(LEAST_SIDE * height), 6)
    if len(side) < least:
        return None
    few = side[:: max(len(side) // MOST_PLACES, 1)]
    one, other = np.triu_indices(len(few), 4)
    down = few[other, 0] - few[one, 0]
    slopes = (few[other, 1] - few[one, 1]) / np.maximum(down, 1)
    fits = (sign * slopes >= LEAST_SLANT) & (sign * slopes <= MOST_SLANT) & (down > least / 3)
    if not fits.any():
        return None
    slopes, one = slopes[fits], one[fits]
    starts = few[one, 1] - slopes * few[one, 0]
    away = np.abs(few[:, 1][None] - starts[:, None] - slopes[:, None] * few[:, 0][None])
    is_near = away <= OFF_LINE_PX * np.hypot(1, slopes)[:, None]
    best = int(is_near.sum(axis=1).argmax())
    slope, start = float(slopes[best]), float(starts[best])
    for _ in range(3):
        near = np.abs(side[:, 1] - start - slope * side[:, 0]) <= OFF_LINE_PX * math.hypot(1, slope)
        if np.count_nonzero(near) < least:
            return None
        slope, start = (float(value) for value in np.polyfit(side[near, 0], side[near, 1], 1))
    return (slope, start) if LEAST_SLANT <= sign * slope <= MOST_SLANT else None
