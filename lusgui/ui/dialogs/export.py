"""Take masks out: what, as what, where to; what is in the way is listed before the first byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QListWidget, QWidget

from lusgui.base.errors import CancelledError
from lusgui.base.translate import tr, trn
from lusgui.io.export.provenance import SIDECAR_ENDING
from lusgui.ui.bindings import Later
from lusgui.ui.dialogs.export_choices import Choices
from lusgui.ui.dialogs.export_done import ExportDone
from lusgui.ui.dialogs.frame import Frame, dim, name_cancel, say, warning_label
from lusgui.ui.dialogs.work_line import WorkLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent

    from lusgui.core.progress import Progress
    from lusgui.io.study import Study
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs

PLAN_DELAY_MS = 200
SETTING = "export"


class ExportDialog(Frame):
    """Asks what to export, writes it, and says what was written.

    Parameters
    ----------
    session : Session
        Whose study.
    jobs : Jobs
        Where the files are planned and written.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(
            "Export", "Masks, and if you like the despeckled images, for other programs.", "export", parent
        )
        self.resize(760, 590)
        self._session = session
        self.files: list[Path] = []
        self._is_counting = True
        self._is_asked = False
        self._closes = False
        self.choices = Choices(session)
        self.body.addWidget(self.choices)
        self.state = dim()
        self.body.addWidget(self.state)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.in_the_way = QListWidget()
        self.in_the_way.setAccessibleName(tr("Files that are there already"))
        self.in_the_way.setToolTip(tr("These files would be replaced"))
        self.in_the_way.setMaximumHeight(110)
        self.body.addWidget(self.in_the_way)
        self.replace = QCheckBox()
        self.replace.setToolTip(
            tr("Without this nothing is written; choose another folder or template instead")
        )
        self.replace.toggled.connect(self._refresh)
        self.body.addWidget(self.replace)
        self.body.addStretch(1)
        self._planning = WorkLine(jobs)
        self.work = WorkLine(jobs, has_stop=False)
        self.body.addWidget(self.work)
        self.body.addWidget(self._planning)
        self.cancel = self.add_close("Cancel")
        self.export = self.add_primary(tr("Export"), self._export)
        self.done_page: ExportDone | None = None
        self._later = Later(self._plan, self, PLAN_DELAY_MS)
        self.choices.changed.connect(self._changed)
        self.finished.connect(self._on_finished)
        self._restore()
        self._changed()
        self.choices.folder_line.setFocus()

    # what would be written

    def _changed(self) -> None:
        self.files = []
        self._is_counting = True
        self._is_asked = False
        self.replace.setChecked(False)
        self._later()
        self._refresh()

    def _plan(self) -> None:
        problem = self.choices.problem()
        study = self._session.study
        if problem or study is None:
            self._is_counting = False
            say(self.warning, problem or tr("No study is open."))
            self._refresh()
            return
        say(self.warning, "")
        arguments = self.choices.arguments()
        self._planning.start(
            "Counting",
            lambda progress: _plan(study, arguments, progress),
            self._planned,
            self._not_planned,
            is_shown=False,
        )

    def _planned(self, files: list[Path]) -> None:
        self.files = files
        self._is_counting = False
        self._refresh()
        is_asked, self._is_asked = self._is_asked, False
        if is_asked and self.export.isEnabled():
            self._export()

    def _not_planned(self, text: str) -> None:
        if text:  # without one, a newer count took this one's place
            self._is_counting = False
            say(self.warning, text)
        self._refresh()

    def taken(self) -> list[Path]:
        """Return the planned files that are there already."""
        return [path for path in self.files if path.exists()]

    def _refresh(self, *_: object) -> None:
        taken = self.taken()
        self.in_the_way.clear()
        self.in_the_way.addItems([path.name for path in taken])
        for widget in (self.in_the_way, self.replace):
            widget.setVisible(bool(taken))
        self.replace.setText(
            trn(
                "Replace this file, there already",
                "Replace these {count} files, there already",
                len(taken),
            )
        )
        number = _count(sum(not path.name.endswith(SIDECAR_ENDING) for path in self.files))
        folder = self.choices.folder()
        where = tr(
            "{number}, and a .json that says where they come from, will be written to {folder}",
            number=number,
            folder=folder,
        )
        waits = tr("Counting the files…") if self._is_counting else ""
        if self._is_asked:
            waits = tr("Counting the files… then they are written")
        self.state.setText(where if self.files else waits)
        self.export.setText(tr("Export {number}", number=number) if self.files else tr("Export"))
        is_free = not taken or self.replace.isChecked()
        self.export.setEnabled(bool(self.files) and is_free and not self.work.is_busy)
        name_cancel(self.cancel, is_busy=self.work.is_busy, is_closing=self._closes)

    # writing it

    def _export(self) -> None:
        study = self._session.study
        if study is None or not self.files:
            return
        self._remember()
        arguments = self.choices.arguments() | {"overwrite": self.replace.isChecked()}
        self.choices.setEnabled(False)
        self.replace.setEnabled(False)
        self.export.setEnabled(False)
        self.work.start(
            "Exporting", lambda progress: _write(study, arguments, progress), self._written, self._failed
        )
        name_cancel(self.cancel, is_busy=self.work.is_busy, is_closing=self._closes)

    def _written(self, files: list[Path]) -> None:
        self._closes = False  # it was quicker than the stop
        self.done_page = ExportDone(files, self.choices.folder())
        for widget in (self.choices, self.state, self.warning, self.in_the_way, self.replace, self.lead):
            widget.setVisible(False)
        self.heading.setText(tr("Exported"))
        self.body.insertWidget(0, self.done_page, 100)
        self.buttons.clear()
        self.add_close()
        self.add_primary(
            tr("Show in folder"), self.done_page.reveal, tr("Open the system’s file manager there")
        ).setFocus()

    def _failed(self, text: str) -> None:
        if self._closes and not text:
            self._leave()
            return
        self._closes = False
        self.choices.setEnabled(True)
        self.replace.setEnabled(True)
        say(self.warning, text or tr("Stopped. Nothing was written."))
        self._refresh()

    # what was chosen last time

    def _restore(self) -> None:
        study = self._session.study
        kept = study.settings.setting(SETTING) if study is not None else None
        if isinstance(kept, dict):
            self.choices.restore(kept)

    def _remember(self) -> None:
        study = self._session.study
        if study is not None and not self._session.is_read_only:
            with self._session.guarded("The choices of the export were not kept"):
                study.settings.set_setting(SETTING, self.choices.to_json())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remember Enter while files are counted: they are written as soon as it is known which."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self._is_counting and not self.work.is_busy:
            self._is_asked = True
            self._refresh()
            return
        super().keyPressEvent(event)

    def reject(self) -> None:
        """Close; what is being written is stopped first, and nothing of it is left."""
        if self.work.is_busy:
            self._closes = True
            name_cancel(self.cancel, is_busy=self.work.is_busy, is_closing=self._closes)
            self.work.cancel()
        else:
            super().reject()

    def _leave(self) -> None:
        """Close after stopping, and say that in the window."""
        super().reject()
        self._session.callipers.said.emit(tr("The export was stopped: nothing was written"))

    def _on_finished(self, _result: int) -> None:
        self._later.stop()
        self._planning.abandon()
        self.work.abandon()


def _plan(study: Study, arguments: dict[str, Any], progress: Progress) -> list[Path]:
    from lusgui.io.export import export_study

    found: list[Path] = []

    def take(files: list[Path]) -> None:
        found.extend(files)
        raise CancelledError("only counted")

    try:
        export_study(study, **arguments, planned=take, progress=progress)
    except CancelledError:
        progress(1, 1)
    return found


def _write(study: Study, arguments: dict[str, Any], progress: Progress) -> list[Path]:
    from lusgui.io.export import export_study

    write: Callable[..., list[Path]] = export_study
    return write(study, **arguments, progress=progress)


def _count(number: int) -> str:
    return trn("{count} file", "{count} files", number)
