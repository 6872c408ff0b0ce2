"""The page on learning: what there is to learn, how the run goes, what came of it, what to draw next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lusgui.core.learning.status import IDLE, FinishReason, LearnStatus, RunState
from lusgui.core.learning.version import VersionState
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.learning.details_card import DetailsCard
from lusgui.ui.learning.run_card import RunCard
from lusgui.ui.learning.settings_card import SettingsCard
from lusgui.ui.learning.suggestions_card import SuggestionsCard
from lusgui.ui.learning.versions_card import DEFAULT, VersionsCard
from lusgui.ui.learning.words import listed

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from lusgui.core.learning.policy import LearnPolicy
    from lusgui.core.learning.version import ModelVersion
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.services import Services

COUNT_MS = 250
"""What is reviewed is counted this long after a stroke: nobody waits for it."""


class LearningPanel(QWidget):
    """Cards on learning; looks at the study only while it is seen.

    Parameters
    ----------
    session : Session
        What is learnt from.
    actions : Actions
        For the buttons.
    services : Services
        For the queue of runs.

    Signals
    -------
    changes_asked(int)
        What a version changed shall be shown.
    """

    changes_asked = Signal(int)

    def __init__(self, session: Session, actions: Actions, services: Services) -> None:
        super().__init__()
        self._session = session
        self._services = services
        self._past: tuple[int, LearnStatus] = (0, IDLE)
        self._is_busy = False
        self._pictured: tuple[int, bool] = (0, False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.run = RunCard(actions)
        self.suggestions = SuggestionsCard(actions)
        self.versions = VersionsCard()
        self.settings = SettingsCard()
        self.details = DetailsCard()
        for card in (self.run, self.suggestions, self.versions, self.settings, self.details):
            layout.addWidget(card)
        layout.addStretch(1)
        self.run.unqueue_asked.connect(self._unqueue)
        self.suggestions.frame_asked.connect(session.go_to)
        self.versions.use_asked.connect(self._use)
        self.versions.changes_asked.connect(self.changes_asked)
        self.settings.policy_changed.connect(self._keep_policy)
        self._count_later = Later(self._count, self, COUNT_MS)
        self._suggest_later = Later(self._suggest, self)
        self._all_later = Later(self.refresh, self)
        self._bindings = Bindings()
        bind = self._bindings.connect
        for signal in (session.history_changed, session.status_changed, session.marks_changed):
            bind(signal, self._count_later)
        for signal in (session.frame_changed, session.suggestions_changed, session.status_changed):
            bind(signal, self._suggest_later)
        for signal in (
            session.study_changed,
            session.labels_changed,
            session.recordings_changed,
            session.versions_changed,
            session.save_state_changed,
            session.view.events.label,
        ):
            bind(signal, self._all_later)
        bind(session.learn_status_changed, self.show_status)
        services.learning.queue_changed.connect(self._show_queue)
        self.refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._services.learning.queue_changed.disconnect(self._show_queue)
        for later in (self._count_later, self._suggest_later, self._all_later):
            later.stop()
        self.run.close_panel()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self.run.apply_theme()
        for card in (self.versions, self.settings, self.details):
            card.apply_theme()
        self.refresh()

    def name_of(self, label: str) -> str:
        """Return what people read for a label."""
        known = self._session.label(label)
        return label if known is None else known.name

    def refresh(self) -> None:
        """Show everything anew."""
        self._count()
        self._suggest()
        session = self._session
        can_change = session.is_open and not session.is_read_only
        self.settings.show_policy(session.learning.policy, can_change=can_change)
        self.settings.show_labels(
            [label for label in session.labels if label.key != "ignore"], session.view.label
        )
        self._show_versions(can_change)
        self.show_status(session.learning.status)
        self._show_queue(self._services.learning.queue)

    def show_status(self, status: LearnStatus) -> None:
        """Show a run, or the newest model of the present label where none goes."""
        if not self.isVisible():
            return  # a run tells ten times a second, and the window has a canvas to draw
        if status.state.is_busy != self._is_busy:
            self._is_busy = status.state.is_busy
            self._suggest_later()
        label = self._session.view.label
        # of a run that was thrown away nothing is left to be shown, if there is anything else
        is_gone = status.reason is FinishReason.CANCELLED and self.newest(label) is not None
        is_over = status.state is RunState.FINISHED and label in status.labels and not is_gone
        if status.state.is_busy or is_over:
            version = None if status.state.is_busy else self.version_of(status.run_id, label)
            self.run.show_run(status, listed(map(self.name_of, status.labels)), version)
            self._offer_changes(version)
            self.details.show_status(status)
            return
        newest = self.newest(label)
        past = IDLE if newest is None else self._recall(newest)
        self.run.show_run(past, self.name_of(label), newest)
        self._offer_changes(newest)
        self.details.show_status(past)

    def _offer_changes(self, version: ModelVersion | None) -> None:
        """Offer pictures of what a version changed, where it left some."""
        if version is not None and self._pictured[0] != version.id:
            self._pictured = (version.id, self._session.models.changes(version) is not None)
        if version is not None and not self._pictured[1]:
            self.run.changed.hide()

    def newest(self, label: str) -> ModelVersion | None:
        """Return the newest model of a label, or None."""
        return next(iter(self._session.models.versions(label)), None)

    def version_of(self, run_id: int, label: str) -> ModelVersion | None:
        """Return what a run made for a label, or None."""
        versions = self._session.models.versions(label)
        return next((one for one in versions if run_id and one.run_id == run_id), None)

    def _recall(self, version: ModelVersion) -> LearnStatus:
        """Return the course of the run that made a version, as its result tells it."""
        if self._past[0] != version.id:
            result = self._session.models.result(version)
            past = IDLE
            if result is not None:
                curve = result.curve
                past = LearnStatus(
                    run_id=version.run_id,
                    labels=(version.label,),
                    steps=max((step for step, _l, _d in curve), default=0),
                    step=max((step for step, _l, _d in curve), default=0),
                    loss_curve=tuple((step, loss) for step, loss, _d in curve if loss is not None),
                    dice_curve=tuple((step, dice) for step, _l, dice in curve if dice is not None),
                    active_dice=version.dice_before,
                    candidate_dice=version.dice,
                    images_per_s=result.images_per_s,
                    memory_mb=result.peak_memory_mb,
                    device=result.device,
                    strategy=result.strategy,
                    held_out_how=result.held_out_how,
                    held_out_kind=result.held_out_kind,
                    held_out_frames=len(result.held_out),
                    frames=result.frames,
                    seconds=result.seconds,
                    log=result.notes,
                )
            self._past = (version.id, past)
        return self._past[1]

    def _count(self) -> None:
        if not self.isVisible():
            return
        session = self._session
        label = session.view.label
        learning = session.learning
        why_not = ""
        if not session.is_open:
            why_not = "Open a recording first."
        elif session.is_read_only:
            why_not = "This study is open for reading only: save a copy to learn from it."
        self.run.show_counted(
            learning.count(label),
            label,
            self.name_of(label),
            has_run=any(label in run.labels for run in learning.runs()),
            can_resume=not learning.status.state.is_busy and learning.resumable() is not None,
            why_not=why_not,
        )
        self._advise()
        self.show_status(learning.status)

    def _suggest(self) -> None:
        if not self.isVisible():
            return
        session = self._session
        label = session.view.label
        names = {row.id: row.name for row in session.recording_rows()}
        learning = session.learning
        self.suggestions.show_suggestions(
            learning.suggestions(label),
            names,
            session.place,
            were_any=learning.were_suggested(label),
            is_running=learning.status.state.is_busy and label in learning.status.labels,
        )

    def _advise(self) -> None:
        """Say whether drawing more pays; it reads the whole journal, so only when a person has paused."""
        session = self._session
        label = session.view.label
        versions = session.models.versions(label) if self.isVisible() else ()
        has_model = any(one.state is not VersionState.CANDIDATE for one in versions)
        self.suggestions.show_advice(session.ledger.advice(label).text if has_model else "")

    def _show_versions(self, can_change: bool) -> None:
        if not self.isVisible():
            return
        from lusgui.io.models import default_model

        label = self._session.view.label
        versions = self._session.models.versions(label)
        entry = default_model(label) if versions else None
        card = None if entry is None else entry.card
        name = "" if card is None else f"{card.name} {card.version}"
        self.versions.show_versions(versions, name, default_dice(versions), can_change=can_change)

    def _show_queue(self, queue: tuple[tuple[str, ...], ...]) -> None:
        names = [listed(map(self.name_of, labels)) for labels in queue]
        self.run.show_queue(names, waits=self._waiting() is not None)

    def _waiting(self) -> tuple[str, ...] | None:
        """Return the labels of the waiting run that the present label is part of."""
        label = self._session.view.label
        return next((labels for labels in self._services.learning.queue if label in labels), None)

    def _unqueue(self) -> None:
        labels = self._waiting()
        if labels is not None:
            self._services.learning.unqueue(labels)

    def _use(self, version_id: int) -> None:
        models = self._session.models
        if version_id == DEFAULT:
            models.use_default(self._session.view.label)
        else:
            models.promote(version_id)

    def _keep_policy(self, policy: LearnPolicy) -> None:
        self._session.learning.policy = policy


def default_dice(versions: tuple[ModelVersion, ...]) -> float | None:
    """Return the Dice of the base model on the frames held out for the newest version; None if unknown."""
    from lusgui.base.errors import LearnError
    from lusgui.core.learning.scores import FrameScore, mean_dice

    for version in versions:
        rows = version.scores.get("base")
        if version.state is VersionState.CANDIDATE and version.dice is None:
            continue
        try:
            return mean_dice([FrameScore.from_json(row) for row in rows or ()])
        except (LearnError, TypeError):
            return None
    return None
