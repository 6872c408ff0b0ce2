"""Maps of marks: what a person clicked, boxed and scribbled, drawn on the grid a network sees.

Clicks are disks of a fixed radius on the network's grid, which serves better than distance maps (Sofiiuk et
al. 2021, arXiv:2102.06583); scribbles are strokes of that width.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.nn.click.network import MARK_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from lusgui.core.click.prompt import ClickPrompt

RADIUS = 5.0
"""Of the disks, in pixels of the coarse grid, and of the fine one."""

View = tuple[float, float, float, float]
"""Part of a frame: row0, col0, row1, col1 as fractions of its rows and columns."""

WHOLE: View = (0.0, 0.0, 1.0, 1.0)

POSITIVE, NEGATIVE, BOX, STROKE, ANTI_STROKE = range(MARK_CHANNELS)


@dataclass(frozen=True)
class Marks:
    """Marks of one frame, as fractions of its rows and columns.

    Parameters
    ----------
    clicks : tuple of (row, column, is_positive)
        In order.
    box : tuple of float, optional
        row0, col0, row1, col1.
    strokes : tuple of ((M, 2) ndarray, is_positive)
        Corners of scribbles, row and column.
    """

    clicks: tuple[tuple[float, float, bool], ...] = ()
    box: View | None = None
    strokes: tuple[tuple[NDArray[Any], bool], ...] = ()

    @classmethod
    def of(cls, prompt: ClickPrompt, shape: tuple[int, int]) -> Marks:
        """Return the marks of a prompt on a frame of `shape`."""
        height, width = shape
        box = prompt.box
        return cls(
            tuple((each.row / height, each.col / width, each.is_positive) for each in prompt.clicks),
            None
            if box is None
            else (box.row0 / height, box.col0 / width, box.row1 / height, box.col1 / width),
            tuple(
                (np.asarray(each.points, np.float64) / (height, width), each.is_positive)
                for each in prompt.scribbles
            ),
        )

    def with_click(self, row: float, col: float, is_positive: bool) -> Marks:
        """Return the marks with one click more."""
        return Marks((*self.clicks, (row, col, is_positive)), self.box, self.strokes)

    @property
    def positive_points(self) -> NDArray[np.float64]:
        """Points (K, 2) that are said to be of the structure: of clicks and scribbles."""
        return self._points(wants=True)

    @property
    def negative_points(self) -> NDArray[np.float64]:
        """Points (K, 2) that are said not to be."""
        return self._points(wants=False)

    def _points(self, *, wants: bool) -> NDArray[np.float64]:
        clicks = [(row, col) for row, col, is_positive in self.clicks if is_positive is wants]
        strokes = [points for points, is_positive in self.strokes if is_positive is wants]
        return np.concatenate([np.asarray(clicks, np.float64).reshape(-1, 2), *strokes])


def draw_marks(marks: Marks, view: View, side: int, radius: float = RADIUS) -> NDArray[np.float32]:
    """Draw marks on a square grid that shows part of the frame.

    Parameters
    ----------
    marks : Marks
        What was given.
    view : tuple of float
        The part of the frame.
    side : int
        Rows and columns of the grid.
    radius : float
        Of disks and strokes, in pixels of the grid.

    Returns
    -------
    (MARK_CHANNELS, side, side) float32 ndarray in [0, 1]
        Positive clicks, negative clicks, box, positive scribbles, negative scribbles.
    """
    maps = np.zeros((MARK_CHANNELS, side, side), np.float32)
    start, scale = np.array(view[:2]), side / (np.array(view[2:]) - view[:2])
    for row, col, is_positive in marks.clicks:
        at = (np.array((row, col)) - start) * scale
        _stamp(maps[POSITIVE if is_positive else NEGATIVE], [at], radius)
    for points, is_positive in marks.strokes:
        dots = _along((points - start) * scale, radius / 2)
        _stamp(maps[STROKE if is_positive else ANTI_STROKE], dots, radius)
    if marks.box is not None:
        corners = (np.array(marks.box).reshape(2, 2) - start) * scale
        edges = np.arange(side, dtype=np.float64)
        parts = [
            np.clip(np.minimum(edges + 1, corners[1, axis]) - np.maximum(edges, corners[0, axis]), 0, 1)
            for axis in (0, 1)
        ]
        maps[BOX] = parts[0][:, None] * parts[1][None, :]
    return maps


def _along(points: NDArray[Any], step: float) -> list[NDArray[Any]]:
    """Return dots no further apart than `step` along a line through points (M, 2)."""
    dots = [points[0]]
    for first, last in itertools.pairwise(points):
        count = max(int(np.ceil(np.hypot(*(last - first)) / step)), 1)
        dots.extend(first + (last - first) * (number / count) for number in range(1, min(count, 2000) + 1))
    return dots


def _stamp(plane: NDArray[np.float32], dots: Iterable[NDArray[Any]], radius: float) -> None:
    """Draw disks with soft edges, in place; what lies off the grid is left out."""
    side = plane.shape[0]
    for row, col in dots:
        if not (-radius - 1 < row < side + radius + 1 and -radius - 1 < col < side + radius + 1):
            continue
        row0, row1 = max(int(row - radius - 1), 0), min(int(row + radius + 2), side)
        col0, col1 = max(int(col - radius - 1), 0), min(int(col + radius + 2), side)
        if row0 >= row1 or col0 >= col1:
            continue
        down = np.arange(row0, row1, dtype=np.float32) + np.float32(0.5 - row)
        across = np.arange(col0, col1, dtype=np.float32) + np.float32(0.5 - col)
        distance = np.sqrt(down[:, None] ** 2 + across[None, :] ** 2)
        patch = plane[row0:row1, col0:col1]
        np.maximum(patch, np.clip(radius + 0.5 - distance, 0, 1), out=patch)
