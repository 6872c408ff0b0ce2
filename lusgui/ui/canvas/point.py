"""Centre points: one click a frame; with Shift the next frame follows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from lusgui.base.translate import tr, trn
from lusgui.core.marks import point_mark
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.learning.job import Mark
    from lusgui.session.session import Session
    from lusgui.ui.canvas.brush import DrawingPlace
    from lusgui.ui.canvas.marks import ShownMarks
    from lusgui.ui.canvas.view import CanvasView


class PointTool(CanvasTool):
    """Puts a centre point of the current label where the button is let go; one that is there is dragged.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the points.
    place : DrawingPlace
        What is on screen.
    marks : ShownMarks
        The points on screen.
    say : callable
        Shows a short message to the person.
    """

    cursor = Qt.CursorShape.CrossCursor
    takes_double_click = True

    def __init__(
        self,
        canvas: CanvasView,
        session: Session,
        place: DrawingPlace,
        marks: ShownMarks,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self._marks = marks
        self._say = say
        self._key: PlaneKey | None = None
        self._dragged: Mark | None = None

    @property
    def is_drawing(self) -> bool:
        """Whether a point is under way."""
        return self._key is not None

    def press(self, pointer: Pointer) -> None:
        """Take up the point that is here, or a new one."""
        if not self.canvas.is_inside(pointer.row, pointer.col):
            self._say(tr("Click on the middle of the structure, inside the image"))
            return
        self._key = self._place.drawing_key()
        if self._key is not None:
            self._dragged = self._marks.near(self._key, pointer.row, pointer.col, "point")
            self._preview(pointer)

    def move(self, pointer: Pointer) -> None:
        """Carry it along."""
        if self._key is not None:
            self._preview(pointer)

    def release(self, pointer: Pointer) -> None:
        """Put it down: on disk now. With Shift, go on to the next frame."""
        key, dragged = self._key, self._dragged
        self.cancel()
        if key is None:
            return
        session = self._session
        is_new = session.add_point(key, pointer.row - 0.5, pointer.col - 0.5, dragged)
        if is_new and dragged is None:
            count = session.count_marks(key.label).points
            self._say(trn("{count} frame has a centre point", "{count} frames have a centre point", count))
        if pointer.shift and (is_new or dragged is not None):
            session.next_in_worklist() if session.worklist else session.step(1)

    def cancel(self) -> None:
        """Leave everything as it was."""
        self._key = self._dragged = None
        self._marks.show_preview(None)

    def _preview(self, pointer: Pointer) -> None:
        if self._key is not None:
            shape = self.canvas.shape
            self._marks.show_preview(point_mark(self._key, pointer.row - 0.5, pointer.col - 0.5, shape))
