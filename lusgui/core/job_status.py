"""How far a background job is: a frozen snapshot that is replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lusgui.core.problem import Problem


class RunState(StrEnum):
    """Whether a job runs."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"


class FinishReason(StrEnum):
    """Why a job has ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class JobStatus:
    """A snapshot of a job.

    Parameters
    ----------
    job_id : int
        Identifies the job while the program runs.
    title : str
        What it does, for people.
    state : RunState
        Whether it runs.
    reason : FinishReason or None
        Why it ended; None before.
    done, total : int
        Units finished and in all; total 0 where it is not known.
    text : str
        What is being done.
    problem : Problem or None
        Why it failed.
    """

    job_id: int
    title: str
    state: RunState = RunState.PENDING
    reason: FinishReason | None = None
    done: int = 0
    total: int = 0
    text: str = ""
    problem: Problem | None = None

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, for whatever reason."""
        return self.state is RunState.FINISHED

    @property
    def fraction(self) -> float:
        """Part that is done, 0 to 1."""
        if self.reason is FinishReason.COMPLETED:
            return 1.0
        return min(max(self.done / self.total, 0.0), 1.0) if self.total > 0 else 0.0
