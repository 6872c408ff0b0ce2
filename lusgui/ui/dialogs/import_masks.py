"""Bring masks in that were drawn elsewhere: the pairing is shown, and can be changed, before anything is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from lusgui.base.translate import tr, trn
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.label import with_known_labels
from lusgui.ui import theme
from lusgui.ui.dialogs.choose import MASKS, Kind, choose
from lusgui.ui.dialogs.frame import Frame, dim, say, tidy_table, warning_label
from lusgui.ui.dialogs.import_rows import ImportRow, change, check, targets_of
from lusgui.ui.dialogs.work_line import WorkLine
from lusgui.ui.panels.parts import tidy_number_boxes

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.progress import Progress
    from lusgui.io.masks_in import Pairing
    from lusgui.session.session import Session
    from lusgui.ui.dialogs.work_line import Jobs

COLUMNS = ("File", "Masks", "Recording", "First frame", "Label", "")
Plane = tuple[int, int, str]
"""(index of the recording, frame, label key)."""
REPLACE, ADD, LEAVE = "replace", "add", "leave"


class ImportMasksDialog(Frame):
    """Asks for mask files, shows what belongs where, and imports them as one edit.

    Parameters
    ----------
    session : Session
        Whose study.
    jobs : Jobs
        Where files are read.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(
            "Import masks",
            "TIFF, PNG, MAT or COCO. Nothing changes until you have seen what goes where.",
            "import",
            parent,
        )
        self.resize(1080, 560)
        self._session = session
        self._ids, self._targets = targets_of(session)
        self._labels = with_known_labels(session.labels)
        self.rows: list[ImportRow] = []
        row = QHBoxLayout()
        for text, tooltip, act in (
            ("Choose files…", "One or several mask files", self._choose_files),
            ("Choose folder…", "Every mask file in a folder", self._choose_folder),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.setToolTip(tooltip)
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(QLabel("Where something is drawn already:"))
        self.policy = QComboBox()
        for key, text in ((REPLACE, "replace it"), (ADD, "add to it"), (LEAVE, "leave it as it is")):
            self.policy.addItem(tr(text), key)
        self.policy.setAccessibleName(tr("Where something is drawn already"))
        self.policy.setToolTip(tr("One undo takes the whole import back"))
        row.addWidget(self.policy)
        self.body.addLayout(row)
        self.table = self._make_table()
        self.body.addWidget(self.table, 1)
        self.empty = dim(
            tr("No files chosen yet. Masks are taken pixel for pixel: they must have the size of the frames.")
        )
        self.body.addWidget(self.empty)
        self.state = dim()
        self.body.addWidget(self.state)
        self.warning = warning_label("The study is open for reading only." if session.is_read_only else "")
        self.body.addWidget(self.warning)
        self.work = WorkLine(jobs)
        self.body.addWidget(self.work)
        self.add_close("Cancel")
        self.apply = self.add_primary(
            tr("Import"), self._import, tr("As one edit: one {key:edit.undo} takes it back")
        )
        self.finished.connect(lambda _result: self.work.abandon())
        self._refresh()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(COLUMNS))
        table.setHorizontalHeaderLabels(list(map(tr, COLUMNS)))
        tidy_table(table, 5)
        table.verticalHeader().setDefaultSectionSize(40)
        table.setWordWrap(True)
        table.setAccessibleName(tr("What goes where"))
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for column, width in ((0, 230), (1, 110), (2, 180), (3, 104), (4, 150)):
            table.setColumnWidth(column, width)
        table.itemChanged.connect(self._ticked)
        return table

    # files

    def _choose_files(self) -> None:
        choose(self, tr("Mask files"), Kind.FILES, self.read, filters=MASKS, start=self._folder())

    def _choose_folder(self) -> None:
        choose(self, tr("Folder of masks"), Kind.FOLDER, self.read, start=self._folder())

    def _folder(self) -> Path | None:
        return self._session.study_path.parent if self._session.study_path is not None else None

    def read(self, paths: list[Path]) -> None:
        """Look at files and show what belongs where."""
        say(self.warning, "")
        targets, labels = list(self._targets), self._labels

        def look(progress: Progress) -> list[Pairing]:
            from lusgui.io.masks_in import preview_pairing

            return preview_pairing(paths, targets, labels, None, progress)

        self.work.start(tr("Looking at the files"), look, self._show, self._failed)

    def _failed(self, text: str) -> None:
        say(self.warning, text or tr("Stopped. Nothing was changed."))
        self._refresh()

    def _show(self, pairings: list[Pairing]) -> None:
        own = {row.path for row in self._session.recording_rows()}  # recordings are no masks of themselves
        rows = [ImportRow(pairing, pairing) for pairing in pairings if pairing.path.absolute() not in own]
        self.rows = check(rows, self._targets)
        self._fill()
        if not rows:
            say(self.warning, tr("There is no mask file in that folder."))

    # the table

    def _fill(self) -> None:
        self.table.blockSignals(True)
        self.table.setRowCount(len(self.rows))
        for line, row in enumerate(self.rows):
            part = f"  ·  {row.pairing.part}" if row.pairing.part else ""
            name = QTableWidgetItem(f"{row.pairing.path.name}{part}")
            name.setToolTip(str(row.pairing.path))
            name.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
            )
            name.setCheckState(Qt.CheckState.Checked if row.is_wanted else Qt.CheckState.Unchecked)
            self.table.setItem(line, 0, name)
            group = row.pairing.group
            count = "–" if group is None else f"{group.shape[0]} ({group.shape[1]}×{group.shape[2]})"
            self.table.setItem(line, 1, QTableWidgetItem(count))
            if group is not None:
                self._add_editors(line, row)
            self.table.setItem(line, 5, QTableWidgetItem())
        tidy_number_boxes(self.table)
        self.table.blockSignals(False)
        self._refresh()

    def _add_editors(self, line: int, row: ImportRow) -> None:
        recording = QComboBox()
        recording.addItem(tr("choose…"), None)
        for index, target in enumerate(self._targets):
            recording.addItem(target.name, index)
        recording.setCurrentIndex(recording.findData(row.pairing.recording_index))
        recording.setAccessibleName(tr("Recording of line {line}", line=line + 1))
        recording.setToolTip(row.pairing.reason or tr("Which recording it belongs to"))
        recording.currentIndexChanged.connect(
            lambda _index, box=recording: self._change(line, recording=box.currentData())
        )
        first = QSpinBox()
        first.setRange(0, max((target.shape[0] for target in self._targets), default=1))
        first.setSpecialValueText(tr("as stated") if row.pairing.frames else tr("choose…"))
        first.setValue(0 if row.first_frame is None else row.first_frame + 1)
        first.setKeyboardTracking(True)  # Import is off until a frame is said: it must not wait for Return
        first.setAccessibleName(tr("First frame of line {line}", line=line + 1))
        first.setToolTip(tr("Frame of the first mask, counted from 1; the others follow"))
        first.valueChanged.connect(lambda value: self._change(line, first_frame=value - 1) if value else None)
        label = QComboBox()
        label.addItem(tr("choose…"), None)
        for one in self._labels:
            label.addItem(one.name, one.key)
        label.setCurrentIndex(max(label.findData(row.pairing.label), 0))
        label.setAccessibleName(tr("Label of line {line}", line=line + 1))
        label.setToolTip(tr("What it is a mask of"))
        label.currentIndexChanged.connect(
            lambda _index, box=label: self._change(line, label=box.currentData())
        )
        for column, box in ((2, recording), (3, first), (4, label)):
            box.setFixedHeight(30)
            holder = QWidget()
            middle = QHBoxLayout(holder)
            middle.setContentsMargins(0, 3, 8, 3)
            middle.addWidget(box)
            self.table.setCellWidget(line, column, holder)

    def _change(self, line: int, **chosen: Any) -> None:  # noqa: ANN401
        self.rows[line] = change(self.rows[line], self._targets, **chosen)
        self._recheck()

    def _ticked(self, item: QTableWidgetItem) -> None:
        if item.column() == 0 and item.row() < len(self.rows):
            is_wanted = item.checkState() == Qt.CheckState.Checked
            self.rows[item.row()] = replace(self.rows[item.row()], is_wanted=is_wanted)
            self._recheck()

    def _recheck(self) -> None:
        self.rows = check(self.rows, self._targets)
        self._refresh()

    def _refresh(self) -> None:
        palette = theme.current()
        self.table.blockSignals(True)
        for line, row in enumerate(self.rows):
            text = row.pairing.problem or row.pairing.reason.capitalize()
            item = self.table.item(line, 5)
            if item is None:
                continue
            item.setText(text if row.is_wanted else tr("Left out"))
            item.setToolTip(text)
            is_bad = row.is_wanted and row.pairing.problem is not None
            item.setData(
                Qt.ItemDataRole.ForegroundRole, theme_color(palette.warning if is_bad else palette.dim)
            )
            icon = "warning" if is_bad else "accept"
            item.setIcon(
                theme.icon(icon, palette.warning if is_bad else palette.good)
                if row.is_wanted
                else theme.icon("minus")
            )
        self.table.resizeRowsToContents()
        self.table.blockSignals(False)
        ready = [row for row in self.rows if row.is_ready]
        masks = sum(len(row.pairing.frames) for row in ready)
        left = sum(row.is_wanted and not row.is_ready for row in self.rows)
        self.empty.setVisible(not self.rows)
        problems = " " + trn("{count} needs a look.", "{count} need a look.", left) if left else ""
        self.state.setText(
            tr("{masks} will be imported.{problems}", masks=_masks(masks), problems=problems)
            if self.rows
            else ""
        )
        self.apply.setText(tr("Import {masks}", masks=_masks(masks)) if masks else tr("Import"))
        self.apply.setEnabled(masks > 0 and not self._session.is_read_only and not self.work.is_busy)

    # the import

    def _import(self) -> None:
        chosen = [row.pairing for row in self.rows if row.is_ready]

        def read(progress: Progress) -> Any:  # noqa: ANN401
            from lusgui.io.masks_in import read_masks, stated_statuses

            return read_masks(chosen, progress), stated_statuses(chosen)

        self.apply.setEnabled(False)
        self.table.setEnabled(False)
        self.work.start("Reading the masks", read, self._push, self._not_read)

    def _not_read(self, text: str) -> None:
        self.table.setEnabled(True)
        self._failed(text)

    def _push(self, read: tuple[dict[Plane, Any], dict[Plane, Status]]) -> None:
        self.table.setEnabled(True)
        session, policy = self._session, self.policy.currentData()
        masks, statuses = {}, {}
        for (index, frame, label), mask in read[0].items():
            key = PlaneKey(self._ids[index], frame, label)
            before, stated = session.status(key), read[1].get((index, frame, label))
            if policy == LEAVE and before is not Status.UNTOUCHED:
                continue
            if stated is None and not mask.any() and not session.mask(key).any():
                continue  # an empty mask of another program does not say that somebody looked
            masks[key] = mask
            statuses[key] = stated or Status.EDITED
        for label_key in dict.fromkeys(key.label for key in masks):
            if session.ensure_label(label_key) is None:
                return
        if not masks:
            say(self.warning, tr("Nothing was changed: there is nothing new in these files."))
            self._refresh()
            return
        files = {row.pairing.path.name for row in self.rows if row.is_ready}
        source = f"import:{next(iter(files))}" if len(files) == 1 else f"import:{len(files)} files"
        if self._session.push_masks(
            f"Import of {_masks(len(masks))}", masks, source, policy != ADD, statuses
        ):
            first = min(masks)
            self._session.go_to(first.recording_id, first.frame)
            self._session.view.label = first.label
            self.accept()
        else:
            say(self.warning, tr("The study holds these masks already, so nothing was changed."))
            self._refresh()

    def reject(self) -> None:
        """Stop the work first; the dialog closes at the second time."""
        if self.work.is_busy:
            self.work.cancel()
        else:
            super().reject()


def theme_color(name: str) -> Any:  # noqa: ANN401 - QBrush, which tables want
    """Return a brush of a colour of the theme."""
    from PySide6.QtGui import QBrush, QColor

    return QBrush(QColor(name))


def _masks(count: int) -> str:
    return trn("{count} mask", "{count} masks", count)
