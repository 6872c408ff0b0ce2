"""Take measures out: which frames, as a table or JSON, where to."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.io.export.measures import measure_study, write_measures
from lusgui.ui.dialogs.choose import Kind, choose
from lusgui.ui.dialogs.frame import Frame, dim, heading, name_cancel, say, warning_label
from lusgui.ui.dialogs.work_line import WorkLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.progress import Progress
    from lusgui.io.study import Study
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs

FILTERS = "Table (*.csv);;JSON (*.json)"


class ExportMeasuresDialog(Frame):
    """Asks which measures to write and where, and writes them beside the window.

    Parameters
    ----------
    session : Session
        Whose study.
    jobs : Jobs
        Where masks are measured and the file is written.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, jobs: Jobs, parent: QWidget | None = None) -> None:
        lead = "What is measured of every mask, and the callipers: one line a figure."
        super().__init__("Export measures", lead, "export", parent)
        self._session = session
        self.resize(560, 380)
        self.written: Path | None = None
        self.body.addWidget(heading(tr("Which frames")))
        place = session.place
        row = None if place is None else session.row(place[0])
        self.here = QRadioButton("Of this recording" if row is None else tr("Of {name}", name=row.name))
        self.here.setToolTip(tr("Only the recording that is shown"))
        self.everything = QRadioButton("Of all recordings of the study")
        self.everything.setToolTip(tr("Every recording of the study"))
        group = QButtonGroup(self)
        for button in (self.everything, self.here):
            group.addButton(button)
            self.body.addWidget(button)
        self.here.setEnabled(row is not None)
        self.everything.setChecked(True)
        self.reviewed = QCheckBox("Only masks that were reviewed")
        self.reviewed.setToolTip(tr("Accepted, or edited by a person"))
        self.body.addWidget(self.reviewed)
        self.body.addWidget(heading(tr("Where to")))
        self.path_line = QLineEdit()
        self.path_line.setAccessibleName(tr("File to write"))
        self.path_line.setToolTip(
            tr("The name decides: .csv is a table for spreadsheets, .json holds a summary too")
        )
        self.choose = QPushButton("Choose…")
        self.choose.setAutoDefault(False)
        self.choose.setToolTip(tr("Choose folder and name"))
        self.choose.clicked.connect(self._choose)
        line = QHBoxLayout()
        line.addWidget(self.path_line, 1)
        line.addWidget(self.choose)
        self.body.addLayout(line)
        self.replace = QCheckBox("Replace the file that is there already")
        self.replace.setToolTip(tr("Without this nothing is written; or choose another name"))
        self.body.addWidget(self.replace)
        self.body.addWidget(
            dim(
                tr(
                    "Figures that cannot be measured are written with the reason. Ages are not for clinical"
                    " use."
                )
            )
        )
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.body.addStretch(1)
        self.work = WorkLine(jobs, has_stop=False)
        self.body.addWidget(self.work)
        self.cancel = self.add_close("Cancel")
        self._closes = False
        self.export = self.add_primary(tr("Export"), self._export)
        study = session.study_path
        self.path_line.setText(str((study or Path.home() / "study").with_suffix(".measures.csv")))
        self.path_line.textChanged.connect(self._refresh)
        self.replace.toggled.connect(self._refresh)
        self.finished.connect(self._on_finished)
        self._refresh()

    def path(self) -> Path:
        """Return the file to write."""
        return Path(self.path_line.text().strip())

    def _choose(self) -> None:
        choose(
            self,
            tr("Export measures"),
            Kind.NEW_FILE,
            lambda paths: self.path_line.setText(str(paths[0])),
            filters=FILTERS,
            start=self.path(),
            suffix="csv",
        )

    def _refresh(self, *_: object) -> None:
        path = self.path()
        is_kind = path.suffix.lower() in (".csv", ".json")
        is_there = is_kind and path.exists()
        self.replace.setVisible(is_there)
        say(self.warning, "" if is_kind else tr("End the name in .csv or .json."))
        is_free = is_kind and (not is_there or self.replace.isChecked())
        self.export.setEnabled(is_free and not self.work.is_busy)
        name_cancel(self.cancel, is_busy=self.work.is_busy, is_closing=self._closes)
        self._grow()

    def _grow(self) -> None:
        """Be as high as what is shown needs: with texts that wrap Qt asks for less than that."""
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))
            layout.activate()

    def _export(self) -> None:
        study, place = self._session.study, self._session.place
        if study is None:
            return
        row = None if place is None else self._session.row(place[0])
        recordings = [row.name] if self.here.isChecked() and row is not None else None
        job = partial(
            _write,
            study,
            self.path(),
            recordings,
            reviewed_only=self.reviewed.isChecked(),
            overwrite=self.replace.isChecked(),
        )
        self.export.setEnabled(False)
        self.work.start("Measuring", lambda progress: job(progress=progress), self._done, self._failed)
        name_cancel(self.cancel, is_busy=self.work.is_busy, is_closing=self._closes)
        self._grow()

    def _done(self, path: Path) -> None:
        self.written = path
        self.accept()
        self._session.callipers.said.emit(tr("Measures are in {path}", path=path))

    def _failed(self, text: str) -> None:
        if self._closes and not text:
            super().reject()
            self._session.callipers.said.emit(tr("The export was stopped: nothing was written"))
            return
        self._closes = False
        self._refresh()
        say(self.warning, text or tr("Stopped. Nothing was written."))
        self._grow()

    def reject(self) -> None:
        """Close; what is being written is stopped first, and nothing of it is left."""
        if self.work.is_busy:
            self._closes = True
            name_cancel(self.cancel, is_busy=self.work.is_busy, is_closing=self._closes)
            self.work.cancel()
        else:
            super().reject()

    def _on_finished(self, _result: int) -> None:
        self.work.abandon()


def _write(
    study: Study,
    path: Path,
    recordings: Sequence[str] | None,
    *,
    reviewed_only: bool,
    overwrite: bool,
    progress: Progress,
) -> Path:
    rows = measure_study(study, recordings=recordings, reviewed_only=reviewed_only, progress=progress)
    return write_measures(path, rows, study, overwrite=overwrite)
