"""The outline of a mask along the edges of its pixels, as a Qt path in (column, row) coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtGui import QPainterPath

from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

EAST, SOUTH, WEST, NORTH = range(4)


def boundary_loops(mask: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Follow the edges between pixels inside and outside a mask.

    Parameters
    ----------
    mask : (H, W) bool ndarray

    Returns
    -------
    list of (N, 2) int ndarray
        Corners (row, column) of each closed loop, without the repeated first one. The inside lies on
        the right; pixels that touch only at a corner get loops of their own.
    """
    box = bounding_box(mask)
    if box.is_empty:
        return []
    inside = np.pad(mask[box.slices], 1)
    width = inside.shape[1] + 1
    starting, ending, headed = [], [], []
    for direction, (row0, col0, row1, col1) in _sides(inside):
        starting.append((row0 * width + col0) * 4 + direction)
        ending.append(row1 * width + col1)
        headed.append(np.full(row0.size, direction))
    keys = np.concatenate(starting)
    order = np.argsort(keys)
    keys, ends_at, heading = keys[order], np.concatenate(ending)[order], np.concatenate(headed)[order]
    # Every side ends in a turn. Where two loops meet at a corner, turning right keeps them apart.
    right_turn = ends_at * 4 + (heading + 1) % 4
    at = np.minimum(np.searchsorted(keys, right_turn), keys.size - 1)
    first = np.searchsorted(keys, ends_at * 4)
    following = np.where(keys[at] == right_turn, at, first).tolist()

    unused = [True] * len(following)
    chain: list[int] = []
    firsts: list[int] = []
    for side in range(len(following)):
        if unused[side]:
            firsts.append(len(chain))
        while unused[side]:
            unused[side] = False
            chain.append(side)
            side = following[side]
    nodes = ends_at[chain]
    corners = np.stack((nodes // width + box.row0 - 1, nodes % width + box.col0 - 1), axis=1)
    return np.split(corners, firsts[1:])


def _sides(inside: NDArray[np.bool_]) -> list[tuple[int, tuple[NDArray[np.int64], ...]]]:
    """List the straight sides of a padded mask: direction, then row and column of their starts and ends."""
    above, below = inside[:-1], inside[1:]
    left, right = inside[:, :-1].T, inside[:, 1:].T
    top, bottom = stretches(below & ~above), stretches(above & ~below)
    west, east = stretches(right & ~left), stretches(left & ~right)
    return [
        (EAST, (top[0] + 1, top[1], top[0] + 1, top[2])),
        (WEST, (bottom[0] + 1, bottom[2], bottom[0] + 1, bottom[1])),
        (NORTH, (west[2], west[0] + 1, west[1], west[0] + 1)),
        (SOUTH, (east[1], east[0] + 1, east[2], east[0] + 1)),
    ]


def stretches(grid: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return row, first column and the column after the last one of the stretches of true in (H, W)."""
    rows, cols = grid.shape
    padded = np.zeros((rows, cols + 2), bool)
    padded[:, 1:-1] = grid
    changes = np.flatnonzero(padded[:, 1:] != padded[:, :-1])
    row, first = np.divmod(changes[::2], cols + 1)
    return row, first, changes[1::2] - row * (cols + 1)


def edge_lines(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the straight stretches of the outline of a mask (H, W), in no order.

    Returns
    -------
    (N, 4) float64 ndarray
        x and y of one end, x and y of the other; x = column and y = row.
    """
    box = bounding_box(mask)
    if box.is_empty:
        return np.zeros((0, 4))
    inside = np.pad(mask[box.slices], 1)
    row, first, last = stretches(inside[1:] != inside[:-1])
    along = np.stack((first, row + 1, last, row + 1), axis=1)
    col, first, last = stretches((inside[:, 1:] != inside[:, :-1]).T)
    down = np.stack((col + 1, first, col + 1, last), axis=1)
    corner = np.array([box.col0 - 1, box.row0 - 1, box.col0 - 1, box.row0 - 1], np.float64)
    return np.asarray(np.concatenate((along, down)) + corner)


def outline_path(mask: NDArray[np.bool_]) -> QPainterPath:
    """Return the outline of a mask (H, W) as closed polygons, x = column and y = row."""
    return loops_path(boundary_loops(mask))


def loops_path(loops: Iterable[NDArray[np.int64]]) -> QPainterPath:
    """Return loops of corners (row, column) as closed polygons, x = column and y = row."""
    path = QPainterPath()
    for loop in loops:
        closed = np.concatenate((loop, loop[:1])).astype(np.float64)
        path.addPolygon(arrayToQPolygonF(closed[:, 1], closed[:, 0]))
        path.closeSubpath()
    return path
