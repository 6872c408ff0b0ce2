"""The brush and the eraser: one drag is one stroke, on disk when the button is released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import Qt

from lusgui.base.translate import tr
from lusgui.core.geometry import EMPTY_BOX
from lusgui.core.raster import stroke_patch
from lusgui.session.view_state import BrushUnit
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.session.session import Session
    from lusgui.ui.canvas.overlay import LabelOverlay
    from lusgui.ui.canvas.view import CanvasView

MIN_PRESSURE = 0.15
"""A pen that barely touches still paints this part of the brush."""


class DrawingPlace(Protocol):
    """What the brush must know of what is on screen."""

    def drawing_key(self) -> PlaneKey | None:
        """Return the plane on screen that may be drawn on now, or None after saying why not."""

    def overlay_of(self, label: str) -> LabelOverlay | None:
        """Return the overlay of a label."""


class BrushTool(CanvasTool):
    """Adds to the human mask of the current label, or takes away.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the masks.
    place : DrawingPlace
        What is on screen.
    """

    cursor = Qt.CursorShape.CrossCursor
    takes_double_click = True
    is_whole_at_any_time = True
    has_sign = True
    """Whether the cursor says that the brush adds or takes away."""

    def __init__(self, canvas: CanvasView, session: Session, place: DrawingPlace) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self._key: PlaneKey | None = None
        self._adds = True
        self._before: NDArray[np.bool_] = np.zeros((0, 0), bool)
        self._working = self._before
        self._stroke = self._before
        self._allowed: NDArray[np.bool_] | None = None
        self._box = EMPTY_BOX
        self._last = (0.0, 0.0)

    @property
    def is_drawing(self) -> bool:
        """Whether a stroke is down."""
        return self._key is not None

    def radii(self, pressure: float = 1.0) -> tuple[float, float]:
        """Return the half axes (rows, columns) of the brush in pixels of the frame on screen."""
        view = self._session.view
        scale = max(pressure, MIN_PRESSURE) / 2.0
        if view.brush_unit is BrushUnit.MM and self.canvas.spacing_mm is not None:
            row_mm, col_mm = self.canvas.spacing_mm
            return scale * view.brush_size_mm / row_mm, scale * view.brush_size_mm / col_mm
        return scale * view.brush_size_px, scale * view.brush_size_px

    def press(self, pointer: Pointer) -> None:
        """Put the brush down."""
        key = self._place.drawing_key()
        if key is None:
            return
        self._key = key
        self._adds = not self._erases(pointer)
        self._before = self._session.mask(key)
        self._working = np.array(self._before)
        self._stroke = np.zeros_like(self._working)
        self._allowed = self._session.guard.allowed(key)
        self._box = EMPTY_BOX
        self._last = (pointer.row, pointer.col)
        self._paint(pointer)

    def move(self, pointer: Pointer) -> None:
        """Draw on."""
        self._show_cursor(pointer)
        if self._key is not None:
            self._paint(pointer)

    def release(self, pointer: Pointer) -> None:
        """Lift the brush: the stroke becomes one edit."""
        key, self._key = self._key, None
        if key is None:
            return
        overlay = self._place.overlay_of(key.label)
        kept = False
        if not self._box.is_empty:
            patch = self._stroke[self._box.slices]
            kept = self._session.stroke(
                key, self._box, patch, self._adds, "Brush" if self._adds else "Eraser"
            )
        else:
            self._session.shapes.said.emit(tr("The stroke lay outside the image: nothing was changed"))
        if overlay is not None and not kept:
            overlay.set_human(self._session.mask(key), self._box)
        self._show_cursor(pointer)

    def hover(self, pointer: Pointer) -> None:
        """Show what would be painted."""
        self._show_cursor(pointer)

    def cancel(self) -> None:
        """Take the stroke back."""
        key, self._key = self._key, None
        if key is None:
            return
        overlay = self._place.overlay_of(key.label)
        if overlay is not None:
            overlay.set_human(self._before, self._box)

    def leave(self) -> None:
        """Hide the cursor."""
        self.canvas.brush_cursor.setVisible(False)

    def deactivate(self) -> None:
        """Put the brush away."""
        super().deactivate()
        self.canvas.brush_cursor.setVisible(False)

    def refresh_cursor(self) -> None:
        """Follow a change of size, label or sign while the pointer rests."""
        cursor = self.canvas.brush_cursor
        if cursor.isVisible():
            self._show_cursor(Pointer(cursor.y(), cursor.x()))

    def _erases(self, pointer: Pointer) -> bool:
        return self._session.view.erase != (pointer.alt or pointer.pen_eraser)

    def _paint(self, pointer: Pointer) -> None:
        points = np.array([self._last, (pointer.row, pointer.col)])
        self._last = (pointer.row, pointer.col)
        rows, cols = self.radii(pointer.pressure)
        box, patch = stroke_patch(points, rows, cols, self._working.shape)
        if box.is_empty or self._key is None:
            return
        self._stroke[box.slices] |= patch
        if self._allowed is not None:
            patch &= self._allowed[box.slices]
        self._working[box.slices][patch] = self._adds
        self._box = self._box.union(box)
        overlay = self._place.overlay_of(self._key.label)
        if overlay is not None:
            overlay.set_human(self._working, box)

    def _show_cursor(self, pointer: Pointer) -> None:
        cursor = self.canvas.brush_cursor
        rows, cols = self.radii(pointer.pressure)
        label = self._session.label(self._session.view.label)
        erases = not self._adds if self.is_drawing else self._erases(pointer)
        color = label.color if label else "#ffffff"
        cursor.set_brush(rows, cols, erases=erases, color=color, sign=self.has_sign)
        cursor.move_to(pointer.row, pointer.col)
        cursor.setVisible(True)
