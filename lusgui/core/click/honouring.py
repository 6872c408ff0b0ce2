"""No click goes for nothing: where an engine's answer does not heed it, the mask is mended around it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.mending import REACH, mend, place_of
from lusgui.core.click.merge import merge
from lusgui.core.click.prompt import Box, Click, mark_mask
from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.prompt import ClickPrompt

    Mask = NDArray[np.bool_]

SMOOTHING = 1.5
"""Pixels; takes the finest speckle out of what the walker sees."""

WIDEST = 0.5
"""A click that the engine does not heed mends no farther than this share of the radius of the piece."""


def is_heeded(mask: Mask, prompt: ClickPrompt) -> bool:
    """Whether a mask (H, W) has what the newest mark says: its pixels in it, or out of it.

    A box is heeded whatever the mask; of a scribble more than half counts.
    """
    mark = prompt.last
    if mark is None or isinstance(mark, Box):
        return True
    if isinstance(mark, Click):
        return bool(mask[mark.pixel]) == mark.is_positive
    area = mark_mask(mark, (mask.shape[0], mask.shape[1]))
    return bool((mask[area] == mark.is_positive).mean() > 0.5) if area.any() else True


def heeded(gray: NDArray[np.float32], mask: Mask, prompt: ClickPrompt) -> Mask | None:
    """Return a mask mended so that it heeds the newest mark; None where that mark is apart from all of it.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        The frame, with its speckle.
    mask : (H, W) bool ndarray
        What the engine made of it.
    prompt : ClickPrompt
        Marks, the newest last.
    """
    from scipy import ndimage

    mark = prompt.last
    if mark is None or isinstance(mark, Box) or is_heeded(mask, prompt):
        return mask
    if not mask.any():
        return None if mark.is_positive else mask
    place = place_of(mark, mask)
    if place.is_apart:
        return None
    reach = min(place.reach, WIDEST * place.size + 2.0)
    box = bounding_box(mark_mask(mark, (mask.shape[0], mask.shape[1])))
    margin = math.ceil(REACH * reach + 4 * SMOOTHING) + 4
    window = (
        slice(max(box.row0 - margin, 0), box.row1 + margin),
        slice(max(box.col0 - margin, 0), box.col1 + margin),
    )
    smooth = np.zeros(mask.shape, dtype=np.float32)
    smooth[window] = ndimage.gaussian_filter(gray[window], SMOOTHING)
    return merge(mend(smooth, mask, prompt, reach) >= 0.5, mask, prompt)
