"""What a study keeps about learning besides runs and models: when to start, how it goes, what comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.base.errors import LearnError
from lusgui.core.learning.policy import LearnPolicy
from lusgui.core.learning.result import Suggestion
from lusgui.core.learning.status import IDLE
from lusgui.session.learn_results import SUGGESTIONS, LearnResults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.learning.status import LearnStatus
    from lusgui.session.session import Session

POLICY = "learn_policy"


class LearnNotes(LearnResults):
    """The part of learning that keeps its policy, its status and its suggestions.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._status = IDLE

    # when

    @property
    def policy(self) -> LearnPolicy:
        """What the study says about learning."""
        study = self._session.study
        if study is not None:
            with self._session.guarded("How this study learns cannot be read"):
                values = study.settings.setting(POLICY)
                try:
                    return LearnPolicy() if values is None else LearnPolicy.from_json(values)
                except LearnError:  # of another version
                    return LearnPolicy()
        return LearnPolicy()

    @policy.setter
    def policy(self, policy: LearnPolicy) -> None:
        with self._session.guarded("How this study learns was not kept"):
            study = self._writable()
            study.check_writable()
            study.settings.set_setting(POLICY, policy.to_json())

    @property
    def promotes_itself(self) -> bool:
        """Whether a model that is not worse takes over without being asked."""
        return self.policy.promotes_itself

    @promotes_itself.setter
    def promotes_itself(self, does: bool) -> None:
        self.policy = replace(self.policy, promotes_itself=does)

    # how it goes

    @property
    def status(self) -> LearnStatus:
        """Where the present run is, or how the last one ended."""
        return self._status

    def set_status(self, status: LearnStatus) -> None:
        """Say how a run goes; to be called on the window's thread."""
        if status != self._status:
            self._status = status
            self._session.learn_status_changed.emit(status)

    # what to draw next

    def suggestions(self, label: str | None = None) -> tuple[Suggestion, ...]:
        """Return the frames worth drawing next (for a label), best first, without those reviewed since."""
        return tuple(one for one in self._stored() if label in (None, one.label) and self._is_open(one))

    def was_suggested(self, recording_id: int, frame: int, label: str) -> bool:
        """Return whether a frame was suggested for a label, reviewed since or not."""
        return any(
            (one.recording_id, one.frame, one.label) == (recording_id, frame, label) for one in self._stored()
        )

    def were_suggested(self, label: str) -> bool:
        """Return whether any frames were suggested for a label, reviewed since or not."""
        return any(one.label == label for one in self._stored())

    def _stored(self) -> list[Suggestion]:
        study = self._session.study
        found: list[Suggestion] = []
        if study is None:
            return found
        with self._session.guarded("The suggested frames cannot be read"):
            stored = study.settings.setting(SUGGESTIONS)
            for values in stored if isinstance(stored, list) else []:
                try:
                    found.append(Suggestion.from_json(values))
                except LearnError:
                    continue
        return found

    def _is_open(self, suggestion: Suggestion) -> bool:
        row = self._session.row(suggestion.recording_id)
        if row is None or suggestion.frame >= row.frames:
            return False
        status = self._session.statuses(row.id).get((suggestion.frame, suggestion.label))
        return status is None or not status.is_reviewed

    def set_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """Keep the frames worth drawing next, in place of those there were."""
        with self._session.guarded("The suggested frames were not kept"):
            study = self._writable()
            study.check_writable()
            study.settings.set_setting(SUGGESTIONS, [one.to_json() for one in suggestions])
            self._session.suggestions_changed.emit()

    def suggestion_at(self, recording_id: int, frame: int, label: str | None = None) -> Suggestion | None:
        """Return what suggests a frame, or None."""
        return next(
            (
                one
                for one in self.suggestions(label)
                if (one.recording_id, one.frame) == (recording_id, frame)
            ),
            None,
        )

    def next_suggestion(self, delta: int = 1) -> bool:
        """Go to the next suggested frame of the present label, going round; false when there is none."""
        places = [(one.recording_id, one.frame) for one in self.suggestions(self._session.view.label)]
        if not places:
            return False
        here = self._session.place
        at = places.index(here) + delta if here in places else (0 if delta > 0 else -1)
        return self._session.go_to(*places[at % len(places)])
