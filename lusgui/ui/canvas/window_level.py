"""Window and level by dragging: across for contrast, up and down for brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from lusgui.ui.canvas.gestures import WINDOW_LEVEL_PER_PIXEL
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from lusgui.ui.canvas.view import CanvasView


class WindowLevelTool(CanvasTool):
    """Turns drags into changes of window and level.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._last: QPointF | None = None

    def press(self, pointer: Pointer) -> None:
        """Begin here."""
        self._last = self.canvas.to_viewport(pointer.row, pointer.col)

    def move(self, pointer: Pointer) -> None:
        """Ask for the change since the last move."""
        if self._last is None:
            return
        here = self.canvas.to_viewport(pointer.row, pointer.col)
        delta, self._last = here - self._last, here
        self.canvas.window_level_dragged.emit(
            delta.x() * WINDOW_LEVEL_PER_PIXEL, -delta.y() * WINDOW_LEVEL_PER_PIXEL
        )

    def release(self, pointer: Pointer) -> None:
        """Finish."""
        self._last = None

    def cancel(self) -> None:
        """Finish."""
        self._last = None
