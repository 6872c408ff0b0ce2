"""A piece of a mask that is moved, turned and mirrored, in millimetres where the samples are not square."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, radians, sin
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import Box, bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing


@dataclass(frozen=True)
class Placement:
    """Where a piece is, relative to where it was.

    Parameters
    ----------
    rows, cols : int
        How far it was moved, in pixels.
    degrees : float
        How far it was turned about the middle of its box, clockwise as one looks at the frame.
    mirrored : bool
        Whether it was mirrored left to right, before it was turned.
    """

    rows: int = 0
    cols: int = 0
    degrees: float = 0.0
    mirrored: bool = False


def placed(
    piece: NDArray[np.bool_], placement: Placement, spacing: Spacing = (1.0, 1.0)
) -> NDArray[np.bool_]:
    """Return a piece (H, W) at another place; what leaves the frame is cut off.

    Without a turn it keeps its very pixels. A turn is rigid in `spacing`, not in samples.

    Parameters
    ----------
    piece : (H, W) bool ndarray
    placement : Placement
        Where to.
    spacing : (float, float)
        Distance between samples (row, column) in one unit.

    Returns
    -------
    (H, W) bool ndarray
        A new array.
    """
    result = np.zeros_like(piece)
    box = bounding_box(piece)
    if box.is_empty:
        return result
    part = piece[box.slices]
    if placement.mirrored:
        part = part[:, ::-1]
    if placement.degrees % 360:
        part, box = _turned(part, box, placement.degrees, spacing)
    moved = Box(
        box.row0 + placement.rows,
        box.col0 + placement.cols,
        box.row1 + placement.rows,
        box.col1 + placement.cols,
    )
    inside = moved.clipped((piece.shape[0], piece.shape[1]))
    if not inside.is_empty:
        rows = slice(inside.row0 - moved.row0, inside.row1 - moved.row0)
        result[inside.slices] = part[rows, inside.col0 - moved.col0 : inside.col1 - moved.col0]
    return result


def middle_of(piece: NDArray[np.bool_], placement: Placement) -> tuple[float, float]:
    """Return the continuous place (row, column) about which a piece (H, W) turns, where it is now."""
    box = bounding_box(piece)
    return (box.row0 + box.row1) / 2 + placement.rows, (box.col0 + box.col1) / 2 + placement.cols


def _turned(
    part: NDArray[np.bool_], box: Box, degrees: float, spacing: Spacing
) -> tuple[NDArray[np.bool_], Box]:
    """Turn the content of a box about its middle; return it with the box that it takes up."""
    from scipy import ndimage

    height, width = part.shape[0] * spacing[0], part.shape[1] * spacing[1]
    across, along = abs(cos(radians(degrees))), abs(sin(radians(degrees)))
    # half the difference in whole samples, so that the middle stays where it was
    more_rows = ceil((height * across + width * along - height) / spacing[0] / 2) + 1
    more_cols = ceil((width * across + height * along - width) / spacing[1] / 2) + 1
    wide = Box(box.row0 - more_rows, box.col0 - more_cols, box.row1 + more_rows, box.col1 + more_cols)
    rows, cols = np.indices(wide.shape, dtype=np.float64)
    down = (rows - (wide.shape[0] - 1) / 2) * spacing[0]
    right = (cols - (wide.shape[1] - 1) / 2) * spacing[1]
    turn = radians(degrees)
    # backwards: where did the pixel come from?
    source_down = down * cos(turn) - right * sin(turn)
    source_right = down * sin(turn) + right * cos(turn)
    places = (
        source_down / spacing[0] + (part.shape[0] - 1) / 2,
        source_right / spacing[1] + (part.shape[1] - 1) / 2,
    )
    found = ndimage.map_coordinates(part.astype(np.float32), places, order=1, mode="grid-constant")
    return found >= 0.5, wide
