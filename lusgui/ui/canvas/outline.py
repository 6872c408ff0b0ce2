"""The outline of one mask, found as far as it is drawn: solid lines, dashes, or a path that can be filled.

The outline runs along the edges of pixels. Drawn as lines that are straight across or straight down it takes
an eighth of the time that Qt needs to stroke the same outline as a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from shiboken6 import wrapInstance

from lusgui.ui.canvas.contours import boundary_loops, edge_lines, loops_path, stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_REPLACE = QPainter.CompositionMode.CompositionMode_Source
_OVER = QPainter.CompositionMode.CompositionMode_SourceOver
_SMOOTH = QPainter.RenderHint.Antialiasing
_SQUARE, _FLAT = Qt.PenCapStyle.SquareCap, Qt.PenCapStyle.FlatCap

Dashes = tuple[float, float]
"""Screen pixels that are drawn, and that are left out."""


class Outline:
    """The outline of a mask along the edges of its pixels, x = column and y = row.

    Parameters
    ----------
    mask : (H, W) bool ndarray or None
        Kept, and never written to meanwhile; None for nothing.
    offset : (row, column)
        Where the mask lies in the frame.
    """

    def __init__(self, mask: NDArray[np.bool_] | None = None, offset: tuple[int, int] = (0, 0)) -> None:
        self._mask = mask
        self._offset = offset
        self._is_empty: bool | None = None
        self._lines: NDArray[np.float64] | None = None
        self._loops: list[NDArray[np.int64]] | None = None
        self._path: QPainterPath | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        if self._is_empty is None:
            self._is_empty = self._mask is None or not self._mask.any()
        return self._is_empty

    @property
    def lines(self) -> NDArray[np.float64]:
        """The straight stretches, in no order: (N, 4), x and y of one end, x and y of the other."""
        if self._lines is None:
            found = np.zeros((0, 4)) if self._mask is None else edge_lines(self._mask)
            row, col = self._offset
            self._lines = found + np.array([col, row, col, row], np.float64)
        return self._lines

    @property
    def path(self) -> QPainterPath:
        """Closed polygons, to be filled."""
        if self._path is None:
            self._path = loops_path(self.loops)
        return self._path

    @property
    def loops(self) -> list[NDArray[np.int64]]:
        """Corners (row, column) of each closed loop, without the repeated first one."""
        if self._loops is None:
            found = [] if self._mask is None else boundary_loops(self._mask)
            self._loops = [loop + np.array(self._offset) for loop in found]
        return self._loops

    def stroke(
        self, painter: QPainter, pens: Sequence[tuple[QColor, float]], dashes: Dashes | None = None
    ) -> None:
        """Draw it.

        Parameters
        ----------
        painter : QPainter
            In coordinates of the frame; not turned or sheared.
        pens : sequence of (color, width)
            Width in screen pixels, whatever the zoom: rims, the widest first, and at last the line itself. A
            rim replaces what is below it: where its stretches overlap, half transparent ones do not add up.
        dashes : (float, float), optional
            Screen pixels drawn and left out, following the outline round its corners; solid without.
        """
        if self.is_empty:
            return
        if dashes is None:
            lines = self.lines
        else:
            transform = painter.worldTransform()
            seen = transform.inverted()[0].mapRect(QRectF(painter.viewport()))
            scale = abs(transform.m11()), abs(transform.m22())
            lines = dash_lines(self.loops, dashes, scale, pens[-1][1] / 2, seen)
        painter.save()
        for number, (color, width) in enumerate(pens):
            is_rim = number < len(pens) - 1
            pen = QPen(color, width)
            pen.setCosmetic(True)
            pen.setCapStyle(_SQUARE if dashes is None else _FLAT)
            painter.setPen(pen)
            painter.setRenderHint(_SMOOTH, not is_rim)
            painter.setCompositionMode(_REPLACE if is_rim else _OVER)
            _draw_lines(painter, lines)
        painter.restore()

    def tint(self, painter: QPainter, color: QColor) -> None:
        """Fill what it encloses, row by row: no path need be found for that."""
        if self._mask is None or self.is_empty:
            return
        row, first, last = stretches(self._mask)
        corner = np.stack((first + self._offset[1], row + self._offset[0]), axis=1)
        size = np.stack((last - first, np.ones_like(row)), axis=1)
        rects = np.concatenate((corner, size), axis=1).astype(np.float64)
        painter.save()
        painter.setRenderHint(_SMOOTH, False)  # or rows would not quite meet
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRects(cast("QRectF", wrapInstance(rects.ctypes.data, QRectF)), len(rects))
        painter.restore()


def dash_lines(
    loops: Sequence[NDArray[np.int64]],
    dashes: Dashes,
    scale: tuple[float, float] = (1.0, 1.0),
    corner: float = 0.0,
    seen: QRectF | None = None,
) -> NDArray[np.float64]:
    """Cut closed loops into dashes.

    Parameters
    ----------
    loops : sequence of (N, 2) int ndarray
        Corners (row, column), each straight across or straight down from the one before.
    dashes : (float, float)
        Screen pixels drawn and left out; every loop begins with a dash.
    scale : (float, float)
        Screen pixels a frame pixel, along x and y.
    corner : float
        Screen pixels by which a stretch goes on where the dash turns a corner.
    seen : QRectF, optional
        Stretches wholly outside of it are left out.

    Returns
    -------
    (M, 4) float64 ndarray
        x and y of one end, x and y of the other; x = column and y = row.
    """
    if not loops:
        return np.zeros((0, 4))
    starts = np.concatenate(loops)[:, ::-1].astype(np.float64)
    ends = np.concatenate([np.roll(loop, -1, axis=0) for loop in loops])[:, ::-1].astype(np.float64)
    step = ends - starts
    length = np.abs(step * np.array(scale)).sum(axis=1)
    before = np.cumsum(length) - length
    sizes = [len(loop) for loop in loops]
    at = before - np.repeat(before[np.cumsum([0, *sizes[:-1]])], sizes)
    if seen is not None:
        low, high = np.minimum(starts, ends), np.maximum(starts, ends)
        is_seen = (high >= (seen.left(), seen.top())) & (low <= (seen.right(), seen.bottom()))
        kept = is_seen.all(axis=1)
        starts, step, length, at = starts[kept], step[kept], length[kept], at[kept]
    drawn, period = dashes[0], sum(dashes)
    first = np.floor(at / period)
    many = (np.floor((at + length) / period) - first + 1).astype(np.int64)
    which = np.repeat(np.arange(many.size), many)
    number = np.repeat(first - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))
    begin, end = at[which], (at + length)[which]
    dash_begin, dash_end = number * period, number * period + drawn
    low, high = np.maximum(begin, dash_begin), np.minimum(end, dash_end)
    is_drawn = high - low > 1e-6
    # what is cut off by a corner, not by the end of the dash, goes on round it
    low, high = low - corner * (begin > dash_begin), high + corner * (end < dash_end)
    way, start = (step[which] / length[which, None])[is_drawn], starts[which][is_drawn]
    low, high = (low - begin)[is_drawn, None], (high - begin)[is_drawn, None]
    return np.concatenate((start + way * low, start + way * high), axis=1)


def _draw_lines(painter: QPainter, lines: NDArray[np.float64]) -> None:
    """Draw lines (N, 4) from where they lie: a QLineF is four doubles, and thousands take long to make."""
    held = np.ascontiguousarray(lines, dtype=np.float64)
    if len(held):
        first = cast("QLineF", wrapInstance(held.ctypes.data, QLineF))
        painter.drawLines(first, len(held))
