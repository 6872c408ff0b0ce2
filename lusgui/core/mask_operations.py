"""Operations on a whole mask: grow, shrink, smooth, pieces, mirror; lengths in mm where spacing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import Box, bounding_box
from lusgui.core.threshold import component_at, fill_holes, keep_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

__all__ = [
    "component_at",
    "fill_holes",
    "flipped",
    "grown",
    "keep_components",
    "shrunk",
    "smoothed",
    "without_small",
]

_SIGMAS = 4.0
"""Where a Gaussian ends."""


def grown(mask: NDArray[np.bool_], distance: float, spacing: Spacing = (1.0, 1.0)) -> NDArray[np.bool_]:
    """Add every pixel whose centre lies at most `distance` from that of a pixel of the mask.

    Parameters
    ----------
    mask : (H, W) bool ndarray
    distance : float
        In the unit of `spacing`; not negative.
    spacing : (float, float)
        Distance between samples (row, column): mm, or 1 for pixels.

    Returns
    -------
    (H, W) bool ndarray
        A new array.
    """
    from scipy import ndimage

    result = mask.copy()
    around = _reach(mask, distance, spacing)
    if distance > 0 and not around.is_empty:
        part = mask[around.slices]
        # a little slack, or a distance of exactly three samples would depend on rounding
        result[around.slices] = ndimage.distance_transform_edt(~part, sampling=spacing) <= distance * (
            1 + 1e-9
        )
    return result


def shrunk(mask: NDArray[np.bool_], distance: float, spacing: Spacing = (1.0, 1.0)) -> NDArray[np.bool_]:
    """Take away every pixel that lies at most `distance` from one outside: the reverse of `grown`.

    What lies beyond the frame's edge is not known and takes nothing away.

    Parameters
    ----------
    mask : (H, W) bool ndarray
    distance : float
        In the unit of `spacing`; not negative.
    spacing : (float, float)
        Distance between samples (row, column): mm, or 1 for pixels.

    Returns
    -------
    (H, W) bool ndarray
        A new array.
    """
    from scipy import ndimage

    result = mask.copy()
    around = _reach(mask, max(spacing), spacing)
    part = mask[around.slices]
    if distance > 0 and not around.is_empty and not part.all():
        result[around.slices] = ndimage.distance_transform_edt(part, sampling=spacing) > distance * (1 + 1e-9)
    return result


def smoothed(
    mask: NDArray[np.bool_], sigma: float, spacing: Spacing = (1.0, 1.0), box: Box | None = None
) -> NDArray[np.bool_]:
    """Smooth the outline: the mask blurred by a Gaussian and cut at one half.

    Parameters
    ----------
    mask : (H, W) bool ndarray
    sigma : float
        Standard deviation in the unit of `spacing`; bends narrower than about twice this go.
    spacing : (float, float)
        Distance between samples (row, column): mm, or 1 for pixels.
    box : Box, optional
        Where; the rest stays. None for the whole frame, where a piece that is so thin that nothing of it
        would be left stays as it was.

    Returns
    -------
    (H, W) bool ndarray
        A new array.
    """
    from scipy import ndimage

    result = mask.copy()
    shape = (mask.shape[0], mask.shape[1])
    rows, cols = sigma / spacing[0], sigma / spacing[1]
    wanted = _reach(mask, sigma * _SIGMAS, spacing) if box is None else box.clipped(shape)
    if sigma <= 0 or wanted.is_empty:
        return result
    margin = (int(np.ceil(rows * _SIGMAS)) + 1, int(np.ceil(cols * _SIGMAS)) + 1)
    source = _padded(wanted, margin).clipped(shape)
    blurred = ndimage.gaussian_filter(
        mask[source.slices].astype(np.float32), (rows, cols), mode="nearest", truncate=_SIGMAS
    )
    inner = Box(
        wanted.row0 - source.row0,
        wanted.col0 - source.col0,
        wanted.row1 - source.row0,
        wanted.col1 - source.col0,
    )
    result[wanted.slices] = blurred[inner.slices] > 0.5
    if box is None:
        numbers, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
        is_left = np.zeros(count + 1, bool)
        is_left[np.unique(numbers[result])] = True
        is_left[0] = True
        result |= ~is_left[numbers]
    return result


def without_small(
    mask: NDArray[np.bool_], least_area: float, spacing: Spacing = (1.0, 1.0)
) -> NDArray[np.bool_]:
    """Remove the pieces (8-connected) of a mask (H, W) whose area is below `least_area`, in mm2 or pixels."""
    least_px = int(np.ceil(least_area / (spacing[0] * spacing[1]) - 1e-9))
    return keep_components(mask, max(least_px, 1))


def flipped(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mirror a mask (H, W) left to right about the middle of the box around it."""
    box = bounding_box(mask)
    result = np.zeros_like(mask)
    result[box.slices] = mask[box.slices][:, ::-1]
    return result


def _reach(mask: NDArray[np.bool_], distance: float, spacing: Spacing) -> Box:
    """Return the part of the frame that lies within a distance of the mask."""
    box = bounding_box(mask)
    if box.is_empty:
        return box
    margin = (int(np.ceil(distance / spacing[0])) + 1, int(np.ceil(distance / spacing[1])) + 1)
    return _padded(box, margin).clipped((mask.shape[0], mask.shape[1]))


def _padded(box: Box, margin: tuple[int, int]) -> Box:
    rows, cols = margin
    return Box(box.row0 - rows, box.col0 - cols, box.row1 + rows, box.col1 + cols)
