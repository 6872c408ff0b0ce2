"""Everything that helps to compare on one canvas, made and ended together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.ui.bindings import Bindings
from lusgui.ui.canvas.band import BandView
from lusgui.ui.canvas.companion import Companion, caption_label
from lusgui.ui.canvas.small_map import SmallMap
from lusgui.ui.canvas.wipe import WipeView

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.shown_frame import ShownFrame
    from lusgui.ui.canvas.view import CanvasView


class SeeViews:
    """Wipe, second picture, stability band, small map, and the room that fills make for strokes.

    Parameters
    ----------
    canvas : CanvasView
        Where they are shown.
    session : Session
        Says what is compared.
    presenter : FramePresenter
        Knows the frame on screen.
    fetch : callable
        Returns a frame that has been read, by recording and frame, or None.

    Attributes
    ----------
    pictures : QSplitter
        The canvas, with the second picture beside it once that is wanted.
    """

    def __init__(
        self,
        canvas: CanvasView,
        session: Session,
        presenter: FramePresenter,
        fetch: Callable[[int, int], ShownFrame | None],
    ) -> None:
        self._canvas = canvas
        self._session = session
        self._presenter = presenter
        self._fetch = fetch
        self.wipe = WipeView(canvas, session, presenter)
        self.band = BandView(canvas, session, presenter)
        self.small_map = SmallMap(canvas, session, presenter)
        self.companion: Companion | None = None
        self.pictures = QSplitter(Qt.Orientation.Horizontal)
        self.pictures.setChildrenCollapsible(False)
        self.caption = caption_label("What is shown in the first picture")
        self.caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self.caption.setContentsMargins(6, 4, 6, 2)
        self.caption.hide()
        first = QWidget()
        column = QVBoxLayout(first)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.caption)
        column.addWidget(canvas, 1)
        self.pictures.addWidget(first)
        self._is_drawing = False
        canvas.drawing_changed.connect(self._drawing_changed)
        self._bindings = Bindings()
        self._bindings.connect(session.view.events.outline_strokes, self._refresh_outlines)
        self._bindings.connect(session.seeing.events.side_by_side, self._show_companion)
        presenter.gray_changed.connect(self._name_first)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self.wipe.close_panel()
        self.band.close_panel()
        self.small_map.close_panel()
        if self.companion is not None:
            self.companion.close_panel()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.small_map.update()
        if self.companion is not None:
            self.companion.apply_theme()

    def hide_while(self, hide: bool) -> None:
        """Show no masks while asked to."""
        self.band.hide_while(hide)
        if self.companion is not None:
            self.companion.hide_while(hide)

    def _show_companion(self, show: bool) -> None:
        """Put the second picture beside the first; it is made when it is first wanted."""
        if show and self.companion is None:
            self.companion = Companion(self._session, self._presenter, self._canvas, self._fetch)
            self.pictures.addWidget(self.companion)
        if self.companion is None:
            return
        self.companion.setVisible(show)
        self.caption.setVisible(show)
        if show:
            self.caption.setFixedHeight(self.companion.head.sizeHint().height())
            self._name_first()
            half = self.pictures.width() // 2
            self.pictures.setSizes([half, half])
            self.companion.refresh()
        else:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _name_first(self) -> None:
        """Say which frame is in the first picture; the second one says which is in it."""
        if not self._session.seeing.side_by_side:
            return
        place, presenter = self._presenter.shown, self._presenter
        parts = [tr("no frame") if place is None else tr("frame {frame}", frame=place[1] + 1)]
        if place is not None and presenter.other is not None:
            parts.append(tr("raw") if presenter.shows_raw else tr("despeckled"))
        self.caption.setText(", ".join(parts))

    # --- the tissue stays free under the pen ---------------------------------------------------

    def _drawing_changed(self, is_drawing: bool) -> None:
        self._is_drawing = is_drawing
        self._refresh_outlines()

    def _refresh_outlines(self, *_: object) -> None:
        """Leave nothing but outlines while something is being drawn, if that is wanted."""
        for label in self._session.labels:
            overlay = self._presenter.overlay_of(label.key)
            if overlay is not None:
                overlay.set_stroke_down(self._is_drawing and self._session.view.outline_strokes)
