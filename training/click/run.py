"""A training of a click network in a folder: what was asked for, frames prepared once, states, the model."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import logging
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.base.errors import CancelledError, OverwriteRefusedError
from lusgui.core.model_card import ModelCard
from training.click.course import Course, CourseSettings, State
from training.click.frames import count_sources
from training.click.sources import FOLDS, gather
from training.click.stored_frames import read_frames, write_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lusgui.nn.click.network import ClickNet
    from training.click.sources import Split

_log = logging.getLogger(__name__)

ARCHITECTURE = "click-net"
LABELS = ("object",)
CONFIG, STATE, CURVES, FRAMES, HELD_OUT, MODEL = (
    "lesson.json",
    "state.pt",
    "curves.csv",
    "frames.npz",
    "held_out.json",
    "click.safetensors",
)
SAVE_SECONDS = 150.0
TELL_STEPS = 100


@dataclass(frozen=True)
class ClickLesson:
    """What is asked of a training.

    Parameters
    ----------
    seed : int
        Of the split, the weights and everything drawn at random.
    without : tuple of str
        Labels that are never a target.
    learns_all : bool
        Whether every patient is learnt from; else part of each set is left to be judged on.
    halvings : int
        1 leaves half of each set out, 2 a quarter; see `training.click.sources.held_out_groups`.
    start : str
        Name of the model whose weights it begins with; empty for none.
    course : CourseSettings
        Steps, clicks, batches.
    width : dict
        Arguments of the network that differ from its defaults.
    simulated : dict, optional
        How many frames of each simulation, if not as usual.
    name : str
        Of the model.
    version : str
        Of the model.
    """

    seed: int = 0
    without: tuple[str, ...] = ()
    learns_all: bool = False
    halvings: int = 1
    start: str = ""
    course: CourseSettings = field(default_factory=CourseSettings)
    width: dict[str, int] = field(default_factory=dict)
    simulated: dict[str, int] | None = None
    name: str = "click"
    version: str = "1.0"

    def config(self) -> dict[str, Any]:
        """Return plain values that must stay when a training goes on; the budget of time may differ."""
        values = asdict(self)
        values["without"] = sorted(self.without)
        del values["course"]["minutes"]
        return values


@dataclass(frozen=True)
class Taught:
    """What came of a training.

    Parameters
    ----------
    path : Path
        The model.
    card : ModelCard
        Its card.
    reason : str
        Why it ended: ``steps`` or ``time``.
    state : State
        How far it got.
    """

    path: Path
    card: ModelCard
    reason: str
    state: State


def teach(
    data: Path,
    lesson: ClickLesson,
    out: Path,
    *,
    start: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    on_step: Callable[[State], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Taught:
    """Teach a click network, or go on where an earlier call for the same lesson stopped.

    Parameters
    ----------
    data : Path
        Folder with the real sets.
    lesson : ClickLesson
        How.
    out : Path
        Folder of the training; new, empty, or of this very lesson.
    start : Path, optional
        Model whose weights it begins with. It must not have learnt from who is left out now.
    on_line : callable, optional
        Told in words what is done.
    on_step : callable, optional
        Told after every batch.
    cancelled : callable
        Asked before every batch.

    Raises
    ------
    OverwriteRefusedError
        If the folder holds something else.
    CancelledError
        If somebody stopped it; the state is kept.
    ModelError
        If the weights to begin with are of another network, or know somebody who is left out.
    """
    from lusgui.nn.registry import build

    tell = on_line or (lambda _: None)
    if start is not None:
        lesson = replace(lesson, start=hashlib.sha256(start.read_bytes()).hexdigest()[:16])
    _claim(out, lesson)
    split = _frames(data, lesson, out, tell)
    torch.manual_seed(lesson.seed)
    network: ClickNet = build(ARCHITECTURE, **lesson.width)  # type: ignore[assignment]
    if start is not None:
        begin_with(network, start, split)
    course = Course(network, split.training, lesson.course)
    if (out / STATE).exists():
        course.restore(out / STATE)
        tell(f"goes on from step {course.state.step}")
    saved = time.monotonic()

    def stepped(state: State) -> None:
        nonlocal saved
        if on_step is not None:
            on_step(state)
        if time.monotonic() - saved > SAVE_SECONDS:
            _keep(course, lesson, split, out)
            saved = time.monotonic()

    reason = course.run(on_step=stepped, cancelled=cancelled)
    card = _keep(course, lesson, split, out)
    if reason == "cancelled":
        raise CancelledError(
            f"stopped after {course.state.step} of {lesson.course.steps} batches; the state is kept in {out}",
            remedy="Give the same command again to go on",
        )
    return Taught(out / MODEL, card, reason, course.state)


def begin_with(network: ClickNet, start: Path, split: Split) -> None:
    """Give a network the weights of a model that knows nobody who is left out.

    Raises
    ------
    ModelError
        If they do not fit, or the model's card does not say that it never saw who is left out.
    """
    from lusgui.base.errors import ModelError
    from lusgui.nn.checkpoint import load_model
    from training.click_evaluation.targets import groups_in_split

    loaded = load_model(start)
    unseen = groups_in_split(loaded.card.split) or {}
    for source, groups in split.held_out.items():
        known = sorted(set(groups) - set(unseen.get(source, ())))
        if known:
            raise ModelError(
                f"the weights to begin with may know {source} {known[0]}, who is left out now",
                path=start,
                remedy="Begin with weights that left out as many or more, or without --start",
            )
    try:
        network.load_state_dict(loaded.network.state_dict())
    except RuntimeError as error:
        raise ModelError(
            "the weights to begin with are of another network", path=start, remedy="Leave --start out"
        ) from error


def make_card(lesson: ClickLesson, split: Split, network: ClickNet, state: State) -> ModelCard:
    """Return the card of a click network: what it saw, what it never saw."""
    counts = ", ".join(f"{source} {count}" for source, count in count_sources(split.training).items())
    held = "; ".join(f"{source}: {', '.join(groups)}" for source, groups in split.held_out.items() if groups)
    left = f" Never a target: {', '.join(sorted(lesson.without))}." if lesson.without else ""
    began = (
        f" It began with the weights of a model that knew fewer of them ({lesson.start})."
        if lesson.start
        else ""
    )
    side = network.coarse_side
    return ModelCard(
        lesson.name,
        lesson.version,
        ARCHITECTURE,
        LABELS,
        (side, side),
        dict(network.init_args),
        data=f"Learnt to answer simulated clicks on {len(split.training)} frames: {counts}.{left}{began}",
        split=(
            f"One of {FOLDS**lesson.halvings} parts of the patients, clips or near duplicates of every real"
            " set was left out."
            f" Never seen: {held}."
            if held
            else "Every patient was learnt from."
        ),
        seed=lesson.seed,
        scores={"batches": state.step, "minutes": round(state.seconds / 60, 1)},
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        licence=(
            "Weights learnt from data under CC BY 4.0 (usgra, hc18), CC0 1.0 (fetal cerebellum), CC BY 4.0"
            " and CC BY 2.0 (lung clips) and from simulations; credits in the cards of the data sets"
        ),
        notes=(
            "Answers clicks, boxes and scribbles; not a model of one structure. The image it sees is gray as"
            " on screen, speckle included. Research use only, not a medical device."
        ),
    )


def _claim(out: Path, lesson: ClickLesson) -> None:
    """Make the folder, or make sure that it is of this very lesson."""
    wanted = json.loads(json.dumps(lesson.config()))
    if (out / CONFIG).exists():
        try:
            known = json.loads((out / CONFIG).read_text(encoding="utf-8"))
        except ValueError:
            known = None
        if known == wanted:
            return
        raise OverwriteRefusedError(
            "the folder holds a training that was asked for otherwise",
            path=out,
            remedy="Choose another folder",
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OverwriteRefusedError(
            "there is something that is no training of clicks", path=out, remedy="Choose another folder"
        )
    make_folder(out)
    _write(out / CONFIG, json.dumps(wanted, indent=1) + "\n")


def _frames(data: Path, lesson: ClickLesson, out: Path, tell: Callable[[str], None]) -> Split:
    from training.click.sources import Split

    if (out / FRAMES).exists() and (out / HELD_OUT).exists():
        held = json.loads((out / HELD_OUT).read_text(encoding="utf-8"))
        frames = read_frames(out / FRAMES)
        return Split(frames, {source: tuple(groups) for source, groups in held.items()})
    split = gather(
        data,
        seed=lesson.seed,
        without=lesson.without,
        learns_all=lesson.learns_all,
        halvings=lesson.halvings,
        simulated=lesson.simulated,
        on_progress=tell,
    )
    if not split.training:
        from lusgui.base.errors import LusguiError

        raise LusguiError(
            "there is nothing to learn clicks from", path=data, remedy="Name the folder with the data sets"
        )
    write_frames(out / FRAMES, split.training)
    _write(out / HELD_OUT, json.dumps(split.held_out, indent=1) + "\n")
    return split


def _keep(course: Course, lesson: ClickLesson, split: Split, out: Path) -> ModelCard:
    """Write state, curves and the model as it is now, its weights averaged over the last steps."""
    from lusgui.nn.checkpoint import save_model
    from lusgui.nn.registry import build

    course.save(out / STATE)
    _write(out / CURVES, _curves(course.state.history))
    network: ClickNet = build(ARCHITECTURE, **lesson.width)  # type: ignore[assignment]
    network.load_state_dict(course.mean)
    card = make_card(lesson, split, network, course.state)
    return save_model(out / MODEL, network, card, overwrite=True)


def _curves(history: list[Mapping[str, float]] | list[dict[str, float]]) -> str:
    """Return the losses, a line for every `TELL_STEPS` batches."""
    stream = io.StringIO()
    names = list(history[-1]) if history else []
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["batch", *names])
    for start in range(0, len(history), TELL_STEPS):
        rows = history[start : start + TELL_STEPS]
        means = [f"{np.mean([row.get(name, np.nan) for row in rows]):.5f}" for name in names]
        writer.writerow([start + len(rows), *means])
    return stream.getvalue()


def _write(path: Path, text: str) -> None:
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")
