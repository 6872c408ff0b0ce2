"""Frames with points and boxes as samples: each mark is a small disc, so that views carry it along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LearnError, LusguiError
from lusgui.core.marks import centre_of
from lusgui.io.learn_folder import open_learn_recording
from training.dataset import Sample
from training.learning.job_frames import mapping_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from lusgui.core.learning.job import LearnJob

LEAST_MARKS = 20
"""Fewer marks are left out: they say less than they cost time."""

RADIUS = 0.015
"""Of a disc, in parts of the frame's sides: three pixels of the networks' grids."""

Point = tuple[float, float]


def disc_sample(sample: Sample, points: Mapping[str, Sequence[Point]]) -> Sample:
    """Return a frame of which nothing is known but the centres of some labels.

    Parameters
    ----------
    sample : Sample
        The frame; its masks are left out.
    points : mapping of str to sequence of (row, column)
        Centres of each label, in pixels, the middle of the first one being (0, 0).
    """
    shape = (sample.frame.shape[0], sample.frame.shape[1])
    return replace(sample, masks={label: discs(shape, own) for label, own in points.items()}, boxes={})


def discs(shape: tuple[int, int], points: Sequence[Point]) -> NDArray[np.bool_]:
    """Return a mask (H, W) with a disc around each point; round once the frame is stretched to a square."""
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    mask = np.zeros(shape, bool)
    for row, col in points:
        away = ((rows - row) / shape[0]) ** 2 + ((cols - col) / shape[1]) ** 2
        mask |= away <= RADIUS**2
        inside = min(max(round(row), 0), shape[0] - 1), min(max(round(col), 0), shape[1] - 1)
        mask[inside] = True
    return mask


def clicked_point(mask: NDArray[np.bool_]) -> list[Point]:
    """Return where a person would click on each piece of a mask (H, W): on the piece, next to its middle."""
    from scipy import ndimage

    named, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
    found: list[Point] = []
    for piece in range(1, count + 1):
        rows, cols = np.nonzero(named == piece)
        away = ((rows - rows.mean()) / mask.shape[0]) ** 2 + ((cols - cols.mean()) / mask.shape[1]) ** 2
        nearest = int(away.argmin())
        found.append((float(rows[nearest]), float(cols[nearest])))
    return found


def read_marked(
    job: LearnJob, labels: Sequence[str], say: Callable[[str], None], stop: Callable[[], bool]
) -> list[Sample]:
    """Read every frame of a job that has marks of these labels, in order of recording and frame.

    Of a box its middle is taken. A recording that cannot be read is said and left out.
    """
    places: dict[int, dict[int, dict[str, list[Point]]]] = {}
    for mark in job.marks:
        if mark.label in labels:
            marked = places.setdefault(mark.recording_id, {}).setdefault(mark.frame, {})
            marked.setdefault(mark.label, []).append(centre_of(mark))
    samples: list[Sample] = []
    for recording_id, frames in sorted(places.items()):
        described = job.recording(recording_id)
        try:
            with open_learn_recording(described) as recording:
                mapping = mapping_of(described, recording)
                for frame, points in sorted(frames.items()):
                    if stop():
                        return samples
                    pixels = np.array(recording.frame(frame))
                    plain = Sample(f"r{recording_id}_f{frame}", f"recording {recording_id}", pixels)
                    plain = replace(plain, mapping=mapping, spacing_mm=described.spacing_mm)
                    samples.append(disc_sample(plain, points))
        except LusguiError as error:
            say(f"The marks in '{described.name}' are left out: {error.message}")
    if places and not samples:
        raise LearnError(
            "none of the recordings with marks can be read",
            remedy="Show the files in lusgui and start the run anew",
        )
    return samples
