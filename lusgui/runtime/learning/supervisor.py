"""The window's side of learning: one run at a time, others queue, and what comes of them is taken in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from lusgui.core.learning.status import IDLE, FinishReason, LearnStatus, RunState
from lusgui.runtime.errors import log
from lusgui.session.learn_process import LearnProcess, Patience
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lusgui.session.session import Session

__all__ = ["Patience", "Supervisor", "Wanted"]


@dataclass(frozen=True)
class Wanted:
    """A run that somebody asked for.

    Parameters
    ----------
    labels : tuple of str
        What is to be learnt.
    options : mapping
        As `session.learning.draft_job` takes them: strategy, minutes, device, started_by, ...
    folder : Path or None
        Run folder of an interrupted run that goes on; None for a new one.
    """

    labels: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None


@dataclass(frozen=True)
class _Prepared:
    """A run that the study knows of; `write` writes its files, None where they lie there already."""

    run_id: int
    labels: tuple[str, ...]
    folder: Path
    write: Callable[[], object] | None


class Supervisor(QObject):
    """Starts runs, tells how they go, and hands their results to the session.

    All methods belong to the window's thread; the process has a thread of its own (`LearnProcess`).

    Signals
    -------
    status_changed : LearnStatus
        A new snapshot, at most ten a second while a run goes; the same goes out as
        ``session.learn_status_changed``.
    queue_changed : tuple of tuple of str
        Labels of the runs that wait.

    Parameters
    ----------
    session : Session
        Makes jobs, takes results.
    parent : QObject, optional
        Owner.
    program : list of str, optional
        Command of the training, without its job; may be replaced between runs.
    patience : Patience, optional
        How long the process is waited for.
    """

    status_changed = Signal(object)
    queue_changed = Signal(object)
    _reported = Signal(int, object)

    def __init__(
        self,
        session: Session,
        parent: QObject | None = None,
        *,
        program: list[str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.program = program
        self.patience = patience or Patience()
        self._status = IDLE
        self._process: LearnProcess | None = None
        self._number = 0
        self._queue: list[Wanted] = []
        self._is_down = False
        self._reported.connect(self._on_report, Qt.ConnectionType.QueuedConnection)
        session.study_changed.connect(self._on_study_changed)

    @property
    def status(self) -> LearnStatus:
        """The present snapshot; the last one of a run stays until the next begins."""
        return self._status

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self._process is not None

    @property
    def queue(self) -> tuple[tuple[str, ...], ...]:
        """Labels of the runs that wait for the present one."""
        return tuple(wanted.labels for wanted in self._queue)

    @property
    def pid(self) -> int:
        """Process id of the training; 0 without one."""
        return 0 if self._process is None else self._process.pid

    def start(self, labels: Sequence[str], **options: Any) -> bool:  # noqa: ANN401
        """Begin to learn labels from everything reviewed, or queue it while a run is under way.

        Parameters
        ----------
        labels : sequence of str
            Label keys; several are learnt by one network.
        **options
            For ``session.learning.draft_job``: strategy, minutes, device, started_by, kind, ...

        Returns
        -------
        bool
            Whether it runs or waits. If not, the session has reported why.
        """
        return self._begin_or_queue(Wanted(tuple(labels), options))

    def resume(self, folder: Path) -> bool:
        """Go on with an interrupted run (``session.learning.resumable``)."""
        return self._begin_or_queue(Wanted((), folder=folder))

    def stop_and_keep(self) -> None:
        """End the run early; its model is judged and kept."""
        if self._process is not None:
            self._process.stop_and_keep()

    def cancel(self) -> None:
        """End the run and throw away what it learnt."""
        if self._process is not None:
            self._process.cancel()

    def unqueue(self, labels: Sequence[str]) -> None:
        """Take a waiting run out of the queue."""
        self._set_queue([wanted for wanted in self._queue if wanted.labels != tuple(labels)])

    def shutdown(self) -> None:
        """End the run so that it can go on later, and wait for its end; idempotent."""
        if self._is_down:
            return
        self._is_down = True
        self._session.study_changed.disconnect(self._on_study_changed)
        self._queue.clear()
        process = self._process
        if process is None:
            return
        process.close()
        wait_s = self.patience.close_s + 2 * self.patience.terminate_s
        if not process.wait(wait_s):
            log.error("the supervisor of run %s did not end in %.0f s", process.status.run_id, wait_s)
            return
        self._on_report(self._number, process.status)

    # --- beginning -----------------------------------------------------------------------------

    def _begin_or_queue(self, wanted: Wanted) -> bool:
        if self._is_down:
            return False
        if self._process is None:
            return self._begin(wanted)
        is_ending = self._status.state is RunState.STOPPING
        if wanted.labels in self.queue or (wanted.labels == self._status.labels and not is_ending):
            what = f"A run for {', '.join(map(self._name_of, wanted.labels))} is under way."
            self._session.report(Problem("Already learning", what, "Wait for it, or stop it first."))
            return False
        self._set_queue([*self._queue, wanted])
        return True

    def _begin(self, wanted: Wanted) -> bool:
        before = self._status
        self._set(LearnStatus(labels=wanted.labels, state=RunState.PREPARING, text="Collecting the masks"))
        prepared = self._prepared(wanted)
        if prepared is None:
            self._set(before if not before.state.is_busy else IDLE)
            return False
        number = self._number = self._number + 1
        self._process = LearnProcess(
            prepared.folder,
            replace(self._status, run_id=prepared.run_id, labels=prepared.labels),
            lambda told: self._hand_over(number, told),
            prepare=prepared.write,
            program=self.program,
            patience=self.patience,
        )
        self._set(self._process.status)
        self._process.start()
        return True

    def _prepared(self, wanted: Wanted) -> _Prepared | None:
        """Write the run down in the study; None where the session has said why not."""
        learning = self._session.learning
        if wanted.folder is not None:
            job = learning.resume(wanted.folder)
            return None if job is None else _Prepared(job.run_id, job.labels, wanted.folder, None)
        draft = learning.draft_job(wanted.labels, **wanted.options)
        return None if draft is None else _Prepared(draft.run_id, wanted.labels, draft.folder, draft.write)

    def _name_of(self, key: str) -> str:
        label = self._session.label(key)
        return key if label is None else label.name

    # --- while it runs -------------------------------------------------------------------------

    def _hand_over(self, number: int, status: LearnStatus) -> None:
        """Carry a snapshot from the supervisor's thread to the window's."""
        try:
            self._reported.emit(number, status)
        except RuntimeError:
            log.warning("run %s reported after the window had gone", status.run_id)

    def _on_report(self, number: int, status: object) -> None:
        if number != self._number or self._process is None or not isinstance(status, LearnStatus):
            return
        if status.state is RunState.FINISHED:
            self._finish(self._process, status)
        else:
            self._set(status)

    def _finish(self, process: LearnProcess, status: LearnStatus) -> None:
        """Take in what came of a run, tell it, and begin the next."""
        process.wait(1.0)  # it has said its last word
        self._process = None
        try:
            # the run of a study that was closed meanwhile is found by its next opening
            if self._is_of_the_study(process):
                self._take_in(process, status)
        finally:
            self._set(status)
            QTimer.singleShot(0, self._begin_next)

    def _take_in(self, process: LearnProcess, status: LearnStatus) -> None:
        learning, reason = self._session.learning, status.reason or FinishReason.FAILED
        if process.result is not None:
            learning.take_result(status.run_id, process.result)
            return
        # the window tells what went wrong in a note: nobody who is drawing has to answer a dialog for it
        problem = status.problem
        learning.finish_run(status.run_id, reason, status.text if problem is None else problem.message)

    def _begin_next(self) -> None:
        while self._queue and self._process is None and not self._is_down:
            wanted, *rest = self._queue
            self._set_queue(rest)
            self._begin(wanted)

    def _on_study_changed(self) -> None:
        self._set_queue([])
        if self._process is None:
            self._set(IDLE)
        elif not self._is_of_the_study(self._process):
            self._process.close()  # what it learnt so far is kept beside the study that it belongs to

    def _is_of_the_study(self, process: LearnProcess) -> bool:
        """Whether the open study began a run, itself or before it went on in a copy."""
        if not self._session.is_open:
            return False
        return self._session.learning.folder(process.status.run_id) == process.folder

    def _set_queue(self, queue: list[Wanted]) -> None:
        if queue != self._queue:
            self._queue = queue
            self.queue_changed.emit(self.queue)

    def _set(self, status: LearnStatus) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)
            self._session.learning.set_status(status)
