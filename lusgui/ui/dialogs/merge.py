"""Join studies of several readers into a new one, with what came of it before it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.io.study_join import OnDifference, join_studies
from lusgui.ui.dialogs.choose import STUDIES, Kind, choose
from lusgui.ui.dialogs.frame import Frame, dim, say, warning_label
from lusgui.ui.dialogs.work_line import WorkLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lusgui.core.progress import Progress
    from lusgui.io.study_join import JoinReport
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs

PATH_ROLE = Qt.ItemDataRole.UserRole
CHOICES = (
    (OnDifference.ADJUDICATE, "leave them open: somebody decides, frame by frame"),
    (OnDifference.FIRST, "take those of the first study in the list"),
    (OnDifference.NEWEST, "take the one that was changed last"),
)


class MergeDialog(Frame):
    """Asks for studies, joins them in the background, says what came of it, and opens the result.

    Parameters
    ----------
    session : Session
        Whose study is the first of them, and which opens the result.
    jobs : Jobs
        Where the work runs.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(
            "Join studies",
            "Two studies or more become a new one. None of them is altered, and nobody's mask is lost.",
            "merge",
            parent,
        )
        self.resize(640, 520)
        self._session = session
        self._report: JoinReport | None = None
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Studies to be joined"))
        self.list.setToolTip(tr("The studies that are joined, in this order"))
        self.body.addWidget(self.list, 1)
        row = QHBoxLayout()
        self.add = QPushButton("Add studies…")
        self.add.setToolTip(tr("Choose further studies"))
        self.add.clicked.connect(self._ask_studies)
        self.remove = QPushButton("Take off the list")
        self.remove.setToolTip(tr("The study itself stays where it is"))
        self.remove.clicked.connect(self._remove)
        for button in (self.add, self.remove):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        self.body.addLayout(row)
        differ = QHBoxLayout()
        differ.addWidget(QLabel("Masks that differ:"))
        self.on_difference = QComboBox()
        self.on_difference.setAccessibleName(tr("Masks that differ"))
        self.on_difference.setToolTip(tr("Every reader's own mask is kept beside it either way"))
        for value, text in CHOICES:
            self.on_difference.addItem(tr(text), value)
        differ.addWidget(self.on_difference, 1)
        self.body.addLayout(differ)
        self.where = dim()
        self.body.addWidget(self.where)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.work = WorkLine(jobs)
        self.body.addWidget(self.work)
        self.outcome = QLabel()
        self.outcome.setWordWrap(True)
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setAccessibleName(tr("What came of it"))
        self.body.addWidget(self.outcome)
        self.add_close("Close")
        self.join = self.add_primary(
            tr("Join…"), self._go, tr("Choose where the new study shall lie, and join")
        )
        self.list.currentRowChanged.connect(lambda _row: self._refresh())
        self.put(self._suggested())

    def _suggested(self) -> list[Path]:
        from lusgui.io.second_read import find_second_reads

        session = self._session
        said = session.second_reading.read
        if session.study_path is None:
            return []
        if said is not None and said.is_locked:
            return [said.first, session.study_path]
        return [session.study_path, *find_second_reads(session.study_path)]

    def paths(self) -> list[Path]:
        """Return the studies that are to be joined, in their order."""
        return [Path(self.list.item(row).data(PATH_ROLE)) for row in range(self.list.count())]

    def put(self, paths: Iterable[Path]) -> None:
        """Put further studies onto the list, each once."""
        known = set(self.paths())
        for path in paths:
            if path.absolute() not in known:
                item = QListWidgetItem(f"{path.name}   {path.absolute().parent}")
                item.setData(PATH_ROLE, str(path.absolute()))
                item.setToolTip(str(path.absolute()))
                self.list.addItem(item)
                known.add(path.absolute())
        self._refresh()

    def _ask_studies(self) -> None:
        start = self.paths()[0].parent if self.paths() else Path.home()
        choose(self, tr("Add studies"), Kind.FILES, self.put, filters=STUDIES, start=start)

    def _remove(self) -> None:
        self.list.takeItem(self.list.currentRow())
        self._refresh()

    def _refresh(self) -> None:
        paths, is_busy = self.paths(), self.work.is_busy
        self.join.setEnabled(not is_busy and (self._report is not None or len(paths) > 1))
        self.remove.setEnabled(not is_busy and self.list.currentRow() >= 0)
        self.add.setEnabled(not is_busy)
        few = tr("Add at least one more study.") if len(paths) < 2 and self._report is None else ""
        unsaved = ""
        if self._session.unsaved_count:
            unsaved = tr("Edits of the open study are not written yet and would be missing.")
        say(self.warning, unsaved or few)

    def _go(self) -> None:
        if self._report is not None:
            self._session.leaving.open_study(self._report.path, self.accept)
            return
        first = self.paths()[0]
        choose(
            self,
            tr("Where the joined study shall lie"),
            Kind.NEW_FILE,
            lambda found: self.begin(found[0]),
            filters=STUDIES,
            start=first.with_name(f"{first.stem} joined.lusgui"),
            suffix="lusgui",
        )

    def begin(self, target: Path) -> None:
        """Join the studies of the list into a new one; the system has asked about replacing a file."""
        paths, how = self.paths(), OnDifference(self.on_difference.currentData())
        if self._session.unsaved_count and not self._session.retry_saving():
            self._refresh()
            return

        def join(progress: Progress) -> JoinReport:
            return join_studies(paths, target, on_difference=how, overwrite=True, progress=progress)

        self.outcome.setText("")
        self.work.start("Joining", join, self._done, self._failed)
        self._refresh()

    def _done(self, report: JoinReport) -> None:
        self._report = report
        count = report.agreed + report.differing
        lines = [
            f"{report.path.name}: {', '.join(report.readers)}.",
            tr(
                "{alone} masks that one reader alone has; {count} read by several, {agreed} of them the"
                " same in every pixel, {differing} different.",
                alone=report.alone,
                count=count,
                agreed=report.agreed,
                differing=report.differing,
            ),
        ]
        for label, value in report.dice.items():
            lines.append(tr("Mean Dice between readers, {label}: {value:.3f}.", label=label, value=value))
        self.outcome.setText("\n".join([*lines, *(f"{note}." for note in report.notes)]))
        self.join.setText(tr("Open the joined study"))
        self.join.setToolTip(tr("Close this study and go on in the joined one"))
        for control in (self.list, self.add, self.remove, self.on_difference):
            control.setEnabled(False)
        self._refresh()
        self.add.setEnabled(False)

    def _failed(self, text: str) -> None:
        self._refresh()
        if text:
            say(self.warning, text)

    def done(self, result: int) -> None:
        """Stop what runs; half a study is never left behind."""
        self.work.abandon()
        super().done(result)
