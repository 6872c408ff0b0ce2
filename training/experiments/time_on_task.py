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
LABEL = "rib"
SCHEME = 1
"""Counts up when the meaning of kept results changes."""


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Recordings: the first of their series that show a rib in every frame.
    minutes : float or None
        Time budget.
    frames : int
        Of each recording.
    series : int
        Seed of the recordings; one that no shipped model learnt from.
    shape : tuple of int or None
        Rows and columns; None for each recording's own.
    wanted : float
        Dice that every frame is to reach.
    rounds : tuple of int
        The model learns when so many frames have been drawn.
    steps : int
        Batches of each learning.
    learning_rate : float
        Highest rate.
    every : int
        Each so-many-th frame may be suggested.
    """

    seeds: int = 3
    minutes: float | None = 60.0
    frames: int = 300
    series: int = 5000
    shape: tuple[int, int] | None = None
    wanted: float = 0.9
    rounds: tuple[int, ...] = (3, 10)
    steps: int = 600
    learning_rate: float = 2e-3
    every: int = 3


TINY = Settings(seeds=1, minutes=2.0, frames=6, shape=(64, 64), rounds=(1, 2), steps=8, every=1)
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

    base = load_model(resources_dir() / "weights" / "rib.safetensors")
    budget = Budget(settings.minutes)
    kept = TrialCache(cache / NAME)
    done: list[Told] = []
    missing = 0
    for index in chosen_recordings(settings):
        key = _key(settings, base, index)
        result = kept.get(key)
        if result is None:
            if not budget.allows_another():
                missing += 1
                continue
            started = time.monotonic()
            clip = simulated(settings, index)
            result = kept.compute(key, partial(annotate, settings, base, clip))
            budget.note(time.monotonic() - started)
        told = Told(result["recording"], tuple(result["rows"]), float(result["seconds"]))
        done.append(told)
        log.info("%s: %s: %s", NAME, told.recording, summarise(told))
    return write_page(settings, done, missing, out)


def _key(settings: Settings, base: LoadedModel, index: int) -> dict[str, Any]:
    fixed = {key: value for key, value in asdict(settings).items() if key not in ("seeds", "minutes")}
    return {"experiment": NAME, "data": f"lung {index}", "base": base.card.key, "scheme": SCHEME} | fixed


def chosen_recordings(settings: Settings) -> list[int]:
    """Return the numbers of the first recordings of the series that show a rib in their first frame."""
    from training.simulate.clips import simulate_clip

    found: list[int] = []
    index = 0
    while len(found) < settings.seeds:
        # a cine of two frames begins as one of three hundred does
        first = simulate_clip("lung", settings.series, index, frames=2, shape=settings.shape)[0]
        if first.masks[LABEL].any():
            found.append(index)
        index += 1
    return found


def simulated(settings: Settings, index: int) -> list[Sample]:
    """Return the frames of a recording, in order."""
    from training.simulate.clips import simulate_clip

    return simulate_clip("lung", settings.series, index, frames=settings.frames, shape=settings.shape)


def annotate(settings: Settings, base: LoadedModel, clip: Sequence[Sample]) -> dict[str, Any]:
    """Annotate a recording by brush alone, by mending what the shipped model says, and with learning.

    Returns
    -------
    dict
        ``recording``, ``rows`` and ``seconds``, as `Told` holds them.
    """
    truths = [sample.masks[LABEL] for sample in clip]
    empty = np.zeros_like(truths[0])
    alone = [_work(settings, empty, truth, i) for i, truth in enumerate(truths)]
    offered = predict(base, clip)
    shipped = [
        _work(settings, mask, truth, i) for i, (mask, truth) in enumerate(zip(offered, truths, strict=True))
    ]
    model, drawn = base, dict[int, tuple[int, float, int]]()  # frame -> gestures, Dice offered, round
    masks: dict[int, NDArray[np.bool_]] = {}
    seconds, trained = [], 0
    for goal in settings.rounds:
        former = base if trained else None
        for frame in _next_frames(settings, former, model, clip, masks, goal - len(masks)):
            gestures, before, mask = _work(settings, offered[frame], truths[frame], frame)
            drawn[frame] = (gestures, before, trained)
            masks[frame] = mask
        model, spent = _learn(settings, base, clip, masks)
        seconds.append(spent)
        offered, trained = predict(model, clip), len(masks)
    for frame, truth in enumerate(truths):
        if frame not in drawn:
            gestures, before, _mask = _work(settings, offered[frame], truth, frame)
            drawn[frame] = (gestures, before, trained)
    rows = [
        {
            "frame": frame,
            "brush_only": alone[frame][0],
            "shipped_model": shipped[frame][0],
            "shipped_dice": round(shipped[frame][1], 4),
            "learning": drawn[frame][0],
            "offered_dice": round(drawn[frame][1], 4),
            "learnt_from": drawn[frame][2],
            "is_drawn_first": frame in masks,
        }
        for frame in range(len(clip))
    ]
    return {"recording": clip[0].group, "rows": rows, "seconds": round(float(np.mean(seconds)), 1)}


def _work(
    settings: Settings, start: NDArray[np.bool_], truth: NDArray[np.bool_], frame: int
) -> tuple[int, float, NDArray[np.bool_]]:
    work = correct(start, truth, settings.wanted, np.random.default_rng((settings.series, frame)))
    return work.gestures, work.dice_before, work.mask


def predict(model: LoadedModel, clip: Sequence[Sample]) -> list[NDArray[np.bool_]]:
    """Return the mask that the window would offer for each frame."""
    from lusgui.nn.predictor import Predictor

    predictor = Predictor(model, "cpu")
    return [predictor.predict(one.gray(), LABEL) >= model.card.threshold for one in clip]


def _next_frames(
    settings: Settings,
    former: LoadedModel | None,
    model: LoadedModel,
    clip: Sequence[Sample],
    masks: Mapping[int, NDArray[np.bool_]],
    count: int,
) -> list[int]:
    from training.learning.suggest import suggest

    asked = [(1, i, clip[i].gray()) for i in range(0, len(clip), settings.every) if i not in masks]
    known = [(1, i, clip[i].gray()) for i in sorted(masks)]
    picked = suggest(former or model, model, asked, known, count, float("inf"), label=LABEL)
    return [one.frame for one in picked]


def _learn(
    settings: Settings, base: LoadedModel, clip: Sequence[Sample], masks: Mapping[int, NDArray[np.bool_]]
) -> tuple[LoadedModel, float]:
    """Learn what was drawn, which is not quite the truth, from the shipped model on."""
    from training.learning.tune import LearnSettings, tune

    learnt = [replace(clip[i], masks={LABEL: masks[i]}) for i in sorted(masks)]
    chosen = LearnSettings(steps=settings.steps, learning_rate=settings.learning_rate, device="cpu")
    tuned = tune(base, learnt, chosen, labels=(LABEL,))
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
