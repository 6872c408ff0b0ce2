"""Suggested frames against random ones: how many masks it takes to the same Dice."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.dataset import groups_of
from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample

log = logging.getLogger(__name__)

NAME = "active"
SUGGESTED, RANDOM = "suggested", "random"
SCHEME = {SUGGESTED: 2, RANDOM: 1}
"""Counts up when the meaning of kept results changes."""

BLOCK = 3
"""So many drawn frames of a clip in a row are learnt from or judged, in turn."""

POOL_SHARE = 0.6
"""Share of the patients that may be drawn; the others judge."""


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Walks of each fold and order.
    minutes : float or None
        Time budget; with 0 the page is written anew from what is kept.
    only : tuple of str
        Sets to walk now: ``ribs``, ``cerebellum``; all if empty.
    masks : tuple of int
        Numbers of masks after which is learnt and judged.
    steps : int
        Batches of each learning.
    batch : int
        Frames of a batch.
    learning_rate : float
        Highest rate for ribs; the cerebellum's network takes what `tune` gives it.
    work : str
        Folder of trained bases, to share with ``show learning``; in the cache if empty.
    """

    seeds: int = 3
    minutes: float | None = 60.0
    only: tuple[str, ...] = ()
    masks: tuple[int, ...] = (1, 2, 3, 5, 8)
    steps: int = 24
    batch: int = 4
    learning_rate: float = 1e-3
    work: str = ""


TINY = Settings(seeds=1, minutes=3.0, only=("ribs",), masks=(1, 2), steps=1)
"""The same way through."""


@dataclass(frozen=True)
class Question:
    """Frames of one fold, and the network that knows none of them.

    Parameters
    ----------
    data : str
        Name of the set.
    fold : str
        Who is held out of the base.
    label : str
        What is learnt.
    base : str
        Name of the base, see `training.experiments.learning_bases`.
    samples : tuple of Sample
        All show the label; a group is a clip or a patient.
    by_group : bool
        Whether whole groups are learnt from or judged; else stretches of each.
    """

    data: str
    fold: str
    label: str
    base: str
    samples: tuple[Sample, ...]
    by_group: bool


@dataclass(frozen=True)
class Walk:
    """One fold walked in one order.

    Parameters
    ----------
    data, fold, way : str
        Which.
    seed : int
        Of deal, order and batches.
    points : tuple of mapping
        ``masks``, ``names`` (drawn so far), ``dice`` (by test frame).
    """

    data: str
    fold: str
    way: str
    seed: int
    points: tuple[Mapping[str, Any], ...]

    @property
    def curve(self) -> dict[int, float]:
        """Mean Dice of the test frames by number of masks."""
        return {int(p["masks"]): float(np.mean(list(p["dice"].values()))) for p in self.points}

    def rows(self) -> list[dict[str, object]]:
        """Return one row a number of masks and test frame."""
        place = {"data": self.data, "fold": self.fold, "way": self.way, "seed": self.seed}
        return [
            {**place, "masks": point["masks"], "frame": name, "dice": value}
            for point in self.points
            for name, value in point["dice"].items()
        ]


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; without it only ribs, which come with the program.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished walks are kept.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.active_page import write_page
    from training.experiments.learning import Settings as LearningSettings
    from training.experiments.learning_bases import Bases, key_of

    work = Path(settings.work) if settings.work else cache / "bases"
    bases = Bases(data, work, LearningSettings().cerebellum_steps)
    budget, kept = Budget(settings.minutes), TrialCache(cache / NAME)
    asked = questions(settings, data)
    done: list[Walk] = []
    missing = 0
    # every fold once in both orders before the next seed
    for seed in range(settings.seeds):
        for question in asked:
            base = bases.get(question.base)
            for way in (SUGGESTED, RANDOM):
                key = _key(settings, question, way, seed, key_of(base))
                result = kept.get(key)
                if result is None:
                    if not budget.allows_another():
                        missing += 1
                        continue
                    started = time.monotonic()
                    result = kept.compute(key, partial(walk, settings, question, way, seed, base))
                    budget.note(time.monotonic() - started)
                one = Walk(question.data, question.fold, way, seed, tuple(result["points"]))
                done.append(one)
                log.info("%s: %s %s, %s, seed %d: %s", NAME, one.data, one.fold, way, seed, one.curve)
    return write_page(settings, asked, done, missing, out)


def _key(settings: Settings, question: Question, way: str, seed: int, base: str) -> dict[str, Any]:
    from training.engine.run_folder import digest, hash_array

    pixels = [
        [one.name, hash_array(one.frame), hash_array(one.masks[question.label])] for one in question.samples
    ]
    fixed = {
        key: value
        for key, value in asdict(settings).items()
        if key in ("masks", "steps", "batch", "learning_rate")
    }
    return fixed | {
        "experiment": NAME,
        "data": question.data,
        "variant": way,
        "fold": question.fold,
        "seed": seed,
        "base": base,
        "pixels": digest(pixels),
        "scheme": SCHEME[way],
    }


def questions(settings: Settings, data: Path | None) -> list[Question]:
    """Return the folds to walk."""
    wanted = settings.only or ("ribs", "cerebellum")
    found: list[Question] = []
    if "ribs" in wanted:
        found += _ribs(data)
    if "cerebellum" in wanted and data is not None and (data / "fetal_cerebellum").is_dir():
        found += _cerebella(data)
    return found


def _ribs(data: Path | None) -> list[Question]:
    from dataclasses import replace

    from training.recipes.drawn_ribs import FOLDS, load_all_drawn

    drawn = [one for one in load_all_drawn(data or Path("nowhere")) if one.masks["rib"].any()]
    found = []
    for held_out in FOLDS:
        own = tuple(replace(one, group=one.name[:-6]) for one in drawn if one.group in held_out)
        name = "+".join(held_out)
        found.append(Question("ribs", name, "rib", f"rib:{name}", own, by_group=False))
    return found


def _cerebella(data: Path) -> list[Question]:
    from training.experiments.learning_data import cerebella

    return [
        Question("cerebellum", case.fold, case.label, case.base, case.pool, by_group=True)
        for case in cerebella(data, 3)
    ]


def deal(question: Question, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Return the frames that may be drawn, and those that judge.

    Of patients some are drawn and others judge. Of clips stretches of `BLOCK` drawn frames are dealt in turn,
    as a model that learns a recording is used on the rest of the same recording; which come first changes
    with the seed.
    """
    random = np.random.default_rng((seed, 5))
    pool: list[Sample] = []
    tests: list[Sample] = []
    if question.by_group:
        groups = [str(group) for group in random.permutation(groups_of(question.samples))]
        drawn = set(groups[: round(POOL_SHARE * len(groups))])
        for one in question.samples:
            (pool if one.group in drawn else tests).append(one)
        return pool, tests
    for group in groups_of(question.samples):
        clip = sorted((one for one in question.samples if one.group == group), key=lambda one: one.name)
        for index, one in enumerate(clip):
            (pool if (index // BLOCK + seed) % 2 == 0 else tests).append(one)
    return pool, tests


def walk(settings: Settings, question: Question, way: str, seed: int, base: LoadedModel) -> dict[str, Any]:
    """Draw frames in an order, learn after each number of masks, and judge.

    Returns
    -------
    dict
        ``points`` as `Walk` holds them.
    """
    from training.learning.judging import judge_samples
    from training.learning.tune import LearnSettings, tune

    pool, tests = deal(question, seed)
    label = (question.label,)
    order = _suggested(question) if way == SUGGESTED else _random(seed)
    drawn: list[Sample] = []
    models = [base]
    points: list[dict[str, Any]] = []

    def judge() -> None:
        dice = {one.name: round(one.dice, 5) for one in judge_samples(models[-1], tests, label, "cpu")}
        points.append({"masks": len(drawn), "names": [one.name for one in drawn], "dice": dice})

    judge()
    for goal in settings.masks:
        if goal > len(pool):
            break
        left = [one for one in pool if all(one is not other for other in drawn)]
        drawn += order(models, left, drawn, goal - len(drawn))
        chosen = LearnSettings(
            steps=settings.steps,
            batch=settings.batch,
            learning_rate=None if question.data == "cerebellum" else settings.learning_rate,
            seed=seed,
            device="cpu",
        )
        models.append(tune(base, drawn, chosen, labels=label).model)
        judge()
    return {"points": points}


def _random(seed: int) -> Callable[..., list[Sample]]:
    random = np.random.default_rng((seed, 11))

    def order(_models: object, left: Sequence[Sample], _drawn: object, count: int) -> list[Sample]:
        return [left[i] for i in random.choice(len(left), count, replace=False)]

    return order


def _suggested(question: Question) -> Callable[..., list[Sample]]:
    from training.learning.suggest import suggest

    numbers = {group: i for i, group in enumerate(groups_of(question.samples))}

    def order(
        models: Sequence[LoadedModel], left: Sequence[Sample], drawn: Sequence[Sample], count: int
    ) -> list[Sample]:
        clips: dict[str, list[str]] = {group: [] for group in numbers}
        for one in sorted((*left, *drawn), key=lambda one: one.name):
            clips[one.group].append(one.name)
        rated = {(numbers[one.group], clips[one.group].index(one.name)): one for one in (*left, *drawn)}
        told = [(*place, one.gray()) for place, one in rated.items()]
        is_drawn = {id(one) for one in drawn}
        picks = suggest(
            models[-2] if len(models) > 1 else None,
            models[-1],
            [frame for frame in told if id(rated[frame[:2]]) not in is_drawn],
            [frame for frame in told if id(rated[frame[:2]]) in is_drawn],
            count,
            float("inf"),
            label=question.label,
        )
        return [rated[one.recording_id, one.frame] for one in picks]

    return order
