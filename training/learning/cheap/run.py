"""What a run does with marks: points and boxes before masks, or in place of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import CancelledError, LearnError
from lusgui.core.detections import FILE
from lusgui.core.learning.gate import decide
from lusgui.core.learning.messages import Started
from lusgui.core.learning.plain import clean
from lusgui.core.learning.result import RunResult
from lusgui.core.learning.status import FinishReason
from lusgui.io.learn_folder import CANDIDATE, file_sha256
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.devices import choose_device, describe_device
from training.learning.cheap.boxes import DETECTOR, look_everywhere, read_boxed, train_on_boxes
from training.learning.cheap.discs import LEAST_MARKS, read_marked
from training.learning.cheap.points import prepare_base
from training.learning.settings import AUTO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lusgui.core.learning.job import LearnJob
    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample
    from training.learning.settings import LearnSettings
    from training.learning.wire import Wire

SHARE = 0.35
"""Of the time for learning that marks may take; at most `MOST_MINUTES`."""

MOST_MINUTES = 0.5

AUTO_USES_MARKS = False
"""Whether points and boxes go before masks where nobody chose a strategy. Measured on ribs and
a nerve (``python -m training show cheap``), they bring no gain that can be relied on."""


def marks_first(job: LearnJob, base: LoadedModel, settings: LearnSettings, wire: Wire) -> LoadedModel:
    """Let the points and boxes of a job prepare the model that its masks are then learnt on.

    Fewer than `LEAST_MARKS` are left out, and so are all under ``auto`` (`AUTO_USES_MARKS`). It is said.

    Returns
    -------
    LoadedModel
        The prepared model, or `base` itself.

    Raises
    ------
    LearnError
        If no recording with marks can be read.
    """
    count = sum(mark.label in job.labels for mark in job.marks)
    if count < LEAST_MARKS:
        if count:
            wire.log(f"{count} points and boxes are left out: they count from {LEAST_MARKS} on.")
        return base
    if settings.strategy == AUTO and not AUTO_USES_MARKS:
        wire.log(
            f"{count} points and boxes are left out: beside masks they brought no sure gain where it was"
            " measured. Choose a strategy by hand to use them."
        )
        return base
    samples = read_marked(job, job.labels, wire.notice, lambda: wire.is_told_to_end)
    if not samples:
        return base
    wire.notice(f"{count} points and boxes in {len(samples)} frames prepare the network first.")
    minutes = min((settings.minutes or 1.0) * SHARE, MOST_MINUTES)

    return prepare_base(
        base,
        samples,
        replace(settings, steps=None, minutes=minutes),
        lambda: wire.is_told_to_end,
        on_step=_teller(wire, tells_loss=False),  # the curve is that of the masks
    )


def learn_marks_alone(job: LearnJob, base: LoadedModel, settings: LearnSettings, wire: Wire) -> LoadedModel:
    """Return the model that the points and boxes of a job without masks make of the base.

    Raises
    ------
    LearnError
        If there are none, or the base is of a kind that learns nothing from them.
    CancelledError
        If it was stopped before anything was learnt.
    """
    samples = read_marked(job, job.labels, wire.notice, lambda: wire.is_told_to_end)
    if not samples:
        raise LearnError(
            "no frame has a centre point of what is to be learnt", remedy="Put down a few points (Q) first"
        )
    prepared = prepare_base(
        base,
        samples,
        settings,
        lambda: wire.is_told_to_end,
        on_step=_teller(wire),
    )
    if prepared is base:
        if wire.is_told_to_end:
            raise CancelledError("stopped before anything was learnt")
        raise LearnError(
            f"a network of the kind '{base.card.architecture}' does not learn from points",
            remedy="Choose the default model to start from",
        )
    return prepared


def marks_result(
    job: LearnJob,
    folder: Path,
    wire: Wire,
    base: LoadedModel,
    settings: LearnSettings,
    drawn: Sequence[Sample],
    notes: list[str],
) -> RunResult:
    """Learn points or boxes in place of masks, write what comes of it, and return the result.

    Points give a candidate that is never promoted by itself, for no mask judges it. Boxes give a detector
    and, in ``detections.json``, what it finds in every frame of the recordings.

    Parameters
    ----------
    job, folder, wire
        Of the run.
    base : LoadedModel
        What points start from.
    settings : LearnSettings
        Device, seed, time.
    drawn : sequence of Sample
        Reviewed frames: their masks give boxes too, and those without show what is none.
    notes : list of str
        Said on the way; added to.
    """
    result = RunResult(job.run_id, job.labels, FinishReason.COMPLETED, device=settings.device, frames=0)
    if job.kind == "points":
        result = _from_points(job, folder, wire, base, settings, result)
    else:
        result = _from_boxes(job, folder, wire, base, settings, drawn, notes, result)
    stopped = wire.is_told_to_end
    return replace(
        result,
        reason=FinishReason.STOPPED_AND_KEPT if stopped else FinishReason.COMPLETED,
        seconds=round(wire.seconds, 2),
        peak_memory_mb=round(wire.peak_memory_mb, 1) or None,
        notes=tuple(notes),
    )


def _from_points(
    job: LearnJob, folder: Path, wire: Wire, base: LoadedModel, settings: LearnSettings, result: RunResult
) -> RunResult:
    count = len({(mark.recording_id, mark.frame) for mark in job.marks if mark.label in job.labels})
    _say_started(
        wire,
        settings,
        count,
        base.card.key,
        "centre points",
        "Points say where it is and not what it looks like, so nothing is held out to judge them on.",
    )
    prepared = learn_marks_alone(job, base, settings, wire)
    wire.progress("writing")
    card = replace(
        prepared.card,
        name=f"{'-'.join(job.labels)}-points"[:48],
        version=f"run-{job.run_id:04d}",
        parent=base.card.key,
        data=f"centre points in {count} frames of a study, on top of {base.card.key}",
        scores={},
        bfloat16_dice=0.0,
        mixed_dice=0.0,
    )
    path = folder / CANDIDATE
    save_model(path, prepared.network, card, overwrite=True)
    card = load_model(path).card  # what is named is what is written
    why = (
        "Learnt from points alone: no mask has tested it, so it is not used by itself. Draw a few masks,"
        " or use it all the same."
    )
    gate = {label: replace(decide((), ()), promotes=False, reason=why) for label in job.labels}
    return replace(
        result,
        candidate=CANDIDATE,
        candidate_key=card.key,
        sha256=file_sha256(path),
        gate=gate,
        strategy="points",
        frames=count,
    )


def _from_boxes(
    job: LearnJob,
    folder: Path,
    wire: Wire,
    base: LoadedModel,
    settings: LearnSettings,
    drawn: Sequence[Sample],
    notes: list[str],
    result: RunResult,
) -> RunResult:
    label = job.labels[0]
    boxed = read_boxed(job, label, wire.notice, lambda: wire.is_told_to_end)
    there = {sample.name for sample in boxed}
    samples = [*boxed, *(one for one in drawn if label in one.masks and one.name not in there)]
    _say_started(
        wire,
        settings,
        len(samples),
        "",
        "boxes",
        "Every box is learnt, so none is held out to judge the detector on.",
    )
    trained = train_on_boxes(
        samples,
        label,
        settings,
        lambda: wire.is_told_to_end,
        on_step=_teller(wire),
        version=f"run-{job.run_id:04d}",
    )
    save_model(folder / DETECTOR, trained.model.network, trained.model.card, overwrite=True)
    found = look_everywhere(
        job,
        load_model(folder / DETECTOR),
        settings,
        wire.notice,
        lambda: wire.must_hurry,
        on_frame=lambda done, of: wire.progress("suggesting", done, of),
    )
    wire.progress("writing")
    with atomic_path(folder / FILE, overwrite=True) as temporary:
        temporary.write_text(found.dumps(), encoding="utf-8")
    notes.append(f"Found in {len(found.frames())} of {found.looked_at} frames.")
    wire.notice(notes[-1])
    return replace(result, strategy="boxes", frames=len(samples), images_per_s=round(trained.images_per_s, 2))


def _teller(wire: Wire, *, tells_loss: bool = True) -> Callable[[int, int, float], None]:
    """Return what says how far the learning is, and how long it still takes."""
    began = wire.seconds

    def stepped(step: int, steps: int, loss: float) -> None:
        left = (wire.seconds - began) / step * (steps - step) if steps and step else None
        eta_s = None if left is None else round(left, 1)
        wire.progress("learning", step, steps, loss=clean(loss) if tells_loss else None, eta_s=eta_s)

    return stepped


def _say_started(wire: Wire, settings: LearnSettings, frames: int, base: str, what: str, how: str) -> None:
    device = choose_device(settings.device)
    wire.send(Started(device.type, describe_device(device), 1, frames, 0, how, what, base=base))
