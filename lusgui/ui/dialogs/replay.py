"""Watch how a mask came about, stroke by stroke; a former state can be had back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QPushButton, QSlider, QWidget

from lusgui.base.translate import tr
from lusgui.core.geometry import bounding_box
from lusgui.ui.dialogs.frame import Frame
from lusgui.ui.panels.statuses import STATUS_LOOKS
from lusgui.ui.review.notes_card import local_time
from lusgui.ui.review.reader_pane import ReaderPane, close_up

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.core.replay import Replay, ReplayStep
    from lusgui.session.session import Session

STEP_MS = 500
"""How long a stroke is shown."""

SHORTEST_MS, WHOLE_MS = 40, 20_000
"""A long history is shown faster, so that all of it takes this long at most."""


class ReplayDialog(Frame):
    """Plays the strokes of one frame and label.

    Parameters
    ----------
    session : Session
        Whose mask.
    key : PlaneKey
        Which frame and label.
    replay : Replay
        Its strokes.
    gray : (H, W) float32 ndarray or None
        The frame, in [0, 1], as far as it is on screen.
    parent : QWidget or None
        The window.
    """

    def __init__(
        self,
        session: Session,
        key: PlaneKey,
        replay: Replay,
        gray: NDArray[np.float32] | None,
        parent: QWidget | None = None,
    ) -> None:
        label = session.label(key.label)
        name = key.label if label is None else label.name
        super().__init__(
            tr("{name}, frame {frame}, stroke by stroke", name=name, frame=key.frame + 1),
            "How the mask came about. Nothing changes by looking.",
            "replay",
            parent,
        )
        self.resize(820, 560)
        self.setObjectName("replay")
        self._session, self._key, self._replay, self._gray = session, key, replay, gray
        row = session.row(key.recording_id)
        self._spacing = None if row is None else row.spacing_mm
        self.pane = ReaderPane("#E69F00" if label is None else label.color)
        self.pane.setCursor(Qt.CursorShape.ArrowCursor)
        self.pane.setAccessibleName(tr("The mask after the chosen stroke"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Strokes"))
        self.list.setToolTip(
            tr("Every edit in force, the first one on top; choose one to see the mask after it")
        )
        self.list.addItem(tr("0  Nothing drawn yet"))
        for number, step in enumerate(replay.steps, start=1):
            self.list.addItem(self._line(number, step))
        both = QHBoxLayout()
        both.addWidget(self.pane, 3)
        both.addWidget(self.list, 2)
        self.body.addLayout(both, 1)
        self.play = QPushButton("Play")
        self.play.setAutoDefault(False)
        self.play.setToolTip(tr("Show the strokes one after another (Space)"))
        self.play.setShortcut("Space")
        self.play.clicked.connect(self._toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(replay))
        self.slider.setAccessibleName(tr("Stroke"))
        self.slider.setToolTip(tr("Which stroke; the arrow keys go one on or back"))
        self.text = QLabel()
        self.text.setAccessibleName(tr("The chosen stroke"))
        line = QHBoxLayout()
        line.addWidget(self.play)
        line.addWidget(self.slider, 1)
        self.body.addLayout(line)
        self.body.addWidget(self.text)
        self._timer = QTimer(self)
        self._timer.setInterval(min(max(WHOLE_MS // max(len(replay), 1), SHORTEST_MS), STEP_MS))
        self._timer.timeout.connect(self._advance)
        self.slider.valueChanged.connect(self._show)
        self.list.currentRowChanged.connect(self.slider.setValue)
        self.back = self.add_button(
            tr("Go back to this state"),
            self._go_back,
            tr("Make the mask what it was after this stroke, as one edit that {key:edit.undo} takes back"),
        )
        self.add_close()
        self.slider.setValue(len(replay))
        self._show(len(replay))
        self.slider.setFocus()

    @property
    def is_playing(self) -> bool:
        """Whether strokes follow one another."""
        return self._timer.isActive()

    def done(self, result: int) -> None:
        """Stop playing and close."""
        self._timer.stop()
        super().done(result)

    def _line(self, number: int, step: ReplayStep) -> str:
        gained, lost = self._replay.gained_and_lost(number)
        parts = [f"+{gained}" * bool(gained), f"−{lost}" * bool(lost)]
        change = " ".join(part for part in parts if part)
        said = "" if step.status is None else STATUS_LOOKS[step.status].title
        details = ", ".join(
            part for part in (tr("{change} px", change=change) * bool(change), said, step.rater) if part
        )
        return f"{number}  {step.name}: {details}" if details else f"{number}  {step.name}"

    def _toggle(self) -> None:
        if self.is_playing:
            self._timer.stop()
        elif len(self._replay):
            if self.slider.value() == self.slider.maximum():
                self.slider.setValue(0)
            self._timer.start()
        self.play.setText(tr("Pause") if self.is_playing else tr("Play"))

    def _advance(self) -> None:
        self.slider.setValue(self.slider.value() + 1)
        if self.slider.value() == self.slider.maximum():
            self._timer.stop()
            self.play.setText(tr("Play"))

    def _show(self, count: int) -> None:
        mask = self._replay.mask_after(count)
        before = self._replay.mask_after(count - 1) if count else mask
        gray = self._gray if self._gray is not None and self._gray.shape == mask.shape else None
        seen = close_up(self._replay.ever_drawn[None])
        self.pane.show_reading(gray, mask, mask & ~before, seen, self._spacing)
        if self.list.currentRow() != count:
            self.list.setCurrentRow(count)
        if count:
            step = self._replay.steps[count - 1]
            self.text.setText(
                tr(
                    "{count} of {count2}: {name}, {at}, {rater} ({source})",
                    count=count,
                    count2=len(self._replay),
                    name=step.name,
                    at=local_time(step.at),
                    rater=step.rater or "no name",
                    source=step.source,
                )
            )
        else:
            self.text.setText(tr("Before the first stroke"))
        self.text.setEnabled(bool(count))
        is_other = bounding_box(mask ^ self._session.mask(self._key))
        self.back.setEnabled(not is_other.is_empty and not self._session.is_read_only)

    def _go_back(self) -> None:
        count = self.slider.value()
        name = tr("Back to stroke {count}", count=count) if count else "Back to the beginning"
        if self._session.push_masks(name, {self._key: self._replay.mask_after(count)}, "replay"):
            self.accept()
