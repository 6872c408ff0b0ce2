"""What is drawn of centre points, boxes and detections, in pixel coordinates of the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from lusgui.ui import theme
from lusgui.ui.canvas.overlay import HALO

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from lusgui.core.learning.job import Mark

RING_PX, ARM_PX, HANDLE_PX = 5.0, 9.0, 6.0
"""Screen pixels: radius of a point's ring, length of its arms, side of a box's handles."""


@dataclass(frozen=True)
class Drawn:
    """One thing to draw.

    Parameters
    ----------
    mark : Mark
        Where; pixel centres at whole numbers.
    color : str
        ``#rrggbb`` of its label.
    current : bool
        Whether its label is the one being worked on.
    confidence : float or None
        Of a detector that found it, 0 to 1; None for what a person put down.
    """

    mark: Mark
    color: str
    current: bool = True
    confidence: float | None = None


class MarksOverlay(QGraphicsItem):
    """Points as rings with arms, boxes with handles; detections dashed and with their confidence."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._drawn: tuple[Drawn, ...] = ()
        self._preview: Drawn | None = None
        self.setZValue(20)

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Make room for frames of `shape` (H, W)."""
        if shape != self._shape:
            self.prepareGeometryChange()
            self._shape = shape

    def set_marks(self, drawn: tuple[Drawn, ...]) -> None:
        """Show these and nothing else."""
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()

    def set_preview(self, preview: Drawn | None) -> None:
        """Show what is being dragged."""
        if preview != self._preview:
            self._preview = preview
            self.update()

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """What is shown."""
        return self._drawn

    @property
    def preview(self) -> Drawn | None:
        """What is being dragged."""
        return self._preview

    def boundingRect(self) -> QRectF:
        """Return the frame, with room for rings and handles at its edge at any useful zoom."""
        rows, cols = self._shape
        return QRectF(-cols / 4 - 2, -rows / 4 - 2, 1.5 * cols + 4, 1.5 * rows + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw everything at a fixed size on the screen, detections under what people put down."""
        if not self._shape[0]:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        to_screen = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        order = sorted(self._drawn, key=lambda each: (each.confidence is None, each.current))
        for each in (*order, *((self._preview,) if self._preview is not None else ())):
            mark = each.mark
            first = to_screen.map(QPointF(mark.col0 + 0.5, mark.row0 + 0.5))
            last = to_screen.map(QPointF(mark.col1 + 0.5, mark.row1 + 0.5))
            if mark.kind == "point":
                self._draw_point(painter, first, each)
            else:
                self._draw_box(painter, QRectF(first, last).normalized(), each)
        painter.restore()

    def _draw_point(self, painter: QPainter, at: QPointF, each: Drawn) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        arms = [
            QLineF(at.x() + dx * RING_PX, at.y() + dy * RING_PX, at.x() + dx * ARM_PX, at.y() + dy * ARM_PX)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        for pen in _pens(each, 2.0 if each.current else 1.4):
            painter.setPen(pen)
            painter.drawEllipse(at, RING_PX, RING_PX)
            painter.drawLines(arms)
            painter.drawPoint(at)

    def _draw_box(self, painter: QPainter, box: QRectF, each: Drawn) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in _pens(each, 2.0 if each.current else 1.4):
            painter.setPen(pen)
            painter.drawRect(box)
        if each.confidence is not None:
            _write(painter, box.topLeft() + QPointF(4, 13), f"{each.confidence:.0%}", each.color)
        elif each.current:
            painter.setPen(QPen(HALO, 1.0))
            painter.setBrush(QColor(each.color))
            for corner in (box.topLeft(), box.topRight(), box.bottomLeft(), box.bottomRight()):
                half = HANDLE_PX / 2
                painter.drawRect(QRectF(corner.x() - half, corner.y() - half, HANDLE_PX, HANDLE_PX))


def _pens(each: Drawn, width: float) -> list[QPen]:
    """Return a dark pen and over it a coloured one; dashed for what a detector found."""
    pens = []
    for color, extra in ((HALO, 1.6), (QColor(each.color), 0.0)):
        pen = QPen(color, width + extra)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if each.confidence is not None:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([5.0 * width / (width + extra), 3.0 * width / (width + extra)])
        pens.append(pen)
    return pens


def _write(painter: QPainter, at: QPointF, text: str, color: str) -> None:
    """Write on a dark plate, so that it can be read on any tissue."""
    font = QFont(painter.font())
    font.setPixelSize(theme.scaled(11))
    painter.setFont(font)
    space = painter.fontMetrics().boundingRect(text)
    painter.fillRect(QRectF(space).translated(at).adjusted(-3, -1, 3, 1), QColor(0, 0, 0, 190))
    painter.setPen(QColor(color))
    painter.drawText(at, text)
