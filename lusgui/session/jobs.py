"""The state of long work, as frozen snapshots that replace one another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """Where a piece of work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"


class FinishReason(StrEnum):
    """Why a piece of work ended."""

    NONE = ""
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class JobStatus:
    """A snapshot of one piece of long work.

    Parameters
    ----------
    id : str
        Names the job, e.g. ``segment``.
    title : str
        What people read.
    done, total : int
        Progress; a total of 0 means that it is not known.
    text : str
        What is being done right now, or why it failed.
    state : JobState
        Where it stands.
    reason : FinishReason
        Why it ended; empty while it runs.
    is_quiet : bool
        Whether nobody asked for it, so that its end is not worth a word; a failure is told elsewhere.
    """

    id: str
    title: str
    done: int = 0
    total: int = 0
    text: str = ""
    state: JobState = JobState.RUNNING
    reason: FinishReason = FinishReason.NONE
    is_quiet: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come."""
        return self.state is JobState.FINISHED
