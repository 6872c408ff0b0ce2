"""The worklist: which frames are to be done, how far one is, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.panels.parts import Card, action_button, hint
from lusgui.ui.panels.queue import QueueCard

if TYPE_CHECKING:
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions


class WorklistPanel(QWidget):
    """Draw a worklist and see its progress by recording.

    Parameters
    ----------
    session : Session
        Whose worklist.
    actions : Actions
        For next and segment.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._draw_card())
        layout.addWidget(self._progress_card(actions))
        self.queue = QueueCard(session, actions)
        layout.addWidget(self.queue)
        layout.addStretch(1)
        self._later = Later(self._refresh, self)
        self._bindings = Bindings()
        for signal in (session.study_changed, session.worklist_changed, session.recordings_changed):
            self._bindings.connect(signal, self._later)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self.queue.close_panel()
        self._bindings.disconnect()
        self._later.stop()

    def _draw_card(self) -> Card:
        card = Card("Which frames")
        self.at_random = QRadioButton("At random:")
        self.at_random.setToolTip(tr("Frames drawn at random, spread over the recordings"))
        self.at_random.setChecked(True)
        self.count = _number(1, 100_000, 100, "Number of frames", "How many frames in all")
        self.count.setSuffix(tr(" frames"))
        card.add_row(self.at_random, self.count, None)
        self.seed = _number(0, 999_999, 0, "Seed", "The same seed and recordings give the same frames")
        card.add_row("       Seed", self.seed, None, label_width=102)
        self.regular = QRadioButton("Every:")
        self.regular.setToolTip(tr("Every k-th frame of each recording"))
        self.every = _number(1, 10_000, 10, "Every k-th frame", "Distance between the frames taken")
        self.every.setSuffix(tr(" frames"))
        card.add_row(self.regular, self.every, None)
        for radio in (self.at_random, self.regular):
            radio.setMinimumWidth(max(102, radio.minimumSizeHint().width()))
        self.draw = QPushButton("Draw the worklist")
        self.draw.setToolTip(tr("Replaces the worklist; nothing drawn is lost"))
        self.draw.clicked.connect(self._draw_clicked)
        card.add(self.draw)
        return card

    def _progress_card(self, actions: Actions) -> Card:
        card = Card("Progress")
        self.total = QLabel()
        self.total.setObjectName("big")
        self.left = QLabel()
        self.left.setObjectName("dim")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the worklist"))
        card.add(self.total)
        card.add(self.left)
        card.add(self.bar)
        holder = QWidget()
        self._grid = QGridLayout(holder)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setColumnStretch(0, 1)
        card.add(holder)
        self.empty = hint(
            tr(
                "No worklist yet. Draw one above: lusgui then takes you from frame to frame"
                " ({key:learn.next}, or {key:frame.accept_next} to accept and go on) and remembers where"
                " you stopped."
            )
        )
        card.add(self.empty)
        card.add(action_button(actions["worklist.next"], text=True))
        card.add(action_button(actions["model.segment_worklist"], text=True))
        self.clear = QPushButton("Clear the worklist")
        self.clear.setToolTip(tr("Forget which frames were drawn; masks and statuses stay"))
        self.clear.clicked.connect(self._session.clear_worklist)
        card.add(self.clear)
        return card

    def _draw_clicked(self) -> None:
        if self.at_random.isChecked():
            self._session.draw_worklist(self.count.value(), seed=self.seed.value())
        else:
            self._session.draw_worklist(every=self.every.value())

    def _refresh(self) -> None:
        session = self._session
        has_recordings = bool(session.recording_rows())
        self.draw.setEnabled(has_recordings and not session.is_read_only)
        progress = session.progress_of_worklist()
        self.empty.setVisible(progress.total == 0)
        for widget in (self.bar, self.total, self.left, self.clear):
            widget.setVisible(progress.total > 0)
        self.total.setText(tr("{done} of {total} frames", done=progress.done, total=progress.total))
        left = progress.total - progress.done
        self.left.setText(tr("all done") if left == 0 else tr("{left} left", left=left))
        self.bar.setRange(0, max(progress.total, 1))
        self.bar.setValue(progress.done)
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for line, (recording_id, (done, total)) in enumerate(progress.per_recording.items()):
            row = session.row(recording_id)
            name = QLabel(
                row.name if row is not None else tr("recording {recording_id}", recording_id=recording_id)
            )
            name.setObjectName("dim")
            name.setMinimumWidth(40)
            name.setToolTip(name.text())
            bar = QProgressBar()
            bar.setRange(0, total)
            bar.setValue(done)
            bar.setFixedWidth(80)
            number = QLabel(f"{done}/{total}")
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(name, line, 0)
            self._grid.addWidget(bar, line, 1)
            self._grid.addWidget(number, line, 2)


def _number(low: int, high: int, value: int, name: str, tooltip: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setAccessibleName(name)
    box.setToolTip(tooltip)
    box.setFixedWidth(124)
    return box
