"""Measuring in one window: the page, what is drawn on the image, the strip, and what commands ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from lusgui.base.translate import tr
from lusgui.session.view_state import Tool
from lusgui.ui.bindings import Bindings
from lusgui.ui.calliper_bar import CalliperBar
from lusgui.ui.canvas.calliper_view import CalliperView
from lusgui.ui.panels.measuring import MeasuringPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QTabWidget, QWidget

    from lusgui.session.measuring import Measured
    from lusgui.ui.main_window import MainWindow

TITLE = "Measure"

DELAY_MS, CALM_MS = 40, 250
"""Measures follow a change after so long; where they take long, once nothing has changed for so long."""

LONG_SECONDS = 0.04
"""Measuring that takes longer would be felt while a slider moves."""


class MeasureDesk(QObject):
    """Everything about measuring that needs the window.

    The mask is measured while somebody looks: while the page is shown, or the callipers are in hand.

    Parameters
    ----------
    window : MainWindow
        Whose page it is.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = session = window.session
        self._tabs: QTabWidget | None = None
        self._page: QWidget | None = None
        self._had_line = False
        self.measured: Measured | None = None
        self.panel = MeasuringPanel(session, window.actions_by_id)
        self.view = CalliperView(window.canvas, session, window.presenter)
        self.bar = CalliperBar(window.canvas, session, window.actions_by_id)
        self._took = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._bindings = Bindings()
        events = session.view.events
        for signal in (
            session.frame_changed,
            session.mask_changed,
            session.proposal_changed,
            session.prediction_changed,
            session.click_changed,
            session.study_changed,
            session.recordings_changed,
            session.labels_changed,
            session.callipers.changed,
            events.label,
            events.tool,
            events.threshold,
            events.least_area,
            events.fill_holes,
            events.keep_largest,
        ):
            self._bindings.connect(signal, self._later)
        self._bindings.connect(session.callipers.said, window.say)
        self._bindings.connect(session.callipers.changed, self._ask_length)
        window.presenter.frame_shown.connect(self._later)
        self._asked: dict[str, Callable[[], object]] = {
            "measures": self.show,
            "guide measuring": lambda: window.asking.dialogs.guide("measuring.md"),
        }

    def _later(self, *_: object) -> None:
        """Measure soon; while changes keep coming and measuring takes long, wait for a pause."""
        if self._took > LONG_SECONDS:
            self._timer.start(CALM_MS)
        elif not self._timer.isActive():
            self._timer.start(DELAY_MS)

    def add_to(self, tabs: QTabWidget, page: QWidget) -> None:
        """Put the page into the tabs."""
        self._tabs, self._page = tabs, page
        tabs.addTab(page, TITLE)
        tabs.setTabToolTip(tabs.indexOf(page), tr("What is measured of the mask; callipers"))
        tabs.currentChanged.connect(self._later)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._timer.stop()
        self.view.close_panel()
        self.bar.close_panel()

    def show(self) -> None:
        """Show the page."""
        if self._tabs is not None and self._page is not None:
            self._tabs.setCurrentWidget(self._page)
        self._later()

    def ask(self, what: str) -> bool:
        """Do what a command asks; false where it is none of this desk's business."""
        act = self._asked.get(what)
        if act is None:
            return False
        act()
        return True

    def refresh(self) -> None:
        """Measure anew, if somebody looks."""
        is_page_shown = self._tabs is not None and self._tabs.currentWidget() is self._page
        if not is_page_shown and self._session.view.tool is not Tool.CALLIPER:
            self.measured = None
            self.view.show_measured(None)
            return
        presenter = self._window.presenter
        gray = presenter.raw if presenter.is_up_to_date else None
        started = time.perf_counter()
        with self._session.guarded("The mask was not measured"):
            self.measured = self._session.measuring.now(gray)
        self._took = time.perf_counter() - started
        self.panel.show_measured(self.measured)
        self.view.show_measured(self.measured)

    def _ask_length(self) -> None:
        """Ask how long a line is that was drawn along a known distance."""
        has_line = self._session.callipers.known_line is not None
        if has_line and not self._had_line:
            self._window.ask("calibrate")
        self._had_line = has_line
