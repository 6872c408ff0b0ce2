"""The frames of a job: read once, each with its reviewed masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LearnError, LusguiError
from lusgui.core.annotation import PlaneKey
from lusgui.core.intensity import DisplayMapping, measure_mapping
from lusgui.core.learning.job import IGNORE
from lusgui.core.learning.snapshot import unpack_masks
from lusgui.core.pipeline import gray_frame
from lusgui.io.learn_folder import MASKS, open_learn_recording
from training.dataset import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.learning.job import LearnJob, LearnRecording
    from lusgui.core.recording import Recording

    Place = tuple[int, int]

Rated = tuple[int, int, "NDArray[np.float32]"]


@dataclass(frozen=True)
class JobFrames:
    """What a job has to learn and to judge on.

    Parameters
    ----------
    samples : tuple of Sample
        One a reviewed frame, in order of recording and frame; the group is the recording.
    places : tuple of (recording id, frame)
        Of each.
    """

    samples: tuple[Sample, ...]
    places: tuple[Place, ...]

    def find(self, place: Place) -> Sample | None:
        """Return the sample of a place; None where there is none."""
        return self.samples[self.places.index(place)] if place in self.places else None


def read_frames(
    job: LearnJob, folder: Path, say: Callable[[str], None], stop: Callable[[], bool]
) -> JobFrames:
    """Read every reviewed frame of a job with its masks.

    Parameters
    ----------
    job : LearnJob
        The job.
    folder : Path
        Its folder, with ``masks.npz``.
    say : callable
        Told, in a sentence, of a recording that cannot be read: its frames are left out.
    stop : callable
        Asked before each frame; true ends with what there is.

    Raises
    ------
    LearnError
        If the masks are not sound, or no recording can be read.
    """
    masks = unpack_masks(folder / MASKS, job)
    samples: list[Sample] = []
    places: list[Place] = []
    problems: list[LusguiError] = []
    for described in sorted(job.recordings, key=lambda one: one.id):
        frames = sorted(
            (one for one in job.frames if one.recording_id == described.id), key=lambda f: f.frame
        )
        if not frames:
            continue
        try:
            with open_learn_recording(described) as recording:
                mapping = mapping_of(described, recording)
                for one in frames:
                    if stop():
                        break
                    planes = {
                        label: masks.get(PlaneKey(*one.key, label), np.zeros(recording.frame_shape, np.bool_))
                        for label in one.statuses
                        if label != IGNORE
                    }
                    samples.append(
                        Sample(
                            f"r{described.id}_f{one.frame}",
                            f"recording {described.id}",
                            np.array(recording.frame(one.frame)),
                            planes,
                            mapping=mapping,
                            spacing_mm=described.spacing_mm,
                            ignored=masks.get(PlaneKey(*one.key, IGNORE)),
                        )
                    )
                    places.append(one.key)
        except LusguiError as error:
            problems.append(error)
            say(f"'{described.name}' is left out: {error.message}")
    if not samples and problems:
        raise LearnError(
            "none of the recordings with reviewed frames can be read",
            remedy=problems[0].remedy or "Show the files in lusgui and start the run anew",
        ) from problems[0]
    return JobFrames(tuple(samples), tuple(places))


def mapping_of(described: LearnRecording, recording: Recording) -> DisplayMapping:
    """Return how a recording's numbers become gray, as the window has it.

    Raises
    ------
    LearnError
        If the job's own words on it make no sense.
    """
    if described.mapping is None:
        return measure_mapping(recording)
    try:
        return DisplayMapping.from_json(described.mapping)
    except (KeyError, ValueError, TypeError) as error:
        raise LearnError(
            f"how '{described.name}' is shown makes no sense", remedy="Start the run anew"
        ) from error


def read_grays(
    job: LearnJob, places: Iterable[Place], dynamic_range_db: float, say: Callable[[str], None]
) -> Iterator[Rated]:
    """Give the gray (H, W) of frames that are to be rated, recording by recording.

    A recording or frame that cannot be read is said and left out.
    """
    wanted: dict[int, list[int]] = {}
    for recording_id, frame in places:
        wanted.setdefault(recording_id, []).append(frame)
    for recording_id, frames in wanted.items():
        described = job.recording(recording_id)
        try:
            with open_learn_recording(described) as recording:
                mapping = mapping_of(described, recording).with_dynamic_range(dynamic_range_db)
                for frame in frames:
                    yield recording_id, frame, gray_frame(recording.frame(frame), mapping, None)
        except LusguiError as error:
            say(f"'{described.name}' is left out: {error.message}")
