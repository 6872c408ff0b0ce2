"""A shape under way: its outline, the line that would close it, its corners, the next line to the pointer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem

from lusgui.core.shape_raster import ShapeMode
from lusgui.ui.canvas.overlay import HALO

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QTransform
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    Line = NDArray[np.float64]

CORNER_PX, HOT_PX = 4.0, 6.0
"""Screen pixels: radius of a corner, and of the one that a press would take."""

ROOM_PX = 12.0
"""Screen pixels around the shape that corners and lines may reach."""

FILL = 0.10
"""Little: the tissue under it must stay visible."""

AWAY = QColor(255, 255, 255)
"""Of a shape that takes away: no label is white."""


@dataclass(frozen=True, eq=False)
class DrawnShape:
    """What is drawn; every line is (N, 2), row and column.

    Parameters
    ----------
    outline : (N, 2) float ndarray
        The line so far, open.
    closing : (N, 2) float ndarray, optional
        The line that would close it, dashed.
    rubber : (N, 2) float ndarray, optional
        From the last corner to the pointer, thin.
    corners : sequence of (row, column)
        Handles.
    hot : int or None
        The corner that a press would take.
    spot : (row, column), optional
        Where on a side a press would put a new corner.
    """

    outline: Line = field(default_factory=lambda: np.zeros((0, 2)))
    closing: Line | None = None
    rubber: Line | None = None
    corners: tuple[tuple[float, float], ...] = ()
    hot: int | None = None
    spot: tuple[float, float] | None = None

    @property
    def marks(self) -> Line:
        """The places that a press would take, (N, 2)."""
        hot = () if self.hot is None or self.hot >= len(self.corners) else (self.corners[self.hot],)
        return np.array([*hot, *(() if self.spot is None else (self.spot,))]).reshape(-1, 2)


NOTHING = DrawnShape()


def changed_part(before: DrawnShape, after: DrawnShape) -> QRectF | None:
    """Return the part of the frame that differs between two drawings (x = column, y = row), if any does.

    What two outlines have in common at their ends need not be painted again, nor what they enclose alike.
    """
    parts = [*_differing(before.outline, after.outline)]
    for one, other in (
        (before.closing, after.closing),
        (before.rubber, after.rubber),
        (before.marks, after.marks),
        (np.array(before.corners).reshape(-1, 2), np.array(after.corners).reshape(-1, 2)),
    ):
        lines = [np.zeros((0, 2)) if line is None else line for line in (one, other)]
        if not np.array_equal(lines[0], lines[1]):
            parts += lines
    points = np.concatenate(parts)
    if not points.size:
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    return QRectF(QPointF(low[1], low[0]), QPointF(high[1], high[0]))


def _differing(before: Line, after: Line) -> tuple[Line, Line]:
    """Return what is left of two lines without what they share at both ends, but for one corner there."""
    shortest = min(len(before), len(after))
    if not shortest:
        return before, after
    unlike = (before[:shortest] != after[:shortest]).any(axis=1)
    start = int(np.argmax(unlike)) if unlike.any() else shortest
    unlike = (before[len(before) - shortest :] != after[len(after) - shortest :]).any(axis=1)[::-1]
    end = min(int(np.argmax(unlike)) if unlike.any() else shortest, shortest - start)
    if start == len(before) == len(after):
        return before[:0], after[:0]
    first = max(start - 1, 0)
    return before[first : len(before) - max(end - 1, 0)], after[first : len(after) - max(end - 1, 0)]


class ShapeOverlay(QGraphicsItem):
    """Draws one shape at a fixed width on the screen, in pixel coordinates of the frame."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._color = QColor("#ffffff")
        self._mode = ShapeMode.ADD
        self._drawn = NOTHING
        self._room = (8.0, 8.0)
        self.setZValue(16)

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Make room for frames of `shape` (H, W)."""
        if shape != self._shape:
            self.prepareGeometryChange()
            self._shape = shape

    def set_look(self, color: str, mode: ShapeMode) -> None:
        """Take the colour of a label, and what the shape will do."""
        if (QColor(color), mode) != (self._color, self._mode):
            self._color, self._mode = QColor(color), mode
            self._repaint(NOTHING, self._drawn)

    def show_shape(self, drawn: DrawnShape = NOTHING) -> None:
        """Draw this and nothing else."""
        if drawn is not self._drawn:
            if self._dashes is not None:  # they move along the whole line
                self._repaint(NOTHING, self._drawn)
            self._repaint(NOTHING if self._dashes is not None else self._drawn, drawn)
            self._drawn = drawn

    @property
    def drawn(self) -> DrawnShape:
        """What is drawn."""
        return self._drawn

    def _repaint(self, before: DrawnShape, after: DrawnShape) -> None:
        part = changed_part(before, after)
        if part is not None:
            width, height = self._room
            self.update(part.adjusted(-width, -height, width, height))

    # --- painting ------------------------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        """Return the frame and as much around it: corners may lie outside."""
        rows, cols = self._shape
        return QRectF(-cols - 2, -rows - 2, 3 * cols + 4, 3 * rows + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the fill, then the lines with a halo, then the corners."""
        to_screen = painter.worldTransform()
        self._room = (ROOM_PX / max(abs(to_screen.m11()), 1e-6), ROOM_PX / max(abs(to_screen.m22()), 1e-6))
        drawn = self._drawn
        if drawn is NOTHING:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.resetTransform()
        outline = _polyline(drawn.outline, to_screen)
        if drawn.closing is not None:
            self._fill(painter, _polyline(np.concatenate([drawn.outline, drawn.closing]), to_screen))
            closing = _polyline(drawn.closing, to_screen)
            _draw_line(painter, closing, self._line_color, 1.2, (4.0, 3.0))
        if drawn.rubber is not None:
            _draw_line(painter, _polyline(drawn.rubber, to_screen), self._line_color, 1.2, None)
        _draw_line(painter, outline, self._line_color, 2.0, self._dashes)
        for number, (row, col) in enumerate(drawn.corners):
            is_hot = number == drawn.hot
            _draw_corner(painter, to_screen.map(QPointF(col, row)), self._color, is_hot, number == 0)
        if drawn.spot is not None:
            at = to_screen.map(QPointF(drawn.spot[1], drawn.spot[0]))
            _draw_corner(painter, at, QColor(255, 255, 255, 120), True, False)
        painter.restore()

    @property
    def _line_color(self) -> QColor:
        return AWAY if self._mode is ShapeMode.SUBTRACT else self._color

    @property
    def _dashes(self) -> tuple[float, float] | None:
        return (3.0, 2.0) if self._mode is ShapeMode.SUBTRACT else None

    def _fill(self, painter: QPainter, area: QPolygonF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        color = QColor(self._line_color)
        if self._mode is ShapeMode.ADD:
            color.setAlphaF(FILL)
            painter.setBrush(color)
        else:
            color.setAlphaF(0.6)
            is_away = self._mode is ShapeMode.SUBTRACT
            pattern = Qt.BrushStyle.BDiagPattern if is_away else Qt.BrushStyle.DiagCrossPattern
            painter.setBrush(QBrush(color, pattern))
        painter.drawPolygon(area, Qt.FillRule.WindingFill)


def _polyline(line: Line, to_screen: QTransform) -> QPolygonF:
    polygon: QPolygonF = arrayToQPolygonF(*np.ascontiguousarray(line.T[::-1]))
    return to_screen.map(polygon)


def _draw_line(
    painter: QPainter, line: QPolygonF, color: QColor, width: float, dashes: tuple[float, float] | None
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for each, extra in ((HALO, 1.6), (color, 0.0)):
        pen = QPen(each, width + extra)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if dashes is not None and not extra:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern(list(dashes))
        painter.setPen(pen)
        painter.drawPolyline(line)


def _draw_corner(painter: QPainter, at: QPointF, color: QColor, is_hot: bool, is_first: bool) -> None:
    """Draw a handle: the first one square, for a click on it closes the shape."""
    size = HOT_PX if is_hot else CORNER_PX
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1.2))
    painter.setBrush(QColor("#ffffff") if is_hot else color)
    if is_first:
        painter.drawRect(QRectF(at.x() - size, at.y() - size, 2 * size, 2 * size))
    else:
        painter.drawEllipse(at, size, size)
