"""Keeps the session fed: the shown frame is read, and the model asked for it and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from lusgui.base.errors import ModelError
from lusgui.core.prediction_key import PredictionKey
from lusgui.io.learn_folder import is_of_a_study
from lusgui.io.models import ModelEntry, list_models
from lusgui.runtime.frames import FrameLoader
from lusgui.runtime.inference import InferenceClient, PredictRequest
from lusgui.runtime.label_chooser import Candidate, LabelChooser
from lusgui.runtime.segment_job import SegmentItem, SegmentJob
from lusgui.runtime.throttle import Debounce
from lusgui.session.problems import problem_from_error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.model_card import ModelCard
    from lusgui.core.recording import Recording
    from lusgui.session.session import Session

NEIGHBOURS = (1, -1, 2, 3)
"""Frames to be ready before they are asked for: people mostly step forwards."""

SETTLE_MS = 120
"""Neighbours are asked for only when the person has stopped stepping."""


@dataclass(frozen=True)
class _Chosen:
    path: Path
    card: ModelCard
    settings: DespeckleSettings


class LiveSegmentation(QObject):
    """Connects a session with a frame loader and an inference client.

    Parameters
    ----------
    session : Session
        Says what is looked at; takes frames' readiness, answers and problems.
    loader : FrameLoader, optional
        Made here when not given.
    client : InferenceClient, optional
        Made here when not given.
    parent : QObject, optional
        Owner.

    Attributes
    ----------
    loader, client
        What is used; the canvas takes frames from ``loader.get``.
    chooser : LabelChooser
        Chooses the label that a new recording begins with.
    """

    def __init__(
        self,
        session: Session,
        loader: FrameLoader | None = None,
        client: InferenceClient | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.loader = loader or FrameLoader(self.provide, self)
        self.client = client or InferenceClient(self)
        self._models: dict[str, _Chosen] = {}
        self._job: SegmentJob | None = None
        self.chooser = LabelChooser(session, self.client, self._candidates, self._request_for, self.ask)
        self._prefetch = Debounce(self._ask_neighbours, SETTLE_MS, self)
        self.loader.frame_ready.connect(self._on_frame_ready)
        self.loader.neighbour_ready.connect(self._on_neighbour_ready)
        self.loader.problem.connect(session.report)
        self.client.probability_ready.connect(self._on_probability)
        self.client.problem.connect(session.report)
        session.reading_changed.connect(self.loader.forget)
        session.seeing.wanted.connect(self._on_beside_wanted)
        session.frame_changed.connect(self._on_frame_changed)
        session.study_changed.connect(self._on_study_changed)
        session.view.events.despeckle.connect(self._on_view_changed)
        session.view.events.label.connect(self._on_view_changed)

    @property
    def job(self) -> SegmentJob | None:
        """The background job that runs, or None."""
        return self._job

    def provide(self, recording_id: int) -> tuple[Recording, DisplayMapping] | None:
        """Return the open recording and its mapping for the loader."""
        recording = self._session.open_recording_of(recording_id)
        mapping = self._session.mapping(recording_id) if recording is not None else None
        return None if recording is None or mapping is None else (recording, mapping)

    def available_models(self) -> list[ModelEntry]:
        """Return every model file there is, usable or not."""
        return list_models()

    def choose_default_models(self) -> None:
        """Give each label without a model the one in use in the study, else its default."""
        for label in self._session.labels:
            entry = None if label.key in self._models else self._session.models.answering(label.key)
            if entry is not None:
                self.use_model(label.key, entry)

    def use_model(self, label: str, entry: ModelEntry) -> bool:
        """Let a model answer for a label from now on; return whether it can."""
        if entry.card is None:
            return False
        try:
            chosen = _Chosen(entry.path, entry.card, entry.card.despeckle_settings)
        except ModelError as error:
            self._session.report(problem_from_error(error, "The model cannot be used"))
            return False
        self._models[label] = chosen
        card = entry.card
        self._session.set_active_model(label, card.name, card.key, chosen.settings.key)
        if label == self._session.view.label:
            self.client.load_model(entry.path)
        self.ask()
        return True

    def use_models(self, entry: ModelEntry) -> bool:
        """Let a model answer for every label it knows; labels the study lacks are added."""
        labels = () if entry.card is None else entry.card.labels
        for key in labels:
            if self._session.ensure_label(key) is None:
                return False
        return bool(labels) and all(self.use_model(key, entry) for key in labels)

    def labels_with(self, label: str) -> tuple[str, ...]:
        """Return the labels of the study that the model of a label answers for, in the model's order.

        One run of the network gives them all, so they are asked for together.
        """
        chosen = self._models.get(label)
        if chosen is None:
            return ()
        known = chosen.card.labels
        return tuple(
            key for key in known if self._models.get(key) == chosen and self._session.label(key) is not None
        )

    def share_model(self, label: str, further: str) -> bool:
        """Let the model of a label answer for a further label it knows; one that the study lacks is added."""
        chosen = self._models.get(label)
        if chosen is None or further not in chosen.card.labels:
            return False
        if self._session.ensure_label(further) is None:
            return False
        return self.use_model(further, ModelEntry(chosen.path, chosen.card, is_bundled=False))

    def model_card(self, label: str) -> ModelCard | None:
        """Return the card of the model that answers for a label."""
        chosen = self._models.get(label)
        return None if chosen is None else chosen.card

    def refresh(self) -> None:
        """Load the frame that is looked at and ask for what is missing; after a change of mapping too."""
        place = self._session.place
        if place is None:
            return
        recording_id, frame = place
        neighbours = [frame + step for step in NEIGHBOURS]
        self.loader.request(recording_id, frame, self._session.view.despeckle, neighbours)

    def forget(self, recording_id: int) -> None:
        """Read a recording anew: its mapping or its file has changed."""
        self.loader.forget(recording_id)
        if self._session.current_recording_id == recording_id:
            self.refresh()

    def ask(self) -> None:
        """Ask the model for the frame that is looked at, if there is no answer yet."""
        place = self._session.place
        if place is None or self.chooser.is_about(place):
            return
        request = self._request_for(*place, self._session.view.label)
        if request is not None:
            self.client.request(
                request.key,
                request.frame,
                request.mapping,
                request.settings,
                request.model_path,
                request.others,
            )
        self._prefetch()

    def segment(self, items: Iterable[SegmentItem], label: str = "", title: str = "") -> SegmentJob | None:
        """Start to segment many frames in the background; None while such a job runs or without a model.

        Its progress goes to the session as ``job_changed``; every answer is kept in the study.
        """
        label = label or self._session.view.label
        chosen = self._models.get(label)
        if self._job is not None or chosen is None:
            return None
        session = self._session

        def make(item: SegmentItem, stored: NDArray[Any]) -> PredictRequest | None:
            if self._models.get(label) is not chosen:
                return None
            return self._make_request(item.recording_id, item.frame, label, stored)

        def is_done(item: SegmentItem) -> bool:
            return not self._missing(item.recording_id, item.frame, label)

        job = SegmentJob(
            items,
            make,
            self.loader,
            self.client,
            session.store_prediction,
            is_done=is_done,
            title=title or f"Segment {label}",
            parent=self,
        )
        self._job = job
        job.status_changed.connect(session.job_changed.emit)
        job.finished.connect(self._on_job_finished)
        job.start()
        return job

    def shutdown(self) -> None:
        """Stop everything, in order: no more questions, no thread, no process."""
        if self._job is not None:
            self._job.cancel()
        self._prefetch.cancel()
        self.chooser.shutdown()
        session = self._session
        session.reading_changed.disconnect(self.loader.forget)
        session.frame_changed.disconnect(self._on_frame_changed)
        session.study_changed.disconnect(self._on_study_changed)
        session.view.events.despeckle.disconnect(self._on_view_changed)
        session.view.events.label.disconnect(self._on_view_changed)
        self.client.shutdown()
        self.loader.shutdown()

    def request_with(self, entry: ModelEntry, label: str) -> PredictRequest | None:
        """Return what asks another model for the frame on screen; None if that cannot be."""
        place, card = self._session.place, entry.card
        if place is None or card is None or label not in card.labels:
            return None
        loaded = self.loader.get(*place, self._session.view.despeckle)
        mapping = self._session.mapping(place[0])
        if loaded is None or mapping is None:
            return None
        try:
            settings = card.despeckle_settings
        except ModelError:
            return None
        key = PredictionKey(*place, settings.key, card.key, label)
        return PredictRequest(key, loaded.stored, card.mapping_for(mapping), settings, entry.path)

    def _request_for(self, recording_id: int, frame: int, label: str) -> PredictRequest | None:
        loaded = self.loader.get(recording_id, frame, self._session.view.despeckle)
        return None if loaded is None else self._make_request(recording_id, frame, label, loaded.stored)

    def _missing(self, recording_id: int, frame: int, label: str) -> list[PredictionKey]:
        """Return what the model of a label has not answered for a frame yet, of all its labels."""
        session = self._session
        wanted = [session.prediction_key(recording_id, frame, each) for each in self.labels_with(label)]
        return [key for key in wanted if key is not None and not session.has_prediction(key)]

    def _make_request(
        self, recording_id: int, frame: int, label: str, stored: NDArray[Any]
    ) -> PredictRequest | None:
        chosen = self._models.get(label)
        missing = self._missing(recording_id, frame, label)
        mapping = self._session.mapping(recording_id) if missing else None
        if chosen is None or mapping is None:
            return None
        mapping = chosen.card.mapping_for(mapping)
        others = tuple(key.label for key in missing[1:])
        return PredictRequest(missing[0], stored, mapping, chosen.settings, chosen.path, others)

    def _candidates(self) -> list[Candidate]:
        """Return the labels that a recording could begin with, one a model."""
        found: dict[Path, Candidate] = {}
        for label in self._session.labels:
            chosen, own = self._models.get(label.key), self.labels_with(label.key)
            if chosen is not None and own:
                found.setdefault(chosen.path, Candidate(own[0], chosen.card))
        return list(found.values())

    def _ask_neighbours(self) -> None:
        place = self._session.place
        if place is None or self.chooser.is_asking:
            return
        label = self._session.view.label
        wanted = [self._request_for(place[0], place[1] + step, label) for step in NEIGHBOURS]
        self.client.prefetch([request for request in wanted if request is not None])

    def _on_frame_changed(self, _recording_id: int, _frame: int) -> None:
        self.refresh()

    def _on_study_changed(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._forget_models_of_others()
        self.chooser.forget()
        self.client.cancel_all()
        self.loader.forget()

    def _forget_models_of_others(self) -> None:
        """Drop what the study that was open had learnt or chosen: this one has its own."""
        models = self._session.models
        for label, present in list(self._models.items()):
            entry = models.answering(label)
            is_other = models.active(label) is not None or (entry and entry.path != present.path)
            if is_of_a_study(present.path) or is_other:
                del self._models[label]

    def _on_view_changed(self, _value: object) -> None:
        self.refresh()

    def _on_frame_ready(self, recording_id: int, frame: int) -> None:
        if self._session.place == (recording_id, frame):
            self._session.frame_ready.emit(recording_id, frame)
            if not self.chooser.consider(recording_id, frame):
                self.ask()

    def _on_beside_wanted(self, recording_id: int, frame: int) -> None:
        self.loader.read_beside(recording_id, frame, self._session.view.despeckle)

    def _on_neighbour_ready(self, recording_id: int, frame: int) -> None:
        self._session.seeing.arrived.emit(recording_id, frame)
        self._prefetch()

    def _on_probability(self, key: Any, probability: Any) -> None:  # noqa: ANN401 - a Qt signal
        if self.chooser.take(key, probability):
            return
        self._session.put_prediction(key, probability)
        place = self._session.place
        if (key.recording_id, key.frame) == place and self._missing(*place, self._session.view.label):
            self.ask()  # a label was added while the model was at work for the others

    def _on_job_finished(self, _status: object) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.deleteLater()
