"""Callipers and measures on the canvas: what is drawn of them, in step with the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from lusgui.base.translate import tr
from lusgui.core.measures.cerebellum import TCD
from lusgui.core.measures.drawn import Drawn, Kind, figure_of
from lusgui.session.view_state import Tool
from lusgui.ui.bindings import Bindings
from lusgui.ui.canvas.calliper_overlay import BY_HAND, BY_MASK, UNDER_WAY, CalliperOverlay, Shown

if TYPE_CHECKING:
    from lusgui.session.measuring import Measured
    from lusgui.session.session import Session
    from lusgui.ui.canvas.calliper_tool import CalliperTool
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView

WRITTEN = ("gap", "pitch", "depth", "shadow_width", TCD, "pleural_depth", "largest_calliper")
"""Measures of a mask that are written on the image; lines of the others stand without words."""

SHORT = {"gap": "gap", "pitch": "pitch", "depth": "depth", "shadow_width": "shadow", TCD: "TCD"}


class CalliperView(QObject):
    """Draws callipers of the frame on screen, what is under way, and where its mask was measured.

    Parameters
    ----------
    canvas : CanvasView
        Where they are drawn.
    session : Session
        Who keeps them.
    presenter : FramePresenter
        Knows which frame is on screen.
    """

    def __init__(self, canvas: CanvasView, session: Session, presenter: FramePresenter) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._presenter = presenter
        self._tool: CalliperTool = presenter.tools.calliper
        self._tool.refresh = self.refresh
        self._measured: Measured | None = None
        self._is_hidden = False
        self.overlay = CalliperOverlay()
        canvas.add_item(self.overlay)
        self._bindings = Bindings()
        self._bindings.connect(session.callipers.changed, self.refresh)
        self._bindings.connect(session.view.events.overlay_visible, self.refresh)
        self._bindings.connect(session.recordings_changed, self.refresh)
        presenter.frame_shown.connect(self.refresh)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._tool.refresh = lambda: None

    def show_measured(self, measured: Measured | None) -> None:
        """Draw where a mask was measured; None draws callipers alone."""
        self._measured = measured
        self.refresh()

    def hide_while(self, hide: bool) -> None:
        """Show nothing while asked to."""
        self._is_hidden = hide
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Draw what there is now."""
        session = self._session
        self.overlay.set_shape(self._canvas.shape)
        self.overlay.setVisible(session.view.overlay_visible and not self._is_hidden)
        is_here = self._presenter.is_up_to_date
        measured = self._measured
        key = session.key()
        if measured is not None and measured.key != key:
            measured = None
        shown: list[Shown] = []
        bound = None
        if is_here and session.callipers.is_shown:
            if measured is not None:
                shown += self._of_mask(measured)
            diameter = None if measured is None else measured.figure(TCD)
            is_own = key is not None and session.measuring.moved_ends(key) is not None
            if diameter is not None and len(diameter.line) == 2 and not is_own:
                bound = (diameter.line[0], diameter.line[1])
            shown += self._by_hand()
        self._tool.bound_ends = bound if session.view.tool is Tool.CALLIPER else None
        if is_here:
            shown += self._under_way()
        self.overlay.show_all(tuple(shown))

    def _of_mask(self, measured: Measured) -> list[Shown]:
        is_in_hand = self._session.view.tool is Tool.CALLIPER
        moved = self._tool.moved
        shown = []
        for one in measured.figures:
            if len(one.line) < 2:
                continue
            if one.key == TCD and (
                self._session.measuring.moved_ends(measured.key) or (moved and moved[0] is None)
            ):
                continue  # drawn by hand
            is_movable = one.key == TCD and is_in_hand
            text = f"{SHORT.get(one.key, '')} {one.text}".strip() if one.key in WRITTEN else ""
            hot = self._tool.hot
            shown.append(
                Shown(
                    one.line,
                    text,
                    BY_MASK,
                    has_handles=is_movable,
                    has_ticks=one.key not in ("arc_length", "tilt", "pleural_tilt"),
                    is_thin=not is_movable,
                    hot=hot[1] if is_movable and hot is not None and hot[0] is None else None,
                )
            )
        return shown

    def _by_hand(self) -> list[Shown]:
        session = self._session
        spacing = session.measuring.spacing_mm()
        is_in_hand = session.view.tool is Tool.CALLIPER
        hot, moved = self._tool.hot, self._tool.moved
        shown = []
        for number, kept in enumerate(session.callipers.here):
            drawn = moved[1] if moved is not None and moved[0] == number else kept
            is_hot = hot is not None and hot[0] == number
            shown.append(_shown(drawn, spacing, is_in_hand, hot[1] if hot is not None and is_hot else None))
        if moved is not None and moved[0] is None:
            shown.append(_shown(moved[1], spacing, True, hot[1] if hot is not None else None))
        return shown

    def _under_way(self) -> list[Shown]:
        session, tool = self._session, self._tool
        callipers, spacing = session.callipers, session.measuring.spacing_mm()
        if tool.line is not None:
            figure = figure_of(Drawn(Kind.DISTANCE, tool.line), spacing)
            text = "known distance" if callipers.is_calibrating else _reading(figure.text)
            return [Shown(tool.line, text, UNDER_WAY)]
        draft = callipers.draft
        if draft is not None and draft.points:
            points = tuple(draft.points)
            ahead = points if tool.pointer is None else (*points, tool.pointer)
            drawn = Drawn(draft.kind, ahead)
            text = figure_of(drawn, spacing).text if drawn.is_complete else ""
            is_closed = draft.kind is Kind.AREA and len(ahead) > 2
            return [Shown(ahead, text, UNDER_WAY, is_closed=is_closed, has_handles=True, has_ticks=False)]
        if callipers.known_line is not None:
            return [Shown(callipers.known_line, tr("known distance"), UNDER_WAY)]
        return []


def _shown(drawn: Drawn, spacing: tuple[float, float] | None, has_handles: bool, hot: int | None) -> Shown:
    text = _reading(figure_of(drawn, spacing).text)
    return Shown(
        drawn.points,
        tr("TCD {words}", words=text) if drawn.role == TCD else text,
        BY_HAND,
        is_closed=drawn.kind is Kind.AREA,
        has_handles=has_handles,
        has_ticks=drawn.kind is Kind.DISTANCE,
        hot=hot,
    )


def _reading(text: str) -> str:
    return tr("? mm") if text == "–" else text
