"""Points, boxes and detections of the frame on screen: shown, found under the pointer, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey
from lusgui.core.marks import mark_at
from lusgui.ui.bindings import Bindings
from lusgui.ui.canvas.marks_overlay import Drawn, MarksOverlay

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.learning.job import Mark
    from lusgui.session.session import Session
    from lusgui.ui.canvas.view import CanvasView

REACH_PX = 10.0
"""Screen pixels a click may miss a mark by."""


class ShownMarks:
    """Keeps the marks on the canvas in step with the session.

    Parameters
    ----------
    canvas : CanvasView
        Where they are shown.
    session : Session
        Who keeps them.
    shown : callable
        Returns (recording, frame) on screen, or None.
    """

    def __init__(
        self, canvas: CanvasView, session: Session, shown: Callable[[], tuple[int, int] | None]
    ) -> None:
        self._canvas = canvas
        self._session = session
        self._shown = shown
        self._hidden: frozenset[str] = frozenset()
        self.overlay = MarksOverlay()
        canvas.add_item(self.overlay)
        self._bindings = Bindings()
        self._bindings.connect(session.marks_changed, self._marks_changed)
        self._bindings.connect(session.detections_changed, self.refresh)
        self._bindings.connect(session.labels_changed, self.refresh)
        self._bindings.connect(session.view.events.label, self.refresh)
        self._bindings.connect(session.view.events.model_visible, self.refresh)

    def close(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()

    def set_look(self, *, visible: bool, hidden: frozenset[str]) -> None:
        """Show marks or not, and which labels' not."""
        self._hidden = hidden
        self.overlay.setVisible(visible)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show the marks of the frame on screen."""
        shown, session = self._shown(), self._session
        self.overlay.set_shape(self._canvas.shape)
        if shown is None:
            self.overlay.set_marks(())
            return
        drawn = []
        for label in session.labels:
            key, current = PlaneKey(*shown, label.key), label.key == session.view.label
            if label.key in self._hidden:
                continue
            if session.view.model_visible:
                found = session.detections(key)
                drawn += [
                    Drawn(each.as_mark(label.key), label.color, current, each.confidence) for each in found
                ]
            drawn += [Drawn(mark, label.color, current) for mark in session.marks(key)]
        self.overlay.set_marks(tuple(drawn))

    def _marks_changed(self, key: PlaneKey) -> None:
        if (key.recording_id, key.frame) == self._shown():
            self.refresh()

    # what tools ask

    def show_preview(self, mark: Mark | None) -> None:
        """Show what is being dragged, in the colour of its label."""
        label = None if mark is None else self._session.label(mark.label)
        preview = None if mark is None else Drawn(mark, "#ffffff" if label is None else label.color)
        self.overlay.set_preview(preview)

    def reach(self) -> float:
        """Return how far a click may miss a mark, in the units of the canvas."""
        return REACH_PX / max(self._canvas.pixels_per_unit, 1e-6)

    def near(self, key: PlaneKey, row: float, col: float, kind: str | None = None) -> Mark | None:
        """Return the mark of a label under the pointer, whose position is continuous, or None."""
        marks = [mark for mark in self._session.marks(key) if kind is None or mark.kind == kind]
        spacing = self._canvas.unit_per_pixel
        return mark_at(marks, row - 0.5, col - 0.5, reach=self.reach(), spacing=spacing)

    def delete_at(self, key: PlaneKey, row: float, col: float) -> bool:
        """Delete the mark of a label under the pointer; return whether there was one."""
        mark = self.near(key, row, col)
        return mark is not None and self._session.remove_mark(mark)
