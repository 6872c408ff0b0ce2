"""The live brush cursor: the very ellipse that would be painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget


class BrushCursor(QGraphicsItem):
    """Outline of the brush in frame coordinates, with a plus or a minus saying what it will do."""

    def __init__(self) -> None:
        super().__init__()
        self._radii = (1.0, 1.0)
        self._erases = False
        self._has_sign = True
        self._color = QColor("white")
        self.setZValue(30)
        self.setVisible(False)

    @property
    def radii(self) -> tuple[float, float]:
        """Half axes (rows, columns) in pixels."""
        return self._radii

    @property
    def erases(self) -> bool:
        """Whether the cursor says that the brush takes away."""
        return self._erases

    @property
    def has_sign(self) -> bool:
        """Whether a plus or a minus is drawn; a brush that smooths neither adds nor takes away."""
        return self._has_sign

    def set_brush(
        self, radius_rows: float, radius_cols: float, *, erases: bool, color: str, sign: bool = True
    ) -> None:
        """Set the half axes in pixels and what the brush does."""
        self._has_sign = sign
        if (radius_rows, radius_cols) != self._radii:
            self.prepareGeometryChange()
            self._radii = (radius_rows, radius_cols)
        self._erases, self._color = erases, QColor(color)
        self.update()

    def move_to(self, row: float, col: float) -> None:
        """Put the centre at a continuous position, the centre of pixel (0, 0) being (0.5, 0.5)."""
        self.setPos(QPointF(col, row))

    def boundingRect(self) -> QRectF:
        """Return the ellipse with room for its sign."""
        rows, cols = self._radii
        return QRectF(-cols - 2, -rows - 2, 2 * cols + 4, 2 * rows + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the ellipse, dashed when it erases, and the sign at its centre."""
        rows, cols = self._radii
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in (
            (QColor(0, 0, 0, 170), 3.0),
            (QColor("white") if self._erases else self._color, 1.4),
        ):
            pen = QPen(color, width)
            pen.setCosmetic(True)
            if self._erases:
                pen.setDashPattern([3.0, 2.0] if width < 2 else [1.4, 0.93])
            painter.setPen(pen)
            painter.drawEllipse(QPointF(0, 0), cols, rows)
            pen.setStyle(Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            if self._has_sign:
                self._draw_sign(painter)

    def _draw_sign(self, painter: QPainter) -> None:
        rows, cols = self._radii
        scale = painter.worldTransform()
        arm_x, arm_y = 3.5 / max(abs(scale.m11()), 1e-6), 3.5 / max(abs(scale.m22()), 1e-6)
        if arm_x > 0.7 * cols or arm_y > 0.7 * rows:
            return  # no room inside a small brush
        painter.drawLine(QPointF(-arm_x, 0), QPointF(arm_x, 0))
        if not self._erases:
            painter.drawLine(QPointF(0, -arm_y), QPointF(0, arm_y))
