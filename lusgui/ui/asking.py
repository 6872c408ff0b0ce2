"""The way from the window to its dialogs, which are built only when one is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QMenu, QMessageBox

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
        box.setWindowTitle("Remove from the study")
        box.setText(f"Take {row.name} off the list?")
        box.setInformativeText("Its masks stay in the study and come back when the file is added again.")
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
        box.button(QMessageBox.StandardButton.Yes).setText("Remove")
        box.accepted.connect(lambda: self._window.session.remove_recording(recording_id))
        _open(box)

    # --- the worker ----------------------------------------------------------------------------

    def show_worker_menu(self) -> None:
        """Offer where the model runs, and to start it again."""
        services = self._window.services
        menu = QMenu(self._window)
        for device, title in DEVICES:
            action = QAction(f"Run the model on: {title}", menu)
            action.triggered.connect(lambda _checked=False, device=device: services.use_device(device))
            menu.addAction(action)
        menu.addSeparator()
        again = QAction("Start the model again", menu)
        again.triggered.connect(services.restart_worker)
        menu.addAction(again)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(QCursor.pos())

    # --- the end -------------------------------------------------------------------------------

    def may_close(self) -> bool:
        """Make sure that nothing unsaved is lost; where that cannot be helped, ask, and say no for now."""
        session = self._window.session
        session.moving.finish()  # what cannot be written then is asked about
        if session.clicking.unaccepted():
            self._ask_about_clicks()
            return False
        if session.shapes.unfinished:
            self._ask_about_shapes()
            return False
        if session.times.count:
            self._ask_about_ghosts()
            return False
        if not session.unsaved_count or session.retry_saving():
            return True
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Not saved")
        box.setText(f"{session.unsaved_count} strokes could not be written to the study.")
        box.setInformativeText("Save a copy of the study elsewhere to keep them.")
        copy = box.addButton("Save a copy…", QMessageBox.ButtonRole.ActionRole)
        lose = box.addButton("Close and lose them", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        copy.clicked.connect(lambda: self.ask("save copy"))
        lose.clicked.connect(self._lose_and_close)
        _open(box)
        return False

    def _ask_about_clicks(self) -> None:
        """Ask what becomes of ghosts that nobody accepted."""
        clicking = self._window.session.clicking
        keys = clicking.unaccepted()
        frames = ", ".join(str(frame + 1) for frame in sorted({key.frame for key in keys})[:8])
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Not accepted")
        one = len(keys) == 1
        box.setText("A clicked mask is" if one else f"{len(keys)} clicked masks are")
        box.setText(f"{box.text()} not accepted yet (frame {frames}).")
        box.setInformativeText("What was only clicked is not in the study.")
        accept = box.addButton("Accept and close", QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton("Drop and close", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        accept.clicked.connect(lambda: clicking.accept_all() and self._window.close())
        drop.clicked.connect(self._drop_and_close)
        _open(box)

    def _ask_about_shapes(self) -> None:
        """Ask what becomes of shapes that nobody finished."""
        shapes = self._window.session.shapes
        drafts = shapes.unfinished
        frames = ", ".join(str(frame + 1) for frame in sorted({draft.key.frame for draft in drafts})[:8])
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Not finished")
        one = len(drafts) == 1
        what = f"A {drafts[0].name} is" if one else f"{len(drafts)} shapes are"
        box.setText(f"{what} not finished yet (frame {frames}).")
        box.setInformativeText("What was only outlined is not in the study.")
        finish = box.addButton("Finish and close", QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton("Drop and close", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        finish.clicked.connect(lambda: shapes.finish_all() and self._window.close())
        drop.clicked.connect(self._drop_shapes_and_close)
        _open(box)

    def _ask_about_ghosts(self) -> None:
        """Ask what becomes of copied, interpolated and propagated masks that nobody accepted."""
        times = self._window.session.times
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Not accepted")
        box.setText("1 ghost waits" if times.count == 1 else f"{times.count} ghosts wait")
        box.setText(f"{box.text()} to be accepted.")
        box.setInformativeText("Ghosts are not in the study: copied, interpolated or propagated masks.")
        accept = box.addButton("Accept and close", QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton("Drop and close", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        accept.clicked.connect(lambda: times.accept_everything() and self._window.close())
        drop.clicked.connect(self._drop_ghosts_and_close)
        _open(box)

    def _drop_ghosts_and_close(self) -> None:
        self._window.session.times.drop_everything()
        self._window.close()

    def _drop_shapes_and_close(self) -> None:
        self._window.session.shapes.forget_all()
        self._window.close()

    def _drop_and_close(self) -> None:
        self._window.session.clicking.forget_all()
        self._window.close()

    def _lose_and_close(self) -> None:
        self._window.session.discard_and_close()
        self._window.close()


def _open(box: QMessageBox) -> None:
    box.finished.connect(box.deleteLater)
    box.open()
