"""Gestures that a recording takes with and without a model that learns while somebody draws."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.annotator import correct
from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample

log = logging.getLogger(__name__)

NAME = "time_on_task"
KINDS = {"lung": ("rib", "rib"), "cyst": ("cyst", "rib"), "head": ("cerebellum", "cerebellum")}
"""What is simulated: its label, and the shipped model to begin with; none knows cysts."""

SCHEME = 4
"""Counts up when the meaning of kept results changes."""


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Recordings of each kind: the first of the series that show the structure.
    minutes : float or None
        Time budget.
    kinds : tuple of str
        Keys of `KINDS`.
    frames : int
        Of each recording.
    series : int
        Seed of the recordings; one that no shipped model learnt from.
    shape : tuple of int or None
        Rows and columns; None for each recording's own.
    wanted : float
        Dice that every frame is to reach.
    careful : float
        Dice of the frames that are learnt from.
    rounds : tuple of int
        The model learns when so many frames have been drawn.
    steps : int
        Batches of the last learning, as many as one of two cores gets through in three minutes; those before
        it, which only serve the suggestions, take a quarter.
    batch : int
        Frames of a batch.
    learning_rate : float, optional
        Highest rate; that of a run if None.
    every : int
        Each so-many-th frame may be suggested.
    """

    seeds: int = 2
    minutes: float | None = 60.0
    kinds: tuple[str, ...] = ("cyst", "lung")
    frames: int = 300
    series: int = 5000
    shape: tuple[int, int] | None = None
    wanted: float = 0.9
    careful: float = 0.95
    rounds: tuple[int, ...] = (3, 10)
    steps: int = 1500
    batch: int = 1
    learning_rate: float | None = None
    every: int = 6


TINY = Settings(
    seeds=1, minutes=2.0, kinds=("lung", "cyst"), frames=6, shape=(64, 64), rounds=(1, 2), steps=8, every=1
)
"""The same way through in seconds."""


@dataclass(frozen=True)
class Told:
    """One recording, annotated in every way.

    Parameters
    ----------
    recording : str
        Its name.
    rows : tuple of mapping
        One a frame: ``frame``, ``round`` (frames drawn before the model that answered learnt; -1 for the
        frames that nobody touched before), gestures of each way, and the Dice of what was offered.
    seconds : float
        Of the learning, on average.
    """

    recording: str
    rows: tuple[Mapping[str, Any], ...]
    seconds: float


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Not needed: the recordings are simulated, and the model is the one that comes with the program.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished recordings are kept.

    Returns
    -------
    Path
        The page.
    """
    from lusgui.base.paths import resources_dir
    from lusgui.nn.checkpoint import load_model
    from training.experiments.time_on_task_page import write_page

    bases = {
        kind: load_model(resources_dir() / "weights" / f"{KINDS[kind][1]}.safetensors")
        for kind in settings.kinds
    }
    budget = Budget(settings.minutes)
    kept = TrialCache(cache / NAME)
    done: list[Told] = []
    missing = 0
    for kind, index in chosen_recordings(settings):
        key = _key(settings, bases[kind], kind, index)
        result = kept.get(key)
        if result is None:
            if not budget.allows_another():
                missing += 1
                continue
            started = time.monotonic()
            clip = simulated(settings, kind, index)
            result = kept.compute(key, partial(annotate, settings, bases[kind], clip, KINDS[kind][0]))
            budget.note(time.monotonic() - started)
        told = Told(result["recording"], tuple(result["rows"]), float(result["seconds"]))
        done.append(told)
        log.info("%s: %s: %s", NAME, told.recording, summarise(told))
    return write_page(settings, done, missing, out)


def _key(settings: Settings, base: LoadedModel, kind: str, index: int) -> dict[str, Any]:
    left_out = ("seeds", "minutes", "kinds")
    fixed = {key: value for key, value in asdict(settings).items() if key not in left_out}
    return {"experiment": NAME, "data": f"{kind} {index}", "base": base.card.key, "scheme": SCHEME} | fixed


def chosen_recordings(settings: Settings) -> list[tuple[str, int]]:
    """Return kind and number of the first recordings that show the structure in their first frame.

    One of each kind comes before the second of any.
    """
    from training.simulate.clips import simulate_clip

    found: list[tuple[int, str, int]] = []
    for kind in settings.kinds:
        index = 0
        for turn in range(settings.seeds):
            # a cine of two frames begins as one of three hundred does
            while not (
                simulate_clip(kind, settings.series, index, frames=2, shape=settings.shape)[0]
                .masks[KINDS[kind][0]]
                .any()
            ):
                index += 1
            found.append((turn, kind, index))
            index += 1
    return [(kind, index) for _turn, kind, index in sorted(found, key=lambda one: one[0])]


def simulated(settings: Settings, kind: str, index: int) -> list[Sample]:
    """Return the frames of a recording, in order, with the one label."""
    from training.simulate.clips import simulate_clip

    label = KINDS[kind][0]
    clip = simulate_clip(kind, settings.series, index, frames=settings.frames, shape=settings.shape)
    return [replace(one, masks={label: one.masks[label]}) for one in clip]


def annotate(settings: Settings, base: LoadedModel, clip: Sequence[Sample], label: str) -> dict[str, Any]:
    """Annotate a recording by brush alone, by mending what the shipped model says, and with learning.

    Returns
    -------
    dict
        ``recording``, ``rows`` and ``seconds``, as `Told` holds them.
    """
    truths = [sample.masks[label] for sample in clip]
    empty = np.zeros_like(truths[0])
    alone = [_work(settings, empty, truth, i) for i, truth in enumerate(truths)]
    offered = predict(base, clip, label)
    shipped = [
        _work(settings, mask, truth, i) for i, (mask, truth) in enumerate(zip(offered, truths, strict=True))
    ]
    model, drawn = base, dict[int, tuple[int, float, int]]()  # frame -> gestures, Dice offered, round
    masks: dict[int, NDArray[np.bool_]] = {}
    seconds, trained = [], 0
    for goal in settings.rounds:
        former = base if trained else None
        for frame in _next_frames(settings, former, model, clip, masks, goal - len(masks), label):
            gestures, before, mask = _work(settings, offered[frame], truths[frame], frame, settings.careful)
            drawn[frame] = (gestures, before, trained)
            masks[frame] = mask
        steps = settings.steps if goal == settings.rounds[-1] else max(settings.steps // 4, 1)
        model, spent = _learn(settings, steps, base, clip, masks, label)
        seconds.append(spent)
        offered, trained = predict(model, clip, label), len(masks)
    for frame, truth in enumerate(truths):
        if frame not in drawn:
            gestures, before, _mask = _work(settings, offered[frame], truth, frame)
            drawn[frame] = (gestures, before, trained)
    rows = [
        {
            "frame": frame,
            "brush_only": alone[frame][0],
            # what is offered lies on a plane of its own: who does not like it draws on an empty one
            "shipped_model": min(shipped[frame][0], alone[frame][0]),
            "shipped_dice": round(shipped[frame][1], 4),
            "learning": drawn[frame][0] if frame in masks else min(drawn[frame][0], alone[frame][0]),
            "offered_dice": round(drawn[frame][1], 4),
            "learnt_from": drawn[frame][2],
            "is_drawn_first": frame in masks,
        }
        for frame in range(len(clip))
    ]
    return {"recording": clip[0].group, "rows": rows, "seconds": round(float(np.mean(seconds)), 1)}


def _work(
    settings: Settings,
    start: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    frame: int,
    wanted: float | None = None,
) -> tuple[int, float, NDArray[np.bool_]]:
    work = correct(start, truth, wanted or settings.wanted, np.random.default_rng((settings.series, frame)))
    return work.gestures, work.dice_before, work.mask


def predict(model: LoadedModel, clip: Sequence[Sample], label: str) -> list[NDArray[np.bool_]]:
    """Return the mask that the window would offer for each frame; empty if the model does not know it."""
    from lusgui.nn.predictor import Predictor

    if label not in model.card.labels:
        return [np.zeros_like(one.masks[label]) for one in clip]
    predictor = Predictor(model, "cpu")
    return [predictor.predict(one.gray(), label) >= model.card.threshold for one in clip]


def _next_frames(
    settings: Settings,
    former: LoadedModel | None,
    model: LoadedModel,
    clip: Sequence[Sample],
    masks: Mapping[int, NDArray[np.bool_]],
    count: int,
    label: str,
) -> list[int]:
    from training.learning.suggest import suggest

    asked = [(1, i, clip[i].gray()) for i in range(0, len(clip), settings.every) if i not in masks]
    known = [(1, i, clip[i].gray()) for i in sorted(masks)]
    picked = suggest(former or model, model, asked, known, count, float("inf"), label=label)
    return [one.frame for one in picked]


def _learn(
    settings: Settings,
    steps: int,
    base: LoadedModel,
    clip: Sequence[Sample],
    masks: Mapping[int, NDArray[np.bool_]],
    label: str,
) -> tuple[LoadedModel, float]:
    """Learn what was drawn, which is not quite the truth, from the shipped model on.

    As a run does, without the frames that it would keep to judge on.
    """
    from training.learning.hold_out import choose_held_out
    from training.learning.tune import LearnSettings, tune

    drawn = sorted(masks)
    split = choose_held_out([(1, i) for i in drawn], [bool(masks[i].any()) for i in drawn])
    learnt = [replace(clip[drawn[k]], masks={label: masks[drawn[k]]}) for k in split.learned(len(drawn))]
    chosen = LearnSettings(
        steps=steps, batch=settings.batch, learning_rate=settings.learning_rate, device="cpu"
    )
    tuned = tune(base, learnt, chosen, labels=(label,))
    return tuned.model, tuned.seconds


def summarise(told: Told) -> dict[str, float]:
    """Return the numbers of one recording.

    Returns
    -------
    dict of str to float
        Gestures of each way; ``share`` of the gestures with learning among those by brush alone; of the
        frames that came after the last learning ``untouched`` (share that needed none) and ``offered_dice``
        (mean);
        ``shipped_untouched`` of all frames.
    """
    rows = told.rows
    later = [row for row in rows if not row["is_drawn_first"]]
    total = {way: float(sum(row[way] for row in rows)) for way in ("brush_only", "shipped_model", "learning")}
    return total | {
        "share": total["learning"] / max(total["brush_only"], 1.0),
        "untouched": float(np.mean([row["learning"] == 0 for row in later])) if later else float("nan"),
        "offered_dice": float(np.mean([row["offered_dice"] for row in later])) if later else float("nan"),
        "shipped_untouched": float(np.mean([row["shipped_model"] == 0 for row in rows])),
        "shipped_dice": float(np.mean([row["shipped_dice"] for row in rows])),
    }
