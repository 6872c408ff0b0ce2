"""Bright or dark bands that a click lies on: what is joined to it and alike, as long as it is thin.

A rib is no closed outline around a point: it is grown from the click over what is about as bright, in steps
of growing tolerance, and the step that stands out most from its surroundings is taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Gray = NDArray[np.float32]
    Mask = NDArray[np.bool_]

TOLERANCES = (0.2, 0.35, 0.5, 0.7, 0.9, 1.2, 1.6, 2.0)
"""How much darker than at the click a band may be, in units of the frame's spread."""

THINNEST = 6.0
"""Area over the square of the half thickness from which a region is a band; a disc has 3.1."""

LARGEST_SHARE = 0.15
"""Of the frame, more is no band."""

LEAST_PX = 8
RING = 0.15
"""Width of the surroundings that a region is compared with, as a share of the radius of a disc as large."""


@dataclass(frozen=True, eq=False)
class Band:
    """A thin region.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        Where it is.
    contrast : float
        Difference of the means inside and outside its edge over the spread there.
    """

    mask: Mask
    contrast: float


def grow_band(image: Gray, row: int, col: int, spread: float, barred: Mask | None = None) -> Band | None:
    """Return the band that a pixel lies on and that stands out most; None where there is none.

    Parameters
    ----------
    image : (H, W) float32 ndarray
        Without speckle.
    row, col : int
        The pixel.
    spread : float
        Standard deviation of the frame.
    barred : (H, W) bool ndarray, optional
        Where it may not grow.
    """
    from scipy import ndimage

    start = float(image[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2].mean())
    best: Band | None = None
    for tolerance in TOLERANCES:
        for alike in (
            np.abs(image - start) <= tolerance * spread,
            image >= start - 0.8 * tolerance * spread,
        ):
            if barred is not None:
                alike &= ~barred
            numbers, _ = ndimage.label(alike)
            number = numbers[row, col]
            if number == 0:
                continue
            region = numbers == number
            if np.count_nonzero(region) > LARGEST_SHARE * region.size:
                continue
            region = np.asarray(ndimage.binary_fill_holes(region))
            area = int(np.count_nonzero(region))
            if area < LEAST_PX or area < THINNEST * half_thickness(region) ** 2:
                continue
            found = Band(region, contrast_of(image, region))
            if best is None or found.contrast > best.contrast:
                best = found
    return best


def half_thickness(region: Mask) -> float:
    """Return how deep a region (H, W), not empty, is where it is deepest, in pixels."""
    from scipy import ndimage

    box = bounding_box(region)
    return float(ndimage.distance_transform_edt(np.pad(region[box.slices], 1)).max())


def contrast_of(image: Gray, region: Mask) -> float:
    """Return how clearly a region stands out: the difference of means at its edge over the spread there."""
    from scipy import ndimage

    box = bounding_box(region)
    if box.is_empty:
        return 0.0
    width = max(1.5, RING * math.sqrt(np.count_nonzero(region) / math.pi))
    margin = int(width) + 2
    window = (
        slice(max(box.row0 - margin, 0), box.row1 + margin),
        slice(max(box.col0 - margin, 0), box.col1 + margin),
    )
    inside, values = region[window], image[window]
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    away = ndimage.distance_transform_edt(~inside)
    inner, outer = values[inside & (depth <= width)], values[~inside & (away <= width)]
    if inner.size < 3 or outer.size < 3:
        return 0.0
    spread = math.sqrt((float(inner.var()) + float(outer.var())) / 2 + 1e-5)
    return abs(float(inner.mean()) - float(outer.mean())) / spread
