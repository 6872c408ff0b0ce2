"""The lasso: a drag goes around an area; when the button is released it is one edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt

from lusgui.base.translate import tr
from lusgui.core.shape_raster import ShapeMode
from lusgui.session.view_state import Tool
from lusgui.ui.canvas.gestures import CLICK_SLACK
from lusgui.ui.canvas.shape_overlay import NOTHING, DrawnShape, ShapeOverlay
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from lusgui.core.annotation import PlaneKey
    from lusgui.session.session import Session
    from lusgui.ui.canvas.brush import DrawingPlace
    from lusgui.ui.canvas.view import CanvasView

STEP_PX = 1.5
"""Screen pixels between two corners of the line; closer ones add nothing."""


def mode_of(pointer: Pointer) -> ShapeMode | None:
    """Return the mode that the keys held stand for: Alt takes away, Shift keeps inside; None without."""
    if pointer.alt or pointer.pen_eraser:
        return ShapeMode.SUBTRACT
    return ShapeMode.INTERSECT if pointer.shift else None


class LassoTool(CanvasTool):
    """Draws a line by hand and closes it.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        What it changes.
    place : DrawingPlace
        What is on screen.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, session: Session, place: DrawingPlace) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self.overlay: ShapeOverlay | None = None
        """Where the line is drawn."""
        self._key: PlaneKey | None = None
        self._mode = ShapeMode.ADD
        self._points: list[tuple[float, float]] = []
        self._is_drag = False

    @property
    def sign(self) -> ShapeMode:
        """What the line, or the one that a press would begin, does."""
        return self._mode if self.is_drawing else self._session.shapes.mode_now

    @property
    def is_drawing(self) -> bool:
        """Whether a line is under way."""
        return self._key is not None

    def press(self, pointer: Pointer) -> None:
        """Begin the line."""
        self._key = self._place.drawing_key()
        if self._key is None:
            return
        shapes = self._session.shapes
        shapes.hold(mode_of(pointer))
        self._mode = shapes.mode_now
        self._points = [(pointer.row, pointer.col)]
        self._is_drag = False
        if self.overlay is not None:
            label = self._session.label(self._key.label)
            self.overlay.set_look("#ffffff" if label is None else label.color, self._mode)

    def move(self, pointer: Pointer) -> None:
        """Draw on."""
        if self._key is None:
            return
        if self._distance(self._points[0], pointer) > CLICK_SLACK:
            self._is_drag = True
        if self._distance(self._points[-1], pointer) >= STEP_PX:
            self._points.append((pointer.row, pointer.col))
            self._show()

    def release(self, pointer: Pointer) -> None:
        """Close the line: it becomes one edit."""
        key, points, was_drag = self._key, self._points, self._is_drag
        self.cancel()
        if key is None:
            return
        shapes = self._session.shapes
        if was_drag:
            outline = np.array([*points, (pointer.row, pointer.col)])
            shapes.commit(key, outline, self._mode, Tool.LASSO)
        else:
            shapes.said.emit(
                tr("Drag around the structure with the button held down; for corners take {key:tool.polygon}")
            )
        shapes.hold(mode_of(pointer))

    def hover(self, pointer: Pointer) -> None:
        """Notice the keys that change what a shape does."""
        self._session.shapes.hold(mode_of(pointer))

    def cancel(self) -> None:
        """Give the line up."""
        self._key = None
        self._points = []
        if self.overlay is not None:
            self.overlay.show_shape(NOTHING)

    def leave(self) -> None:
        """Forget keys that are held: they mean nothing elsewhere."""
        self._session.shapes.hold(None)

    def deactivate(self) -> None:
        """Make room for another tool."""
        super().deactivate()
        self._session.shapes.hold(None)

    def _show(self) -> None:
        if self.overlay is not None and len(self._points) > 1:
            line = np.array(self._points)
            self.overlay.show_shape(DrawnShape(line, line[[-1, 0]]))

    def _distance(self, place: tuple[float, float], pointer: Pointer) -> float:
        """Return how far a pointer is from a place, in screen pixels across and down added."""
        apart: QPointF = self.canvas.to_viewport(*place) - self.canvas.to_viewport(pointer.row, pointer.col)
        return abs(apart.x()) + abs(apart.y())
