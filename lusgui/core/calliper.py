"""The largest calliper of a mask: the longest distance between two points of its outline.

The outline runs halfway between a pixel and its neighbour, as the contour at one half that the largest Feret
diameter of scikit-image is taken from: a row of n pixels is n pixels long, from outer edge to outer edge. All
components are held between the jaws together, for the two hemispheres of a cerebellum are one measurement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

Point = tuple[int, int]


@dataclass(frozen=True)
class Calliper:
    """A length between two points.

    Parameters
    ----------
    length : float
        Outer edge to outer edge, in `unit`.
    ends : pair of (float, float)
        Row and column of both ends in pixels of the mask's grid, where whole numbers are pixel centres; the
        upper end first, of equally high ones the left.
    unit : {"mm", "px"}
        "px" where the spacing is not known.
    """

    length: float
    ends: tuple[tuple[float, float], tuple[float, float]]
    unit: str


def largest_calliper(mask: NDArray[np.bool_], spacing_mm: Spacing | None = None) -> Calliper | None:
    """Measure the largest calliper of all components of a mask together.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        On the raw grid.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm; it is applied before anything is measured. Without
        it the answer is in pixels.

    Returns
    -------
    Calliper or None
        None where the mask is empty.

    Raises
    ------
    LusguiError
        If the mask is not two-dimensional or the spacing is not positive.

    References
    ----------
    The rotating jaws: Shamos 1978, "Computational geometry" (Yale); Toussaint 1983, "Solving geometric
    problems with the rotating calipers". The transverse cerebellar diameter, outer edge to outer edge: ISUOG
    guidelines 2020, doi:10.1002/uog.22145.
    """
    if mask.ndim != 2:
        raise LusguiError(f"a mask of {mask.ndim} dimensions has no calliper", remedy="Give one frame")
    step = (1.0, 1.0) if spacing_mm is None else (float(spacing_mm[0]), float(spacing_mm[1]))
    if not all(math.isfinite(value) and value > 0 for value in step):
        raise LusguiError(f"a spacing of ({step[0]:g}, {step[1]:g}) mm measures nothing")
    if not mask.any():
        return None
    # whole numbers of half pixels: no rounding makes the hull wrong; stretching it keeps it convex
    hull = convex_hull(_outline_points(np.asarray(mask, bool)))
    points = [(row * step[0] / 2, column * step[1] / 2) for row, column in hull]
    first, second = _farthest(points)
    ends = sorted((hull[i][0] / 2, hull[i][1] / 2) for i in (first, second))
    return Calliper(
        math.dist(points[first], points[second]), (ends[0], ends[1]), "px" if spacing_mm is None else "mm"
    )


def _outline_points(mask: NDArray[np.bool_]) -> list[Point]:
    """Return points in half pixels, the middles of pixel sides, among which all corners of the hull are."""
    rows = np.flatnonzero(mask.any(axis=1))
    first = mask[rows].argmax(axis=1)
    last = mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)
    points: set[Point] = set()
    for row, left, right in zip(rows.tolist(), first.tolist(), last.tolist(), strict=True):
        points |= {(2 * row, 2 * left - 1), (2 * row, 2 * right + 1)}
        for column in (left, right):
            points |= {(2 * row - 1, 2 * column), (2 * row + 1, 2 * column)}
    return sorted(points)


def convex_hull(points: list[Point]) -> list[Point]:
    """Return the corners of the convex hull of sorted whole points, in order around it.

    Points on a side between two corners are left out. Andrew 1979, doi:10.1016/0020-0190(79)90072-3.
    """
    if len(points) < 3:
        return list(points)

    def half(ordered: list[Point]) -> list[Point]:
        chain: list[Point] = []
        for point in ordered:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return half(points) + half(points[::-1])


def _turn(a: Point, b: Point, c: Point) -> int:
    """Return twice the signed area of a triangle of whole points."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _farthest(points: list[tuple[float, float]]) -> tuple[int, int]:
    """Return the numbers of the two corners of a convex polygon that lie farthest apart.

    The jaws are laid against each side in turn; the corner opposite only ever moves on.
    """
    count = len(points)
    best, pair = -1.0, (0, 0)
    opposite = 1

    def height(i: int, k: int) -> float:
        (a, b), (c, d), (e, f) = points[i], points[(i + 1) % count], points[k % count]
        return abs((c - a) * (f - b) - (d - b) * (e - a))

    for i in range(count):
        while height(i, opposite + 1) > height(i, opposite) and opposite < i + count:
            opposite += 1
        # where a side lies parallel to this one both its ends are opposite
        for j in (i, i + 1):
            for k in (opposite, opposite + 1):
                length = math.dist(points[j % count], points[k % count])
                if length > best:
                    best, pair = length, (j % count, k % count)
    return pair
