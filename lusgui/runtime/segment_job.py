"""Segment many frames in the background: read one, ask the model, keep the answer, read the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from lusgui.runtime.inference import WorkerState
from lusgui.session.jobs import FinishReason, JobState, JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from lusgui.core.prediction_key import PredictionKey
    from lusgui.runtime.frames import FrameLoader
    from lusgui.runtime.inference import InferenceClient, PredictRequest
    from lusgui.session.problems import Problem

FRAMES_UNDER_WAY = 2
"""One is computed while the next is read; more would only fill memory."""


@dataclass(frozen=True, order=True)
class SegmentItem:
    """A frame to be segmented (0-based)."""

    recording_id: int
    frame: int


class SegmentJob(QObject):
    """A long job that leaves the window, and what the person waits for, their turn.

    Signals
    -------
    status_changed : JobStatus
        A new snapshot; also the last one.
    finished : JobStatus
        The last snapshot.

    Parameters
    ----------
    items : iterable of SegmentItem
        What is to be done, in order.
    make_request : callable
        Makes the request for an item from its stored numbers; None where nothing is to be asked (any more).
    loader, client
        Through which is read and asked.
    keep : callable
        Takes key and probability (H, W) of each answer.
    is_done : callable, optional
        Whether an item has its answer already.
    title : str
        What people read.
    job_id : str
        Name of the job.
    parent : QObject, optional
        Owner.
    """

    status_changed = Signal(object)
    finished = Signal(object)

    def __init__(
        self,
        items: Iterable[SegmentItem],
        make_request: Callable[[SegmentItem, NDArray[Any]], PredictRequest | None],
        loader: FrameLoader,
        client: InferenceClient,
        keep: Callable[[PredictionKey, NDArray[Any]], object],
        *,
        is_done: Callable[[SegmentItem], bool] | None = None,
        title: str = "Segment recording",
        job_id: str = "segment",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._waiting = list(dict.fromkeys(items))[::-1]
        self._make_request = make_request
        self._loader = loader
        self._client = client
        self._keep = keep
        self._is_done = is_done or (lambda _item: False)
        self._reading: set[SegmentItem] = set()
        self._asked: dict[PredictionKey, SegmentItem] = {}
        self._failures: list[Problem] = []
        self._status = JobStatus(job_id, title, 0, len(self._waiting), state=JobState.WAITING)

    @property
    def status(self) -> JobStatus:
        """The present snapshot."""
        return self._status

    @property
    def failure_count(self) -> int:
        """How many frames have no answer because something went wrong."""
        return len(self._failures)

    def start(self) -> None:
        """Begin; `finished` comes later, even when there is nothing to do."""
        if self._status.state is not JobState.WAITING:
            return
        self._loader.stored_ready.connect(self._on_stored)
        self._loader.stored_failed.connect(self._on_stored_failed)
        self._client.probability_ready.connect(self._on_probability)
        self._client.failed.connect(self._on_failed)
        self._client.dropped.connect(self._on_dropped)
        self._client.state_changed.connect(self._on_state)
        self._tell(replace(self._status, state=JobState.RUNNING))
        QTimer.singleShot(0, self, self._go_on)

    def cancel(self) -> None:
        """Stop; answers that have come are kept."""
        if self._status.state is JobState.RUNNING:
            asked = list(self._asked)
            self._end(FinishReason.CANCELLED, "stopped")
            for key in asked:
                self._client.cancel(key)

    def _go_on(self) -> None:
        while self._status.state is JobState.RUNNING:
            if not self._waiting and not self._reading and not self._asked:
                self._end(FinishReason.COMPLETED, self._summary())
                return
            if not self._waiting or len(self._reading) + len(self._asked) >= FRAMES_UNDER_WAY:
                return
            item = self._waiting.pop()
            if self._is_done(item):
                self._count()
                continue
            self._reading.add(item)
            self._loader.read_stored(item.recording_id, item.frame)

    def _on_stored(self, recording_id: int, frame: int, stored: Any) -> None:  # noqa: ANN401
        item = SegmentItem(recording_id, frame)
        if item not in self._reading:
            return
        self._reading.discard(item)
        request = self._make_request(item, stored)
        if request is None:
            self._count()
        else:
            self._asked[request.key] = item
            self._client.submit(request)
        self._go_on()

    def _on_stored_failed(self, recording_id: int, frame: int, problem: Any) -> None:  # noqa: ANN401
        item = SegmentItem(recording_id, frame)
        if item in self._reading:
            self._reading.discard(item)
            self._fail(problem)

    def _on_probability(self, key: Any, probability: Any) -> None:  # noqa: ANN401
        if self._asked.pop(key, None) is not None:
            self._keep(key, probability)
            self._count()
            self._go_on()
        elif any(replace(asked, label=key.label) == key for asked in self._asked):
            self._keep(key, probability)  # another label of the same model, on a frame of this job

    def _on_failed(self, key: Any, problem: Any) -> None:  # noqa: ANN401
        if self._asked.pop(key, None) is not None:
            self._fail(problem)

    def _on_dropped(self, key: Any) -> None:  # noqa: ANN401
        # withdrawn by somebody else, or lost with the process: nobody will answer any more
        if self._asked.pop(key, None) is not None:
            self._fail(None)

    def _on_state(self, state: Any) -> None:  # noqa: ANN401
        if state is WorkerState.FAILED and self._status.state is JobState.RUNNING:
            self._end(FinishReason.FAILED, "the model cannot run")

    def _fail(self, problem: Problem | None) -> None:
        if problem is not None:
            self._failures.append(problem)
        self._count()
        self._go_on()

    def _count(self) -> None:
        done = self._status.done + 1
        self._tell(replace(self._status, done=done, text=f"{done} of {self._status.total}"))

    def _summary(self) -> str:
        if not self._failures:
            return f"{self._status.total} frames"
        number = len(self._failures)
        return f"{number} frame{'s' if number > 1 else ''} failed: {self._failures[0].message}"

    def _end(self, reason: FinishReason, text: str) -> None:
        self._waiting.clear()
        self._reading.clear()
        self._asked.clear()
        self._loader.stored_ready.disconnect(self._on_stored)
        self._loader.stored_failed.disconnect(self._on_stored_failed)
        self._client.probability_ready.disconnect(self._on_probability)
        self._client.failed.disconnect(self._on_failed)
        self._client.dropped.disconnect(self._on_dropped)
        self._client.state_changed.disconnect(self._on_state)
        self._tell(replace(self._status, state=JobState.FINISHED, reason=reason, text=text))
        self.finished.emit(self._status)

    def _tell(self, status: JobStatus) -> None:
        self._status = status
        self.status_changed.emit(status)
