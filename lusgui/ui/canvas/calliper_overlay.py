"""What is drawn of callipers and of measures: lines with ends, and what they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem

from lusgui.ui import theme
from lusgui.ui.canvas.overlay import HALO

if TYPE_CHECKING:
    from PySide6.QtGui import QTransform
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from lusgui.core.measures.figure import Point

TICK_PX, HANDLE_PX, FONT_PX = 6.0, 4.0, 12
"""Screen pixels: half a tick across an end, radius of a handle, height of the text."""

BY_HAND, BY_MASK, UNDER_WAY = "#ffd24a", "#a6f5bd", "#ffffff"
"""Colours of callipers, of what is measured of a mask, and of what is being put down."""


@dataclass(frozen=True)
class Shown:
    """One thing to draw.

    Parameters
    ----------
    points : tuple of Point
        In pixels of the frame, whole numbers being pixel centres.
    text : str
        What it reads; empty draws none.
    color : str
        ``#rrggbb``.
    is_closed : bool
        Whether the last point is joined to the first.
    has_handles : bool
        Whether its points can be taken hold of.
    has_ticks : bool
        Whether its ends have ticks across.
    is_thin : bool
        Whether it stands back.
    hot : int or None
        The point that a press would take.
    """

    points: tuple[Point, ...]
    text: str = ""
    color: str = BY_HAND
    is_closed: bool = False
    has_handles: bool = False
    has_ticks: bool = True
    is_thin: bool = False
    hot: int | None = None


class CalliperOverlay(QGraphicsItem):
    """Draws callipers and measures over one frame."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._shown: tuple[Shown, ...] = ()
        self.setZValue(22)

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Make room for frames of `shape` (H, W)."""
        if shape != self._shape:
            self.prepareGeometryChange()
            self._shape = shape

    def show_all(self, shown: tuple[Shown, ...]) -> None:
        """Draw these and nothing else."""
        if shown != self._shown:
            self._shown = shown
            self.update()

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What is drawn."""
        return self._shown

    def boundingRect(self) -> QRectF:
        """Return the frame, with room for text beside it."""
        rows, cols = self._shape
        return QRectF(-cols / 2 - 2, -rows / 4 - 2, 2 * cols + 4, 1.5 * rows + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw lines under ends under texts."""
        if not self._shape[0] or not self._shown:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        to_screen = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        order = sorted(self._shown, key=lambda each: not each.is_thin)
        for each in order:
            _draw_lines(painter, each, on_screen(each.points, to_screen))
        rows, cols = self._shape
        frame = QRectF(to_screen.map(QPointF(0, 0)), to_screen.map(QPointF(cols, rows)))
        taken: list[QRectF] = []
        for each in reversed(order):
            if each.text:
                _write(painter, each, on_screen(each.points, to_screen), taken, frame)
        painter.restore()


def on_screen(points: tuple[Point, ...], to_screen: QTransform) -> list[QPointF]:
    """Return where points of the frame, given by pixel centres, are on the screen."""
    return [to_screen.map(QPointF(col + 0.5, row + 0.5)) for row, col in points]


def _draw_lines(painter: QPainter, each: Shown, points: list[QPointF]) -> None:
    width = 1.3 if each.is_thin else 2.0
    joined = [*points, points[0]] if each.is_closed else points
    ticks = _ticks(points) if each.has_ticks and not each.is_closed and len(points) == 2 else []
    for color, extra in ((HALO, 2.0), (QColor(each.color), 0.0)):
        pen = QPen(color, width + extra)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(joined))
        painter.drawLines(ticks)
    if each.has_handles:
        for number, point in enumerate(points):
            radius = HANDLE_PX + (2.0 if number == each.hot else 0.0)
            painter.setPen(QPen(QColor(0, 0, 0, 200), 1.2))
            painter.setBrush(QColor(UNDER_WAY if number == each.hot else each.color))
            painter.drawEllipse(point, radius, radius)


def _ticks(points: list[QPointF]) -> list[QLineF]:
    line = QLineF(points[0], points[1])
    if not line.length():
        return []
    across = line.normalVector().unitVector()
    dx, dy = across.dx() * TICK_PX, across.dy() * TICK_PX
    return [QLineF(at.x() - dx, at.y() - dy, at.x() + dx, at.y() + dy) for at in points]


def _write(painter: QPainter, each: Shown, points: list[QPointF], taken: list[QRectF], frame: QRectF) -> None:
    """Write on a dark plate beside the middle, on the frame and where no other text stands."""
    font = QFont(painter.font())
    font.setPixelSize(theme.scaled(FONT_PX))
    painter.setFont(font)
    space = QRectF(painter.fontMetrics().boundingRect(each.text))
    plate = QRectF(0, 0, space.width() + 10, space.height() + 4)
    middle = points[len(points) // 2] if len(points) == 3 else _middle(points)
    plate.moveCenter(middle + QPointF(0, -plate.height()))
    if plate.width() < frame.width():
        plate.moveLeft(min(max(plate.left(), frame.left()), frame.right() - plate.width()))
    for _ in range(8):
        if not any(plate.intersects(other) for other in taken):
            break
        plate.translate(0, plate.height() + 1)
    taken.append(plate)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(QColor(each.color))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, each.text)


def _middle(points: list[QPointF]) -> QPointF:
    count = len(points)
    return QPointF(sum(at.x() for at in points) / count, sum(at.y() for at in points) / count)
