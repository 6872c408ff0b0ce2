"""The live-wire: a polygon whose lines keep to edges of the despeckled image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from lusgui.core.livewire import edge_strength, snapped, wire
from lusgui.session.view_state import Tool
from lusgui.ui.bindings import Later
from lusgui.ui.canvas.brush import DrawingPlace
from lusgui.ui.canvas.polygon_tool import PolygonTool

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.livewire import Edges, Line
    from lusgui.session.session import Session
    from lusgui.session.shape_draft import Corner, Place, ShapeDraft
    from lusgui.ui.canvas.tool import Pointer
    from lusgui.ui.canvas.view import CanvasView

FOLLOW_MS = 30
"""The line to a pointer on the move is found anew this often at most."""

SNAP_PX = 8.0
"""Screen pixels that a new corner may be drawn to an edge; one that is dragged goes where the hand goes."""


class WirePlace(DrawingPlace, Protocol):
    """What the live-wire must know of what is on screen."""

    @property
    def shown(self) -> Place | None:
        """Recording and frame on screen."""

    @property
    def despeckled(self) -> NDArray[np.float32] | None:
        """Gray (H, W) of the frame on screen after despeckling."""


class LivewireTool(PolygonTool):
    """Puts corners down on edges and follows the edges from one to the next.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the draft, and how strongly lines keep to edges.
    place : WirePlace
        What is on screen.
    """

    kind = Tool.LIVEWIRE

    def __init__(self, canvas: CanvasView, session: Session, place: WirePlace) -> None:
        super().__init__(canvas, session, place)
        self._frame = place
        self._gray: NDArray[np.float32] | None = None
        self._edges: Edges | None = None
        self._followed: tuple[Corner, Line] | None = None
        self._asked: tuple[Corner, Corner, float] | None = None
        self._later = Later(self._follow, canvas, FOLLOW_MS)

    def close(self) -> None:
        """Stop the clock."""
        self._later.stop()

    def hover(self, pointer: Pointer) -> None:
        """Show what a press would do; find the edges of a frame before they are needed."""
        super().hover(pointer)
        if self._frame.despeckled is not self._gray:
            self._later()

    def leave(self) -> None:
        """Show no line to the pointer."""
        self._later.stop()
        super().leave()

    def deactivate(self) -> None:
        """Make room for another tool: the draft waits."""
        self._later.stop()
        self._followed = self._asked = None
        super().deactivate()

    # --- edges ---------------------------------------------------------------------------------

    def edges(self) -> Edges | None:
        """Return the edges of the frame on screen; found once a frame."""
        gray = self._frame.despeckled
        if gray is not self._gray:
            self._gray = gray
            self._edges = None if gray is None else edge_strength(gray, self.canvas.spacing_mm)
        return self._edges

    def _line(self) -> Callable[[Corner, Corner], Line]:
        shown = self._frame.shown

        def line(start: Corner, end: Corner) -> Line:
            edges = self.edges() if self._frame.shown == shown else None
            if edges is None:
                return np.array([start, end])
            return wire(edges, start, end, self._session.shapes.strength, self.canvas.spacing_mm)

        return line

    def _corner(self, pointer: Pointer) -> Corner:
        corner, edges = (pointer.row, pointer.col), self.edges()
        if edges is None:
            return corner
        rows, cols = self.canvas.unit_per_pixel
        scale = max(self.canvas.pixels_per_unit, 1e-6)
        reach = SNAP_PX / (scale * rows), SNAP_PX / (scale * cols)
        return snapped(edges, corner, reach, self._session.shapes.strength)

    # --- the line to the pointer ---------------------------------------------------------------

    def _rubber(self, draft: ShapeDraft, pointer: Pointer) -> Line | None:
        """Return the line that was found last from the last corner, and ask for the one to the pointer."""
        start = draft.corners[-1]
        if self._asked != (start, (pointer.row, pointer.col), self._session.shapes.strength):
            self._later()
        if self._followed is None or self._followed[0] != start:
            return None
        return self._followed[1]

    def _follow(self) -> None:
        self.edges()
        draft, pointer = self._session.shapes.draft, self._pointer
        if draft is None or draft.tool is not self.kind or pointer is None or not draft.corners:
            return
        if self._frame.shown != draft.place or self.is_drawing:
            return
        start = draft.corners[-1]
        self._asked = (start, (pointer.row, pointer.col), self._session.shapes.strength)
        self._followed = start, self._line()(start, self._corner(pointer))
        self.refresh()
