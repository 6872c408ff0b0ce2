"""What lies behind a structure that lets no sound through, as seen along the beams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.beams import Beams


def cast_shadow(mask: NDArray[np.bool_], beams: Beams, box: Box | None = None) -> NDArray[np.bool_]:
    """Return what lies behind a mask along the beams, down to the end of the picture.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        What casts the shadow, e.g. ribs; it is no part of its own shadow.
    beams : Beams
        Along which lines.
    box : Box, optional
        The picture within the frame; the whole frame if not given.

    Returns
    -------
    (H, W) bool ndarray
        The shadow.
    """
    if not mask.any():
        return np.zeros(mask.shape, bool)
    behind = _below(mask) if beams.apex is None else _along_fan(mask, beams)
    row, column = _places(mask.shape)
    height, width = mask.shape
    inside = beams.reach(row, column, box or Box(0, 0, height, width))
    return np.asarray(behind & ~mask & inside, np.bool_)


def _places(shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = np.meshgrid(*(np.arange(length, dtype=np.float64) for length in shape), indexing="ij")
    return rows, columns


def _below(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(np.logical_or.accumulate(mask, axis=0), np.bool_)


def _along_fan(mask: NDArray[np.bool_], beams: Beams) -> NDArray[np.bool_]:
    """Return what lies deeper than the mask on the same beam; piece by piece, so that none has gaps."""
    from scipy import ndimage

    depth, beam = beams.places(*_places(mask.shape))
    numbers, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
    behind = np.zeros(mask.shape, bool)
    for number in range(1, count + 1):
        own = numbers == number
        deep, angle = depth[own], beam[own]
        half = float(beams.step(float(np.median(deep)))) / 2
        places = np.round(angle / half).astype(int)
        first = np.full(int(np.ptp(places)) + 1, np.inf)
        np.minimum.at(first, places - places.min(), deep)
        known = np.flatnonzero(np.isfinite(first))
        # a pixel is as wide as two of these places: the outer halves of the outermost belong to it
        at = (known + places.min()) * half
        is_on = (beam >= at[0] - half) & (beam <= at[-1] + half)
        behind |= is_on & (depth > np.interp(beam, at, first[known]))
    return behind
