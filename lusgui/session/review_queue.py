"""The queue: frames that wait to be looked at again, by the reason why."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.rib_shadow import Oddity

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session


class Reason(StrEnum):
    """Why a frame waits."""

    FLAGGED = "flagged"
    COMMENTED = "commented"
    DIFFERS = "readers differ"
    NO_SHADOW = "rib without shadow"
    NO_RIB = "shadow without rib"
    EDITED = "drawn, not accepted"
    REJECTED = "rejected"


class ReviewQueue:
    """Finds the frames that wait, and goes from one to the next.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.reason = Reason.FLAGGED
        """What `go` goes by."""

    def keys(self, reason: Reason) -> list[PlaneKey]:
        """Return the frames and labels that wait for a reason, in the order of the recordings."""
        session = self._session
        if reason is Reason.FLAGGED:
            found = session.review.flagged()
        elif reason is Reason.COMMENTED:
            found = session.review.commented()
        elif reason is Reason.DIFFERS:
            found = session.adjudicating.left()
        elif reason is Reason.NO_SHADOW:
            found = session.rib_checks.places(Oddity.NO_SHADOW)
        elif reason is Reason.NO_RIB:
            found = session.rib_checks.places(Oddity.NO_RIB)
        else:
            found = self._with_status(Status.EDITED if reason is Reason.EDITED else Status.REJECTED)
        return sorted(found, key=self._ranking())

    def counts(self) -> dict[Reason, int]:
        """Return how many wait for each reason."""
        return {reason: len(self.keys(reason)) for reason in Reason}

    def go(self, step: int = 1, reason: Reason | None = None) -> bool:
        """Go to the next frame that waits (or the one before), going round; false when none does."""
        if reason is not None:
            self.reason = reason
        waiting, present = self.keys(self.reason), self._session.key()
        if not waiting:
            return False
        if step < 0:
            waiting.reverse()
        ahead = waiting
        if present is not None:
            rank = self._ranking()
            here = rank(present)
            ahead = [key for key in waiting if (rank(key) > here if step > 0 else rank(key) < here)]
        goal = (ahead or waiting)[0]
        if not self._session.go_to(goal.recording_id, goal.frame):
            return False
        self._session.view.label = goal.label
        return True

    def _with_status(self, status: Status) -> list[PlaneKey]:
        return [
            PlaneKey(row.id, frame, label)
            for row in self._session.recording_rows()
            for (frame, label), own in self._session.statuses(row.id).items()
            if own is status and self._session.label(label) is not None
        ]

    def _ranking(self) -> Callable[[PlaneKey], tuple[int, int, str]]:
        order = {row.id: number for number, row in enumerate(self._session.recording_rows())}
        return lambda key: (order.get(key.recording_id, len(order)), key.frame, key.label)
