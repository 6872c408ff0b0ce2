"""How an answer joins the mask that is there: only what the marks touch changes, good parts survive.

FocalClick calls this progressive merge: a click mends the piece it lies in and leaves the others alone.

References
----------
Chen et al., FocalClick: towards practical interactive image segmentation, CVPR 2022, arXiv:2204.02574.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.click.mending import place_of
from lusgui.core.click.prompt import Box, Click, is_positive, mark_mask
from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.prompt import ClickPrompt, Mark

    Mask = NDArray[np.bool_]

MOSTLY = 0.5
"""A piece of the mask there that the answer covers by this share is drawn anew; of a lesser one all stays."""

LOCAL = 0.6
"""An error is small whose half width is at most this share of the radius of the piece it is of."""

MOST_CHANGE, FAR = 25.0, 3.0
"""Pixels of a small error in squares of its half width at most; how far from the click it is mended else."""

NEAR_PX = 3
"""A click this near to a piece of the answer is meant for it: no hand is steadier."""

CUT_PX = 3
"""Rows and columns around a negative click that the answer may not keep."""

_EIGHT = np.ones((3, 3), dtype=bool)
"""Pieces touch at corners too: a rib is one pixel thin in places."""


def merge(found: Mask, previous: Mask | None, prompt: ClickPrompt) -> Mask:
    """Return the mask there before with what the marks changed.

    The newest mark counts, and older ones that the mask there does not yet honour (several given at once,
    or the marks of the frame before).

    * A positive mark takes the pieces of the answer that it touches. They replace the pieces of the mask
      there that the mark lies in or that they mostly cover, and are added to all others.
    * A negative mark changes the piece of the mask there that it lies in: that piece becomes what the answer
      leaves of it, without the surroundings of the mark. It adds nothing elsewhere.
    * A click on a small error (`LOCAL`) mends that error alone: of what the answer changes, only the part
      that the click lies in is taken.

    Parameters
    ----------
    found : (H, W) bool ndarray
        What the engine answers.
    previous : (H, W) bool ndarray or None
        The mask there before.
    prompt : ClickPrompt
        The marks, the newest last.

    Returns
    -------
    (H, W) bool ndarray
        A new array.
    """
    before = np.zeros_like(found) if previous is None else previous
    marks = unserved(before, prompt)
    around = bounding_box(found | before)
    if not marks or around.is_empty:
        return before.copy()
    shape = (found.shape[0], found.shape[1])
    heeding = without_negatives(found, prompt)
    last = prompt.marks[-1]
    if isinstance(last, Click):
        reach = _small_error(last, before)
        if reach is not None:
            return _mended(heeding, before, last, reach)
    window = (
        slice(max(around.row0 - NEAR_PX, 0), around.row1 + NEAR_PX),
        slice(max(around.col0 - NEAR_PX, 0), around.col1 + NEAR_PX),
    )
    pixels = [(mark, mark_mask(mark, shape)[window]) for mark in marks]
    result = before.copy()
    result[window] = _merged(heeding[window], before[window], pixels)
    return result


def _small_error(click: Click, before: Mask) -> float | None:
    """Return half the width of the error that a click is on, in pixels; None where it is not a small one."""
    if not before.any() or bool(before[click.pixel]) == click.is_positive:
        return None
    place = place_of(click, before)
    return None if place.is_apart or place.reach > LOCAL * place.size else place.reach


def _mended(found: Mask, before: Mask, click: Click, reach: float) -> Mask:
    """Return the mask there with the part of the answer's change that a click lies in.

    Where that part is far larger than an error of this width can be, the engine has lost or found something
    else besides: then only what is near the click is taken.
    """
    from scipy import ndimage

    change = found & ~before if click.is_positive else before & ~found
    numbers, count = ndimage.label(change, structure=_EIGHT)
    part = _touched(numbers, mark_mask(click, (found.shape[0], found.shape[1])), count, NEAR_PX)[numbers]
    if np.count_nonzero(part) > MOST_CHANGE * reach**2:
        rows, cols = np.ogrid[: part.shape[0], : part.shape[1]]
        away2 = (rows + 0.5 - click.row) ** 2 + (cols + 0.5 - click.col) ** 2
        part &= away2 <= (FAR * reach) ** 2
    return before | part if click.is_positive else before & ~part


def without_negatives(found: Mask, prompt: ClickPrompt) -> Mask:
    """Return an answer without the pixels that are marked as none of it.

    Where an engine keeps a negative click, the pixels `CUT_PX` around it are taken out; an engine that heeds
    it is left alone.
    """
    result = found
    for mark in prompt.marks:
        if isinstance(mark, Box) or mark.is_positive:
            continue
        if isinstance(mark, Click):
            if result[mark.pixel]:
                result = _cut(result, mark)
        else:
            result = result & ~mark_mask(mark, (found.shape[0], found.shape[1]))
    return result


def unserved(before: Mask, prompt: ClickPrompt) -> list[Mark]:
    """Return the newest mark, and older ones that the mask there does not honour."""
    shape = (before.shape[0], before.shape[1])
    marks: list[Mark] = []
    for mark in prompt.marks[:-1]:
        inside = before[mark.pixel] if isinstance(mark, Click) else before[mark_mask(mark, shape)].any()
        if isinstance(mark, Box) and mark is not prompt.box:
            continue
        if bool(inside) != is_positive(mark):
            marks.append(mark)
    return [*marks, *prompt.marks[-1:]]


def _merged(found: Mask, before: Mask, pixels: list[tuple[Mark, Mask]]) -> Mask:
    from scipy import ndimage

    found_numbers, found_count = ndimage.label(found, structure=_EIGHT)
    before_numbers, before_count = ndimage.label(before, structure=_EIGHT)
    # pieces of the answer that become part of the mask, and pieces of the mask there that make room
    is_taken = np.zeros(found_count + 1, dtype=bool)
    is_redrawn = np.zeros(before_count + 1, dtype=bool)
    for mark, area in pixels:
        if isinstance(mark, Box):
            is_taken |= _shares(found_numbers, area, found_count) > MOSTLY
            is_redrawn |= _shares(before_numbers, area, before_count) > MOSTLY
        elif mark.is_positive:
            touched = _touched(found_numbers, area, found_count, NEAR_PX)
            is_taken |= touched
            if touched.any():
                is_redrawn |= _touched(before_numbers, area, before_count)
        else:
            is_redrawn |= _touched(before_numbers, area, before_count)
    taken = is_taken[found_numbers]
    is_redrawn |= _shares(before_numbers, taken, before_count) > MOSTLY
    redrawn = is_redrawn[before_numbers]
    # what the answer leaves of a piece that is drawn anew belongs to it, though no mark touches it
    if taken.any():
        is_left = _shares(found_numbers, redrawn, found_count) > MOSTLY
    else:
        is_left = _touched(found_numbers, redrawn, found_count)
    result: Mask = (before & ~redrawn) | taken | is_left[found_numbers]
    return result


def _touched(numbers: NDArray[Any], area: Mask, count: int, reach: int = 0) -> Mask:
    """Return which pieces an area lies on, the nearest within `reach` pixels where it lies on none."""
    is_touched = np.zeros(count + 1, dtype=bool)
    is_touched[np.unique(numbers[area])] = True
    is_touched[0] = False
    if is_touched.any() or not reach or not area.any():
        return is_touched
    box = bounding_box(area)
    rows = slice(max(box.row0 - reach, 0), box.row1 + reach)
    cols = slice(max(box.col0 - reach, 0), box.col1 + reach)
    near = np.unique(numbers[rows, cols])
    if near[near > 0].size:
        # of several the largest: a speck beside it is not what was meant
        sizes = np.bincount(numbers[rows, cols].ravel(), minlength=count + 1)
        sizes[0] = 0
        is_touched[int(sizes.argmax())] = True
    return is_touched


def _shares(numbers: NDArray[Any], area: Mask, count: int) -> NDArray[np.float64]:
    """Return what share of each piece lies in an area; 0 for what is no piece."""
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)
    inside = np.bincount(numbers[area], minlength=count + 1)
    shares = np.asarray(inside / np.maximum(sizes, 1), dtype=np.float64)
    shares[0] = 0.0
    return shares


def _cut(mask: Mask, click: Click) -> Mask:
    """Return a mask without the surroundings of a click."""
    row, col = click.pixel
    rows = slice(max(row - CUT_PX, 0), min(row + CUT_PX + 1, mask.shape[0]))
    cols = slice(max(col - CUT_PX, 0), min(col + CUT_PX + 1, mask.shape[1]))
    down, right = np.ogrid[rows, cols]
    result = mask.copy()
    result[rows, cols] &= (down - row) ** 2 + (right - col) ** 2 > CUT_PX**2
    return result
