"""Closed outlines around a point: the strongest steps of brightness that one goes round it without a jump.

The frame is read along rays from the point, at radii that grow by a fixed share, so that a small cyst and a
whole head are looked for alike. Going once around, the radius that collects the strongest steps is found by
dynamic programming; what a person marked bounds it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Gray = NDArray[np.float32]

RAYS = 72
RADII = 56
SMALLEST = 2.0
"""Pixels of the grid that is searched."""

REACH = 3
"""So many radii inside a step are compared with so many outside it."""

BANDS = ((0, 20), (12, 32), (22, 42), (32, 56))
"""Ranges of radii in which the best outline is looked for, each by itself: what is strongest of all is often
a speck."""

ROUGHNESS = 5.0
"""How much a step of the logarithm of the radius from ray to ray counts against an outline."""

WEAK_QUARTER = 0.25
"""An outline is as good as the step that a quarter of its rays do not reach: a gap costs it its rank."""

_FORBIDDEN = -1e3


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed outline around a point.

    Parameters
    ----------
    row, col : float
        The point, whole numbers being pixel centres.
    radius : (RAYS,) float64 ndarray
        Along each ray, in pixels; ray 0 goes along the columns, the next ones turn towards larger rows.
    score : float
        How clear it is: the step of brightness along it, in units of the frame's spread, less its roughness.
    """

    row: float
    col: float
    radius: NDArray[np.float64]
    score: float

    def distance(self, rows: NDArray[np.float64], cols: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far inside (positive) or outside (negative) places lie, in shares of the radius."""
        down, right = rows - self.row, cols - self.col
        turn = np.arctan2(down, right) * (RAYS / (2 * math.pi))
        low = np.floor(turn).astype(int)
        share = turn - low
        closed = np.append(self.radius, self.radius[0])
        bound = (1 - share) * closed[low % RAYS] + share * closed[low % RAYS + 1]
        return np.asarray(1.0 - np.hypot(down, right) / bound)


@dataclass(frozen=True, eq=False)
class Bounds:
    """Between which radii an outline must run, ray by ray.

    Parameters
    ----------
    least, most : (RAYS,) float64 ndarray
        In pixels.
    """

    least: NDArray[np.float64]
    most: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        centre: tuple[float, float],
        inside: Iterable[tuple[float, float]] = (),
        outside: Iterable[tuple[float, float]] = (),
        box: tuple[float, float, float, float] | None = None,
    ) -> Bounds:
        """Return bounds so that an outline holds some places, leaves out others and fills a box.

        Parameters
        ----------
        centre : (float, float)
            Row and column the rays start from.
        inside, outside : iterable of (float, float)
            Places that belong to the structure, and that do not.
        box : (float, float, float, float), optional
            Row and column of two opposite corners.
        """
        least, most = np.zeros(RAYS), np.full(RAYS, np.inf)
        for place in inside:
            ray, away = _ray_of(centre, place)
            least[[ray - 1, ray, (ray + 1) % RAYS]] = np.maximum(
                least[[ray - 1, ray, (ray + 1) % RAYS]], 1.03 * away
            )
        for place in outside:
            ray, away = _ray_of(centre, place)
            most[[ray - 1, ray, (ray + 1) % RAYS]] = np.minimum(
                most[[ray - 1, ray, (ray + 1) % RAYS]], 0.97 * away
            )
        if box is not None:
            edge = _box_radius(centre, box)
            most = np.minimum(most, 1.1 * edge)
            least = np.maximum(least, np.minimum(0.5 * edge, 0.9 * most))
        return cls(least, np.maximum(most, SMALLEST))


def _ray_of(centre: tuple[float, float], place: tuple[float, float]) -> tuple[int, float]:
    down, right = place[0] - centre[0], place[1] - centre[1]
    return round(math.atan2(down, right) * RAYS / (2 * math.pi)) % RAYS, math.hypot(down, right)


def _box_radius(centre: tuple[float, float], box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Return how far it is along each ray to the edge of the ellipse that fills a box."""
    angle = np.arange(RAYS) * (2 * math.pi / RAYS)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    half = (max((box[2] - box[0]) / 2, 1.0), max((box[3] - box[1]) / 2, 1.0))
    down, right = np.sin(angle) / half[0], np.cos(angle) / half[1]
    start = ((centre[0] - middle[0]) / half[0], (centre[1] - middle[1]) / half[1])
    a = down**2 + right**2
    b = start[0] * down + start[1] * right
    c = min(start[0] ** 2 + start[1] ** 2 - 1.0, -0.1)
    return np.asarray((-b + np.sqrt(b**2 - a * c)) / a)


def outlines(
    image: Gray, row: float, col: float, largest: float, spread: float, bounds: Bounds | None = None
) -> list[Outline]:
    """Return closed outlines around a point, for steps down and up and in each of `BANDS`, the best first.

    Parameters
    ----------
    image : (H, W) float32 ndarray
        Without speckle.
    row, col : float
        The point, whole numbers being pixel centres.
    largest : float
        Largest radius in pixels.
    spread : float
        Standard deviation of the frame, the unit of steps.
    bounds : Bounds, optional
        What outlines must hold and leave out; where they contradict each other nothing is returned.
    """
    radii = np.geomspace(SMALLEST, max(largest, 2 * SMALLEST), RADII)
    steps = _steps(image, row, col, radii) / max(spread, 1e-6)  # (RAYS, RADII), positive: darker outside
    is_open = np.ones(steps.shape, dtype=bool)
    if bounds is not None:
        is_open = (radii >= bounds.least[:, None] * 0.999) & (radii <= bounds.most[:, None] * 1.001)
        if not is_open.any(axis=1).all():
            return []
    gains = []
    for sign in (1.0, -1.0):
        for low, high in BANDS:
            in_band = np.zeros(RADII, dtype=bool)
            in_band[low:high] = True
            gains.append(np.where(is_open & in_band, sign * steps, _FORBIDDEN))
    gain = np.stack(gains)
    ways = _best_ways(gain)
    rays = np.arange(RAYS)
    found = []
    for one, way in zip(gain, ways, strict=True):
        along = one[rays, way]
        if along.min() <= _FORBIDDEN:
            continue
        radius = radii[way]
        roughness = float(np.abs(np.diff(np.log(radius), append=math.log(radius[0]))).mean())
        score = float(np.quantile(along, WEAK_QUARTER)) - ROUGHNESS * roughness
        found.append(Outline(row, col, radius, score))
    return sorted(found, key=lambda outline: -outline.score)


def _steps(image: Gray, row: float, col: float, radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the frame is brighter inside each radius than outside it, along each ray."""
    from scipy import ndimage

    angle = np.arange(RAYS)[:, None] * (2 * math.pi / RAYS)
    ratio = radii[1] / radii[0]
    longer = np.concatenate(
        [radii[0] * ratio ** np.arange(-REACH, 0), radii, radii[-1] * ratio ** np.arange(1, REACH + 1)]
    )
    places = np.stack([row + np.sin(angle) * longer, col + np.cos(angle) * longer])
    values = ndimage.map_coordinates(image, places, order=1, mode="nearest")
    # neighbouring rays agree: what one alone sees is speckle
    values = ndimage.uniform_filter1d(values, 3, axis=0, mode="wrap")
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    means = (sums[:, REACH:] - sums[:, :-REACH]) / REACH
    inner, outer = means[:, : radii.size], means[:, REACH : REACH + radii.size]
    return np.asarray(inner - outer)


def _best_ways(gains: NDArray[np.float64]) -> NDArray[np.int_]:
    """Return for each of K gains (K, RAYS, RADII) the closed way of most gain, one radius a ray.

    From one ray to the next it moves by one radius at most. Two rounds are gone, and of the best way the
    part in the middle is kept, which begins and ends at the same place but for rare cases.
    """
    count, rays, radii = gains.shape
    total = gains[:, 0].copy()
    came = np.zeros((2 * rays, count, radii), dtype=np.int8)
    for i in range(1, 2 * rays):
        padded = np.pad(total, ((0, 0), (1, 1)), constant_values=-1e9)
        three = np.stack([padded[:, :-2], total, padded[:, 2:]])
        choice = three.argmax(axis=0)
        came[i] = choice - 1
        total = np.take_along_axis(three, choice[None], axis=0)[0] + gains[:, i % rays]
    at = total.argmax(axis=1)
    ways = np.empty((2 * rays, count), dtype=np.int_)
    which = np.arange(count)
    for i in range(2 * rays - 1, -1, -1):
        ways[i] = at
        at = at + came[i, which, at]
    half = rays // 2
    return np.roll(ways[half : half + rays], half, axis=0).T
