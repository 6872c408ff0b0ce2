"""Chooses the label that a new recording begins with: asks the model of every label about its first frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lusgui.core.label_choice import Evidence, choose_label, explain_no_choice, measure_evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.model_card import ModelCard
    from lusgui.core.prediction_key import PredictionKey
    from lusgui.runtime.inference import InferenceClient, PredictRequest
    from lusgui.session.session import Session


@dataclass(frozen=True)
class Candidate:
    """A label that a recording could begin with.

    Parameters
    ----------
    label : str
        First label of the study that the model answers for.
    card : ModelCard
        Card of its model.
    """

    label: str
    card: ModelCard


@dataclass(eq=False)
class _Question:
    place: tuple[int, int]
    waiting: dict[PredictionKey, Candidate] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    held: list[tuple[PredictionKey, NDArray[Any]]] = field(default_factory=list)


class LabelChooser:
    """Compares what the models find in the first frame that is shown of a recording without history.

    The answers are held back until all are there, so that nobody sees ribs drawn on a fetal head first.

    Parameters
    ----------
    session : Session
        Takes the choice and the answers.
    client : InferenceClient
        Is asked.
    candidates : callable
        Returns one candidate a model that is in use.
    make_request : callable
        Makes the request for recording, frame and label, or None where there is an answer already.
    on_done : callable
        Called when the answers are with the session.
    """

    def __init__(
        self,
        session: Session,
        client: InferenceClient,
        candidates: Callable[[], list[Candidate]],
        make_request: Callable[[int, int, str], PredictRequest | None],
        on_done: Callable[[], None],
    ) -> None:
        self.is_on = True
        self._session = session
        self._client = client
        self._candidates = candidates
        self._make_request = make_request
        self._on_done = on_done
        self._judged: set[int] = set()
        self._question: _Question | None = None
        client.failed.connect(self._on_lost)
        client.dropped.connect(self._on_lost)

    @property
    def is_asking(self) -> bool:
        """Whether answers are awaited."""
        return self._question is not None

    def is_about(self, place: tuple[int, int]) -> bool:
        """Whether answers for this recording and frame are awaited."""
        return self._question is not None and self._question.place == place

    def forget(self) -> None:
        """Drop everything: another study is open."""
        self._judged.clear()
        self._question = None

    def consider(self, recording_id: int, frame: int) -> bool:
        """Ask the models if this recording has no label yet; return whether their answers are awaited."""
        if self._question is not None:
            is_same = self._question.place[0] == recording_id
            if is_same and self._session.label_of(recording_id) is None:
                return self._question.place == (recording_id, frame)
            self._abandon()
        candidates = self._candidates()
        if not self._is_open_question(recording_id, candidates):
            return False
        self._judged.add(recording_id)
        question = self._question = _Question((recording_id, frame))
        requests = []
        for candidate in candidates:
            request = self._make_request(recording_id, frame, candidate.label)
            key = self._session.prediction_key(recording_id, frame, candidate.label)
            if request is None:
                plane = self._session.key(candidate.label)
                known = None if plane is None else self._session.prediction(plane)
                if known is None:
                    self._question = None
                    self._judged.discard(recording_id)
                    return False
                question.evidence[candidate.label] = self._measure(known, candidate)
            elif key is not None:
                question.waiting[key] = candidate
                requests.append(request)
        for request in requests:
            if self._question is question:  # a dead process gives every question back at once
                self._client.submit(request)
        if self._question is question and not question.waiting:
            self._decide()
        return self.is_about((recording_id, frame))

    def _is_open_question(self, recording_id: int, candidates: list[Candidate]) -> bool:
        session = self._session
        return (
            self.is_on
            and recording_id not in self._judged
            and session.label_of(recording_id) is None
            and len(candidates) > 1
            # who draws something that no model knows goes on drawing it
            and session.active_model(session.view.label) is not None
            and session.label(session.view.label) is not None
        )

    def take(self, key: PredictionKey, probability: NDArray[Any]) -> bool:
        """Hold back an answer (H, W) that was asked for here; return whether it was."""
        question = self._question
        if question is None or (key.recording_id, key.frame) != question.place:
            return False
        versions = {each.model_version for each in question.waiting}
        if key.model_version not in versions:
            return False
        question.held.append((key, probability))
        candidate = question.waiting.pop(key, None)
        if candidate is not None:
            question.evidence[candidate.label] = self._measure(probability, candidate)
            if not question.waiting:
                self._decide()
        return True

    def _measure(self, probability: NDArray[Any], candidate: Candidate) -> Evidence:
        label = self._session.label(candidate.label)
        most = None if label is None else label.max_components
        return measure_evidence(probability, candidate.card.threshold, most)

    def _decide(self) -> None:
        question, self._question = self._question, None
        if question is None:
            return
        names = {label.key: label.name for label in self._session.labels}
        present = self._session.view.label
        chosen = choose_label(question.evidence)
        if chosen is None:
            note = explain_no_choice(question.evidence, names)
        else:
            note = ""
            model = self._session.active_model(present)
            if model is not None and model == self._session.active_model(chosen):
                chosen = present  # another label of the same model
            elif chosen != present:
                note = f"{names.get(chosen, chosen)} was chosen: only its model sees something here."
        self._session.suggest_label(question.place[0], chosen, note)
        self._give(question)
        self._on_done()

    def _abandon(self) -> None:
        """Ask no more; answers that have come go to the session."""
        question, self._question = self._question, None
        if question is not None:
            self._judged.discard(question.place[0])
            for key in list(question.waiting):
                self._client.cancel(key)
            self._give(question)

    def _on_lost(self, key: PredictionKey, *_: object) -> None:
        question = self._question
        if question is not None and key in question.waiting:
            self._question = None
            self._give(question)
            self._on_done()

    def _give(self, question: _Question) -> None:
        for key, probability in question.held:
            self._session.put_prediction(key, probability)

    def shutdown(self) -> None:
        """Stop listening."""
        self._question = None
        self._client.failed.disconnect(self._on_lost)
        self._client.dropped.disconnect(self._on_lost)
