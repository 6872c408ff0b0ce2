"""Long work of a dialog: a line of progress with a cancel button, and the answer on the window's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from lusgui.base.retell import retell
from lusgui.base.translate import tr
from lusgui.session.jobs import FinishReason, JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance

    from lusgui.core.progress import Progress


class Jobs(Protocol):
    """Long work beside the window; ``lusgui.runtime.jobs.JobRunner`` is one."""

    status_changed: SignalInstance
    finished: SignalInstance
    problem: SignalInstance

    def start(self, title: str, function: Callable[[Progress], Any], job_id: str = "") -> str:
        """Run a function in a thread and return the job's name."""

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop."""


class WorkLine(QWidget):
    """A line of progress with a cancel button for one job of a dialog; hidden while nothing runs.

    Parameters
    ----------
    jobs : Jobs
        Where the work runs.
    has_stop : bool
        Whether it has a cancel button of its own; without one the dialog has it.
    """

    def __init__(self, jobs: Jobs, *, has_stop: bool = True) -> None:
        super().__init__()
        self._jobs = jobs
        self._job = ""
        self._done: Callable[[Any], None] | None = None
        self._ended: Callable[[str], None] | None = None
        self.text = QLabel()
        self.text.setObjectName("hint")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress"))
        self.stop = QPushButton("Cancel")
        self.stop.setAutoDefault(False)
        self.stop.setToolTip(tr("Stop; nothing half-done is left behind"))
        self.stop.clicked.connect(self.cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout()
        column.setSpacing(5)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        layout.addLayout(column, 1)
        layout.addWidget(self.stop)
        self.stop.setVisible(has_stop)
        jobs.status_changed.connect(self._on_status)
        jobs.finished.connect(self._on_finished)
        self.setVisible(False)

    @property
    def is_busy(self) -> bool:
        """Whether the work still runs."""
        return bool(self._job)

    def start(
        self,
        title: str,
        function: Callable[[Progress], Any],
        done: Callable[[Any], None],
        ended: Callable[[str], None] | None = None,
        *,
        is_shown: bool = True,
    ) -> None:
        """Run `function` in the background.

        Parameters
        ----------
        title : str
            What people read.
        function : callable
            Takes a `Progress`; must not touch Qt.
        done : callable
            Gets the result; not called after a failure or a cancel.
        ended : callable, optional
            Gets the text of a failure, or an empty text after a cancel.
        is_shown : bool
            Whether the line appears.
        """
        self.cancel()
        self._done, self._ended = done, ended
        self.text.setText(f"{retell(title)} …")
        self.bar.setRange(0, 0)
        self.stop.setEnabled(True)
        self.setVisible(is_shown)
        self._job = "starting"
        self._job = self._jobs.start(title, function)

    def cancel(self) -> None:
        """Stop the work, if any runs."""
        if self._job:
            self.stop.setEnabled(False)
            self._jobs.cancel(self._job)

    def abandon(self) -> None:
        """Stop the work and hear nothing more of it: the dialog goes."""
        self.cancel()
        self._job, self._done, self._ended = "", None, None
        self._jobs.status_changed.disconnect(self._on_status)
        self._jobs.finished.disconnect(self._on_finished)

    def _on_status(self, status: object) -> None:
        if isinstance(status, JobStatus) and status.id == self._job and not status.is_finished:
            self.bar.setRange(0, status.total)
            self.bar.setValue(status.done)
            if status.text:
                self.text.setText(f"{retell(status.title)}: {retell(status.text)}")

    def _on_finished(self, status: object, result: object) -> None:
        if not isinstance(status, JobStatus) or status.id != self._job:
            return
        self._job = ""
        self.setVisible(False)
        if status.reason is FinishReason.COMPLETED:
            if self._done is not None:
                self._done(result)
        elif self._ended is not None:
            self._ended("" if status.reason is FinishReason.CANCELLED else status.text)
