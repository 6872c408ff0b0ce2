"""The magic wand: a press takes what looks alike, a drag or the wheel more or less, a release keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

from lusgui.base.translate import tr
from lusgui.core.geometry import bounding_box
from lusgui.core.shape_raster import ShapeMode
from lusgui.ui.canvas.brush import DrawingPlace
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.wand import Wand
    from lusgui.session.session import Session
    from lusgui.ui.canvas.view import CanvasView

GRAY_PER_PIXEL = 1 / 600
"""Tolerance that one screen pixel of a drag gives."""
WHEEL_STEP = 1.15


class WandPlace(DrawingPlace, Protocol):
    """What the wand must know of what is on screen."""

    @property
    def despeckled(self) -> NDArray[np.float32] | None:
        """Gray (H, W) of the frame on screen after despeckling."""


class WandTool(CanvasTool):
    """Takes a region by one press, or fills what the outline encloses; with Alt takes it away.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the masks.
    place : WandPlace
        What is on screen.
    say : callable
        Shows a short message to the person.
    """

    cursor = Qt.CursorShape.CrossCursor
    takes_double_click = True

    def __init__(
        self, canvas: CanvasView, session: Session, place: WandPlace, say: Callable[[str], None]
    ) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self._say = say
        self._key: PlaneKey | None = None
        self._adds = True
        self._is_alt = False
        self._wand: Wand | None = None
        self._allowed: NDArray[np.bool_] | None = None
        self._region: NDArray[np.bool_] | None = None
        self._start = Pointer(0.0, 0.0)
        self._from = self._tolerance = 0.0

    @property
    def sign(self) -> ShapeMode:
        """Whether the region, or the one that a press would find, is added or taken away."""
        return ShapeMode.ADD if (self._adds if self.is_drawing else not self._is_alt) else ShapeMode.SUBTRACT

    @property
    def is_drawing(self) -> bool:
        """Whether the button is down on a region."""
        return self._key is not None

    @property
    def tolerance(self) -> float:
        """Gray by which pixels may differ, as it is shown now."""
        return self._tolerance if self.is_drawing else self._session.masking.settings.tolerance

    def press(self, pointer: Pointer) -> None:
        """Show the region here."""
        from lusgui.core.wand import Wand, enclosed_at

        key, gray = self._place.drawing_key(), self._place.despeckled
        if key is None or gray is None:
            return
        if not self.canvas.is_inside(pointer.row, pointer.col):
            self._say(tr("Press inside the image"))
            return
        settings, at = self._session.masking.settings, (int(pointer.row), int(pointer.col))
        self._adds = not (pointer.alt or pointer.pen_eraser)
        self._wand = self._region = None
        if settings.fills:
            self._region = enclosed_at(self._session.mask(key), *at)
            if self._region is None or (self._adds and self._session.mask(key)[at]):
                where = "is part of the mask already" if self._region is not None else "is not enclosed"
                self._say(tr("The wand fills what your outline encloses: this place {where}", where=where))
                return
        else:
            reach, spacing, _unit = self._session.masking.reach(key.recording_id)
            self._wand = Wand(gray, *at, reach, spacing)
        self._key, self._start = key, pointer
        self._allowed = self._session.guard.allowed(key)
        self._from = self._tolerance = settings.tolerance
        self._show()

    def move(self, pointer: Pointer) -> None:
        """Take more to the right and upwards, less the other way."""
        if self._key is None or self._wand is None:
            return
        here = self.canvas.to_viewport(pointer.row, pointer.col)
        start = self.canvas.to_viewport(self._start.row, self._start.col)
        further = (here.x() - start.x()) - (here.y() - start.y())
        self._set_tolerance(self._from + further * GRAY_PER_PIXEL)

    def wheel(self, steps: float) -> bool:
        """Take more or less while the button is down."""
        if self._key is None or self._wand is None:
            return False
        before = self._tolerance
        self._set_tolerance(before * WHEEL_STEP**steps)
        self._from += self._tolerance - before  # a drag goes on from here
        return True

    def hover(self, pointer: Pointer) -> None:
        """Notice the key that takes away."""
        self._is_alt = pointer.alt or pointer.pen_eraser

    def release(self, pointer: Pointer) -> None:
        """Make the region one edit."""
        key, region, adds, wand = self._key, self._region, self._adds, self._wand
        self.cancel()  # the next press begins with the tolerance that was set, not with that of this drag
        if key is None or region is None:
            return
        name = "Magic wand" if wand is not None else "Fill"
        box = bounding_box(region)
        mask = self._session.mask(key)[box.slices]
        if (region[box.slices] & (~mask if adds else mask)).any():
            self._session.stroke(key, box, region[box.slices], adds, name if adds else f"{name}, take away")
        elif box.is_empty:
            self._session.guard.say_nothing_left()
        else:
            self._say(
                "Nothing changed: " + ("it is in the mask already" if adds else "there is no mask here")
            )

    def cancel(self) -> None:
        """Leave everything as it was."""
        key, self._key = self._key, None
        self._wand = self._region = self._allowed = None
        if key is None:
            return
        overlay = self._place.overlay_of(key.label)
        if overlay is not None:
            overlay.set_proposal(self._session.proposal(key))
        self._session.masking.wand_tolerance.emit(-1.0)

    def _set_tolerance(self, tolerance: float) -> None:
        limited = min(max(tolerance, 0.005), 1.0)
        if limited != self._tolerance:
            self._tolerance = limited
            self._show()

    def _show(self) -> None:
        if self._key is None:
            return
        if self._wand is not None:
            self._region = self._wand.region(self._tolerance)
        if self._region is not None and self._allowed is not None:
            self._region = self._region & self._allowed
        overlay = self._place.overlay_of(self._key.label)
        if overlay is not None:
            overlay.set_proposal(self._region)
        self._session.masking.wand_tolerance.emit(self._tolerance)
