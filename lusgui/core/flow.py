"""A mask carried from frame to frame by optical flow, with a confidence for each frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.interpolate import signed_distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

SIDE = 128
"""Rows and columns of a small frame at most: flow is found on it, masks stay on the recording's own grid."""

WINDOW = 16
"""Half the side of the window, in pixels of the small frame, in which the flow is taken to be one: structures
move as a whole, and speckle beside them does not."""

BAND = 6
"""Pixels of the small frame around a mask that must look as they did."""

STOP_BELOW = 0.7
"""Below this confidence a mask is no longer carried on."""


def small_frame(gray: NDArray[Any], side: int = SIDE) -> NDArray[np.float32]:
    """Return the means of gray (H, W) over fields, at most `side` x `side` of them, lightly smoothed."""
    from scipy import ndimage

    values = np.nan_to_num(np.asarray(gray, np.float64))
    for axis in (0, 1):
        edges = np.linspace(0, values.shape[axis], min(values.shape[axis], side) + 1).round().astype(int)
        sizes = np.diff(edges)
        values = np.add.reduceat(values, edges[:-1], axis=axis) / (
            sizes[:, None] if axis == 0 else sizes[None, :]
        )
    return np.asarray(ndimage.gaussian_filter(values, 1.0), np.float32)


def flow_between(start: NDArray[np.float32], end: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return where each pixel of `end` (H, W) came from in `start`, as shifts (2, H, W) in rows and columns.

    Notes
    -----
    Iterative Lucas-Kanade from coarse to fine (Le Besnerais and Champagnat 2005,
    doi:10.1109/ICIP.2005.1529706), by scikit-image.
    """
    from skimage.registration import optical_flow_ilk

    shifts = optical_flow_ilk(end, start, radius=WINDOW, num_warp=5, gaussian=True)
    return np.nan_to_num(np.asarray(shifts, np.float32))


@dataclass(frozen=True, eq=False)
class Carried:
    """A mask that was carried to another frame.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        On the recording's own grid.
    agreement : float in [0, 1]
        Dice of the mask one began with and of this one carried all the way back.
    likeness : float in [0, 1]
        Correlation of what lies in and around the mask now with what lay there at the beginning.
    """

    mask: NDArray[np.bool_]
    agreement: float
    likeness: float

    @property
    def confidence(self) -> float:
        """The worse of the two, likeness counted generously, for speckle changes where nothing moves."""
        return min(self.agreement, min(1.0, self.likeness / FULL_LIKENESS))


FULL_LIKENESS = 0.8
"""A likeness of this and more takes nothing from the confidence."""


class Carrier:
    """Carries one mask over frames that follow one another, in either direction.

    Shifts are composed, and the mask one began with is resampled once through all of them: it does not blur
    with the way. The way back is composed on its own, from flows found the other way round; where the two
    disagree the mask cannot be trusted.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        Mask of the frame one begins at; not empty.
    gray : (H, W) ndarray
        That frame, despeckled, in [0, 1].
    spacing_mm : (float, float), optional
        Distance between rows and columns.
    """

    def __init__(
        self, mask: NDArray[np.bool_], gray: NDArray[Any], spacing_mm: Spacing | None = None
    ) -> None:
        if mask.shape != gray.shape:
            raise ValueError(f"a mask of {mask.shape} on a frame of {gray.shape}")
        self._shape = mask.shape
        self._signed = signed_distance(mask, spacing_mm)
        self._first = self._last = small_frame(gray)
        self._small = _resample(self._signed, _grid(self._first.shape), self._first.shape) > 0
        self._small_signed = signed_distance(self._small)
        self._from_first = np.zeros((2, *self._first.shape), np.float32)
        self._to_last = np.zeros((2, *self._first.shape), np.float32)

    def step(self, gray: NDArray[Any]) -> Carried:
        """Carry the mask on to the next frame (H, W) and return it there."""
        if gray.shape != self._shape:
            raise ValueError(f"a frame of {gray.shape} after one of {self._shape}")
        now = small_frame(gray)
        came, goes = flow_between(self._last, now), flow_between(now, self._last)
        grid = _grid(now.shape)
        self._from_first = came + _shifts_at(self._from_first, grid + came)
        self._to_last = self._to_last + _shifts_at(goes, grid + self._to_last)
        self._last = now
        small = _at(self._small_signed, grid + self._from_first) > 0
        back = _at(signed_distance(small), grid + self._to_last) > 0
        return Carried(self._on_own_grid(), _dice(back, self._small), self._likeness(small, now))

    def _on_own_grid(self) -> NDArray[np.bool_]:
        rows, cols = self._shape
        own = _grid(self._shape)
        small = self._from_first.shape[1:]
        scale = np.array([rows / small[0], cols / small[1]]).reshape(2, 1, 1)
        where = (own + 0.5) / scale - 0.5
        shifts = _shifts_at(self._from_first, where) * scale
        return _at(self._signed, own + shifts) > 0

    def _likeness(self, small: NDArray[np.bool_], now: NDArray[np.float32]) -> float:
        if not small.any():
            return 0.0
        from scipy import ndimage

        near = ndimage.binary_dilation(small, iterations=BAND)
        before = _at(self._first, _grid(now.shape) + self._from_first)
        one, other = before[near], now[near]
        one, other = one - one.mean(), other - other.mean()
        power = float(np.sqrt((one @ one) * (other @ other)))
        return max(float(one @ other) / power, 0.0) if power > 1e-9 else 0.0


def _grid(shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.stack(np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")).astype(float)


def _at(values: NDArray[Any], where: NDArray[Any]) -> NDArray[np.float32]:
    from scipy import ndimage

    return np.asarray(ndimage.map_coordinates(values, where, order=1, mode="nearest"), np.float32)


def _shifts_at(shifts: NDArray[np.float32], where: NDArray[Any]) -> NDArray[np.float32]:
    return np.stack([_at(shifts[0], where), _at(shifts[1], where)])


def _resample(
    values: NDArray[Any], small_grid: NDArray[np.float64], small: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return values (H, W) at the middles of the fields of a small frame."""
    scale = np.array([values.shape[0] / small[0], values.shape[1] / small[1]]).reshape(2, 1, 1)
    return _at(values, (small_grid + 0.5) * scale - 0.5)


def _dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else 0.0
