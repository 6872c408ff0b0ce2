"""Where a later click mends a mask, how far it reaches, and what the random walker is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.prompt import Box, Click, mark_mask
from lusgui.core.click.walker import walk
from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.prompt import ClickPrompt, Scribble

    Gray = NDArray[np.float32]
    Mask = NDArray[np.bool_]

REACH = 2.2
"""How far a click mends, in distances from it to the edge of the mask."""

SURE = 0.5
"""How far around it a click is surely right, in the same."""

FARTHEST = 0.75
"""A positive click farther from the mask than this share of the mask's radius is about another structure."""

LEAST_FAR_PX = 10.0
COARSEST = 192
"""Rows or columns of the grid on which distances are measured."""

MOST_SIDE = 64
"""Rows or columns of the window that is decided; larger ones are thinned."""


@dataclass(frozen=True)
class Place:
    """How a mark lies to the mask that is there.

    Parameters
    ----------
    reach : float
        Pixels from the mark to the edge of the mask: half as wide as the error, if it was hit well.
    size : float
        Radius of a disc as large as the piece that the mark lies in or is nearest to, in pixels.
    is_apart : bool
        Whether a positive mark is so far from every piece that it is about another structure.
    piece : (H, W) bool ndarray
        That piece.
    """

    reach: float
    size: float
    is_apart: bool
    piece: Mask


def place_of(mark: Click | Scribble, before: Mask) -> Place:
    """Return how a mark lies to a mask (H, W) that is not empty."""
    from scipy import ndimage

    # on a thinner grid: distances need not be exact, and a large frame would cost a tenth of a second
    step = math.ceil(max(before.shape) / COARSEST)
    area = mark_mask(mark, (before.shape[0], before.shape[1]))
    rows, cols = np.nonzero(area)
    thin = before[::step, ::step]
    at = np.minimum(rows // step, thin.shape[0] - 1), np.minimum(cols // step, thin.shape[1] - 1)
    numbers = np.zeros(before.shape, dtype=np.int32)
    box = bounding_box(before).slices
    numbers[box] = ndimage.label(before[box], structure=np.ones((3, 3)))[0]
    inside = numbers[area]
    if not thin.any() or not rows.size:
        return Place(2.0, 2.0, bool(mark.is_positive), before)
    away, nearest = ndimage.distance_transform_edt(~thin, return_indices=True)
    if inside.any():
        number = int(np.bincount(inside[inside > 0]).argmax())
    else:
        i = int(np.argmin(away[at]))
        row, col = (int(axis[at[0][i], at[1][i]]) * step for axis in nearest)
        number = int(numbers[row, col])
    piece = numbers == number
    size = math.sqrt(np.count_nonzero(piece) / math.pi)
    depth = away if mark.is_positive else ndimage.distance_transform_edt(np.pad(thin, 1))[1:-1, 1:-1]
    reach = max(float(depth[at].max()) * step, 2.0)
    is_apart = mark.is_positive and not inside.any() and reach > max(FARTHEST * size, LEAST_FAR_PX)
    return Place(reach, size, bool(is_apart), piece)


def mend(smooth: Gray, before: Mask, prompt: ClickPrompt, reach: float) -> Gray:
    """Return the probability of a mask mended around the newest mark.

    Parameters
    ----------
    smooth : (H, W) float32 ndarray
        The frame without speckle.
    before : (H, W) bool ndarray
        The mask as it was.
    prompt : ClickPrompt
        Marks, the newest last; a click or a scribble.
    reach : float
        See `Place`.

    Returns
    -------
    (H, W) float32 ndarray in [0, 1]
        That of the mask as it was outside the reach of the mark.
    """
    from scipy import ndimage

    mark = prompt.marks[-1]
    shape = (before.shape[0], before.shape[1])
    probability = before.astype(np.float32)
    if isinstance(mark, Box):
        return probability
    area = mark_mask(mark, shape)
    if not area.any():
        return probability
    box = bounding_box(area)
    margin = math.ceil(REACH * reach) + 4
    window = (
        slice(max(box.row0 - margin, 0), min(box.row1 + margin, shape[0])),
        slice(max(box.col0 - margin, 0), min(box.col1 + margin, shape[1])),
    )
    away = ndimage.distance_transform_edt(~area[window])
    known = np.where(away > REACH * reach, before[window], -1).astype(np.int8)
    for one in prompt.marks[:-1]:
        if not isinstance(one, Box):
            known[_near(one, shape, window)] = one.is_positive
    known[away <= SURE * reach] = mark.is_positive
    known[area[window]] = mark.is_positive
    probability[window] = _walked(smooth[window], known, before[window])
    return probability


def _near(mark: Click | Scribble, shape: tuple[int, int], window: tuple[slice, slice]) -> Mask:
    """Return the pixels of a window that an older mark is about: its own and their neighbours."""
    from scipy import ndimage

    if isinstance(mark, Click):
        row, col = mark.pixel
        rows = np.arange(window[0].start, window[0].stop)[:, None]
        cols = np.arange(window[1].start, window[1].stop)[None, :]
        return np.asarray((np.abs(rows - row) <= 1) & (np.abs(cols - col) <= 1))
    return np.asarray(ndimage.binary_dilation(mark_mask(mark, shape)[window]))


def _walked(image: Gray, known: NDArray[np.int8], before: Mask) -> Gray:
    """Return the walker's probability of a window, thinned where it is large and drawn out again."""
    from scipy import ndimage

    step = math.ceil(max(image.shape) / MOST_SIDE)
    if step == 1:
        return walk(image, known, before.astype(np.float32))
    calm = ndimage.uniform_filter(image, step, mode="nearest")
    start = step // 2 if min(image.shape) > step else 0
    thin = (slice(start, None, step), slice(start, None, step))
    coarse = walk(calm[thin], known[thin], before[thin].astype(np.float32))
    where = [(np.arange(size) - start) / step for size in image.shape]
    fine = ndimage.map_coordinates(coarse, np.meshgrid(*where, indexing="ij"), order=1, mode="nearest")
    return np.where(known >= 0, known, fine).astype(np.float32)
