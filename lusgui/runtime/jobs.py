"""Long work in a thread of its own: a plain function with progress, cancel, and always an end."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from lusgui.base.errors import CancelledError
from lusgui.runtime.errors import log, problem_from_exception
from lusgui.session.jobs import FinishReason, JobState, JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.progress import Progress

LEAST_SECONDS_BETWEEN_REPORTS = 0.05


class _Job:
    """One running function; knows nothing of Qt."""

    def __init__(
        self,
        status: JobStatus,
        function: Callable[[Progress], Any],
        report: Callable[[JobStatus, Any, BaseException | None], None],
    ) -> None:
        self.status = status
        self.cancelled = threading.Event()
        self._function = function
        self._report = report
        self._last = 0.0
        self.thread = threading.Thread(target=self._run, name=f"job {status.id}", daemon=True)

    def progress(self, done: int, total: int, text: str = "") -> None:
        if self.cancelled.is_set():
            raise CancelledError("you asked to stop")
        self.status = replace(self.status, done=done, total=total, text=text)
        now = time.monotonic()
        if now - self._last >= LEAST_SECONDS_BETWEEN_REPORTS:
            self._last = now
            self._report(self.status, None, None)

    def _run(self) -> None:
        result, error, reason = None, None, FinishReason.COMPLETED
        try:
            result = self._function(self.progress)
        except CancelledError:
            reason = FinishReason.CANCELLED
        except BaseException as caught:  # noqa: BLE001 - the last report must come, whatever happened
            reason, error = FinishReason.FAILED, caught
        text = self.status.text if error is None else str(error)
        self.status = replace(self.status, state=JobState.FINISHED, reason=reason, text=text)
        self._report(self.status, result, error)


class JobRunner(QObject):
    """Runs plain functions beside the window.

    Signals
    -------
    status_changed : JobStatus
        A new snapshot; also the last one.
    finished : JobStatus, object
        The last snapshot and what the function returned (None unless it completed).
    problem : Problem
        Why a job failed.

    Notes
    -----
    A job is WAITING, then RUNNING, then FINISHED with a reason. The function gets ``progress(done, total,
    text)``, which raises ``CancelledError`` once somebody cancelled; it must not touch Qt.
    """

    status_changed = Signal(object)
    finished = Signal(object, object)
    problem = Signal(object)
    _reported = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[str, _Job] = {}
        self._numbers = itertools.count(1)
        self._reported.connect(self._on_report, Qt.ConnectionType.QueuedConnection)

    def start(
        self, title: str, function: Callable[[Progress], Any], job_id: str = "", *, is_quiet: bool = False
    ) -> str:
        """Run a function in a thread.

        Parameters
        ----------
        title : str
            What people read.
        function : callable
            Takes a `Progress`.
        job_id : str
            Name of the job; a running job of that name is cancelled first. Empty for a number.
        is_quiet : bool
            Whether nobody asked for it: its end is not said.

        Returns
        -------
        str
            The name of the job.
        """
        name = job_id or f"job-{next(self._numbers)}"
        while name in self._jobs:
            self._jobs[name].cancelled.set()
            name = f"{job_id or 'job'}-{next(self._numbers)}"
        job = _Job(
            JobStatus(name, title, state=JobState.RUNNING, is_quiet=is_quiet), function, self._hand_over
        )
        self._jobs[name] = job
        self.status_changed.emit(job.status)
        job.thread.start()
        return name

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop; it ends at its next report of progress."""
        if job_id in self._jobs:
            self._jobs[job_id].cancelled.set()

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for job in self._jobs.values():
            job.cancelled.set()

    def active(self) -> list[JobStatus]:
        """Return the latest snapshot of every job that has not ended."""
        return [job.status for job in self._jobs.values()]

    def shutdown(self, timeout_s: float = 5.0) -> bool:
        """Cancel every job and wait for it; return whether all have ended in time."""
        self.cancel_all()
        end = time.monotonic() + timeout_s
        for job in self._jobs.values():
            job.thread.join(max(end - time.monotonic(), 0.0))
        return not any(job.thread.is_alive() for job in self._jobs.values())

    def _hand_over(self, status: JobStatus, result: object, error: object) -> None:
        try:
            self._reported.emit(status, result, error)
        except RuntimeError:
            log.warning("job %s ended after the window had gone", status.id)

    def _on_report(self, status: object, result: object, error: object) -> None:
        if not isinstance(status, JobStatus) or status.id not in self._jobs:
            return
        if status.is_finished:
            self._jobs.pop(status.id).thread.join()
        self.status_changed.emit(status)
        if status.is_finished:
            if isinstance(error, BaseException):
                log.error("job %s failed", status.title, exc_info=error)
                self.problem.emit(problem_from_exception(error, f"{status.title} did not finish"))
            self.finished.emit(status, result)
