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
LEAST_SHARE = 0.3
"""A close-up shows at least this share of the height and width: what lies around helps to judge."""

ROOM = 1.6
"""A close-up is so much larger than what it shows."""

Window = tuple[float, float, float, float]
"""First row, first column, last row, last column as shares of the frame."""

WHOLE: Window = (0.0, 0.0, 1.0, 1.0)


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


def close_up(change: FrameChange) -> Window:
    """Return the part of a frame in which any of the three masks lies, with room around it."""
    seen = change.truth | change.before | change.after
    if not seen.any():
        return WHOLE
    low_row, high_row = _span(np.any(seen, axis=1))
    low_col, high_col = _span(np.any(seen, axis=0))
    return (low_row, low_col, high_row, high_col)


def _span(line: NDArray[np.bool_]) -> tuple[float, float]:
    found = np.flatnonzero(line) / line.size
    half = max((found[-1] - found[0] + 1 / line.size) * ROOM, LEAST_SHARE) / 2
    middle = (found[0] + found[-1] + 1 / line.size) / 2
    middle = min(max(middle, half), 1 - half) if half < 0.5 else 0.5
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)


def _places(size: int, count: int, low: float, high: float) -> NDArray[np.float64]:
    """Return where `count` samples lie among `size` pixels, in pixels from the first one's centre."""
    shares = low + (np.arange(count) + 0.5) / count * (high - low)
    return np.clip(shares * size - 0.5, 0, size - 1)


def resample(image: NDArray[Any], shape: tuple[int, int], window: Window = WHOLE) -> NDArray[Any]:
    """Return a part of an image (h, w) as rows and columns of another number, each the nearest one."""
    rows = np.rint(_places(image.shape[0], shape[0], window[0], window[2])).astype(np.intp)
    cols = np.rint(_places(image.shape[1], shape[1], window[1], window[3])).astype(np.intp)
    return np.asarray(image[rows[:, None], cols[None, :]])


def smooth(image: NDArray[Any], shape: tuple[int, int], window: Window = WHOLE) -> NDArray[np.float32]:
    """Return a part of an image (h, w) as rows and columns of another number, between its pixels."""
    made = np.asarray(image, np.float32)
    for axis in (0, 1):
        places = _places(image.shape[axis], shape[axis], window[axis], window[axis + 2])
        low = np.floor(places).astype(np.intp)
        high = np.minimum(low + 1, image.shape[axis] - 1)
        part = np.asarray(places - low, np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        made = np.take(made, low, axis) * (1 - part) + np.take(made, high, axis) * part
    return made


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) of a mask that touch its outside, also where it ends at the edge."""
    inner = np.pad(mask, 1)
    inside = inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]
    return np.asarray(mask & ~inside, bool)


def paint_change(change: FrameChange, shape: tuple[int, int], window: Window = WHOLE) -> NDArray[np.uint8]:
    """Return the picture of a change.

    Lost pixels are hatched as well as coloured, so that nobody has to tell colours apart.

    Parameters
    ----------
    change : FrameChange
        What to show.
    shape : (int, int)
        Rows and columns of the picture.
    window : Window
        Which part of the frame.

    Returns
    -------
    (h, w, 3) uint8 ndarray
        Red, green, blue.
    """
    gray = smooth(change.gray, shape, window)
    image = np.repeat(gray[..., None], 3, axis=2)
    gained = np.asarray(resample(change.gained, shape, window), bool)
    lost = np.asarray(resample(change.lost, shape, window), bool)
    stripes = (np.add.outer(np.arange(shape[0]), np.arange(shape[1])) // 2) % HATCH < 3
    for where, color in ((gained, GAINED), (lost & stripes, LOST)):
        image[where] = image[where] * (1 - COVER) + np.array(color, np.float32) * COVER
    faint = lost & ~stripes
    image[faint] = image[faint] * 0.8 + np.array(LOST, np.float32) * 0.2
    image[outline(np.asarray(resample(change.truth, shape, window), bool))] = DRAWN
    return np.asarray(np.rint(np.clip(image, 0, 255)), np.uint8)
