"""The polygon: clicks put corners down, drags move them, and it stays open until it is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt

from lusgui.base.translate import tr
from lusgui.session.view_state import Tool
from lusgui.ui.canvas.gestures import CLICK_SLACK
from lusgui.ui.canvas.lasso_tool import mode_of
from lusgui.ui.canvas.shape_overlay import NOTHING, DrawnShape
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.shape_raster import ShapeMode
    from lusgui.session.session import Session
    from lusgui.session.shape_draft import Corner, ShapeDraft
    from lusgui.ui.canvas.brush import DrawingPlace
    from lusgui.ui.canvas.view import CanvasView

CORNER_REACH_PX, SIDE_REACH_PX = 9.0, 5.0
"""Screen pixels from which a press takes a corner, and puts a new one on a side."""


class PolygonTool(CanvasTool):
    """Edits the draft of the frame on screen, or begins one.

    A press away from it adds a corner at the end; on a corner it takes that one, on a side it puts a new
    one there, and a drag moves what was taken. A click on the first corner, or a second one on the last,
    finishes; a right click on a corner takes it away.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the draft.
    place : DrawingPlace
        What is on screen.
    """

    cursor = Qt.CursorShape.CrossCursor
    takes_double_click = True
    kind = Tool.POLYGON

    def __init__(self, canvas: CanvasView, session: Session, place: DrawingPlace) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self.refresh: Callable[[], None] = lambda: None
        """Draws the draft anew."""
        self._pointer: Pointer | None = None
        self._dragged: ShapeDraft | None = None
        self._index = 0
        self._start = Pointer(0.0, 0.0)
        self._is_old = False
        self._is_drag = False

    @property
    def sign(self) -> ShapeMode:
        """What the shape, or the one that a press would begin, does."""
        return self._session.shapes.mode_now

    @property
    def is_drawing(self) -> bool:
        """Whether a corner is held."""
        return self._dragged is not None

    @property
    def takes_outside(self) -> bool:
        """Whether a double click outside the image is meant for the shape."""
        return self._session.shapes.draft is not None

    # --- gestures ------------------------------------------------------------------------------

    def press(self, pointer: Pointer) -> None:
        """Take a corner, or put one down."""
        self._pointer = pointer
        key = self._place.drawing_key()
        if key is None:
            return
        shapes, draft = self._session.shapes, self._draft()
        self._is_drag = self._is_old = False
        self._start = pointer
        if draft is None:
            if not self.canvas.is_inside(pointer.row, pointer.col):
                shapes.said.emit(tr("Begin inside the image; later corners may lie outside"))
                return
            shapes.hold(mode_of(pointer))
            draft = shapes.begin(self.kind, key, self._corner(pointer), shapes.mode_now, self._line())
            self._index = 0
        elif (taken := self._corner_at(draft, pointer)) is not None:
            self._index, self._is_old = taken, True
        elif (side := self._side_at(draft, pointer)) is not None:
            self._index = side + 1
            draft.insert(self._index, self._corner(pointer))
        else:
            self._index = len(draft.corners)
            draft.add(self._corner(pointer))
        self._dragged = draft
        self.refresh()

    def move(self, pointer: Pointer) -> None:
        """Move the corner that is held."""
        self._pointer = pointer
        draft = self._held()
        if draft is None:
            return
        if not self._is_drag and self._distance(self._start, pointer) <= CLICK_SLACK:
            return
        is_first = not self._is_drag
        self._is_drag = True
        draft.move(
            self._index, (pointer.row, pointer.col), is_new_step=is_first and self._is_old
        )  # exactly where the hand is: nothing snaps

    def release(self, pointer: Pointer) -> None:
        """Leave the corner where it is; a click on the first or again on the last one finishes."""
        draft, index = self._held(), self._index
        was_click = self._is_old and not self._is_drag
        self._dragged = None
        if draft is not None and was_click and index in (0, len(draft.corners) - 1):
            draft.finish()
        self.refresh()

    def right_click(self, pointer: Pointer) -> bool:
        """Take the corner away that is here."""
        draft = self._draft()
        taken = None if draft is None else self._corner_at(draft, pointer)
        if draft is None or taken is None:
            return False
        draft.remove(taken)
        return True

    def hover(self, pointer: Pointer) -> None:
        """Show what a press would do."""
        self._pointer = pointer
        if self._session.shapes.draft is None:
            self._session.shapes.hold(mode_of(pointer))
        self.refresh()

    def leave(self) -> None:
        """Show no line to the pointer."""
        self._pointer = None
        self._session.shapes.hold(None)
        self.refresh()

    def cancel(self) -> None:
        """Let go of the corner that is held; one that was moved goes back. The draft stays."""
        draft, self._dragged = self._dragged, None
        if draft is not None and self._is_old and self._is_drag and draft.corners:
            draft.step_back()
        self._is_drag = self._is_old = False

    def deactivate(self) -> None:
        """Make room for another tool: the draft waits."""
        super().deactivate()
        self._pointer = None
        self._session.shapes.hold(None)

    # --- what is drawn -------------------------------------------------------------------------

    def drawn(self, draft: ShapeDraft) -> DrawnShape:
        """Return what is to be drawn of a draft."""
        if not draft.corners:
            return NOTHING
        outline = _joined(draft.sides()) if len(draft.corners) > 1 else np.array(draft.corners)
        hot, spot, rubber = None, None, None
        pointer = self._pointer
        if self._dragged is draft:
            hot = self._index
        elif pointer is not None:
            hot = self._corner_at(draft, pointer)
            if hot is None and self._side_at(draft, pointer) is not None:
                spot = (pointer.row, pointer.col)
            elif hot is None:
                rubber = self._rubber(draft, pointer)
        closing = draft.closing_side() if len(draft.corners) > 2 else None
        return DrawnShape(outline, closing, rubber, draft.corners, hot, spot)

    def _rubber(self, draft: ShapeDraft, pointer: Pointer) -> NDArray[np.float64] | None:
        """Return the line that a press here would add."""
        return np.array([draft.corners[-1], (pointer.row, pointer.col)])

    def _line(self) -> Callable[[Corner, Corner], NDArray[np.float64]] | None:
        """Return what draws the line between two corners; None for straight ones."""
        return None

    def _corner(self, pointer: Pointer) -> Corner:
        """Return where a press puts a corner."""
        return pointer.row, pointer.col

    # --- what is under the pointer -------------------------------------------------------------

    def _draft(self) -> ShapeDraft | None:
        """Return the open draft, if it is of the frame on screen."""
        draft, key = self._session.shapes.draft, self._place.drawing_key()
        if draft is None or key is None or draft.place != (key.recording_id, key.frame):
            return None
        return draft

    def _held(self) -> ShapeDraft | None:
        """Return the draft whose corner is held, if both are still there."""
        draft = self._dragged
        if draft is None or draft is not self._session.shapes.draft or self._index >= len(draft.corners):
            return None
        return draft

    def _corner_at(self, draft: ShapeDraft, pointer: Pointer) -> int | None:
        """Return the corner that a press would take."""
        away = np.hypot(*(self._on_screen(np.array(draft.corners)) - self._at(pointer)).T)
        nearest = int(np.argmin(away))
        return nearest if away[nearest] <= CORNER_REACH_PX else None

    def _side_at(self, draft: ShapeDraft, pointer: Pointer) -> int | None:
        """Return the side on which a press would put a corner."""
        sides = draft.sides()
        if not sides:
            return None
        away = _distances(self._on_screen(_joined(sides)), self._at(pointer))
        nearest = int(np.argmin(away))
        if away[nearest] > SIDE_REACH_PX:
            return None
        ends = np.cumsum([len(side) - 1 for side in sides])
        return int(np.searchsorted(ends, nearest, side="right"))

    def _at(self, pointer: Pointer) -> NDArray[np.float64]:
        return self._on_screen(np.array([(pointer.row, pointer.col)])).ravel()

    def _on_screen(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn (N, 2) rows and columns into screen pixels across and down."""
        origin, down, right = (self.canvas.to_viewport(*place) for place in ((0, 0), (1, 0), (0, 1)))
        start = np.array([origin.x(), origin.y()])
        steps = np.array([[down.x(), down.y()], [right.x(), right.y()]]) - start
        return np.asarray(points @ steps + start)

    def _distance(self, one: Pointer, other: Pointer) -> float:
        """Return how far apart two pointers are in screen pixels, as Qt counts it: across and down added."""
        apart: QPointF = self.canvas.to_viewport(one.row, one.col) - self.canvas.to_viewport(
            other.row, other.col
        )
        return abs(apart.x()) + abs(apart.y())


def _joined(sides: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return sides, each (N, 2), as one line: where one ends the next begins."""
    return np.concatenate([*(side[:-1] for side in sides), sides[-1][-1:]])


def _distances(line: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far a point is from each piece of a line of corners (N, 2), N >= 2."""
    starts, steps = line[:-1], np.diff(line, axis=0)
    lengths2 = np.maximum((steps**2).sum(axis=1), 1e-12)
    along = np.clip(((point - starts) * steps).sum(axis=1) / lengths2, 0.0, 1.0)
    return np.asarray(np.hypot(*(starts + along[:, None] * steps - point).T))
