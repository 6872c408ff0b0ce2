"""Outlines into masks: which pixels a closed polygon encloses, and what they do to a mask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import EMPTY_BOX, Box, bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAR = 1e7
"""Corners beyond this are cut: a wild event must not overflow an integer."""


class ShapeMode(StrEnum):
    """What a finished shape does to the mask."""

    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"
    """Of the mask only what lies inside the shape is kept."""


@dataclass(frozen=True, eq=False)
class ShapeArea:
    """The pixels that an outline encloses.

    Parameters
    ----------
    box : Box
        Smallest box inside the frame around them; empty if there are none.
    patch : bool ndarray of ``box.shape``
        Enclosed pixels of the box.
    crosses_itself : bool
        Whether the outline goes around some pixel twice, or around two pixels in opposite senses.
    reaches_outside : bool
        Whether a corner lies outside the frame.
    """

    box: Box
    patch: NDArray[np.bool_]
    crosses_itself: bool
    reaches_outside: bool

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is enclosed."""
        return self.box.is_empty


def enclosed_area(corners: NDArray[np.floating], shape: tuple[int, int]) -> ShapeArea:
    """Return the pixels whose centres a closed polygon goes around at least once.

    The winding number is counted, not its parity: a line that crosses itself leaves no hole where it
    overlaps. Centres on the outline belong to the polygon on their right or below, so two polygons that
    share an edge share no pixel.

    Parameters
    ----------
    corners : (N, 2) float ndarray
        Row and column, continuous: the centre of pixel (0, 0) is (0.5, 0.5). They may lie outside the
        frame; corners that are not finite are left out.
    shape : tuple of int
        Rows and columns of the frame.

    Returns
    -------
    ShapeArea

    Raises
    ------
    ValueError
        If the corners are not (N, 2).
    """
    path = np.asarray(corners, dtype=np.float64)
    if path.ndim != 2 or path.shape[1] != 2:
        raise ValueError(f"corners of shape {path.shape}, expected (N, 2)")
    path = np.clip(path[np.isfinite(path).all(axis=1)], -_FAR, _FAR)
    rows, cols = shape
    beyond = bool(((path < 0) | (path > (rows, cols))).any())
    nothing = ShapeArea(EMPTY_BOX, np.zeros((0, 0), dtype=bool), False, beyond)
    if path.shape[0] < 3:
        return nothing
    low = np.floor(path.min(axis=0)).astype(np.int64)
    high = np.ceil(path.max(axis=0)).astype(np.int64)
    around = Box(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1).clipped(shape)
    if around.is_empty:
        return nothing
    turns = _winding(path, around)
    inside = turns != 0
    tight = bounding_box(inside)
    crosses = bool(np.abs(turns).max() > 1 or (turns.min() < 0 < turns.max()))
    if tight.is_empty:
        return nothing
    box = Box(
        around.row0 + tight.row0, around.col0 + tight.col0, around.row0 + tight.row1, around.col0 + tight.col1
    )
    return ShapeArea(box, np.ascontiguousarray(inside[tight.slices]), crosses, beyond)


def _winding(path: NDArray[np.float64], box: Box) -> NDArray[np.int32]:
    """Return how often a closed polygon goes around the centre of each pixel of a box."""
    ends = np.roll(path, -1, axis=0)
    down = ends[:, 0] > path[:, 0]
    top, bottom = np.minimum(path[:, 0], ends[:, 0]), np.maximum(path[:, 0], ends[:, 0])
    # rows whose centre line the edge crosses: top <= row + 0.5 < bottom
    first = np.clip(np.ceil(top - 0.5), box.row0, box.row1).astype(np.int64)
    stop = np.clip(np.ceil(bottom - 0.5), box.row0, box.row1).astype(np.int64)
    count = np.maximum(stop - first, 0)
    edge = np.repeat(np.arange(path.shape[0]), count)
    within = np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count)
    row = first[edge] + within
    step = ends[edge] - path[edge]
    across = path[edge, 1] + (row + 0.5 - path[edge, 0]) * step[:, 1] / step[:, 0]
    # the first pixel whose centre is not left of the crossing
    col = np.clip(np.ceil(across - 0.5), box.col0, box.col1).astype(np.int64)
    turns = np.zeros((box.shape[0], box.shape[1] + 1), dtype=np.int32)
    np.add.at(turns, (row - box.row0, col - box.col0), np.where(down[edge], 1, -1))
    return np.cumsum(turns[:, :-1], axis=1, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class ShapeStroke:
    """What a shape asks of a mask, as one stroke.

    Parameters
    ----------
    box : Box
        Where.
    patch : bool ndarray of ``box.shape``
        Pixels that are painted or erased; each of them changes.
    add : bool
        True paints, false erases.
    """

    box: Box
    patch: NDArray[np.bool_]
    add: bool


def stroke_of(area: ShapeArea, mask: NDArray[np.bool_], mode: ShapeMode) -> ShapeStroke:
    """Return what a shape paints or erases; an empty box where it would change nothing.

    Parameters
    ----------
    area : ShapeArea
        The pixels inside the shape.
    mask : (H, W) bool ndarray
        Mask before.
    mode : ShapeMode
        What to do with them.
    """
    if mode is ShapeMode.INTERSECT:
        lost = np.array(mask)
        lost[area.box.slices] &= ~area.patch
        box = bounding_box(lost)
        return ShapeStroke(box, np.ascontiguousarray(lost[box.slices]), False)
    adds = mode is ShapeMode.ADD
    under = mask[area.box.slices]
    changes = area.patch & (~under if adds else under)
    tight = bounding_box(changes)
    if tight.is_empty:
        return ShapeStroke(EMPTY_BOX, np.zeros((0, 0), dtype=bool), adds)
    box = Box(
        area.box.row0 + tight.row0,
        area.box.col0 + tight.col0,
        area.box.row0 + tight.row1,
        area.box.col0 + tight.col1,
    )
    return ShapeStroke(box, np.ascontiguousarray(changes[tight.slices]), adds)
