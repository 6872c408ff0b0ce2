"""The way from the window to its dialogs, which are built only when one is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QMenu, QMessageBox

from lusgui.base.translate import tr
from lusgui.session.leaving import Purpose
from lusgui.ui.leaving import LeaveQuestion

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.session.problems import Problem
    from lusgui.ui.dialogs.dialogs import Dialogs
    from lusgui.ui.main_window import MainWindow

DEVICES = (
    ("auto", "Fastest there is"),
    ("cpu", "CPU"),
    ("cuda", "NVIDIA GPU (CUDA)"),
    ("mps", "Apple GPU (MPS)"),
)


class Asking:
    """Opens dialogs for one window.

    Parameters
    ----------
    window : MainWindow
        Parent of the dialogs.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._dialogs: Dialogs | None = None
        self._is_agreed = False
        self._question = LeaveQuestion(
            window.session.leaving,
            lambda then: self.dialogs.files.ask_copy(then),
            window.canvas.gestures.finish,
            window,
        )

    @property
    def dialogs(self) -> Dialogs:
        """The dialogs of the window; made at first use, because the first frame should not wait for them."""
        if self._dialogs is None:
            from lusgui.ui.dialogs.dialogs import Dialogs

            window = self._window
            self._dialogs = Dialogs(window.session, window.services, window.services.dialog_jobs, window)
        return self._dialogs

    def close(self) -> None:
        """Close whatever is open."""
        self._question.close()
        if self._dialogs is not None:
            self._dialogs.close_all()

    def ask(self, what: str) -> None:
        """Open the dialog or page named `what`."""
        if what == "worklist":
            self._window.tabs.setCurrentIndex(2)
            self.dialogs.ask(what)
        elif what == "metrics":
            self._window.tabs.setCurrentIndex(1)
        elif what == "learning":
            self._window.learning.show()
        elif what == "what changed":
            self._window.learning.show_changes()
        elif not (self._window.review.ask(what) or self._window.measure.ask(what)):
            self.dialogs.ask(what)

    def tell(self, problem: Problem) -> None:
        """Show a problem with its way out."""
        self.dialogs.show_problem(problem)

    # --- files ---------------------------------------------------------------------------------

    def open_paths(self, paths: list[Path]) -> None:
        """Open what was dropped: studies as studies, everything else as recordings."""
        self.dialogs.open_files(paths)

    def open_study(self, path: Path) -> None:
        """Open a study."""
        self.dialogs.open_study(path)

    def locate_recording(self, recording_id: int) -> None:
        """Ask where the file of a recording is now, or whether a changed one shall be used."""
        self.dialogs.relocate(recording_id)

    def recipe(self, recording_id: int) -> None:
        """Ask how a file is to be read."""
        self.dialogs.recipe(recording_id)

    def spacing(self, recording_id: int) -> None:
        """Ask how far apart the samples of a recording are."""
        session = self._window.session
        if session.current_recording_id != recording_id:
            session.go_to(recording_id, 0)
        self.dialogs.ask("spacing")

    def save_copy(self) -> None:
        """Ask where a copy of the study shall be."""
        self.dialogs.ask("save copy")

    def doubt_about(self, recording_id: int) -> str | None:
        """Say why the reading of a file is doubtful, or nothing; nothing before the first frame is seen."""
        return None if self._dialogs is None else self._dialogs.ambiguity(recording_id)

    def dismiss_doubt(self, recording_id: int) -> None:
        """Take the reading of a file as right."""
        self.dialogs.dismiss_ambiguity(recording_id)

    def edit_label(self, key: str) -> None:
        """Ask for another name or colour of a label."""
        self._window.session.view.label = key
        self.dialogs.ask("labels")

    def remove_recording(self, recording_id: int) -> None:
        """Ask before a recording is taken off the list."""
        row = self._window.session.row(recording_id)
        if row is None:
            return
        box = QMessageBox(self._window)
        box.setWindowTitle(tr("Remove from the study"))
        box.setText(tr("Take {name} off the list?", name=row.name))
        lost = [end.text for end in self._window.session.leaving.loose_ends(recording_id)]
        kept = tr("Its masks stay in the study and come back when the file is added again.")
        goes = tr("This goes:") if lost else ""
        box.setInformativeText("\n".join([kept, *([goes] if lost else []), *lost]))
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
        box.button(QMessageBox.StandardButton.Yes).setText(tr("Remove"))
        box.accepted.connect(lambda: self._window.session.remove_recording(recording_id))
        _open(box)

    # --- the worker ----------------------------------------------------------------------------

    def show_worker_menu(self) -> None:
        """Offer where the model runs, and to start it again."""
        services = self._window.services
        menu = QMenu(self._window)
        for device, title in DEVICES:
            action = QAction(tr("Run the model on: {title}", title=title), menu)
            action.triggered.connect(lambda _checked=False, device=device: services.use_device(device))
            menu.addAction(action)
        menu.addSeparator()
        again = QAction(tr("Start the model again"), menu)
        again.triggered.connect(services.restart_worker)
        menu.addAction(again)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(QCursor.pos())

    # --- the end -------------------------------------------------------------------------------

    def may_close(self) -> bool:
        """Make sure that nothing is lost; where something would be, ask, and say no for now."""
        leaving = self._window.session.leaving
        if self._is_agreed or leaving.is_free():
            return True
        leaving.go(self._close_window, Purpose.CLOSE)
        return False

    def _close_window(self) -> None:
        self._is_agreed = True  # what may be lost was asked about
        self._window.close()


def _open(box: QMessageBox) -> None:
    box.finished.connect(box.deleteLater)
    box.open()
