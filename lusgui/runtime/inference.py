"""The window's side of the inference process: ask, get probabilities, survive its death."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from lusgui.core.messages import (
    LANE_AHEAD,
    LANE_BATCH,
    LANE_NOW,
    LANES,
    Cancel,
    Dropped,
    Failed,
    Hello,
    LoadModel,
    Probability,
    Ready,
)
from lusgui.runtime.errors import log
from lusgui.runtime.outstanding import MAX_TRIES, Outstanding, PredictRequest
from lusgui.runtime.worker_process import WorkerProcess, worker_program
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.prediction_key import PredictionKey

__all__ = ["InferenceClient", "PredictRequest", "WorkerState", "WorkerStatus"]

MOST_CRASHES = 3
SILENCE_MS = 120_000
"""A process that owes an answer and says nothing for so long is taken for dead."""


class WorkerState(StrEnum):
    """What the inference process does."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    RESTARTING = "restarting"
    FAILED = "failed"


@dataclass(frozen=True)
class WorkerStatus:
    """A snapshot for the status bar.

    Parameters
    ----------
    state : WorkerState
        What the process does.
    device : str
        What answers, e.g. ``CPU, 1 thread``; empty until it is known.
    note : str
        Why it is not what was asked for; empty otherwise.
    """

    state: WorkerState = WorkerState.OFF
    device: str = ""
    note: str = ""


class InferenceClient(QObject):
    """Asks the inference process; the latest request wins.

    OFF -> STARTING -> READY <-> BUSY; a death leads over RESTARTING to STARTING again, with growing
    pauses; after `MOST_CRASHES` deaths in a row without one answer it is FAILED until `retry`.

    Signals
    -------
    probability_ready : PredictionKey, ndarray
        An answer: float32 (H, W) in [0, 1] on the raw grid, read-only.
    dropped : PredictionKey
        This will not be answered: superseded, cancelled, or the process was lost.
    failed : PredictionKey, Problem
        This could not be answered.
    state_changed : WorkerState
        Only when the state is another.
    status_changed : WorkerStatus
        State, device or note are others.
    problem : Problem
        What the person should know.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    device : {"auto", "cuda", "mps", "cpu"}
        Where to compute.
    program : list of str, optional
        Command of the process, without the device.
    pauses_ms : tuple of int
        Waits before the first, second, ... restart.
    """

    probability_ready = Signal(object, object)
    dropped = Signal(object)
    failed = Signal(object, object)
    state_changed = Signal(object)
    status_changed = Signal(object)
    problem = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        device: str = "auto",
        program: list[str] | None = None,
        pauses_ms: tuple[int, ...] = (200, 1000, 3000),
    ) -> None:
        super().__init__(parent)
        self._device = device
        self._program = program or worker_program()
        self._pauses_ms = pauses_ms
        self._process: WorkerProcess | None = None
        self._outstanding = Outstanding()
        self._status = WorkerStatus()
        self._device_type = ""
        self._crashes = 0
        self._model_path = ""
        self._restart = self._single_shot(self._launch)
        self._silence = self._single_shot(self._on_silence)
        self._silence.setInterval(SILENCE_MS)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    @property
    def status(self) -> WorkerStatus:
        """The present snapshot."""
        return self._status

    @property
    def pending_count(self) -> int:
        """How many requests wait for an answer."""
        return len(self._outstanding)

    @property
    def pid(self) -> int:
        """Process id of the inference process; 0 when there is none."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process in the background; requests do it too."""
        if self._process is None and self._status.state is WorkerState.OFF:
            self._launch()

    def load_model(self, model_path: Path) -> None:
        """Have a model ready before its first frame, now and after every restart."""
        self._model_path = str(model_path)
        self.start()
        self._send(LoadModel(self._model_path))

    def request(
        self,
        key: PredictionKey,
        frame: NDArray[Any],
        mapping: DisplayMapping,
        settings: DespeckleSettings,
        model_path: Path,
        others: tuple[str, ...] = (),
    ) -> None:
        """Ask for what is shown; replaces an earlier request that has not been begun."""
        if self._outstanding.find(key, (LANE_NOW,)) is None:
            self._withdraw(key, LANE_AHEAD)
            self._ask(PredictRequest(key, frame, mapping, settings, model_path, others), LANE_NOW)

    def prefetch(self, requests: Iterable[PredictRequest]) -> None:
        """Ask for neighbours, best first; replaces the neighbours asked for before."""
        wanted = list(requests)
        keys = {request.key for request in wanted}
        for question in self._outstanding.lane(LANE_AHEAD):
            if question.request.key not in keys:
                self._withdraw(question.request.key, LANE_AHEAD)
        for request in wanted:
            if self._outstanding.find(request.key, LANES) is None:
                self._ask(request, LANE_AHEAD)

    def submit(self, request: PredictRequest) -> None:
        """Ask for a part of a long job; never replaced by other requests."""
        self._ask(request, LANE_BATCH)

    def cancel(self, key: PredictionKey) -> None:
        """Withdraw every request for a key."""
        self._withdraw(key, None)

    def cancel_all(self) -> None:
        """Withdraw every request."""
        self._withdraw(None, None)

    def retry(self) -> None:
        """Start again after `FAILED`."""
        if self._status.state is WorkerState.FAILED:
            self._crashes = 0
            self._launch()

    def set_device(self, device: str) -> None:
        """Compute elsewhere: the process is started anew and asked again what it still owes."""
        if device == self._device:
            return
        self._device = device
        self._crashes = 0
        if self._process is not None:
            self._end_process(500)
            self._launch()

    def shutdown(self, timeout_ms: int = 2000) -> None:
        """End the process and forget every request; idempotent."""
        self._restart.stop()
        self._silence.stop()
        self._outstanding.pop_where()
        self._end_process(timeout_ms)
        self._set(WorkerStatus())

    def _single_shot(self, slot: Any) -> QTimer:  # noqa: ANN401 - any slot
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    def _launch(self) -> None:
        self._end_process(0)
        self._set(WorkerStatus(WorkerState.STARTING, "", self._status.note))
        process = WorkerProcess([*self._program, "--device", self._device], self)
        self._process = process
        process.received.connect(self._on_message)
        process.died.connect(self._on_death)
        process.start()
        if self._model_path:
            self._send(LoadModel(self._model_path))
        for question in self._outstanding.after_restart():
            self._send(question.to_message())

    def _end_process(self, timeout_ms: int) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.shutdown(timeout_ms)
            process.deleteLater()

    def _ask(self, request: PredictRequest, lane: str) -> None:
        if self._status.state is WorkerState.FAILED:
            self.dropped.emit(request.key)
            return
        question = self._outstanding.add(request, lane)
        if self._process is None and not self._restart.isActive():
            self._launch()  # sends it too
        else:
            self._send(question.to_message())
        self._show_activity()

    def _send(self, message: Any) -> None:  # noqa: ANN401 - any message
        if self._process is not None:
            self._process.send(message)
            if len(self._outstanding) and not self._silence.isActive():
                self._silence.start()

    def _withdraw(self, key: PredictionKey | None, lane: str | None) -> None:
        gone = self._outstanding.pop_where(key=key, lane=lane)
        if gone:
            self._send(Cancel(tuple(question.request_id for question in gone)))
            for question in gone:
                self.dropped.emit(question.request.key)
            self._show_activity()

    def _on_message(self, message: object) -> None:
        self._silence.stop()
        if isinstance(message, Ready):
            self._device_type = message.device
            state = WorkerState.BUSY if len(self._outstanding) else WorkerState.READY
            self._set(WorkerStatus(state, message.description, message.note or self._status.note))
            if message.note:
                self.problem.emit(Problem("The model runs on another device", message.note))
        elif isinstance(message, Probability):
            self._crashes = 0
            self._on_probability(message)
        elif isinstance(message, Dropped):
            question = self._outstanding.pop(message.request_id)
            self._show_activity()
            if question is not None:
                self.dropped.emit(question.request.key)
        elif isinstance(message, Failed):
            self._on_failed(message)
        elif not isinstance(message, Hello):
            log.warning("the worker sent an unexpected %s", type(message).__name__)
        if len(self._outstanding):
            self._silence.start()

    def _on_probability(self, message: Probability) -> None:
        question = self._outstanding.get(message.request_id)
        if question is None:
            self._show_activity()
            return
        # the plane of another label of the model comes before the answer, under the same number
        key = question.request.key_of(message.key.label)
        if key is None or key == question.request.key:
            key = question.request.key
            self._outstanding.pop(message.request_id)
            self._show_activity()
        message.probability.setflags(write=False)
        self.probability_ready.emit(key, message.probability)

    def _on_failed(self, message: Failed) -> None:
        remedy = f"{message.remedy.rstrip('.')}." if message.remedy else ""
        problem = Problem("The model gave no answer", message.message, remedy, message.detail)
        question = self._outstanding.pop(message.request_id)
        self._show_activity()
        log.warning("%s\n%s", message.message, message.detail)
        if question is not None:
            self.failed.emit(question.request.key, problem)
        # neighbours fail in silence, long jobs tell it themselves, withdrawn requests interest nobody
        if message.request_id < 0 or (question is not None and question.lane == LANE_NOW):
            self.problem.emit(problem)

    def _on_silence(self) -> None:
        if self._process is not None and len(self._outstanding):
            log.error("the worker owes an answer and says nothing; ending it")
            self._process.kill()

    def _on_death(self, reason: str) -> None:
        process = self._process
        if process is None:
            return
        self._silence.stop()
        tail = process.stderr_tail
        log.error("the worker died: %s\n%s", reason, tail)
        self._end_process(0)
        self._crashes += 1
        was_computing = self._status.state in (WorkerState.READY, WorkerState.BUSY)
        given_up = self._outstanding.after_crash(was_computing)
        if self._crashes > MOST_CRASHES:
            self._give_up(reason, tail)
        else:
            note = self._status.note or "restarted after a crash"
            if self._crashes > 1 and self._device_type in ("cuda", "mps"):
                self._device = "cpu"
                note = "the GPU failed twice; the CPU answers instead"
                self.problem.emit(Problem("The model runs on another device", f"{note.capitalize()}."))
            self._set(WorkerStatus(WorkerState.RESTARTING, "", note))
            self._restart.start(self._pauses_ms[min(self._crashes, len(self._pauses_ms)) - 1])
        for question in given_up:
            if question.tries >= MAX_TRIES:
                problem = Problem(
                    "The model gave no answer", f"The inference process failed: {reason}.", "", tail
                )
                self.failed.emit(question.request.key, problem)
                self.problem.emit(problem)
            else:
                self.dropped.emit(question.request.key)

    def _give_up(self, reason: str, tail: str) -> None:
        lost = self._outstanding.pop_where()
        self._set(WorkerStatus(WorkerState.FAILED, "", f"{reason}, {self._crashes} times in a row"))
        self.problem.emit(
            Problem(
                "The model cannot run",
                f"The inference process failed {self._crashes} times in a row: {reason}.",
                "Drawing, export and everything else go on. Try again, or run 'lusgui doctor'.",
                tail,
            )
        )
        for question in lost:
            self.dropped.emit(question.request.key)

    def _show_activity(self) -> None:
        if self._status.state in (WorkerState.READY, WorkerState.BUSY):
            state = WorkerState.BUSY if len(self._outstanding) else WorkerState.READY
            self._set(WorkerStatus(state, self._status.device, self._status.note))

    def _set(self, status: WorkerStatus) -> None:
        before, self._status = self._status, status
        if status.state is not before.state:
            self.state_changed.emit(status.state)
        if status != before:
            self.status_changed.emit(status)
