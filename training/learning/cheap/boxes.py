"""Boxes teach a detector, which then looks through every frame of the recordings (after Ramos et al. 2020).

The network is their tiny YOLO at half its width and 160 x 160 pixels, so that a few boxes are learnt within a
minute on a processor. Drawn masks give boxes as well, and frames with nothing in them teach what is none.
"""

from __future__ import annotations

import datetime
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lusgui.base.errors import LearnError, LusguiError
from lusgui.core.detections import Detection, Detections
from lusgui.core.learning.plain import is_label
from lusgui.core.model_card import ModelCard
from lusgui.core.pipeline import gray_frame
from lusgui.io.learn_folder import open_learn_recording
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.devices import choose_device
from lusgui.nn.registry import build
from training.data.boxes import Box
from training.dataset import Sample
from training.detection.decode import DecodeSettings
from training.detection.grid import GridShape
from training.detection.predict import Detector
from training.detection.stack import make_box_stack
from training.detection.task import DetectionTask
from training.engine.repeatable import repeatable
from training.learning.course import Course
from training.learning.job_frames import mapping_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor, nn

    from lusgui.core.learning.job import LearnJob
    from training.detection.task import DetectionBatch
    from training.learning.settings import LearnSettings

ARGUMENTS = {"base_width": 8, "input_side": 160, "grid": 5, "boxes": 2, "classes": 1}
RATE, BATCH, STEPS = 1e-3, 8, 150
"""Of the course on boxes; steps for each minute, and for less than one."""

LIMIT = 3.0
"""It ends at the latest after so many times its time."""

LEAST_BOXES = 5
"""With fewer frames a detector learns nothing that holds elsewhere."""

DECODE = DecodeSettings(threshold=0.05, overlap=0.4, most=8)
DETECTOR = "detector.safetensors"
"""Name in the run's folder."""


class _BoxTask:
    """`DetectionTask` as a course asks for it."""

    def __init__(self, task: DetectionTask, device: torch.device) -> None:
        self._task, self._device = task, device

    def batch(self, size: int, generator: torch.Generator) -> DetectionBatch:
        """Return views of so many frames."""
        return self._task.batch(0, size, generator, self._device)

    def loss(self, network: nn.Module, batch: DetectionBatch) -> Tensor:
        """Return their loss."""
        return self._task.loss(network, batch)


@dataclass(frozen=True)
class TrainedDetector:
    """A detector, and how it went.

    Parameters
    ----------
    model : LoadedModel
        With its card.
    steps : int
        Batches.
    seconds, images_per_s : float
        Of learning.
    """

    model: LoadedModel
    steps: int
    seconds: float
    images_per_s: float


def train_on_boxes(
    samples: Sequence[Sample],
    label: str,
    settings: LearnSettings,
    stop: Callable[[], bool] | None = None,
    *,
    on_step: Callable[[int, int, float], None] | None = None,
    version: str = "1",
) -> TrainedDetector:
    """Teach a detector of one label.

    Parameters
    ----------
    samples : sequence of Sample
        Frames with boxes or masks of the label.
    label : str
        What is looked for.
    settings : LearnSettings
        Seed, device, and steps or time.
    stop : callable, optional
        Asked before each batch; true ends with what there is.
    on_step : callable, optional
        Told the step, of how many, and its loss.
    version : str
        Of the card.

    Raises
    ------
    LearnError
        If there are too few boxes.
    """
    shown = [one for one in samples if one.boxes.get(label) or one.masks.get(label, np.zeros(1)).any()]
    if len(shown) < LEAST_BOXES:
        raise LearnError(
            f"{len(shown)} frames with a box of '{label}' are too few for a detector",
            remedy=f"Put boxes (R) around it in at least {LEAST_BOXES} frames",
        )
    device = choose_device(settings.device)
    settings = replace(settings, batch=BATCH, judgements=0, pull=0.0)
    if settings.steps is None:  # by the clock a busy machine would end with a detector that finds nothing
        limit = time.monotonic() + LIMIT * 60 * (settings.minutes or 1.0)
        settings = replace(settings, steps=round(STEPS * max(settings.minutes or 1.0, 1.0)), minutes=None)
        told = stop or _never

        def stop() -> bool:
            return told() or time.monotonic() > limit

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = build("yolo-tiny", **ARGUMENTS).to(device)
    arguments = dict(network.init_args)  # type: ignore[arg-type]
    side, channels = int(arguments["input_side"]), int(arguments["in_channels"])
    stack = make_box_stack(samples, (label,), side, union=False)
    shape = GridShape(arguments["grid"], arguments["boxes"], arguments["classes"])
    task = DetectionTask(stack, None, shape, channels=channels)
    with repeatable(device):
        course = Course(network, _BoxTask(task, device), settings, RATE, device)
        walked = course.run(on_step or _ignore, _ignore, stop or _never)
    card = ModelCard(
        name=f"{label}-detector"[:48],
        version=version,
        architecture="yolo-tiny",
        labels=(label,),
        input_shape=(side, side),
        arguments=arguments,
        threshold=DECODE.threshold,
        data=f"{len(shown)} frames with boxes of {len({one.group for one in shown})} recordings of a study",
        seed=settings.seed,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        notes="Research use only. Gray is stretched to a square and coloured by viridis first.",
    )
    model = LoadedModel(walked.network.requires_grad_(False), card)
    return TrainedDetector(model, walked.step, walked.seconds, walked.images_per_s)


def read_boxed(
    job: LearnJob, label: str, say: Callable[[str], None], stop: Callable[[], bool]
) -> list[Sample]:
    """Read every frame of a job that has a box of a label, in order of recording and frame.

    A recording that cannot be read is said and left out.
    """
    places: dict[int, dict[int, list[Box]]] = {}
    for mark in job.marks:
        if mark.kind == "box" and mark.label == label:
            box = Box(mark.row0 + 0.5, mark.col0 + 0.5, mark.row1 + 0.5, mark.col1 + 0.5)
            places.setdefault(mark.recording_id, {}).setdefault(mark.frame, []).append(box)
    samples: list[Sample] = []
    for recording_id, frames in sorted(places.items()):
        described = job.recording(recording_id)
        try:
            with open_learn_recording(described) as recording:
                mapping = mapping_of(described, recording)
                for frame, boxes in sorted(frames.items()):
                    if stop():
                        return samples
                    samples.append(
                        Sample(
                            f"r{recording_id}_f{frame}",
                            f"recording {recording_id}",
                            np.array(recording.frame(frame)),
                            boxes={label: tuple(boxes)},
                            mapping=mapping,
                        )
                    )
        except LusguiError as error:
            say(f"The boxes in '{described.name}' are left out: {error.message}")
    return samples


def look_everywhere(
    job: LearnJob,
    model: LoadedModel,
    settings: LearnSettings,
    say: Callable[[str], None],
    stop: Callable[[], bool],
    *,
    on_frame: Callable[[int, int], None] | None = None,
    seconds: float = 60.0,
) -> Detections:
    """Let a detector look through the recordings of a job.

    Parameters
    ----------
    job : LearnJob
        Says which recordings.
    model : LoadedModel
        The detector.
    settings : LearnSettings
        The device.
    say : callable
        Told of recordings that cannot be read, and of frames that there was no time for.
    stop : callable
        Asked before each frame; true ends with what there is.
    on_frame : callable, optional
        Told how many frames are done, of how many.
    seconds : float
        Time; if it is too short for all frames, every second one or fewer are looked at.
    """
    label = model.card.labels[0]
    assert is_label(label)
    detector = Detector(model, settings.device, DECODE)
    total = sum(described.frames for described in job.recordings)
    found: list[Detection] = []
    looked, began, stride, gone = 0, time.monotonic(), 1, 0
    for described in sorted(job.recordings, key=lambda one: one.id):
        try:
            with open_learn_recording(described) as recording:
                mapping = mapping_of(described, recording)
                frame = 0
                while frame < described.frames and not stop():
                    found += _boxes(
                        detector, gray_frame(recording.frame(frame), mapping, None), described.id, frame
                    )
                    looked, gone = looked + 1, gone + stride
                    if looked == 20 and stride == 1:
                        each = (time.monotonic() - began) / looked
                        stride = max(math.ceil(each * total / seconds), 1)
                        if stride > 1:
                            say(f"The detector looks at every {stride}. frame: there are {total}.")
                    if on_frame is not None:
                        on_frame(min(gone, total), total)
                    frame += stride
        except LusguiError as error:
            say(f"'{described.name}' was not looked through: {error.message}")
    return Detections(label, model.card.key, looked, tuple(found))


def _boxes(detector: Detector, gray: Any, recording_id: int, frame: int) -> Iterable[Detection]:  # noqa: ANN401
    """Return the boxes of one frame in the study's coordinates, cut to it."""
    for one in detector.detect_in(gray):
        box = one.box
        rows = [min(max(edge - 0.5, -0.5), gray.shape[0] - 0.5) for edge in (box.row0, box.row1)]
        cols = [min(max(edge - 0.5, -0.5), gray.shape[1] - 0.5) for edge in (box.col0, box.col1)]
        if rows[1] - rows[0] > 0.5 and cols[1] - cols[0] > 0.5:
            row0, col0, row1, col1 = (round(float(v), 2) for v in (rows[0], cols[0], rows[1], cols[1]))
            sure = min(max(float(one.score), 0.0), 1.0)
            yield Detection(recording_id, frame, row0, col0, row1, col1, sure)


def _ignore(*_values: object) -> None:
    return None


def _never() -> bool:
    return False
