"""What a run is to learn, taken down in a moment and written out at leisure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lusgui.core.learning.job import IGNORE, LearnFrame, LearnJob, LearnRecording
from lusgui.core.learning.snapshot import mask_sha256, write_masks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lusgui.core.annotation import PlaneKey
    from lusgui.io.study_entries import RecordingEntry
    from lusgui.io.study_runs import ReviewedPlane

MOST_SUGGESTED_FROM = 5000
"""Frames named for being rated; of longer studies every so manieth."""


@dataclass(frozen=True)
class JobDraft:
    """A run that is written down in the study, and whose files are still to be written.

    Parameters
    ----------
    job : LearnJob
        Everything but its frames.
    folder : Path
        The folder of the run.
    planes : tuple of ReviewedPlane
        What was reviewed, as stored.
    """

    job: LearnJob
    folder: Path
    planes: tuple[ReviewedPlane, ...]

    @property
    def run_id(self) -> int:
        """Number of the run."""
        return self.job.run_id

    def write(self) -> LearnJob:
        """Write ``masks.npz`` and then ``job.json``; may be called on any thread.

        Returns
        -------
        LearnJob
            The whole job.

        Raises
        ------
        LusguiError
            If a mask in the study is damaged, or the disk refuses.
        """
        from lusgui.base.atomic import atomic_path
        from lusgui.io.learn_folder import JOB, MASKS, make_run_folder, write_durably
        from lusgui.io.study_codec import unpack_bits

        shapes = {recording.id: recording.shape for recording in self.job.recordings}
        masks: dict[PlaneKey, tuple[bytes, tuple[int, int]]] = {}
        for plane in self.planes:
            if plane.mask is not None:
                shape = shapes[plane.key.recording_id]
                masks[plane.key] = unpack_bits(plane.mask, shape), shape
        hashes = {key: mask_sha256(bits) for key, (bits, _shape) in masks.items()}
        job = replace(self.job, frames=_frames(self.planes, hashes))
        make_run_folder(self.folder)
        with atomic_path(self.folder / MASKS, overwrite=True) as temporary:
            write_masks(temporary, masks)
        write_durably(self.folder / JOB, job.dumps())
        return job


def _frames(planes: Iterable[ReviewedPlane], hashes: dict[PlaneKey, str]) -> tuple[LearnFrame, ...]:
    grouped: dict[tuple[int, int], list[ReviewedPlane]] = {}
    for plane in planes:
        grouped.setdefault((plane.key.recording_id, plane.key.frame), []).append(plane)
    frames = []
    for (recording_id, frame), own in grouped.items():
        statuses = {plane.key.label: plane.status for plane in own if plane.key.label != IGNORE}
        if statuses:
            found = {plane.key.label: hashes[plane.key] for plane in own if plane.key in hashes}
            at = max(plane.updated_at for plane in own)
            frames.append(LearnFrame(recording_id, frame, statuses, found, at))
    return tuple(frames)


def describe_recording(entry: RecordingEntry) -> LearnRecording:
    """Return a recording of the study as a job names it."""
    return LearnRecording(
        entry.id,
        entry.name,
        str(entry.path),
        None if entry.recipe is None else entry.recipe.to_json(),
        None if entry.mapping is None else entry.mapping.to_json(),
        entry.sha256,
        entry.size_bytes if entry.path.is_file() else 0,
        entry.frames,
        entry.shape,
        entry.spacing_mm,
        entry.variable,
    )


def choose_to_rate(
    recordings: Iterable[LearnRecording], reviewed: set[tuple[int, int]], most: int = MOST_SUGGESTED_FROM
) -> tuple[tuple[int, int], ...]:
    """Return frames that nobody reviewed, evenly over each recording, about `most` in all at the utmost."""
    known = list(recordings)
    step = max(1, -(-sum(one.frames for one in known) // max(most, 1)))
    return tuple(
        (one.id, frame)
        for one in known
        for frame in range(0, one.frames, step)
        if (one.id, frame) not in reviewed
    )
