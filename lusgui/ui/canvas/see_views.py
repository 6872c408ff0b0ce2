"""Everything that helps to compare on one canvas, made and ended together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.ui.canvas.wipe import WipeView

if TYPE_CHECKING:
    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView


class SeeViews:
    """The wipe.

    Parameters
    ----------
    canvas : CanvasView
        Where they are shown.
    session : Session
        Says what is compared.
    presenter : FramePresenter
        Knows the frame on screen.
    """

    def __init__(self, canvas: CanvasView, session: Session, presenter: FramePresenter) -> None:
        self.wipe = WipeView(canvas, session, presenter)

    def close_panel(self) -> None:
        """Stop listening."""
        self.wipe.close_panel()
