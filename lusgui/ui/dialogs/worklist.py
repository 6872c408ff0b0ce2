"""Draw a worklist: which frames, from which recordings, with the counts before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QRadioButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.session.worklist import draw_every, draw_random
from lusgui.ui.dialogs.frame import Frame, dim, say, tidy_table, warning_label

if TYPE_CHECKING:
    from lusgui.session.session import Session

ID_ROLE = Qt.ItemDataRole.UserRole


def number_box(low: int, high: int, value: int, name: str, tooltip: str, suffix: str = "") -> QSpinBox:
    """Return a box for a whole number."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(tr(suffix))
    box.setAccessibleName(tr(name))
    box.setToolTip(tr(tooltip))
    box.setMinimumWidth(130)
    return box


class WorklistDialog(Frame):
    """Asks which frames are to be worked on.

    Parameters
    ----------
    session : Session
        Whose worklist.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(
            "Draw a worklist",
            "Pick the frames to be done; {key:learn.next} then takes you from one to the next.",
            "worklist",
            parent,
        )
        self.resize(560, 560)
        self._session = session
        self._rows = session.recording_rows()
        total = sum(row.frames for row in self._rows)
        self.random = QRadioButton("At random, in all")
        self.random.setToolTip(tr("Spread over the recordings as evenly as their lengths allow"))
        self.count = number_box(
            1,
            max(total, 1),
            min(10 * max(len(self._rows), 1), max(total, 1)),
            "Frames",
            "How many in all",
            " frames",
        )
        self.seed = number_box(0, 999_999, 0, "Seed", "The same seed and recordings give the same frames")
        self.every = QRadioButton("Regularly, every")
        self.every.setToolTip(tr("Beginning with the first frame of each recording"))
        self.step = number_box(1, 100_000, 10, "Every how many", "1 takes every frame", " frames")
        self.random.setChecked(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.addWidget(self.random, 0, 0)
        grid.addWidget(self.count, 0, 1)
        seed_label = dim(tr("   seed"))
        grid.addWidget(seed_label, 1, 0, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.seed, 1, 1)
        grid.addWidget(self.every, 2, 0)
        grid.addWidget(self.step, 2, 1)
        grid.setColumnStretch(2, 1)
        self.body.addLayout(grid)
        self.table = QTableWidget(len(self._rows), 3)
        self.table.setHorizontalHeaderLabels([tr("Recording"), tr("Frames"), tr("Drawn")])
        tidy_table(self.table, 0)
        self.table.setAccessibleName(tr("Recordings to draw from"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for line, row in enumerate(self._rows):
            name = QTableWidgetItem(row.name)
            name.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
            )
            name.setCheckState(Qt.CheckState.Unchecked if row.missing else Qt.CheckState.Checked)
            name.setData(ID_ROLE, row.id)
            name.setToolTip(tr("Space switches a recording on or off"))
            self.table.setItem(line, 0, name)
            for column, text in ((1, str(row.frames)), (2, "")):
                item = QTableWidgetItem(tr(text))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(line, column, item)
        self.table.itemChanged.connect(self._refresh)
        self.body.addWidget(self.table, 1)
        self.keep = QCheckBox("Keep the present worklist and add to it")
        self.keep.setToolTip(tr("Otherwise the new one takes its place; nothing drawn is lost either way"))
        self.keep.setVisible(bool(session.worklist))
        self.body.addWidget(self.keep)
        self.total = dim()
        self.body.addWidget(self.total)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.add_close("Cancel")
        self.draw = self.add_primary(tr("Draw"), self._draw, tr("Make this the worklist"))
        for button in (self.random, self.every, self.keep):
            button.toggled.connect(self._refresh)
        for box in (self.count, self.seed, self.step):
            box.valueChanged.connect(self._refresh)
        self._refresh()
        self.count.setFocus()

    def chosen(self) -> list[int]:
        """Return the recordings that are switched on."""
        items = [self.table.item(line, 0) for line in range(self.table.rowCount())]
        is_on = Qt.CheckState.Checked
        return [int(item.data(ID_ROLE)) for item in items if item is not None and item.checkState() == is_on]

    def preview(self) -> list[tuple[int, int]]:
        """Return the frames that would be drawn."""
        ids = self.chosen()
        frames = {row.id: range(row.frames) for row in self._rows if row.id in ids}
        if self.random.isChecked():
            return draw_random(frames, self.count.value(), self.seed.value())
        return draw_every(frames, self.step.value())

    def _refresh(self, *_: object) -> None:
        is_random = self.random.isChecked()
        self.count.setEnabled(is_random)
        self.seed.setEnabled(is_random)
        self.step.setEnabled(not is_random)
        frames = self.preview()
        per_recording = {row.id: 0 for row in self._rows}
        for recording_id, _frame in frames:
            per_recording[recording_id] += 1
        self.table.blockSignals(True)
        for line, row in enumerate(self._rows):
            item = self.table.item(line, 2)
            if item is not None:
                item.setText(str(per_recording[row.id] or "–"))
        self.table.blockSignals(False)
        merged = set(frames) | (set(self._session.worklist) if self.keep.isChecked() else set())
        done = sum(self._session.is_done(*place) for place in merged)
        text = tr(
            "{count} frames in {count2} recordings",
            count=len(merged),
            count2=len({place[0] for place in merged}),
        )
        self.total.setText(
            tr("{words}, {done} of them done already.", words=text, done=done) if done else f"{text}."
        )
        self.draw.setEnabled(bool(frames) and not self._session.is_read_only)
        if self._session.is_read_only:
            say(self.warning, tr("The study is open for reading only."))
        elif not self._rows:
            say(self.warning, tr("Open some recordings first."))
        else:
            say(self.warning, "" if frames else tr("Switch at least one recording on."))

    def _draw(self) -> None:
        ids, keep = self.chosen(), self.keep.isChecked()
        if self.random.isChecked():
            drawn = self._session.draw_worklist(
                self.count.value(), seed=self.seed.value(), recordings=ids, keep=keep
            )
        else:
            drawn = self._session.draw_worklist(every=self.step.value(), recordings=ids, keep=keep)
        if drawn:
            self.accept()
