"""Masks between two key frames: pieces are paired, moved, turned, scaled, their signed distances blended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

LEAST_ELONGATION = 1.3
"""Of axes less unequal than this the direction means nothing: such a piece is not turned."""

LARGEST_TURN = math.pi / 4
"""Pieces that would turn further from one key frame to the other are not turned."""

FARTHEST = 2.0
"""Pieces whose centres lie farther apart than this many sums of their half lengths are not one thing."""


@dataclass(frozen=True, eq=False)
class _Piece:
    """One component: signed distance in mm (positive inside), centre, half axes, direction of the longer."""

    signed: NDArray[np.float32]
    centre: NDArray[np.float64]
    axes: tuple[float, float]
    angle: float
    area_px: int

    @property
    def depth(self) -> float:
        return float(self.signed.max())

    @property
    def elongation(self) -> float:
        return self.axes[0] / self.axes[1]


class Tween:
    """All masks between two masks of the same label.

    Pieces (8-connected components) of the two masks are paired by where they lie and how large they are. A
    pair moves along the line between its centres, turns with its longer axis, grows or shrinks with its axes,
    and its two signed distances are blended. A piece without a partner shrinks away, or grows from its core.

    Parameters
    ----------
    before, after : (H, W) bool ndarray
        Masks of the two key frames; either may be empty.
    spacing_mm : (float, float), optional
        Distance between rows and columns; shapes are moved and turned in mm, not in pixels.

    Notes
    -----
    Blending signed distances is the shape-based interpolation of Raya and Udupa 1990,
    doi:10.1109/42.52980; bringing centres together first keeps a piece that moves farther than it is thick
    from vanishing halfway.
    """

    def __init__(
        self, before: NDArray[np.bool_], after: NDArray[np.bool_], spacing_mm: Spacing | None = None
    ) -> None:
        if before.shape != after.shape or before.ndim != 2:
            raise ValueError(f"masks of {before.shape} and {after.shape}")
        self._ends = before.astype(bool), after.astype(bool)
        self._spacing = np.asarray(spacing_mm or (1.0, 1.0), float)
        first, last = (_pieces(mask, self._spacing) for mask in self._ends)
        self._pairs, self._gone, self._new = _pair(first, last)

    def at(self, share: float) -> NDArray[np.bool_]:
        """Return the mask (H, W) at a share of the way, from 0 (the first mask) to 1 (the second)."""
        if share <= 0 or share >= 1:
            return self._ends[share >= 1].copy()
        mask = np.zeros(self._ends[0].shape, bool)
        for one, other in self._pairs:
            self._add_between(mask, one, other, share)
        for piece in self._gone:
            mask |= piece.signed > share * piece.depth
        for piece in self._new:
            mask |= piece.signed > (1 - share) * piece.depth
        return mask

    def _add_between(self, mask: NDArray[np.bool_], one: _Piece, other: _Piece, share: float) -> None:
        """Put the piece between two paired ones into a mask."""
        from scipy import ndimage

        centre = one.centre * (1 - share) + other.centre * share
        turn = (other.angle - one.angle + math.pi / 2) % math.pi - math.pi / 2
        is_turned = min(one.elongation, other.elongation) >= LEAST_ELONGATION and abs(turn) <= LARGEST_TURN
        axes = tuple(a ** (1 - share) * b**share for a, b in zip(one.axes, other.axes, strict=True))
        reach = 1.5 * max(axes[0], one.axes[0], other.axes[0]) * 2 + 4 * float(self._spacing.max())
        low = np.maximum(np.floor((centre - reach) / self._spacing), 0).astype(int)
        high = np.minimum(np.ceil((centre + reach) / self._spacing).astype(int) + 1, mask.shape)
        rows = np.arange(low[0], high[0]) * self._spacing[0] - centre[0]
        cols = np.arange(low[1], high[1]) * self._spacing[1] - centre[1]
        offset = np.stack(np.meshgrid(rows, cols, indexing="ij"))
        blend = np.zeros(offset.shape[1:])
        for piece, weight in ((one, 1 - share), (other, share)):
            scale = math.sqrt(piece.axes[0] * piece.axes[1] / (axes[0] * axes[1]))
            matrix = np.eye(2) * scale
            if is_turned:
                stretch = np.diag([own / wanted for own, wanted in zip(piece.axes, axes, strict=True)])
                matrix = _rotation(piece.angle) @ stretch @ _rotation(one.angle + share * turn).T
            where = np.tensordot(matrix, offset, 1) + piece.centre[:, None, None]
            where /= self._spacing[:, None, None]
            sampled = ndimage.map_coordinates(piece.signed, where, order=1, mode="nearest")
            outside = np.zeros(sampled.shape)
            for axis, length in enumerate(mask.shape):
                beyond = np.maximum(-where[axis], where[axis] - (length - 1))
                outside += np.maximum(beyond, 0) * self._spacing[axis]
            blend += weight * (sampled - outside) / scale
        mask[low[0] : high[0], low[1] : high[1]] |= blend > 0


def interpolate(
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    share: float,
    spacing_mm: Spacing | None = None,
) -> NDArray[np.bool_]:
    """Return the mask (H, W) at a share of the way between two masks; see `Tween`."""
    return Tween(before, after, spacing_mm).at(share)


def signed_distance(mask: NDArray[np.bool_], spacing_mm: Spacing | None = None) -> NDArray[np.float32]:
    """Return the signed distance (H, W) to the edge of a mask, positive inside; in mm where spacing is known.

    Where the mask is empty it is minus the size of the frame everywhere; where it is full, plus.
    """
    from scipy import ndimage

    sampling = tuple(spacing_mm or (1.0, 1.0))
    size = float(np.hypot(mask.shape[0] * sampling[0], mask.shape[1] * sampling[1]))
    if not mask.any():
        return np.full(mask.shape, -size, np.float32)
    if mask.all():
        return np.full(mask.shape, size, np.float32)
    inside = ndimage.distance_transform_edt(mask, sampling=sampling)
    outside = ndimage.distance_transform_edt(~mask, sampling=sampling)
    return np.asarray(inside - outside, np.float32)


def _pieces(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> list[_Piece]:
    from scipy import ndimage

    numbers, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
    found = []
    for number in range(1, int(count) + 1):
        own = numbers == number
        places = np.argwhere(own) * spacing
        centre = places.mean(axis=0)
        # a pixel is no point: its own extent keeps thin pieces from having no width
        spread = np.cov(places.T, bias=True) if len(places) > 1 else np.zeros((2, 2))
        values, vectors = np.linalg.eigh(spread + np.diag(spacing**2 / 12))
        long = vectors[:, 1]
        axes = 2 * math.sqrt(float(values[1])), 2 * math.sqrt(float(values[0]))
        signed = signed_distance(own, (float(spacing[0]), float(spacing[1])))
        found.append(_Piece(signed, centre, axes, math.atan2(float(long[0]), float(long[1])), len(places)))
    return found


def _pair(
    first: list[_Piece], last: list[_Piece]
) -> tuple[list[tuple[_Piece, _Piece]], list[_Piece], list[_Piece]]:
    """Return pairs, and what has no partner among the first and the last pieces."""
    from scipy.optimize import linear_sum_assignment

    if not first or not last:
        return [], first, last
    cost = np.zeros((len(first), len(last)))
    is_far = np.zeros(cost.shape, bool)
    for i, one in enumerate(first):
        for j, other in enumerate(last):
            apart = float(np.linalg.norm(one.centre - other.centre)) / (one.axes[0] + other.axes[0])
            # of two ways to pair, the one in which most stay near is meant: hence the root
            cost[i, j] = math.sqrt(apart) + 0.2 * abs(math.log(one.area_px / other.area_px))
            is_far[i, j] = apart > FARTHEST and (len(first) > 1 or len(last) > 1)
    rows, cols = linear_sum_assignment(np.where(is_far, 1e6, cost))
    taken = [(int(i), int(j)) for i, j in zip(rows, cols, strict=True) if not is_far[i, j]]
    pairs = [(first[i], last[j]) for i, j in taken]
    gone = [piece for i, piece in enumerate(first) if i not in {i for i, _j in taken}]
    new = [piece for j, piece in enumerate(last) if j not in {j for _i, j in taken}]
    return pairs, gone, new


def _rotation(angle: float) -> NDArray[np.float64]:
    """Return the matrix whose columns are the longer and the shorter axis, in (row, column)."""
    return np.array([[math.sin(angle), math.cos(angle)], [math.cos(angle), -math.sin(angle)]])
