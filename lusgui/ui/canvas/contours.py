"""The outline of a mask along the edges of its pixels, as a Qt path in (column, row) coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtGui import QPainterPath

from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
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
    edges = []
    for direction, starts, ends in _edges(inside):
        edges.append(
            np.stack(
                (
                    (starts[0] * width + starts[1]) * 4 + direction,
                    ends[0] * width + ends[1],
                    np.full(starts[0].size, direction),
                ),
                axis=1,
            )
        )
    table = np.concatenate(edges)
    table = table[np.argsort(table[:, 0])]
    keys, ends_at, heading = table[:, 0], table[:, 1], table[:, 2]
    # Where two loops meet at a corner, turning right keeps them apart.
    right_turn = ends_at * 4 + (heading + 1) % 4
    at = np.searchsorted(keys, right_turn)
    at_clipped = np.minimum(at, keys.size - 1)
    first = np.searchsorted(keys, ends_at * 4)
    following = np.where(keys[at_clipped] == right_turn, at_clipped, first).tolist()
    is_turn = heading != heading[np.asarray(following)]

    unused = [True] * len(following)
    loops: list[NDArray[np.int64]] = []
    for start in range(len(following)):
        if not unused[start]:
            continue
        chain = []
        edge = start
        while unused[edge]:
            unused[edge] = False
            chain.append(edge)
            edge = following[edge]
        corners = np.asarray(chain)
        nodes = ends_at[corners[is_turn[corners]]]
        loops.append(np.stack((nodes // width + box.row0 - 1, nodes % width + box.col0 - 1), axis=1))
    return loops


def _edges(
    inside: NDArray[np.bool_],
) -> list[
    tuple[int, tuple[NDArray[np.int64], NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.int64]]]
]:
    """List the directed pixel edges of a padded mask: direction, (rows, cols) of start and of end."""
    top = np.nonzero(inside[1:] & ~inside[:-1])
    bottom = np.nonzero(inside[:-1] & ~inside[1:])
    left = np.nonzero(inside[:, 1:] & ~inside[:, :-1])
    right = np.nonzero(inside[:, :-1] & ~inside[:, 1:])
    return [
        (EAST, (top[0] + 1, top[1]), (top[0] + 1, top[1] + 1)),
        (WEST, (bottom[0] + 1, bottom[1] + 1), (bottom[0] + 1, bottom[1])),
        (NORTH, (left[0] + 1, left[1] + 1), (left[0], left[1] + 1)),
        (SOUTH, (right[0], right[1] + 1), (right[0] + 1, right[1] + 1)),
    ]


def outline_path(mask: NDArray[np.bool_]) -> QPainterPath:
    """Return the outline of a mask (H, W) as closed polygons, x = column and y = row."""
    path = QPainterPath()
    for loop in boundary_loops(mask):
        closed = np.concatenate((loop, loop[:1])).astype(np.float64)
        path.addPolygon(arrayToQPolygonF(closed[:, 1], closed[:, 0]))
        path.closeSubpath()
    return path
