"""Keeps the click process alive: starts it when it is needed, again when it dies, and gives up in the end."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from lusgui.base.errors import LusguiError
from lusgui.base.platforms import console_program
from lusgui.core.click import messages as m
from lusgui.runtime.errors import log
from lusgui.runtime.inference import WorkerState, WorkerStatus
from lusgui.runtime.worker_process import WorkerProcess
from lusgui.session.problems import Problem, problem_from_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_CRASHES = 3
CRASHES_OF_A_MODEL = 2
"""After so many deaths in a row the engine without a model takes over."""
SILENCE_MS = 120_000
"""A process that owes something and says nothing for so long is taken for dead."""


def click_program() -> list[str]:
    """Return the command of the click process, without its model."""
    if getattr(sys, "frozen", False):
        return [str(console_program("lusgui-clicks"))]
    # -P: a file called torch.py in the person's folder must not be imported
    return [sys.executable, "-P", "-m", "lusgui.nn.click_worker"]


def find_model() -> Path | None:
    """Return the weights of the click network, or None where there are none."""
    from lusgui.io.click_model import find_click_model

    return find_click_model()


@dataclass(frozen=True)
class Death:
    """How the process ended.

    Parameters
    ----------
    reason : str
        In words.
    tail : str
        The last that it printed.
    was_ready : bool
        Whether it had been at work; else it died while it started.
    is_final : bool
        Whether it is not started again by itself.
    """

    reason: str
    tail: str
    was_ready: bool
    is_final: bool


class ClickProcess(QObject):
    """One process after another.

    OFF -> STARTING -> READY <-> BUSY; a death leads over RESTARTING to STARTING again, with growing pauses;
    after `MOST_CRASHES` deaths in a row without anything useful it is FAILED until `retry`.

    Signals
    -------
    launched : no arguments
        A new process was started and knows nothing yet: tell it what it needs.
    received : Message
        Something it said.
    died : Death
        It ended without having been asked.
    status_changed : WorkerStatus
        State, engine (as ``device``) or note are others.
    problem : Problem
        What the person should know.

    Parameters
    ----------
    program : list of str
        Command, without the model.
    find : callable
        Gives the weights, or None for the engine without a model; called at each start.
    pauses_ms : tuple of int
        Waits before the first, second, ... restart.
    parent : QObject, optional
        Owner.
    """

    launched = Signal()
    received = Signal(object)
    died = Signal(object)
    status_changed = Signal(object)
    problem = Signal(object)

    def __init__(
        self,
        program: list[str],
        find: Callable[[], Path | None],
        pauses_ms: tuple[int, ...],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._program = program
        self._find = find
        self._pauses_ms = pauses_ms
        self._process: WorkerProcess | None = None
        self._status = WorkerStatus()
        self._crashes = 0
        self._model: Path | None = None
        self._is_model_given_up = False
        self.has_model = False
        self._restart = self._single_shot(self._launch, 0)
        self._silence = self._single_shot(self._on_silence, SILENCE_MS)

    @property
    def status(self) -> WorkerStatus:
        """The present snapshot."""
        return self._status

    @property
    def has_failed(self) -> bool:
        """Whether it was given up."""
        return self._status.state is WorkerState.FAILED

    @property
    def pid(self) -> int:
        """Process id; 0 when there is none."""
        return 0 if self._process is None else self._process.pid

    @property
    def is_there(self) -> bool:
        """Whether there is a process to talk to."""
        return self._process is not None

    def start(self) -> None:
        """Start a process unless there is one, one is about to be, or it was given up."""
        if self._process is None and not self.has_failed and not self._restart.isActive():
            self._launch()

    def retry(self) -> None:
        """Start again after it was given up."""
        if self.has_failed:
            self._crashes = 0
            self._is_model_given_up = False
            self._launch()

    def send(self, message: m.Message) -> None:
        """Say something; nothing happens when there is nobody."""
        if self._process is not None:
            self._process.send(message)

    def show_activity(self, is_busy: bool, is_owing: bool) -> None:
        """Note whether the person waits for it, and whether it owes anything: then silence is death."""
        if self._status.state in (WorkerState.READY, WorkerState.BUSY):
            state = WorkerState.BUSY if is_busy else WorkerState.READY
            self._set(WorkerStatus(state, self._status.device, self._status.note))
        if self._process is None or not is_owing:
            self._silence.stop()
        elif not self._silence.isActive():
            self._silence.start()

    def do_without_model(self) -> None:
        """Take the engine without a model at the next start: the model may be what kills the process."""
        if self._model is not None:
            self._is_model_given_up = True
            note = "the click model failed twice; clicks are answered without it"
            self._set(WorkerStatus(self._status.state, self._status.device, note))

    def end(self, timeout_ms: int) -> None:
        """End the process, silently; idempotent."""
        self._restart.stop()
        self._silence.stop()
        self._drop(timeout_ms)
        self.has_model = False
        self._set(WorkerStatus())

    def _single_shot(self, slot: Any, interval_ms: int) -> QTimer:  # noqa: ANN401 - any slot
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def _launch(self) -> None:
        self._drop(0)
        self._set(WorkerStatus(WorkerState.STARTING, "", self._status.note))
        self._model = self._find_model()
        command = self._program if self._model is None else [*self._program, "--model", str(self._model)]
        process = WorkerProcess(command, self, encode=m.encode, decoder=m.ClickDecoder())
        self._process = process
        process.received.connect(self._on_message)
        process.died.connect(self._on_death)
        process.start()
        self.launched.emit()

    def _find_model(self) -> Path | None:
        if self._is_model_given_up:
            return None
        try:
            return self._find()
        except LusguiError as error:
            self.problem.emit(problem_from_error(error, "The model for clicks cannot be used"))
            return None

    def _drop(self, timeout_ms: int) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.shutdown(timeout_ms)
            process.deleteLater()

    def _on_message(self, message: object) -> None:
        self._silence.stop()
        if isinstance(message, m.EngineReady):
            self.has_model = message.has_model
            self._set(WorkerStatus(WorkerState.READY, message.name, message.note or self._status.note))
            if message.note:
                self.problem.emit(Problem("Clicks are answered without a model", message.note))
        elif isinstance(message, (m.Embedded, m.Answer)):
            self._crashes = 0
        self.received.emit(message)

    def _on_silence(self) -> None:
        if self._process is not None:
            log.error("the click process owes an answer and says nothing; ending it")
            self._process.kill()

    def _on_death(self, reason: str) -> None:
        process = self._process
        if process is None:
            return
        tail = process.stderr_tail
        log.error("the click process died: %s\n%s", reason, tail)
        was_ready = self._status.state in (WorkerState.READY, WorkerState.BUSY)
        self._silence.stop()
        self._drop(0)
        self._crashes += 1
        death = Death(reason, tail, was_ready, self._crashes > MOST_CRASHES)
        if death.is_final:
            self._set(WorkerStatus(WorkerState.FAILED, "", f"{reason}, {self._crashes} times in a row"))
        else:
            note = self._status.note or "restarted after a crash"
            self._set(WorkerStatus(WorkerState.RESTARTING, "", note))
            if self._crashes >= CRASHES_OF_A_MODEL:
                self.do_without_model()
            self._restart.start(self._pauses_ms[min(self._crashes, len(self._pauses_ms)) - 1])
        self.died.emit(death)
        if death.is_final:
            self.problem.emit(
                Problem(
                    "Clicks cannot be answered",
                    f"The click process failed {self._crashes} times in a row: {reason}.",
                    "Drawing, export and everything else go on. Try again, or run 'lusgui doctor'.",
                    tail,
                )
            )

    def _set(self, status: WorkerStatus) -> None:
        before, self._status = self._status, status
        if status != before:
            self.status_changed.emit(status)
