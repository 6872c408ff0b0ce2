"""The callipers: drag a distance, click an angle or an area; drag an end to move it, click to delete it."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

from lusgui.base.translate import tr
from lusgui.core.measures.cerebellum import TCD
from lusgui.core.measures.drawn import Drawn, Kind
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.measures.figure import Point
    from lusgui.session.session import Session
    from lusgui.ui.canvas.view import CanvasView

REACH_PX = 10.0
"""Screen pixels a press may miss an end by."""

LEAST_PX = 5.0
"""Screen pixels that a line has at least; less is a click that slipped."""


class MeasuringPlace(Protocol):
    """What the callipers must know of what is on screen."""

    @property
    def is_up_to_date(self) -> bool:
        """Whether the frame on screen is the one the session is at."""


class CalliperTool(CanvasTool):
    """Puts callipers down, moves and deletes them.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the callipers.
    place : MeasuringPlace
        What is on screen.
    say : callable
        Shows a short hint.
    """

    cursor = Qt.CursorShape.CrossCursor
    takes_double_click = True

    def __init__(
        self, canvas: CanvasView, session: Session, place: MeasuringPlace, say: Callable[[str], None]
    ) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self._say = say
        self.refresh: Callable[[], None] = lambda: None
        """Draws anew what is under way; set by whoever shows it."""
        self.bound_ends: tuple[Point, Point] | None = None
        """Ends of the measure of the mask that can be moved by hand, where one is shown."""
        self._line: tuple[Point, Point] | None = None
        self._held: tuple[int | None, int] | None = None  # calliper (None: the bound one) and its point
        self._moved: Drawn | None = None
        self._hot: tuple[int | None, int] | None = None
        self._pointer: Point | None = None

    # what is under way, for whoever draws it

    @property
    def is_drawing(self) -> bool:
        """Whether a line or an end is being dragged."""
        return self._line is not None or self._held is not None

    @property
    def line(self) -> tuple[Point, Point] | None:
        """The line that is being dragged."""
        return self._line

    @property
    def moved(self) -> tuple[int | None, Drawn] | None:
        """The calliper whose end is being dragged, as it would be; the number None is the bound one."""
        return None if self._held is None or self._moved is None else (self._held[0], self._moved)

    @property
    def hot(self) -> tuple[int | None, int] | None:
        """Calliper and point that a press would take."""
        return self._held or self._hot

    @property
    def pointer(self) -> Point | None:
        """Where the pointer is."""
        return self._pointer

    # gestures

    def press(self, pointer: Pointer) -> None:
        """Take an end that is here, or begin a calliper."""
        if not self._place.is_up_to_date:
            return
        callipers = self._session.callipers
        here = self._point(pointer)
        self._pointer = here
        held = None if callipers.draft is not None or callipers.is_calibrating else self._end_at(pointer)
        if held is not None:
            self._held, self._moved = held, self._calliper(held[0])
        elif not self.canvas.is_inside(pointer.row, pointer.col) and callipers.draft is None:
            self._say(tr("Measure inside the image"))
        elif callipers.is_calibrating or callipers.kind is Kind.DISTANCE:
            self._line = (here, here)
        else:
            callipers.put_point(here, self._apart)
        self.refresh()

    def move(self, pointer: Pointer) -> None:
        """Pull the line, or the end, along."""
        here = self._point(pointer)
        self._pointer = here
        if self._line is not None:
            self._line = (self._line[0], self._straight(self._line[0], here, pointer.shift))
        elif self._held is not None and self._moved is not None:
            index = self._held[1]
            if self._moved.kind is Kind.DISTANCE:
                here = self._straight(self._moved.points[1 - index], here, pointer.shift)
            self._moved = self._moved.moved(index, here)
        self.refresh()

    def release(self, pointer: Pointer) -> None:
        """Put the calliper down: it is in the study now."""
        self.move(pointer)
        line, held, moved = self._line, self._held, self._moved
        self._line = self._held = self._moved = None
        callipers = self._session.callipers
        if held is not None and moved is not None:
            number = held[0]
            kept = callipers.add(moved) if number is None else callipers.move(number, moved)
            if not kept and not moved.is_complete:
                self._say(tr("Both ends were at one place: nothing was moved"))
        elif line is not None and self._apart(*line) < LEAST_PX:
            self._say(tr("Drag from one end to the other, with the button held down"))
        elif line is not None and callipers.is_calibrating:
            callipers.put_known_line(*line)
        elif line is not None:
            callipers.add(Drawn(Kind.DISTANCE, line))
        self.refresh()

    def hover(self, pointer: Pointer) -> None:
        """Show which end a press would take, and where the next point would be."""
        self._pointer = self._point(pointer)
        hot = self._end_at(pointer) if self._session.callipers.draft is None else None
        if hot != self._hot or self._session.callipers.draft is not None:
            self._hot = hot
            self.refresh()

    def right_click(self, pointer: Pointer) -> bool:
        """Delete the calliper under the pointer."""
        return self.delete_at(pointer.row, pointer.col)

    def delete_or_say(self, row: float, col: float) -> None:
        """Delete the calliper under a position of the frame, or say that none is there."""
        if not self.delete_at(row, col):
            self._say(tr("Ctrl+click deletes a calliper; none is here"))

    def delete_at(self, row: float, col: float) -> bool:
        """Delete the calliper under a position of the frame; return whether there was one."""
        at = (row - 0.5, col - 0.5)
        best, least = None, REACH_PX
        for number, drawn in enumerate(self._session.callipers.here):
            away = min(self._from_line(at, *side) for side in _sides(drawn))
            if away <= least:
                best, least = number, away
        return best is not None and self._session.callipers.remove(best)

    def cancel(self) -> None:
        """Leave everything as it was."""
        self._line = self._held = self._moved = None
        self.refresh()

    def leave(self) -> None:
        """Forget where the pointer was."""
        self._pointer = self._hot = None
        self.refresh()

    def deactivate(self) -> None:
        """Put the callipers away."""
        self._pointer = self._hot = None
        super().deactivate()

    # where things are

    def _point(self, pointer: Pointer) -> Point:
        """Return the pointer in pixel centres, on the frame."""
        rows, cols = self.canvas.shape
        row, col = pointer.row - 0.5, pointer.col - 0.5
        return min(max(row, -0.5), rows - 0.5), min(max(col, -0.5), cols - 0.5)

    def _straight(self, start: Point, here: Point, is_kept: bool) -> Point:
        """Return where a line ends that Shift keeps level or upright."""
        if not is_kept:
            return here
        rows, cols = self.canvas.unit_per_pixel
        is_level = abs(here[1] - start[1]) * cols >= abs(here[0] - start[0]) * rows
        return (start[0], here[1]) if is_level else (here[0], start[1])

    def _apart(self, first: Point, last: Point) -> float:
        """Return how many screen pixels two points are apart."""
        one, other = (self.canvas.to_viewport(row + 0.5, col + 0.5) for row, col in (first, last))
        return hypot(one.x() - other.x(), one.y() - other.y())

    def _calliper(self, number: int | None) -> Drawn | None:
        if number is not None:
            return self._session.callipers.here[number]
        return None if self.bound_ends is None else Drawn(Kind.DISTANCE, self.bound_ends, TCD)

    def _end_at(self, pointer: Pointer) -> tuple[int | None, int] | None:
        """Return the calliper and point under the pointer; those put by hand go before the bound one."""
        at = (pointer.row - 0.5, pointer.col - 0.5)
        best: tuple[int | None, int] | None = None
        least = REACH_PX
        if self._session.callipers.is_shown:
            all_points: list[tuple[int | None, tuple[Point, ...]]] = []
            all_points += [(n, one.points) for n, one in enumerate(self._session.callipers.here)]
            if self.bound_ends is not None:
                all_points.append((None, self.bound_ends))
            for number, points in all_points:
                for index, point in enumerate(points):
                    away = self._apart(at, point)
                    if away < least:
                        best, least = (number, index), away
        return best

    def _from_line(self, at: Point, first: Point, last: Point) -> float:
        """Return how many screen pixels a point is from a line."""
        here, one, other = (self.canvas.to_viewport(row + 0.5, col + 0.5) for row, col in (at, first, last))
        dx, dy = other.x() - one.x(), other.y() - one.y()
        length = dx * dx + dy * dy
        along = ((here.x() - one.x()) * dx + (here.y() - one.y()) * dy) / length if length else 0.0
        along = min(max(along, 0.0), 1.0)
        return hypot(here.x() - one.x() - along * dx, here.y() - one.y() - along * dy)


def _sides(drawn: Drawn) -> list[tuple[Point, Point]]:
    points = drawn.points + (drawn.points[:1] if drawn.kind is Kind.AREA else ())
    return list(pairwise(points))
