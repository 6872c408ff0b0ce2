"""How the masks of a recording hang together over time, found a few frames at a time and kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.coherence import FrameCoherence, MaskFacts, judge_coherence, mask_facts
from lusgui.core.overlap import iou

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.session.session import Session
    from lusgui.session.through_time import ThroughTime

MOST_KEPT = 200_000
"""So many masks are remembered by their area and centre; then all are found anew."""


class Coherence:
    """Area, centre and overlap of masks, drawn ones and ghosts.

    Parameters
    ----------
    session : Session
        Whose masks.
    times : ThroughTime
        Who keeps ghosts.
    """

    def __init__(self, session: Session, times: ThroughTime) -> None:
        self._session = session
        self._times = times
        self._facts: dict[PlaneKey, MaskFacts] = {}
        self._overlaps: dict[PlaneKey, tuple[PlaneKey, float]] = {}  # with the plane before
        self._next: dict[PlaneKey, PlaneKey] = {}
        session.mask_changed.connect(self._forget)
        session.proposal_changed.connect(self._forget)
        session.study_changed.connect(self.clear)
        session.recordings_changed.connect(self.clear)  # the spacing may be another

    def frames(self, recording_id: int, label: str) -> dict[int, bool]:
        """Return the frames with a mask in order, and whether it is only a ghost."""
        kinds = (Status.EDITED, Status.ACCEPTED, Status.REJECTED)
        said = self._session.statuses(recording_id)
        found = {frame: False for (frame, own), status in said.items() if own == label and status in kinds}
        for frame in self._times.ghosts(recording_id, label):
            found.setdefault(frame, True)
        return dict(sorted(found.items()))

    def of(self, recording_id: int, label: str, most_new: int) -> tuple[FrameCoherence, ...] | None:
        """Return the frames of a recording and label in order, or None where more is left to find.

        Parameters
        ----------
        recording_id : int
            Which recording.
        label : str
            Which label.
        most_new : int
            So many masks are looked at now; the rest is for the next call, so that the window never waits.
        """
        frames = self.frames(recording_id, label)
        keys = [PlaneKey(recording_id, frame, label) for frame in frames]
        row = self._session.row(recording_id)
        spacing = None if row is None else row.spacing_mm
        if len(self._facts) > MOST_KEPT:
            self.clear()
        masks: dict[PlaneKey, NDArray[np.bool_]] = {}

        def mask(key: PlaneKey) -> NDArray[np.bool_]:
            if key not in masks:
                ghost = self._times.ghost(key) if frames[key.frame] else None
                masks[key] = self._session.mask(key) if ghost is None else ghost.mask
            return masks[key]

        for before, key in zip([None, *keys], keys, strict=False):
            if key in self._facts and (before is None or self._overlap(before, key) is not None):
                continue
            if most_new <= 0:
                return None
            most_new -= 1
            self._facts[key] = mask_facts(mask(key), spacing)
            if before is not None:
                self._overlaps[key] = before, iou(mask(before), mask(key))
                self._next[before] = key
        facts = {key.frame: self._facts[key] for key in keys}
        pairs = {
            (a.frame, b.frame): value for a, b in pairwise(keys) if (value := self._overlap(a, b)) is not None
        }
        return judge_coherence(facts, pairs)

    def clear(self) -> None:
        """Forget everything."""
        self._facts.clear()
        self._overlaps.clear()
        self._next.clear()

    def _overlap(self, before: PlaneKey, key: PlaneKey) -> float | None:
        known = self._overlaps.get(key)
        return None if known is None or known[0] != before else known[1]

    def _forget(self, key: PlaneKey) -> None:
        self._facts.pop(key, None)
        self._overlaps.pop(key, None)
        follower = self._next.pop(key, None)
        if follower is not None:
            self._overlaps.pop(follower, None)
