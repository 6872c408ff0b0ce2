"""Click to segment: a click marks a structure, a drag puts a box around it, with Shift it scribbles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from lusgui.core.click.prompt import Box, Scribble
from lusgui.core.shape_raster import ShapeMode
from lusgui.ui.bindings import Later
from lusgui.ui.canvas.gestures import CLICK_SLACK
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.click.prompt import Mark
    from lusgui.session.session import Session
    from lusgui.ui.canvas.brush import DrawingPlace
    from lusgui.ui.canvas.click_ghost import ClickGhost
    from lusgui.ui.canvas.view import CanvasView

PREVIEW_MS = 50
"""A pointer on the move is asked about this often at most."""

SCRIBBLE_PX = 4.0
"""Screen pixels: half the width of a scribble."""

SCRIBBLE_STEP_PX = 2.0
"""Screen pixels between two corners of a scribble; closer ones add nothing."""

OUTSIDE = "Click inside the image"


class ClickTool(CanvasTool):
    """Left adds (or takes away, after T or with Alt), right takes away; what it marks goes to the session.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the marks.
    place : DrawingPlace
        What is on screen.
    say : callable
        Shows a short message to the person.
    """

    cursor = Qt.CursorShape.CrossCursor
    takes_double_click = True

    def __init__(
        self, canvas: CanvasView, session: Session, place: DrawingPlace, say: Callable[[str], None]
    ) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self._say = say
        self.ghost: ClickGhost | None = None
        """Where a box or a scribble under way is drawn."""
        self._start: Pointer | None = None
        self._points: list[tuple[float, float]] = []
        self._is_drag = False
        self._hovered: Pointer | None = None
        self._later = Later(self._ask_preview, canvas, PREVIEW_MS)

    @property
    def sign(self) -> ShapeMode:
        """Whether a click says what belongs to the structure, or what does not."""
        at = self._start or self._hovered or Pointer(0.0, 0.0)
        return ShapeMode.ADD if self._is_positive(at) else ShapeMode.SUBTRACT

    @property
    def is_drawing(self) -> bool:
        """Whether a gesture is under way."""
        return self._start is not None

    def press(self, pointer: Pointer) -> None:
        """Begin a click, a box or a scribble."""
        self._stop_preview()
        if self._place.drawing_key() is None:
            return
        self._start, self._is_drag = pointer, False
        self._points = [(pointer.row, pointer.col)]

    def move(self, pointer: Pointer) -> None:
        """Draw the box or the scribble out, once the hand has moved further than it trembles."""
        if self._start is None:
            return
        if not self._is_drag and self._distance(self._start, pointer) <= CLICK_SLACK:
            return
        self._is_drag = True
        if self._start.shift and self._far_enough(pointer):
            self._points.append((pointer.row, pointer.col))
        if self.ghost is not None:
            self.ghost.set_draft(self._draft(pointer))

    def release(self, pointer: Pointer) -> None:
        """Mark: where the button went down, or what was drawn out since."""
        start, is_drag = self._start, self._is_drag
        draft = self._draft(pointer) if is_drag else None
        self.cancel()
        if start is None:
            return
        clicking, positive = self._session.clicking, self._is_positive(start)
        if isinstance(draft, Scribble):
            clicking.scribble(draft.points, positive=positive, radius=draft.radius)
        elif isinstance(draft, Box):
            clicking.box(*draft)
        elif self.canvas.is_inside(start.row, start.col):
            clicking.click(start.row, start.col, positive=positive)
        else:
            self._say(OUTSIDE)

    def right_click(self, pointer: Pointer) -> bool:
        """Take away what is here; return that the click was used."""
        self._stop_preview()
        if self._place.drawing_key() is not None:
            if self.canvas.is_inside(pointer.row, pointer.col):
                self._session.clicking.click(pointer.row, pointer.col, positive=False)
            else:
                self._say(OUTSIDE)
        return True

    def hover(self, pointer: Pointer) -> None:
        """Show what a click would give."""
        self._hovered = pointer
        self._later()

    def leave(self) -> None:
        """Show it no longer."""
        self._stop_preview()

    def cancel(self) -> None:
        """Give the gesture up."""
        self._start = None
        self._is_drag = False
        self._points = []
        if self.ghost is not None:
            self.ghost.set_draft(None)

    def deactivate(self) -> None:
        """Make room for another tool; clicks add again next time."""
        super().deactivate()
        self._stop_preview()
        self._session.view.click_negative = False

    def close(self) -> None:
        """Stop the clock."""
        self._later.stop()

    def _stop_preview(self) -> None:
        self._later.stop()
        self._hovered = None
        self._session.clicking.clear_preview()

    def _ask_preview(self) -> None:
        pointer, clicking = self._hovered, self._session.clicking
        if pointer is None or self.is_drawing:
            return
        if self.canvas.is_inside(pointer.row, pointer.col):
            clicking.preview_at(pointer.row, pointer.col, positive=self._is_positive(pointer))
        else:
            clicking.clear_preview()

    def _is_positive(self, pointer: Pointer) -> bool:
        return self._session.view.click_negative == (pointer.alt or pointer.pen_eraser)

    def _draft(self, pointer: Pointer) -> Mark | None:
        """Return what has been drawn out so far."""
        start = self._start
        if start is None:
            return None
        if start.shift:
            ratio = SCRIBBLE_PX / max(self._pixels_per_sample(), 1e-6)
            return Scribble(tuple(self._points), self._is_positive(start), ratio)
        rows, cols = sorted((start.row, pointer.row)), sorted((start.col, pointer.col))
        return Box(rows[0], cols[0], rows[1], cols[1])

    def _far_enough(self, pointer: Pointer) -> bool:
        row, col = self._points[-1]
        return self._distance(Pointer(row, col), pointer) >= SCRIBBLE_STEP_PX

    def _distance(self, one: Pointer, other: Pointer) -> float:
        """Return how far apart two pointers are in screen pixels, as Qt counts it: across and down added."""
        apart: QPointF = self.canvas.to_viewport(one.row, one.col) - self.canvas.to_viewport(
            other.row, other.col
        )
        return abs(apart.x()) + abs(apart.y())

    def _pixels_per_sample(self) -> float:
        """Return how many screen pixels a frame pixel takes, the narrower way."""
        return self.canvas.pixels_per_unit * min(self.canvas.unit_per_pixel)
