"""Asks first, then does: every dialog is opened here, and its answer goes to the session or the services."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from lusgui.io.open import EXTENSIONS

if TYPE_CHECKING:
    from lusgui.session.problems import Problem
    from lusgui.ui.main_window import MainWindow

OPEN_FILTER = f"Recordings ({' '.join(f'*{each}' for each in sorted(EXTENSIONS))});;All files (*)"
STUDY_FILTER = "lusgui study (*.lusgui)"


class Asking:
    """Opens dialogs for one window; imports each only when it is needed.

    Parameters
    ----------
    window : MainWindow
        Parent of the dialogs.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def ask(self, what: str) -> None:
        """Open the dialog or page named `what`."""
        handlers = {
            "open": self._open,
            "open folder": self._open_folder,
            "sample": self._open_sample,
            "new study": self._new_study,
            "open study": self._open_study,
            "save": self._save,
            "save copy": self._save_copy,
            "close study": self._close_study,
            "import masks": self._import_masks,
            "export": self._export,
            "add label": self._add_label,
            "rater": self._rater,
            "worklist": self._show_worklist,
            "worker": self._worker,
            "shortcuts": self._shortcuts,
            "guide": self._guide,
            "about": self._about,
        }
        handlers[what]()

    # --- files ---------------------------------------------------------------------------------

    def open_paths(self, paths: list[Path]) -> None:
        """Open what was dropped or named: studies as studies, everything else as recordings."""
        studies = [path for path in paths if path.suffix == ".lusgui"]
        others = [path for path in paths if path.suffix != ".lusgui"]
        if studies:
            self.open_study(studies[0])
        if others:
            self._window.services.add_recordings(others)

    def open_study(self, path: Path) -> None:
        """Open a study."""
        if self.may_close():
            self._window.session.open_study(path)

    def _open(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, "Open recordings", self._folder(), OPEN_FILTER)
        if names:
            self.open_paths([Path(name) for name in names])

    def _open_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._window, "Open folder", self._folder())
        if name:
            self.open_paths([Path(name)])

    def _open_sample(self) -> None:
        path = self._window.services.sample_study()
        if path is not None:
            self.open_study(path)

    def _new_study(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self._window, "New study", self._folder(), STUDY_FILTER)
        if name and self.may_close():
            self._window.session.new_study(Path(name).with_suffix(".lusgui"))

    def _open_study(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Open study", self._folder(), STUDY_FILTER)
        if name:
            self.open_study(Path(name))

    def _save(self) -> None:
        if self._window.session.retry_saving():
            self._window.say("Everything is saved")

    def _save_copy(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save a copy of the study", self._folder(), STUDY_FILTER
        )
        if name:
            self._window.session.save_copy_to(Path(name).with_suffix(".lusgui"))

    def _close_study(self) -> None:
        if self.may_close():
            self._window.session.close_study()

    def _folder(self) -> str:
        path = self._window.session.study_path
        return str(path.parent if path is not None else Path.home())

    def may_close(self) -> bool:
        """Make sure that nothing unsaved is lost; ask where that cannot be helped."""
        session = self._window.session
        if not session.unsaved_count or session.retry_saving():
            return True
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(f"{session.unsaved_count} strokes could not be written to the study.")
        box.setInformativeText("Save a copy of the study elsewhere to keep them.")
        copy = box.addButton("Save a copy…", QMessageBox.ButtonRole.AcceptRole)
        lose = box.addButton("Close and lose them", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is copy:
            self._save_copy()
            return not session.unsaved_count
        if box.clickedButton() is lose:
            session.discard_and_close()
            return True
        return False

    # --- recordings ----------------------------------------------------------------------------

    def remove_recording(self, recording_id: int) -> None:
        """Ask before a recording is taken off the list."""
        row = self._window.session.row(recording_id)
        if row is None:
            return
        answer = QMessageBox.question(
            self._window,
            "Remove from the study",
            f"Take {row.name} off the list? Its masks stay in the study and come back when the file is added again.",
        )
        if answer == QMessageBox.StandardButton.Yes:
            self._window.session.remove_recording(recording_id)

    def locate_recording(self, recording_id: int) -> None:
        """Ask where the file of a recording is now."""
        from lusgui.ui.dialogs.relocate import ask_new_place

        ask_new_place(self._window, self._window.session, recording_id)

    def recording_settings(self, recording_id: int) -> None:
        """Ask for spacing and intensity of a recording."""
        from lusgui.ui.dialogs.recording_settings import RecordingSettingsDialog

        RecordingSettingsDialog(self._window, self._window.session, recording_id).open()

    # --- labels, people ------------------------------------------------------------------------

    def _add_label(self) -> None:
        from lusgui.ui.dialogs.label import LabelDialog

        LabelDialog(self._window, self._window.session).open()

    def edit_label(self, key: str) -> None:
        """Ask for another name or colour of a label."""
        from lusgui.ui.dialogs.label import LabelDialog

        LabelDialog(self._window, self._window.session, key).open()

    def _rater(self) -> None:
        session = self._window.session
        name, said = QInputDialog.getText(
            self._window, "Who draws", "Your name or initials, kept with every mask:", text=session.rater
        )
        if said and name.strip():
            session.rater = name.strip()

    # --- in and out ----------------------------------------------------------------------------

    def _export(self) -> None:
        from lusgui.ui.dialogs.export import ExportDialog

        ExportDialog(self._window, self._window.session, self._window.services).open()

    def _import_masks(self) -> None:
        from lusgui.ui.dialogs.import_masks import ask_import

        ask_import(self._window, self._window.session, self._window.services)

    # --- pages ---------------------------------------------------------------------------------

    def _show_worklist(self) -> None:
        self._window.tabs.setCurrentIndex(2)

    def _worker(self) -> None:
        from lusgui.ui.dialogs.worker import show_worker_menu

        show_worker_menu(self._window, self._window.services)

    def _shortcuts(self) -> None:
        from lusgui.ui.dialogs.shortcuts import ShortcutSheet

        ShortcutSheet(self._window).open()

    def _guide(self) -> None:
        from lusgui.ui.dialogs.guide import GuideViewer

        GuideViewer(self._window).show()

    def _about(self) -> None:
        from lusgui.ui.dialogs.about import AboutDialog

        AboutDialog(self._window).open()

    def tell(self, problem: Problem) -> None:
        """Show a problem with its way out."""
        from lusgui.ui.dialogs.problem import ProblemDialog

        ProblemDialog.tell(self._window, problem)
