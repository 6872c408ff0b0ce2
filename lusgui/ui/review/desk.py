"""Reviewing in one window: the page, and what commands of the Review menu ask of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.translate import tr, trn
from lusgui.ui.panels.review import ReviewPanel
from lusgui.ui.review.adjudication_view import AdjudicationView
from lusgui.ui.review.reading_bar import ReadingBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QTabWidget, QWidget

    from lusgui.core.rib_shadow import Hint
    from lusgui.session.rib_checks import Found
    from lusgui.ui.main_window import MainWindow

TITLE = "Review"


class ReviewDesk:
    """Everything about reviewing that needs the window.

    Parameters
    ----------
    window : MainWindow
        Whose page it is.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._tabs: QTabWidget | None = None
        self._page: QWidget | None = None
        self.panel = ReviewPanel(window.session, window.actions_by_id, window.presenter)
        self.panel.hints.place_asked.connect(window.canvas.centre_on)
        self.panel.hints.fill_asked.connect(self._fill_shadow)
        self.panel.notes.left.connect(window.canvas.setFocus)
        self.bar = ReadingBar(window.session, window.ask)
        self.adjudication = AdjudicationView(window.session, window.actions_by_id, window.presenter)
        self._asked: dict[str, Callable[[], object]] = {
            "review": self.show,
            "comment": self._comment,
            "queue": lambda: window.tabs.setCurrentIndex(2),
            "check ribs": self._check_ribs,
            "fill shadow": self._fill_shadow,
            "guide reviewing": lambda: window.asking.dialogs.guide("reviewing.md"),
        }

    def add_to(self, tabs: QTabWidget, page: QWidget) -> None:
        """Remember the tabs that the page was put into."""
        self._tabs, self._page = tabs, page
        tabs.addTab(page, TITLE)
        tabs.setTabToolTip(tabs.indexOf(page), tr("Comments, flags, readers and warnings of this frame"))

    def show(self) -> None:
        """Show the page."""
        if self._tabs is not None and self._page is not None:
            self._tabs.setCurrentWidget(self._page)

    def ask(self, what: str) -> bool:
        """Do what a command asks; false where it is none of this desk's business."""
        act = self._asked.get(what)
        if act is None:
            return False
        act()
        return True

    def close_panel(self) -> None:
        """Stop listening."""
        for part in (self.panel, self.bar, self.adjudication):
            part.close_panel()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.panel.refresh()
        self.bar.refresh()
        self.adjudication.refresh()

    def _comment(self) -> None:
        self.show()
        self.panel.notes.write()

    def _fill_shadow(self, hint: Hint | None = None) -> None:
        """Offer the shadow of one rib, or of all, as a region to ignore."""
        presenter = self._window.presenter
        gray = presenter.raw if presenter.is_up_to_date else None
        self._window.say(self._session.shadow_fill.offer(gray, hint))
        self._window.canvas.setFocus()

    def _check_ribs(self) -> None:
        """Look at all ribs in the background; what is odd waits in the queue then."""
        checks = self._session.rib_checks
        look = checks.prepare()
        if look is None:
            self._window.say(tr("There is no label for ribs in this study"))
            return
        path = self._session.study_path

        def done(found: Found) -> None:
            if self._session.study_path != path:
                return  # another study was opened meanwhile
            checks.take(found)
            count = len(found)
            frames = trn("{count} frame", "{count} frames", count)
            self._window.say(
                tr("{frames} to look at again: they wait in the queue of the Worklist tab", frames=frames)
                if count
                else tr("Ribs and shadows go together everywhere")
            )

        self._window.services.start_job("Check ribs and shadows", look, done)
