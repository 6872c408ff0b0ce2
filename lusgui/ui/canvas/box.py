"""Boxes: dragged from corner to corner; the handles of one that is there change it."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from lusgui.base.translate import tr, trn
from lusgui.core.marks import box_mark
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.learning.job import Mark
    from lusgui.session.session import Session
    from lusgui.ui.canvas.brush import DrawingPlace
    from lusgui.ui.canvas.marks import ShownMarks
    from lusgui.ui.canvas.view import CanvasView


class BoxTool(CanvasTool):
    """Puts a box of the current label down; pressed on a corner of one, it pulls that corner.

    Parameters
    ----------
    canvas, session, place, marks, say
        As of `lusgui.ui.canvas.point.PointTool`.
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
        self._anchor = (0.0, 0.0)
        self._changed: Mark | None = None

    @property
    def is_drawing(self) -> bool:
        """Whether a box is under way."""
        return self._key is not None

    def press(self, pointer: Pointer) -> None:
        """Begin a box, or take a corner of one that is here."""
        self._key = self._place.drawing_key()
        if self._key is None:
            return
        self._anchor = pointer.row - 0.5, pointer.col - 0.5
        self._changed = None
        least, (rows, cols) = self._marks.reach(), self.canvas.unit_per_pixel
        for mark in self._session.marks(self._key):
            if mark.kind != "box":
                continue
            for row, far_row in ((mark.row0, mark.row1), (mark.row1, mark.row0)):
                for col, far_col in ((mark.col0, mark.col1), (mark.col1, mark.col0)):
                    away = hypot((row + 0.5 - pointer.row) * rows, (col + 0.5 - pointer.col) * cols)
                    if away <= least:
                        least, self._changed, self._anchor = away, mark, (far_row, far_col)

    def move(self, pointer: Pointer) -> None:
        """Pull the corner along."""
        self._marks.show_preview(self._box(pointer))

    def release(self, pointer: Pointer) -> None:
        """Put the box down: on disk now. With Shift, go on to the next frame."""
        key, anchor, changed, box = self._key, self._anchor, self._changed, self._box(pointer)
        self.cancel()
        if key is None:
            return
        session = self._session
        if box is None:
            self._say(tr("Drag from one corner to the other to put a box around the structure"))
            return
        kept = session.add_box(key, anchor, (pointer.row - 0.5, pointer.col - 0.5), changed)
        if kept and changed is None:
            count = session.count_marks(key.label).boxes
            self._say(trn("{count} frame has a box", "{count} frames have a box", count))
        if kept and pointer.shift:
            session.next_in_worklist() if session.worklist else session.step(1)

    def cancel(self) -> None:
        """Leave everything as it was."""
        self._key = self._changed = None
        self._marks.show_preview(None)

    def _box(self, pointer: Pointer) -> Mark | None:
        if self._key is None:
            return None
        here = pointer.row - 0.5, pointer.col - 0.5
        return box_mark(self._key, self._anchor, here, self.canvas.shape)
