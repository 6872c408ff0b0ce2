"""Shapes on the canvas: what is drawn of the one under way, and the strip that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from lusgui.ui.bindings import Bindings
from lusgui.ui.canvas.shape_overlay import ShapeOverlay
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
        presenter.tools.lasso.overlay = self.overlay
        self.bar = ShapeBar(canvas, session, actions)
        self._bindings = Bindings()
        self._bindings.connect(session.shapes.said, say)
        presenter.frame_shown.connect(self.refresh)
        self.refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self.bar.close_panel()

    def refresh(self, *_: object) -> None:
        """Show what is drawn on the frame on screen."""
        self.overlay.set_shape(self._canvas.shape)
