"""What drawing cost, frame by frame, and whether another round of learning is worth it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from lusgui.core.annotation import Status
from lusgui.core.edits import HUMAN
from lusgui.core.learning.version import VersionState
from lusgui.core.stop_advice import FrameCost, Round, StopAdvice, advise, split_rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.io.study_ledger import LedgerRow
    from lusgui.session.session import Session

IDLE_S = 60.0
"""Whoever does nothing for longer is away: the gap counts as one of usual length."""

IMPORTED = "import:"


class Ledger:
    """The corrections of the open study, as the journal tells them; without a study every answer is empty.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def costs(self, label: str) -> tuple[FrameCost, ...]:
        """Return what each frame of a label took, in the order in which they were begun.

        A frame counts once a person has drawn or said something there; imports do not count.
        """
        study = self._session.study
        if study is None:
            return ()
        with self._session.guarded("What drawing cost cannot be read"):
            return frame_costs(study.ledger.rows(), label)
        return ()

    def rounds(self, label: str) -> tuple[Round, ...]:
        """Return the frames of a label, dealt to the models that answered when they were begun."""
        promoted = [
            (one.name, one.created_at)
            for one in self._session.models.versions(label)
            if one.state in (VersionState.ACTIVE, VersionState.RETIRED)
        ]
        return split_rounds(self.costs(label), promoted)

    def frames_left(self, label: str) -> int:
        """Return how many frames nobody has decided about for a label: of the worklist if there is one."""
        session = self._session
        statuses = {row.id: session.frame_statuses(row.id, label) for row in session.recording_rows()}
        places = session.worklist or [
            (row.id, frame) for row in session.recording_rows() for frame in range(row.frames)
        ]
        return sum(
            statuses.get(recording_id, {}).get(frame, Status.UNTOUCHED) is Status.UNTOUCHED
            for recording_id, frame in places
        )

    def advice(self, label: str) -> StopAdvice:
        """Say what the last round saved and whether another is worth it."""
        return advise(self.rounds(label), self.frames_left(label))


def frame_costs(rows: Sequence[LedgerRow], label: str) -> tuple[FrameCost, ...]:
    """Add up what each frame of a label took.

    Parameters
    ----------
    rows : sequence of LedgerRow
        All edits in force, of every label, in their order: the time of an edit runs from the one before,
        whatever that was of.
    label : str
        Which label.

    Returns
    -------
    tuple of FrameCost
        In the order in which the frames were begun.

    Notes
    -----
    Edits are written when a gesture ends, so the gap before one is the time of looking, going there and
    drawing. A gap longer than `IDLE_S` is a pause and counts as the median of the others.
    """
    seconds = _active_seconds(rows)
    sums: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    begun: dict[tuple[int, int], str] = {}
    for row in rows:
        if row.label != label or row.source.startswith(IMPORTED):
            continue
        place = (row.recording_id, row.frame)
        begun.setdefault(place, row.at)
        one = sums[place]
        if row.source == HUMAN and row.changed_px:
            one[0] += 1
            one[1] += row.changed_px
        one[2] += seconds[row.seq]
        seconds[row.seq] = 0.0  # an edit of many frames is counted with the first
    return tuple(
        FrameCost(*place, label, int(one[0]), int(one[1]), round(one[2], 3), begun[place])
        for place, one in sums.items()
    )


def _active_seconds(rows: Sequence[LedgerRow]) -> dict[int, float]:
    """Return the active time of each edit by its number."""
    times: dict[int, float | None] = {}
    for row in rows:
        times.setdefault(row.seq, _seconds_of(row.at))
    gaps: dict[int, float | None] = {}
    last: float | None = None
    for seq, time in times.items():
        known = time is not None and last is not None and 0 <= time - last <= IDLE_S
        gaps[seq] = time - last if known and time is not None and last is not None else None
        last = time if time is not None else last
    usual = median([gap for gap in gaps.values() if gap is not None] or [0.0])
    return {seq: usual if gap is None else gap for seq, gap in gaps.items()}


def _seconds_of(at: str) -> float | None:
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        return None
