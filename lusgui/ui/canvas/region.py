"""Draw a rectangle on which speckle is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsRectItem

from lusgui.core.geometry import Box
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.ui.canvas.view import CanvasView

MIN_SIDE_PX = 4


class RegionTool(CanvasTool):
    """Drags out a rectangle.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    color : str
        Of the rectangle.
    done : callable
        Told the box, in pixels of the frame, when the drag ends.
    """

    cursor = Qt.CursorShape.CrossCursor
    takes_double_click = True

    def __init__(self, canvas: CanvasView, color: str, done: Callable[[Box], None]) -> None:
        super().__init__(canvas)
        self._done = done
        self._start: tuple[float, float] | None = None
        self._item = QGraphicsRectItem()
        pen = QPen(QColor(color), 1.6, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._item.setPen(pen)
        self._item.setZValue(20)
        self._item.setVisible(False)
        canvas.add_item(self._item)

    def press(self, pointer: Pointer) -> None:
        """Fix the first corner."""
        self._start = (pointer.row, pointer.col)
        self._show(self._box(pointer))

    def move(self, pointer: Pointer) -> None:
        """Draw it out."""
        if self._start is not None:
            self._show(self._box(pointer))

    def release(self, pointer: Pointer) -> None:
        """Fix the other corner."""
        if self._start is None:
            return
        box = self._box(pointer)
        self._start = None
        if min(box.shape) < MIN_SIDE_PX:
            self._item.setVisible(False)
            return
        self._done(box)

    def cancel(self) -> None:
        """Forget a rectangle half drawn."""
        if self._start is not None:
            self._start = None
            self._item.setVisible(False)

    def clear(self) -> None:
        """Take the rectangle away."""
        self._start = None
        self._item.setVisible(False)

    def _box(self, pointer: Pointer) -> Box:
        row0, col0 = self._start or (pointer.row, pointer.col)
        rows, cols = sorted((row0, pointer.row)), sorted((col0, pointer.col))
        box = Box(round(rows[0]), round(cols[0]), round(rows[1]), round(cols[1]))
        return box.clipped(self.canvas.shape)

    def _show(self, box: Box) -> None:
        self._item.setRect(QRectF(box.col0, box.row0, box.shape[1], box.shape[0]))
        self._item.setVisible(True)
