"""The card that says what there is to learn from, how the run goes, and whether it got better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.learning.status import IDLE, FinishReason, RunState
from lusgui.ui.learning.chart import LearnChart
from lusgui.ui.learning.parts import command_button, headline, link_button, say
from lusgui.ui.learning.verdict import Verdict
from lusgui.ui.learning.words import (
    Told,
    Tone,
    describe_counted,
    describe_news,
    describe_run,
    describe_verdict,
    new_dice,
    next_step,
)
from lusgui.ui.panels.parts import Card, action_button, hint

if TYPE_CHECKING:
    from lusgui.core.learning.policy import Reviewed
    from lusgui.core.learning.status import LearnStatus
    from lusgui.core.learning.version import ModelVersion
    from lusgui.ui.actions import Actions

BAR_STEPS = 1000


class RunCard(Card):
    """From reviewed frames to a verdict.

    Parameters
    ----------
    actions : Actions
        For the buttons.

    Signals
    -------
    unqueue_asked()
        The run of the present label that waits for another shall not be made.
    """

    unqueue_asked = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__("Learn")
        self.head.addWidget(action_button(actions["learn.guide"]))
        self.status: LearnStatus = IDLE
        self._label = ""
        self._waits = False
        self.count = headline()
        self.count.setAccessibleName(tr("What there is to learn from"))
        self.kinds = hint("")
        self.news = hint("")
        self.news.setAccessibleName(tr("What is new"))
        self.queue = hint("")
        self.start = command_button(actions["learn.start"], primary=True)
        native = QKeySequence.SequenceFormat.NativeText
        self._keys = actions["learn.start"].shortcut().toString(native)
        self.resume = command_button(actions["learn.resume"], "Go on with the interrupted run")
        self.next = hint("")
        self.next.setAccessibleName(tr("What to do next"))
        self.unqueue = link_button(
            tr("Do not wait"), tr("Take this label out of the queue: it is not learnt now")
        )
        self.unqueue.clicked.connect(self.unqueue_asked)
        self.unqueue.hide()
        parts = (
            self.count,
            self.kinds,
            self.news,
            self.start,
            self.queue,
            self.unqueue,
            self.resume,
            self.next,
        )
        for part in parts:
            self.add(part)

        self.running = QWidget()
        column = QVBoxLayout(self.running)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        self.headline = headline()
        self.headline.setAccessibleName(tr("What the run is doing"))
        self.detail = hint("")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the run"))
        self.bar.setTextVisible(False)
        self.buttons = QWidget()
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.stop = command_button(actions["learn.stop"], "Stop and keep")
        self.cancel = command_button(actions["learn.cancel"], "Cancel and discard")
        row.addWidget(self.stop)
        row.addWidget(self.cancel)
        self.verdict = Verdict()
        self.verdict_text = QLabel()
        self.verdict_text.setWordWrap(True)
        self.verdict_text.setAccessibleName(tr("Whether it got better"))
        self.reason = hint("")
        self.how = hint("")
        self.how.setAccessibleName(tr("How it is judged"))
        self.changed = command_button(actions["learn.what_changed"], "What changed…")
        self.back = command_button(actions["learn.roll_back"], "Go back")
        self.use = command_button(actions["learn.use"], "Use it anyway")
        after = QHBoxLayout()
        after.setSpacing(6)
        for button in (self.changed, self.back, self.use):
            after.addWidget(button)
        self.chart = LearnChart()
        for widget in (self.headline, self.detail, self.bar, self.buttons, self.verdict):
            column.addWidget(widget)
        for label in (self.verdict_text, self.reason, self.how):
            column.addWidget(label)
        column.addLayout(after)
        column.addWidget(self.chart)
        self.add(self.running)
        self.show_run(IDLE, "", None)

    def show_counted(
        self, counted: Reviewed, label: str, name: str, *, has_run: bool, can_resume: bool, why_not: str = ""
    ) -> None:
        """Show what there is to learn from.

        Parameters
        ----------
        counted : Reviewed
            What was reviewed.
        label, name : str
            Key and name of the label.
        has_run : bool
            Whether the label was learnt before.
        can_resume : bool
            Whether an interrupted run could go on.
        why_not : str
            Why nothing can be learnt now; empty where it can.
        """
        self._label = label
        told = describe_counted(counted)
        self.count.setText(f"{name}: {told.headline[0].lower()}{told.headline[1:]}")
        say(self.kinds, told.detail)
        news = describe_news(counted, has_run)
        say(self.news, news, Tone.BUSY if has_run and counted.since_last_run else None)
        say(self.next, why_not or next_step(counted, name), Tone.WARNING if why_not else None)
        self.resume.setVisible(can_resume and not self.status.state.is_busy)
        self.start.setText(tr("Learn {name}  ·  {keys}", name=name, keys=self._keys))

    def show_queue(self, names: list[str], *, waits: bool = False) -> None:
        """Show which labels wait for the present run to end, and whether the present one is among them."""
        say(self.queue, tr("Waiting for the run to end: {names}", names=", ".join(names)) if names else "")
        self._waits = waits
        self.unqueue.setVisible(waits)
        self._show_start()

    def show_run(self, status: LearnStatus, name: str, version: ModelVersion | None) -> None:
        """Show how a run goes, or how it ended and what became of its model.

        Parameters
        ----------
        status : LearnStatus
            Of the run.
        name : str
            Of what is learnt.
        version : ModelVersion or None
            What came of it, once it ended.
        """
        self.status = status
        state = status.state
        is_busy = state.is_busy
        told = describe_run(status, name)
        verdict = None if version is None or is_busy else describe_verdict(version, name)
        self.running.setVisible(state is not RunState.IDLE or verdict is not None)
        is_told = verdict is None or told.tone in (Tone.BAD, Tone.WARNING)
        self._tell(told if is_told else Told(""))
        self.bar.setVisible(is_busy)
        share = status.share if status.phase == "learning" and state is RunState.RUNNING else None
        self.bar.setRange(0, 0 if share is None else BAR_STEPS)
        self.bar.setValue(0 if share is None else round(share * BAR_STEPS))
        self.buttons.setVisible(is_busy)
        if is_busy:
            self.resume.hide()
        self._show_start()
        self._show_verdict(status, version, verdict)
        has_curve = bool(status.dice_curve or status.loss_curve or status.active_dice is not None)
        self.chart.setVisible(has_curve and status.reason is not FinishReason.CANCELLED)
        self.chart.show_status(status)

    def _show_start(self) -> None:
        """Offer to learn where that can be done now, or after the run of another label."""
        is_learnt = self.status.state.is_busy and self._label in self.status.labels
        self.start.setVisible(not is_learnt and not self._waits)
        for widget in (self.next, self.news):
            widget.setVisible(not is_learnt and bool(widget.text()))

    def _tell(self, told: Told) -> None:
        say(self.headline, told.headline, told.tone if told.tone in (Tone.BAD, Tone.WARNING) else None)
        say(self.detail, told.detail)

    def _show_verdict(self, status: LearnStatus, version: ModelVersion | None, verdict: Told | None) -> None:
        is_busy = status.state.is_busy
        before, after = status.active_dice, new_dice(status)
        captions = ("in use", "so far")
        if verdict is not None and version is not None:
            before, after = version.dice_before, version.dice
            captions = ("before" if version.is_active else "in use", "new")
        self.verdict.setVisible((is_busy or verdict is not None) and (before, after) != (None, None))
        self.verdict.show_dice(before, after, captions, is_final=not is_busy)
        told = verdict or Told("")
        say(self.verdict_text, told.headline, told.tone)
        say(self.reason, told.detail)
        say(self.how, status.held_out_how if is_busy or verdict is not None else "")
        is_over = verdict is not None and version is not None
        self.changed.setVisible(is_over)
        self.back.setVisible(is_over and version is not None and version.is_active)
        self.use.setVisible(is_over and version is not None and not version.is_active)

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.chart.apply_theme()
        self.verdict.update()

    def close_panel(self) -> None:
        """Draw no more."""
        self.chart.stop()
