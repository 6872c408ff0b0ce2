"""The handle by which a piece is turned: a line from its middle to a knob."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from lusgui.ui.canvas.overlay import HALO

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

KNOB_PX = 6.0
"""Screen pixels: radius of the knob."""


class PieceHandle(QGraphicsItem):
    """A knob on a stalk, in frame coordinates; shown while a piece is in hand."""

    def __init__(self) -> None:
        super().__init__()
        self._middle, self._knob = QPointF(), QPointF()
        self.setZValue(25)
        self.setVisible(False)

    @property
    def knob(self) -> tuple[float, float]:
        """Row and column of the knob."""
        return self._knob.y(), self._knob.x()

    def show_at(self, middle: tuple[float, float], knob: tuple[float, float]) -> None:
        """Show it from the middle of the piece to the knob, both (row, column)."""
        self.prepareGeometryChange()
        self._middle = QPointF(middle[1], middle[0])
        self._knob = QPointF(knob[1], knob[0])
        self.setVisible(True)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the stalk with room for the knob at any useful zoom."""
        box = QRectF(self._middle, self._knob).normalized()
        room = max(box.width(), box.height(), 4.0)
        return box.adjusted(-room, -room, room, room)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the stalk, the knob and a cross in the middle, of the same size at any zoom."""
        seen = painter.worldTransform()
        middle, knob = seen.map(self._middle), seen.map(self._knob)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((HALO, 4.0), (QColor("white"), 1.6)):
            painter.setPen(QPen(color, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawLine(middle, knob)
            painter.drawLine(middle - QPointF(4, 0), middle + QPointF(4, 0))
            painter.drawLine(middle - QPointF(0, 4), middle + QPointF(0, 4))
            if width < 2:
                painter.setBrush(QColor("white"))
            painter.drawEllipse(knob, KNOB_PX, KNOB_PX)
        painter.restore()
