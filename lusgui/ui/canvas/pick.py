"""Accept a component: a click takes over one piece of the model's mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from lusgui.base.translate import tr
from lusgui.ui.canvas.tool import CanvasTool, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.annotation import PlaneKey
    from lusgui.session.session import Session
    from lusgui.ui.canvas.brush import DrawingPlace
    from lusgui.ui.canvas.view import CanvasView


class PickTool(CanvasTool):
    """Copies the component of the model's mask under the pointer into the human mask.

    Parameters
    ----------
    canvas : CanvasView
        Where it works.
    session : Session
        Who keeps the masks.
    place : DrawingPlace
        What is on screen.
    say : callable
        Shows a short message to the person.
    """

    cursor = Qt.CursorShape.PointingHandCursor
    takes_double_click = True

    def __init__(
        self, canvas: CanvasView, session: Session, place: DrawingPlace, say: Callable[[str], None]
    ) -> None:
        super().__init__(canvas)
        self._session = session
        self._place = place
        self._say = say

    def press(self, pointer: Pointer) -> None:
        """Accept what lies here."""
        key = self._place.drawing_key()
        if key is None or not self.canvas.is_inside(pointer.row, pointer.col):
            return
        mask = self._session.model_mask(key)
        if mask is None:
            self._say(tr("The model has not answered for this frame yet"))
            return
        row, col = int(pointer.row), int(pointer.col)
        if not mask[row, col]:
            self._say(tr("No model mask here: click inside a dashed outline, or lower the threshold"))
            return
        self._session.accept_model(key, component_at=(row, col))


def delete_piece(session: Session, key: PlaneKey, row: float, col: float) -> bool:
    """Delete the piece of one's own mask under a position; return whether there was one."""
    from lusgui.core.threshold import component_at

    mask = session.mask(key)
    piece = component_at(mask, int(row), int(col))
    if piece.any():
        session.push_masks("Delete component", {key: mask & ~piece})
    return bool(piece.any())
