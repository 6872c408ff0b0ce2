"""Regions by one click: what looks like the pixel clicked on, or what an outline encloses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import Box, bounding_box
from lusgui.core.mask_operations import fill_holes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

MARGIN = 8
"""Pixels around the reach that the blur sees."""
REACH = 2
"""The gray of a click is the mean of the pixels this far around: one speckle shall not decide."""
SIGMA = 1.0
"""Pixels by which the gray is blurred before regions are grown."""


class Wand:
    """Grows the region around one pixel, for as many tolerances as one likes.

    Parameters
    ----------
    gray : (H, W) float ndarray in [0, 1]
        The frame, best despeckled.
    row, col : int
        Pixel that was clicked, inside the frame.
    reach : float
        Nothing farther from that pixel is taken, in the unit of `spacing`: where a structure has no edge all
        round, the region ends there.
    spacing : (float, float)
        Distance between samples (row, column): mm, or 1 for pixels.
    """

    def __init__(
        self,
        gray: NDArray[np.floating],
        row: int,
        col: int,
        reach: float = math.inf,
        spacing: Spacing = (1.0, 1.0),
    ) -> None:
        from scipy import ndimage

        if not (0 <= row < gray.shape[0] and 0 <= col < gray.shape[1]):
            raise ValueError(f"pixel ({row}, {col}) of a frame of {gray.shape}")
        rows, cols = (int(min(reach / step, max(gray.shape))) + 1 for step in spacing)
        shape = (gray.shape[0], gray.shape[1])
        self._shape = shape
        self._box = Box(row - rows, col - cols, row + rows + 1, col + cols + 1).clipped(shape)
        wide = Box(row - rows - MARGIN, col - cols - MARGIN, row + rows + MARGIN, col + cols + MARGIN)
        wide = wide.clipped(shape)
        smooth = ndimage.gaussian_filter(gray[wide.slices].astype(np.float32), SIGMA, mode="nearest")
        row, col = row - wide.row0, col - wide.col0
        near = smooth[max(row - REACH, 0) : row + REACH + 1, max(col - REACH, 0) : col + REACH + 1]
        self.reference = float(near.mean())
        """Gray that the region is compared with."""
        inner = self._box.row0 - wide.row0, self._box.col0 - wide.col0
        height, width = self._box.shape
        part = smooth[inner[0] : inner[0] + height, inner[1] : inner[1] + width]
        self._seed = (row - inner[0], col - inner[1])
        self._apart = np.abs(part - np.float32(self.reference))
        down, right = np.ogrid[:height, :width]
        apart = np.hypot((down - self._seed[0]) * spacing[0], (right - self._seed[1]) * spacing[1])
        self._apart[apart > reach] = np.inf

    def region(self, tolerance: float) -> NDArray[np.bool_]:
        """Return the pixels (H, W) that hang together (8-connected) with the one clicked and look like it.

        Holes are filled. A larger tolerance never gives less; the pixel clicked is always among them.

        Parameters
        ----------
        tolerance : float
            Gray by which a pixel may differ.
        """
        from scipy import ndimage

        is_alike = self._apart <= tolerance
        is_alike[self._seed] = True
        numbers, _count = ndimage.label(is_alike, structure=np.ones((3, 3), bool))
        region = np.zeros(self._shape, bool)
        region[self._box.slices] = numbers == numbers[self._seed]
        # with a rim of what is outside, unless the region lies at the frame's edge, where nothing is closed
        box = bounding_box(region)
        around = Box(box.row0 - 1, box.col0 - 1, box.row1 + 1, box.col1 + 1).clipped(self._shape)
        region[around.slices] = fill_holes(region[around.slices])
        return region


def enclosed_at(mask: NDArray[np.bool_], row: int, col: int) -> NDArray[np.bool_] | None:
    """Return what the outline of a mask encloses around a pixel.

    Parameters
    ----------
    mask : (H, W) bool ndarray
    row, col : int
        Pixel inside the frame.

    Returns
    -------
    (H, W) bool ndarray or None
        The background (4-connected) around the pixel if it reaches the frame's edge nowhere; the piece
        (8-connected) of the mask there if the pixel lies on one; None for background that is open.
    """
    from scipy import ndimage

    if mask[row, col]:
        numbers, _count = ndimage.label(mask, structure=np.ones((3, 3), bool))
        return np.asarray(numbers == numbers[row, col])
    numbers, _count = ndimage.label(~mask)
    region = numbers == numbers[row, col]
    is_open = region[0].any() or region[-1].any() or region[:, 0].any() or region[:, -1].any()
    return None if is_open else np.asarray(region)
