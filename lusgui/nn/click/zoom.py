"""Which part of a frame the fine network looks at: around what the coarse one found and what was marked.

Distances are measured on a canvas one wide and `aspect` high, so that a recording of 960 x 128 pixels gets no
silly crop; see `canvas_aspect`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.nn.click.maps import Marks, View

MARGIN = 1.5
"""Sides of the view over those of the object."""

LEAST_SIDE = 0.2
"""Of the view, as a part of the canvas's longer side."""

MOST_STRETCH = 2.0
"""Neither side of a view is longer than so many times the other, but where the frame ends."""

LEVEL = 0.4
"""Probability from which on a pixel of the coarse answer may be of the object: thin arcs are faint there."""

REACH = 2.5
"""Pixels of the coarse answer from a mark within which a component counts as touched."""


def canvas_aspect(shape: tuple[int, int], spacing_ratio: float = 1.0) -> float:
    """Return how high a frame is over how wide, at most `MOST_STRETCH` either way.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    spacing_ratio : float
        Millimetres a row over millimetres a column.
    """
    return float(np.clip(shape[0] * spacing_ratio / shape[1], 1 / MOST_STRETCH, MOST_STRETCH))


def object_box(
    coarse: NDArray[Any], marks: Marks, previous: NDArray[np.bool_] | None, level: float = LEVEL
) -> View | None:
    """Return the box around what is marked.

    Parameters
    ----------
    coarse : (g, g) ndarray in [0, 1]
        Probability on the decoder's grid.
    marks : Marks
        What was given.
    previous : (g, g) bool ndarray, optional
        The mask there before, on the same grid.
    level : float
        From which probability on a pixel counts.

    Returns
    -------
    tuple of float or None
        Around the components of the coarse answer that a positive mark touches, those of the mask before that
        any mark touches, and the positive marks; None where there is nothing of them.
    """
    side = coarse.shape[0]
    positive, negative = marks.positive_points, marks.negative_points
    boxes = [np.concatenate([points.min(0), points.max(0)]) for points in (positive,) if len(points)]
    seeds = positive
    if marks.box is not None:
        given = np.asarray(marks.box)
        boxes.append(given)
        seeds = np.concatenate([seeds, (given[None, :2] + given[None, 2:]) / 2])
    boxes += _touched(coarse >= level, seeds, side)
    if previous is not None:
        boxes += _touched(previous, np.concatenate([seeds, negative]), side)
    if not boxes:
        return None
    every = np.stack(boxes)
    low, high = every[:, :2].min(0), every[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def view_around(box: View, aspect: float, margin: float = MARGIN) -> View:
    """Return what the fine network sees of a frame: the box with some surroundings, within the frame."""
    sizes = np.array([1.0, 1.0])
    scale = np.array([aspect, 1.0])
    low, high = np.array(box[:2]), np.array(box[2:])
    extent = (high - low) * scale * margin
    extent = np.maximum(extent, LEAST_SIDE * scale.max())
    extent = np.maximum(extent, extent[::-1] / MOST_STRETCH)
    half = np.minimum(extent / scale, sizes) / 2
    centre = np.clip((low + high) / 2, half, 1 - half)
    start, stop = centre - half, centre + half
    return float(start[0]), float(start[1]), float(stop[0]), float(stop[1])


def _touched(mask: NDArray[np.bool_], points: NDArray[Any], side: int) -> list[NDArray[np.float64]]:
    """Return the boxes of the components of a mask that lie within `REACH` of points, as fractions."""
    from scipy.ndimage import find_objects, label

    if not len(points) or not mask.any():
        return []
    labelled, _ = label(mask, structure=np.ones((3, 3), bool))
    touched: set[int] = set()
    for row, col in np.unique(np.floor(np.asarray(points) * side * 2) / 2, axis=0):
        window = labelled[
            max(int(row - REACH), 0) : max(int(row + REACH) + 1, 0),
            max(int(col - REACH), 0) : max(int(col + REACH) + 1, 0),
        ]
        touched.update(int(number) for number in np.unique(window) if number)
    objects = find_objects(labelled)
    return [
        np.array([rows.start, cols.start, rows.stop, cols.stop], np.float64) / side
        for rows, cols in (objects[number - 1] for number in sorted(touched))
    ]
