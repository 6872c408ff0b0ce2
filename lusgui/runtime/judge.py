"""A model judged on reviewed frames by the inference worker, so that any two can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from lusgui.core.annotation import PlaneKey
from lusgui.core.prediction_key import PredictionKey
from lusgui.runtime.inference import PredictRequest
from lusgui.runtime.segment_job import SegmentItem, SegmentJob
from lusgui.session.frame_judge import judge_answer
from lusgui.session.jobs import FinishReason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from lusgui.core.learning.scores import FrameScore
    from lusgui.io.models import ModelEntry
    from lusgui.runtime.live import LiveSegmentation
    from lusgui.session.jobs import JobStatus
    from lusgui.session.session import Session


class ModelJudge(QObject):
    """Judges one model at a time.

    Parameters
    ----------
    session : Session
        Whose frames and masks; is told how far it is.
    live : LiveSegmentation
        Its loader and worker are used, at the lowest priority.
    parent : QObject, optional
        Owner.
    """

    def __init__(self, session: Session, live: LiveSegmentation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._live = session, live
        self._job: SegmentJob | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a model is being judged."""
        return self._job is not None

    def cancel(self) -> None:
        """Stop; what was found so far does not count."""
        if self._job is not None:
            self._job.cancel()

    def start(
        self,
        entry: ModelEntry,
        label: str,
        places: Sequence[tuple[int, int]],
        done: Callable[[tuple[FrameScore, ...]], object],
    ) -> bool:
        """Judge a model on frames; false if one is being judged already, or the model cannot be used.

        Parameters
        ----------
        entry : ModelEntry
            Which model.
        label : str
            Of what.
        places : sequence of (recording id, frame)
            Reviewed frames.
        done : callable
            Gets the scores when all frames were tried; none after a cancel.
        """
        card = entry.card
        if self._job is not None or card is None or label not in card.labels:
            return False
        settings, found = card.despeckle_settings, {}

        def ask(item: SegmentItem, stored: NDArray[Any]) -> PredictRequest | None:
            mapping = self._session.mapping(item.recording_id)
            if mapping is None:
                return None
            key = PredictionKey(item.recording_id, item.frame, settings.key, card.key, label)
            return PredictRequest(key, stored, card.mapping_for(mapping), settings, entry.path)

        def keep(key: PredictionKey, probability: NDArray[Any]) -> None:
            plane = PlaneKey(key.recording_id, key.frame, label)
            score = judge_answer(self._session, plane, probability, card.threshold)
            if score is not None:
                found[score.key] = score

        def end(status: JobStatus) -> None:
            job, self._job = self._job, None
            if job is not None:
                job.deleteLater()
            is_whole = status.reason is FinishReason.COMPLETED
            done(tuple(found[key] for key in sorted(found)) if is_whole else ())

        job = SegmentJob(
            [SegmentItem(*place) for place in places],
            ask,
            self._live.loader,
            self._live.client,
            keep,
            title=f"Judge {card.name} {card.version}",
            job_id="judge",
        )  # without a parent: one that goes before the deferred deletion comes takes it along, and Qt crashes
        self._job = job
        job.status_changed.connect(self._session.job_changed.emit)
        job.finished.connect(end)
        job.start()
        return True
