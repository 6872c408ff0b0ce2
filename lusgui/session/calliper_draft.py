"""An angle or an area whose points are being put down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.measures.drawn import NAMES, Drawn

if TYPE_CHECKING:
    from lusgui.core.measures.drawn import Kind
    from lusgui.core.measures.figure import Point
    from lusgui.session.callipers import Callipers


class CalliperDraft:
    """An angle or an area whose points are being put down; an open shape, nothing of it is kept yet.

    Parameters
    ----------
    owner : Callipers
        Takes it when it is finished.
    kind : Kind
        What it will measure.
    place : (int, int)
        The frame that it belongs to.
    """

    def __init__(self, owner: Callipers, kind: Kind, place: tuple[int, int]) -> None:
        self._owner = owner
        self.kind = kind
        self.place = place
        self.points: list[Point] = []

    @property
    def name(self) -> str:
        """What menus call it."""
        return NAMES[self.kind].lower()

    def finish(self) -> bool:
        """Put the calliper down; false while points are missing."""
        drawn = Drawn(self.kind, tuple(self.points))
        if not drawn.is_complete:
            self._owner.said.emit(f"The {self.name} needs three points")
            return False
        self._owner.close_draft(self)
        return self._owner.add(drawn, self.place)

    def step_back(self) -> bool:
        """Take the last point back; false where none is left."""
        if self.points:
            self.points.pop()
        self._owner.changed.emit()
        return bool(self.points)

    def cancel(self) -> None:
        """Give it up, and say so: something else may have been begun instead."""
        self.points.clear()
        self._owner.close_draft(self)
        self._owner.said.emit(f"The {self.name} that was begun was given up")
