"""From the path of a brush to the pixels under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import EMPTY_BOX, Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAR = 1e9
"""Coordinates beyond this are cut: a wild event must not overflow an integer."""


def stroke_patch(
    points: NDArray[np.floating], radius_rows: float, radius_cols: float, shape: tuple[int, int]
) -> tuple[Box, NDArray[np.bool_]]:
    """Return the pixels whose centres an ellipse covers on its way along a polyline.

    In coordinates divided by the two radii the ellipse is the unit disc, and a pixel is under the stroke
    when its centre is at most 1 away from the polyline. A brush round in millimetres is an ellipse in
    pixels. A pixel in which a corner of the polyline lies is always painted, so that a brush finer than
    the grid still leaves a trace.

    Parameters
    ----------
    points : (N, 2) float ndarray
        Row and column of the corners, continuous: the centre of pixel (0, 0) is (0.5, 0.5). Points that
        are not finite are left out.
    radius_rows, radius_cols : float
        Half axes of the ellipse in pixels, above 0.
    shape : tuple of int
        Rows and columns of the frame.

    Returns
    -------
    Box
        Smallest box inside the frame around what was painted; empty if nothing was.
    bool ndarray of the box's shape
        Pixels under the stroke.

    Raises
    ------
    ValueError
        If a radius is not above 0, or the points are not (N, 2).
    """
    if not (radius_rows > 0 and radius_cols > 0):
        raise ValueError(f"radii of {radius_rows} and {radius_cols} pixels")
    path = np.asarray(points, dtype=np.float64)
    if path.ndim != 2 or path.shape[1] != 2:
        raise ValueError(f"points of shape {path.shape}, expected (N, 2)")
    path = np.clip(path[np.isfinite(path).all(axis=1)], -_FAR, _FAR)
    radii = np.minimum(np.array([radius_rows, radius_cols], dtype=np.float64), _FAR)
    if path.shape[0] == 0:
        return EMPTY_BOX, np.zeros((0, 0), dtype=bool)
    around = _box_around(path, radii, shape)
    if around.is_empty:
        return EMPTY_BOX, np.zeros((0, 0), dtype=bool)
    patch = np.zeros(around.shape, dtype=bool)
    starts, ends = (path, path) if path.shape[0] == 1 else (path[:-1], path[1:])
    for start, end in zip(starts, ends, strict=True):
        _add_segment(patch, around, start, end, radii, shape)
    corners = np.floor(path).astype(np.int64)
    inside = (corners >= 0).all(axis=1) & (corners < np.array(shape)).all(axis=1)
    patch[corners[inside, 0] - around.row0, corners[inside, 1] - around.col0] = True
    return _tightened(around, patch)


def _box_around(path: NDArray[np.float64], radii: NDArray[np.float64], shape: tuple[int, int]) -> Box:
    """Return the pixels inside the frame that a sweep along the path can reach."""
    low = np.floor(path.min(axis=0) - radii).astype(np.int64)
    high = np.ceil(path.max(axis=0) + radii).astype(np.int64)
    return Box(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1).clipped(shape)


def _add_segment(
    patch: NDArray[np.bool_],
    around: Box,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    radii: NDArray[np.float64],
    shape: tuple[int, int],
) -> None:
    """Paint one straight piece, looking only at the pixels that it can reach."""
    box = _box_around(np.stack((start, end)), radii, shape)
    if box.is_empty:
        return
    rows = ((np.arange(box.row0, box.row1) + 0.5 - start[0]) / radii[0])[:, None]
    cols = ((np.arange(box.col0, box.col1) + 0.5 - start[1]) / radii[1])[None, :]
    step = (end - start) / radii
    length2 = float(step @ step)
    if length2 > 0:
        # the nearest point of the piece to each pixel centre, as a fraction of its length
        along = np.clip((rows * step[0] + cols * step[1]) / length2, 0.0, 1.0)
        distance2 = (rows - along * step[0]) ** 2 + (cols - along * step[1]) ** 2
    else:
        distance2 = rows**2 + cols**2
    target = patch[
        box.row0 - around.row0 : box.row1 - around.row0, box.col0 - around.col0 : box.col1 - around.col0
    ]
    target |= distance2 <= 1.0 + 1e-9


def _tightened(around: Box, patch: NDArray[np.bool_]) -> tuple[Box, NDArray[np.bool_]]:
    rows, cols = np.flatnonzero(patch.any(axis=1)), np.flatnonzero(patch.any(axis=0))
    if rows.size == 0:
        return EMPTY_BOX, np.zeros((0, 0), dtype=bool)
    row0, row1, col0, col1 = int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1
    box = Box(around.row0 + row0, around.col0 + col0, around.row0 + row1, around.col0 + col1)
    return box, np.ascontiguousarray(patch[row0:row1, col0:col1])
