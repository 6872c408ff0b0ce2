"""Moves and turns a piece of the mask; it is in hand until it is put down."""

from __future__ import annotations

from enum import Enum, auto
from math import atan2, cos, degrees, hypot, radians, sin
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

from lusgui.core.geometry import bounding_box
from lusgui.ui.canvas.brush import DrawingPlace
from lusgui.ui.canvas.gestures import CLICK_SLACK
from lusgui.ui.canvas.piece_handle import KNOB_PX, PieceHandle
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.moving import MovingPiece
    from lusgui.session.session import Session
    from lusgui.ui.canvas.view import CanvasView

STALK_PX = 26.0
"""Screen pixels between a piece and its knob."""
EMPTY = "Press on a piece of your own mask to take it up; none is here"


class MovingPlace(DrawingPlace, Protocol):
    """What the tool must know of what is on screen."""

    @property
    def shown(self) -> tuple[int, int] | None:
        """Recording and frame on screen."""


class _Drag(Enum):
    NONE = auto()
    MOVE = auto()
    TURN = auto()


class MoveTool(CanvasTool):
    """A drag on a piece moves it, on its knob (or with Shift) turns it; a press beside it puts it down.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the masks.
    place : MovingPlace
        What is on screen.
    say : callable
        Shows a short message to the person.
    """

    takes_double_click = True

    def __init__(
        self, canvas: CanvasView, session: Session, place: MovingPlace, say: Callable[[str], None]
    ) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self._say = say
        self._drag = _Drag.NONE
        self._start = Pointer(0.0, 0.0)
        self._shown: MovingPiece | None = None
        self._is_over = False
        self.handle = PieceHandle()
        canvas.add_item(self.handle)
        canvas.zoom_changed.connect(self._place_handle)
        session.moving.changed.connect(self._refresh)
        session.masking.settings.events.copies.connect(self._refresh)
        session.moving.said.connect(say)

    def close(self) -> None:
        """Stop listening."""
        self._session.moving.changed.disconnect(self._refresh)
        self._session.masking.settings.events.copies.disconnect(self._refresh)
        self._session.moving.said.disconnect(self._say)

    @property
    def cursor(self) -> Qt.CursorShape:
        """A hand where there is something to take, closed while it is held."""
        if self.is_drawing:
            return Qt.CursorShape.ClosedHandCursor
        return Qt.CursorShape.OpenHandCursor if self._is_over else Qt.CursorShape.ArrowCursor

    @property
    def is_drawing(self) -> bool:
        """Whether a drag is under way."""
        return self._drag is not _Drag.NONE

    def press(self, pointer: Pointer) -> None:
        """Take a piece up, or begin to move or turn the one in hand."""
        key, moving = self._place.drawing_key(), self._session.moving
        if key is None:
            return
        piece = moving.piece
        if piece is not None and (pointer.shift or self._is_on_knob(pointer)):
            self._drag = _Drag.TURN
        else:
            is_on = piece is not None and self._is_on(piece, pointer)
            if piece is not None and not is_on:
                moving.finish()
            if not is_on:
                was_in_hand = piece is not None
                piece = moving.take(key, pointer.row, pointer.col)
                if piece is None:
                    if not was_in_hand:
                        self._say(EMPTY)
                    return
            self._drag = _Drag.TURN if pointer.shift else _Drag.MOVE
        self._start = pointer

    def move(self, pointer: Pointer) -> None:
        """Move or turn it."""
        piece = self._session.moving.piece
        if piece is None or not self.is_drawing:
            return
        if self._drag is _Drag.MOVE:
            piece.draft(round(pointer.row - self._start.row), round(pointer.col - self._start.col))
        else:
            piece.draft(degrees=self._angle(pointer, piece) - self._angle(self._start, piece))

    def hover(self, pointer: Pointer) -> None:
        """Notice whether there is something to take."""
        key, piece = self._session.key(), self._session.moving.piece
        self._is_over = piece is not None and (self._is_on_knob(pointer) or self._is_on(piece, pointer))
        is_shown = key is not None and self._place.shown == (key.recording_id, key.frame)
        if self._is_over or key is None or not is_shown:
            return
        mask = self._session.clicking.present(key)  # asked for at every move: the one that is kept
        row, col = int(pointer.row // 1), int(pointer.col // 1)
        self._is_over = 0 <= row < mask.shape[0] and 0 <= col < mask.shape[1] and bool(mask[row, col])

    def release(self, pointer: Pointer) -> None:
        """Keep the drag as one step."""
        self._drag = _Drag.NONE
        if self._session.moving.piece is not None:
            self._session.moving.piece.keep_draft()

    def cancel(self) -> None:
        """Give the drag under way up; the piece stays in hand."""
        if self.is_drawing:
            self._drag = _Drag.NONE
            if self._session.moving.piece is not None:
                self._session.moving.piece.drop_draft()

    def deactivate(self) -> None:
        """Put down what is in hand."""
        super().deactivate()
        self._session.moving.finish()

    def _is_on(self, piece: MovingPiece, pointer: Pointer) -> bool:
        if not self.canvas.is_inside(pointer.row, pointer.col):
            return False
        return bool(piece.mask()[int(pointer.row), int(pointer.col)])

    def _is_on_knob(self, pointer: Pointer) -> bool:
        if not self.handle.isVisible():
            return False
        apart = self.canvas.to_viewport(*self.handle.knob) - self.canvas.to_viewport(pointer.row, pointer.col)
        return hypot(apart.x(), apart.y()) <= KNOB_PX + CLICK_SLACK

    def _angle(self, pointer: Pointer, piece: MovingPiece) -> float:
        """Return where the pointer lies about the middle of a piece, degrees clockwise, in mm."""
        row, col = piece.middle
        down, right = (pointer.row - row) * piece.spacing[0], (pointer.col - col) * piece.spacing[1]
        return degrees(atan2(down, right))

    # --- what is seen --------------------------------------------------------------------------

    def _refresh(self, *_: object) -> None:
        """Show the mask without the piece and the piece as a ghost; without one, what there is."""
        piece, before = self._session.moving.piece, self._shown
        self._shown = piece
        if before is not None and before is not piece:
            overlay = self._place.overlay_of(before.key.label)
            if overlay is not None and self._place.shown == (before.key.recording_id, before.key.frame):
                overlay.set_human(self._session.mask(before.key))
                overlay.set_proposal(self._session.proposal(before.key))
        if piece is not None:
            overlay = self._place.overlay_of(piece.key.label)
            if overlay is not None:
                mask = self._session.mask(piece.key)
                overlay.set_human(mask if self._session.masking.settings.copies else mask & ~piece.piece)
                overlay.set_proposal(piece.mask())
        self._place_handle()

    def _place_handle(self, *_: object) -> None:
        piece = self._session.moving.piece
        if piece is None:
            self.handle.setVisible(False)
            return
        row, col = piece.middle
        box, unit = bounding_box(piece.piece), self.canvas.unit_per_pixel
        # As far out as half the piece is high, in the direction to which its top has turned.
        pixels = max(self.canvas.pixels_per_unit, 1e-9)
        length = (box.row1 - box.row0) / 2 * unit[0] + STALK_PX / pixels
        angle = radians(piece.placement.degrees)
        knob = (row - length * cos(angle) / unit[0], col + length * sin(angle) / unit[1])
        self.handle.show_at((row, col), knob)
