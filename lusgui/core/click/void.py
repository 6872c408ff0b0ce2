"""The black around the picture, where nothing was recorded: no structure is there to be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.prompt import Click

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.prompt import ClickPrompt

BLACK = 0.012
"""Gray, of [0, 1], that the empty screen around a sector does not exceed: three of 255 steps."""

LEAST_SHARE = 0.01
"""Of the frame that the black in a corner has at least; less may be a dark corner of tissue."""

OUTSIDE_PICTURE = (
    "This is the black around the picture: nothing was recorded here. Click into the structure itself."
)
"""Said where a click falls there."""


def is_void(gray: NDArray[np.float32], row: int, col: int) -> bool:
    """Return whether a pixel lies in the black around the picture.

    That is black which reaches a corner of the frame. What is black within a sector (fluid, a cyst, a shadow)
    does not, even where the edge of the frame cuts it.

    Parameters
    ----------
    gray : (H, W) ndarray in [0, 1]
        The frame.
    row, col : int
        The pixel.
    """
    if gray[row, col] > BLACK:
        return False
    from scipy import ndimage

    black = gray <= BLACK
    corners = black[[0, 0, -1, -1], [0, -1, 0, -1]]
    if not corners.any():
        return False
    numbers, _ = ndimage.label(black)
    number = numbers[row, col]
    if number not in numbers[[0, 0, -1, -1], [0, -1, 0, -1]][corners]:
        return False
    return bool(np.count_nonzero(numbers == number) >= LEAST_SHARE * gray.size)


def falls_outside(gray: NDArray[np.float32], prompt: ClickPrompt) -> bool:
    """Return whether a prompt is one click into the black around the picture; more is taken at its word."""
    mark = prompt.last
    if len(prompt.marks) != 1 or not isinstance(mark, Click) or not mark.is_positive:
        return False
    return is_void(gray, *mark.pixel)
