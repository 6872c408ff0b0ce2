"""Shapes on the canvas: what is drawn of the one under way, and the strip that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from lusgui.ui.bindings import Bindings
from lusgui.ui.canvas.shape_overlay import NOTHING, ShapeOverlay
from lusgui.ui.shape_bar import ShapeBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView


class ShapeView(QObject):
    """Shows the shape under way on the frame on screen.

    Parameters
    ----------
    canvas : CanvasView
        Where it is shown.
    session : Session
        Who keeps what is drawn.
    presenter : FramePresenter
        Knows which frame is on screen.
    actions : Actions
        The commands, for the strip.
    say : callable
        Shows a short message to the person.
    """

    def __init__(
        self,
        canvas: CanvasView,
        session: Session,
        presenter: FramePresenter,
        actions: Actions,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._presenter = presenter
        self.overlay = ShapeOverlay()
        canvas.add_item(self.overlay)
        self._is_hidden = False
        tools = presenter.tools
        tools.lasso.overlay = self.overlay
        self._tools = {tool.kind: tool for tool in (tools.polygon, tools.livewire)}
        for tool in self._tools.values():
            tool.refresh = self.refresh
        self.bar = ShapeBar(canvas, session, actions)
        self._bindings = Bindings()
        self._bindings.connect(session.shapes.said, say)
        self._bindings.connect(session.shaping.stroke_given_up, canvas.gestures.give_up)
        for signal in (session.shapes.changed, session.shaping.changed, session.labels_changed):
            self._bindings.connect(signal, self.refresh)
        self._bindings.connect(session.view.events.overlay_visible, self.refresh)
        presenter.frame_shown.connect(self.refresh)
        self.refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._presenter.tools.livewire.close()
        self.bar.close_panel()

    def refresh(self, *_: object) -> None:
        """Show what is drawn on the frame on screen."""
        self._canvas.gestures.show_sign()
        self.overlay.set_shape(self._canvas.shape)
        self.overlay.setVisible(self._session.view.overlay_visible and not self._is_hidden)
        if self._presenter.tools.lasso.is_drawing:
            return  # it draws for itself
        draft = self._session.shapes.draft
        tool = None if draft is None else self._tools.get(draft.tool)
        if draft is None or tool is None or draft.place != self._presenter.shown:
            self.overlay.show_shape(NOTHING)
            return
        label = self._session.label(draft.key.label)
        self.overlay.set_look("#ffffff" if label is None else label.color, draft.mode)
        self.overlay.show_shape(tool.drawn(draft))

    def hide_while(self, hide: bool) -> None:
        """Show nothing while asked to."""
        self._is_hidden = hide
        self.refresh()
