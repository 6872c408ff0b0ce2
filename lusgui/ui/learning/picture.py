"""A picture of what changed on one frame: gray, gained and lost pixels, and the outline that was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.learning.changes import FrameChange

GAINED = (86, 180, 233)
"""Okabe and Ito's sky blue: only the new model finds it."""

LOST = (213, 94, 0)
"""Okabe and Ito's vermillion: only the old model found it."""

DRAWN = (255, 255, 255)
"""The outline that the person drew."""

COVER = 0.62
HATCH = 5


def fit_size(shape: tuple[int, int], spacing_mm: tuple[float, float] | None, box: int) -> tuple[int, int]:
    """Return rows and columns of the picture of a frame whose longer side, in mm, fills a square box.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the frame.
    spacing_mm : (float, float) or None
        Spacing (row, column); None takes pixels as square.
    box : int
        Side of the box in pixels.
    """
    step = (1.0, 1.0) if spacing_mm is None else spacing_mm
    height, width = shape[0] * step[0], shape[1] * step[1]
    scale = box / max(height, width)
    return max(round(height * scale), 1), max(round(width * scale), 1)


def resample(image: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Return an image (h, w) as rows and columns of another number, each the nearest one."""
    rows = ((np.arange(shape[0]) + 0.5) * image.shape[0] / shape[0]).astype(np.intp)
    cols = ((np.arange(shape[1]) + 0.5) * image.shape[1] / shape[1]).astype(np.intp)
    return np.asarray(image[rows[:, None], cols[None, :]])


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) of a mask that touch its outside, also where it ends at the edge."""
    inner = np.pad(mask, 1)
    inside = inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]
    return np.asarray(mask & ~inside, bool)


def paint_change(change: FrameChange, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the picture of a change.

    Lost pixels are hatched as well as coloured, so that nobody has to tell colours apart.

    Parameters
    ----------
    change : FrameChange
        What to show.
    shape : (int, int)
        Rows and columns of the picture.

    Returns
    -------
    (h, w, 3) uint8 ndarray
        Red, green, blue.
    """
    gray = resample(change.gray, shape).astype(np.float32)
    image = np.repeat(gray[..., None], 3, axis=2)
    gained = np.asarray(resample(change.gained, shape), bool)
    lost = np.asarray(resample(change.lost, shape), bool)
    stripes = (np.add.outer(np.arange(shape[0]), np.arange(shape[1])) // 2) % HATCH < 3
    for where, color in ((gained, GAINED), (lost & stripes, LOST)):
        image[where] = image[where] * (1 - COVER) + np.array(color, np.float32) * COVER
    faint = lost & ~stripes
    image[faint] = image[faint] * 0.8 + np.array(LOST, np.float32) * 0.2
    image[outline(np.asarray(resample(change.truth, shape), bool))] = DRAWN
    return np.asarray(np.rint(np.clip(image, 0, 255)), np.uint8)
