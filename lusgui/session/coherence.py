"""How the masks of a recording hang together over time, found a few frames at a time and kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.coherence import FrameCoherence, MaskFacts, judge_coherence, mask_facts
from lusgui.core.overlap import iou

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from lusgui.core.prediction_key import PredictionKey
    from lusgui.core.threshold import ThresholdSettings
    from lusgui.session.session import Session
    from lusgui.session.through_time import ThroughTime

MOST_KEPT = 200_000
"""So many masks are remembered by their area and centre; then all are found anew."""


class _Track:
    """What is known of one recording and label, by frame."""

    def __init__(self) -> None:
        self.facts: dict[int, MaskFacts] = {}
        self.overlaps: dict[int, tuple[int, float]] = {}  # with the frame before
        self._next: dict[int, int] = {}

    def overlap(self, before: int, frame: int) -> float | None:
        known = self.overlaps.get(frame)
        return None if known is None or known[0] != before else known[1]

    def put_overlap(self, before: int, frame: int, value: float) -> None:
        self.overlaps[frame] = before, value
        self._next[before] = frame

    def forget(self, frame: int) -> None:
        self.facts.pop(frame, None)
        self.overlaps.pop(frame, None)
        follower = self._next.pop(frame, None)
        if follower is not None:
            self.overlaps.pop(follower, None)


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
        self._tracks: dict[tuple[int, str], _Track] = {}
        self._model: tuple[tuple[PredictionKey, ThresholdSettings], _Track] | None = None
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
        if sum(len(track.facts) for track in self._tracks.values()) > MOST_KEPT:
            self.clear()

        def mask(frame: int) -> NDArray[np.bool_]:
            key = PlaneKey(recording_id, frame, label)
            ghost = self._times.ghost(key) if frames[frame] else None
            return self._session.mask(key) if ghost is None else ghost.mask

        track = self._tracks.setdefault((recording_id, label), _Track())
        return self._judged(track, frames, mask, recording_id, most_new)

    def of_model(self, recording_id: int, label: str, most_new: int) -> tuple[FrameCoherence, ...] | None:
        """Return the same of the model's masks, of frames whose answers are in memory; no model is run.

        None where more is left to find; nothing where the model is withheld.
        """
        session = self._session
        wanted = session.prediction_key(recording_id, 0, label)
        if wanted is None:
            return ()
        answered = sorted(key.frame for key in session.predictions if replace(key, frame=0) == wanted)
        frames = [f for f in answered if not session.is_withheld(PlaneKey(recording_id, f, label))]
        about = wanted, session.threshold_settings_of(label)
        if self._model is None or self._model[0] != about:
            self._model = about, _Track()

        def mask(frame: int) -> NDArray[np.bool_]:
            found = session.model_mask(PlaneKey(recording_id, frame, label))
            if found is None:  # dropped from memory meanwhile
                row = session.row(recording_id)
                return np.zeros((1, 1) if row is None else row.shape, bool)
            return found

        return self._judged(self._model[1], frames, mask, recording_id, most_new)

    def _judged(
        self,
        track: _Track,
        frames: Iterable[int],
        read: Callable[[int], NDArray[np.bool_]],
        recording_id: int,
        most_new: int,
    ) -> tuple[FrameCoherence, ...] | None:
        row = self._session.row(recording_id)
        spacing = None if row is None else row.spacing_mm
        masks: dict[int, NDArray[np.bool_]] = {}

        def mask(frame: int) -> NDArray[np.bool_]:
            if frame not in masks:
                masks[frame] = read(frame)
            return masks[frame]

        pairs: dict[tuple[int, int], float] = {}
        before: int | None = None
        for frame in frames:
            known = None if before is None else track.overlap(before, frame)
            if frame not in track.facts or (before is not None and known is None):
                if most_new <= 0:
                    return None
                most_new -= 1
                track.facts[frame] = mask_facts(mask(frame), spacing)
                if before is not None:
                    known = iou(mask(before), mask(frame))
                    track.put_overlap(before, frame, known)
            if before is not None and known is not None:
                pairs[before, frame] = known
            before = frame
        return judge_coherence({frame: track.facts[frame] for frame in frames}, pairs)

    def clear(self) -> None:
        """Forget everything."""
        self._tracks.clear()
        self._model = None

    def _forget(self, key: PlaneKey) -> None:
        track = self._tracks.get((key.recording_id, key.label))
        if track is not None:
            track.forget(key.frame)
