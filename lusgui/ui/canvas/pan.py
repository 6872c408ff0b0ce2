"""The hand: dragging moves the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from lusgui.ui.canvas.view import CanvasView


class PanTool(CanvasTool):
    """Moves the picture with the pointer.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    """

    cursor = Qt.CursorShape.OpenHandCursor

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._last: QPointF | None = None

    def press(self, pointer: Pointer) -> None:
        """Take hold."""
        self._last = self.canvas.to_viewport(pointer.row, pointer.col)

    def move(self, pointer: Pointer) -> None:
        """Drag along."""
        if self._last is None:
            return
        here = self.canvas.to_viewport(pointer.row, pointer.col)
        self.canvas.pan(here.x() - self._last.x(), here.y() - self._last.y())
        self._last = here

    def release(self, pointer: Pointer) -> None:
        """Let go."""
        self._last = None

    def cancel(self) -> None:
        """Let go."""
        self._last = None
