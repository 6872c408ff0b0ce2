"""What centre points are worth beside a few masks: the same masks learnt with and without them.

A person clicks once on each piece in up to a hundred frames; `training.learning.cheap` lets the points
prepare the encoder (after Hu et al. 2018), then masks are learnt as in every run in the background. Frames
with points are never judged.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError
from training.experiments.budget import Budget
from training.experiments.learning_bases import Bases, key_of
from training.experiments.learning_data import GAP, cases_of, deal, frame_of
from training.experiments.learning_judge import SCHEME as JUDGING
from training.experiments.learning_judge import judge_all
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample
    from training.experiments.learning_data import Case, Deal
    from training.learning.settings import LearnSettings

log = logging.getLogger(__name__)

NAME = "cheap"
SCHEME = 2
WITH, WITHOUT = "with points", "without points"

CASES = {
    "ribs_same": "ribs, another stretch of the same recording",
    "ribs_other": "ribs, recordings of other people or machines",
    "usgra_nerve": "nerve, a label the base did not have",
    "cerebellum": "cerebellum, other patients",
}
"""Cases of `training.experiments.learning_data`, in the order in which they are done."""


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each fold and number of masks; each draws other frames.
    minutes : float or None
        Time budget; with 0 the tables are written anew from what is kept.
    only : tuple of str
        Cases to train now; all if empty.
    masks : tuple of int
        How many masks are drawn, in the order in which they are done.
    points : int
        Frames with points, at most.
    point_steps, steps : int or None
        Batches on points and on masks; None for those of a run.
    learning_rate : float or None
        Highest rate on masks; None for that of a run. Networks that zoom have their own.
    share : float
        How far from the base to the learnt weights the answer lies.
    judged : int
        Test frames judged, evenly spread.
    cerebellum_steps : tuple of int
        Of the cerebellum's bases, as in ``show learning``, to share them.
    work : str
        Folder of bases, to share with ``show learning``; in the cache if empty.
    """

    seeds: int = 3
    minutes: float | None = 60.0
    only: tuple[str, ...] = ()
    masks: tuple[int, ...] = (5, 3, 10)
    points: int = 100
    point_steps: int | None = 60
    steps: int | None = 120
    learning_rate: float | None = 1e-3
    share: float = 0.75
    judged: int = 12
    cerebellum_steps: tuple[int, int, int] = (500, 450, 100)
    work: str = ""


TINY = Settings(
    seeds=1, minutes=5.0, only=("ribs_other",), masks=(1,), points=3, point_steps=1, steps=1, judged=1
)
"""The same way through; it still needs the shipped rib weights."""


@dataclass(frozen=True)
class CheapCell:
    """What is drawn, what is clicked, and what is judged.

    Parameters
    ----------
    case : Case
        Fold of a question.
    deal : Deal
        Frames that are drawn, and those judged.
    pointed : tuple of Sample
        Frames that are clicked on: of the pool, neither drawn nor judged.
    masks, seed : int
        Frames drawn, and which.
    """

    case: Case
    deal: Deal
    pointed: tuple[Sample, ...]
    masks: int
    seed: int


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its tables and figure.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.cheap_page import write_page

    unknown = [name for name in settings.only if name not in CASES]
    if unknown:
        raise LusguiError(f"'{unknown[0][:40]}' is not measured", remedy=f"Known: {', '.join(CASES)}")
    folder = cache / NAME
    bases = Bases(data, Path(settings.work) if settings.work else folder / "work", settings.cerebellum_steps)
    cases = [replace(case, elsewhere=()) for case in cases_of(list(CASES), data)]
    rows, missing = measure(settings, cases, bases, TrialCache(folder), Budget(settings.minutes))
    return write_page(settings, rows, missing, out)


def cells_of(settings: Settings, cases: Sequence[Case]) -> list[CheapCell]:
    """Return what is to be done: seed after seed, so that an early end leaves whole comparisons."""
    order = list(CASES)
    cells = []
    for seed in range(settings.seeds):
        for masks in settings.masks:
            for case in sorted(cases, key=lambda one: (order.index(one.name), one.fold)):
                cell = make_cell(case, masks, seed, settings)
                if cell is not None:
                    cells.append(cell)
    return cells


def make_cell(case: Case, masks: int, seed: int, settings: Settings) -> CheapCell | None:
    """Draw masks, points and test frames; None where there are too few."""
    dealt = deal(case, masks, seed)
    if dealt is None:
        return None
    drawn = {sample.name for sample in dealt.learnt}
    tests = list(dealt.tests)
    if case.split == "group":
        # every second patient who is not drawn is clicked on and not judged
        groups = list(dict.fromkeys(sample.group for sample in tests))
        clicked = set(groups[::2]) if len(groups) > 1 else set()
        tests = [sample for sample in tests if sample.group not in clicked]
    shown = [sample for sample in tests if sample.masks[case.label].any()]
    judged = {sample.name for sample in tests}
    pool = [one for one in case.pool if one.name not in drawn | judged and one.masks[case.label].any()]
    if case.split == "time":
        places = [frame_of(one) for one in dealt.tests]
        pool = [one for one in pool if min(abs(frame_of(one) - at) for at in places) > GAP]
    order = np.random.default_rng((seed, 11)).permutation(len(pool))[: settings.points]
    if not shown or not pool:
        return None
    kept = np.unique(np.linspace(0, len(shown) - 1, settings.judged).round().astype(int))
    dealt = replace(dealt, tests=tuple(shown[i] for i in kept))
    return CheapCell(case, dealt, tuple(pool[i] for i in sorted(order)), masks, seed)


def measure(
    settings: Settings, cases: Sequence[Case], bases: Bases, cache: TrialCache, budget: Budget
) -> tuple[list[dict[str, Any]], int]:
    """Do what is wanted and not yet done for as long as there is time.

    Returns
    -------
    tuple of (list of dict, int)
        One row a judged frame, and how many comparisons are missing.
    """
    rows: list[dict[str, Any]] = []
    missing = 0
    cells = cells_of(settings, cases)
    loaded: dict[str, LoadedModel] = {}
    for number, cell in enumerate(cells, 1):
        is_wanted = not settings.only or cell.case.name in settings.only
        if not bases.is_there(cell.case.base) and not (is_wanted and budget.seconds_left > 0):
            missing += is_wanted
            continue
        if cell.case.base not in loaded:
            loaded[cell.case.base] = bases.get(cell.case.base)
        base = loaded[cell.case.base]
        key = key_of_cell(cell, base, settings)
        kept = cache.get(key)
        if kept is None and is_wanted and budget.allows_another():
            started = time.monotonic()
            work = partial(run_cell, cell, base, bases, settings)
            kept = cache.compute(key, work)
            budget.note(time.monotonic() - started)
        if kept is None:
            missing += is_wanted
            continue
        rows += [told | row for told, row in _rows(cell, kept)]
        log.info("%d of %d: %s %s", number, len(cells), cell.case.name, cell.case.fold)
    return rows, missing


def key_of_cell(cell: CheapCell, base: LoadedModel, settings: Settings) -> dict[str, Any]:
    """Return everything that a comparison depends on."""
    from training.learning.cheap import points

    return {
        "experiment": NAME,
        "data": cell.case.name,
        "fold": cell.case.fold,
        "seed": cell.seed,
        "masks": cell.masks,
        "scheme": [SCHEME, JUDGING],
        "base": key_of(base),
        "learnt": [sample.name for sample in cell.deal.learnt],
        "pointed": [sample.name for sample in cell.pointed],
        "tests": [sample.name for sample in cell.deal.tests],
        "steps": settings.point_steps,
        "learn": asdict(learn_settings(cell, base, settings)),
        "points": [points.WHERE, points.KEEP, points.HIT, points.RATE, points.BATCH],
    }


def learn_settings(cell: CheapCell, base: LoadedModel, settings: Settings) -> LearnSettings:
    """Return how the masks of a cell are learnt."""
    from training.learning.settings import LearnSettings

    rate = None if base.card.architecture == "zoom-unet" else settings.learning_rate
    return LearnSettings(seed=cell.seed, steps=settings.steps, learning_rate=rate, share=settings.share)


def run_cell(cell: CheapCell, base: LoadedModel, bases: Bases, settings: Settings) -> dict[str, Any]:
    """Learn the masks from the base and from the base that points prepared, and judge both."""
    from training.learning.cheap.discs import clicked_point, disc_sample
    from training.learning.cheap.points import prepare_base
    from training.learning.tune import tune

    label = cell.case.label
    learn = learn_settings(cell, base, settings)
    learned = [replace(one, masks={label: one.masks[label]}, boxes={}, points={}) for one in cell.deal.learnt]
    replay = bases.replay(cell.case.base, label)
    clicked = [disc_sample(one, {label: clicked_point(one.masks[label])}) for one in cell.pointed]
    began = time.monotonic()
    few = replace(learn, steps=settings.point_steps, learning_rate=None)
    prepared = prepare_base(base, clicked, few)
    seconds = time.monotonic() - began
    result: dict[str, Any] = {
        "points": sum(len(clicked_point(one.masks[label])) for one in cell.pointed),
        "pointed": len(cell.pointed),
        "point_seconds": round(seconds, 1),
        "base": judge_all(base, cell.case, cell.deal.tests)["rows"],
    }
    for way, start in ((WITHOUT, base), (WITH, prepared)):
        tuned = tune(start, learned, learn, replay=replay)
        result[way] = judge_all(tuned.model, cell.case, cell.deal.tests)["rows"]
    return result


def _rows(cell: CheapCell, kept: Mapping[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    told = {"case": cell.case.name, "fold": cell.case.fold, "seed": cell.seed, "masks": cell.masks}
    told |= {"points": kept["points"], "pointed": kept["pointed"]}
    return [
        (told, {"name": one["name"], "group": one["group"], "base": zero["dice"]} | _ways(one, other))
        for zero, one, other in zip(kept["base"], kept[WITHOUT], kept[WITH], strict=True)
        if one["dice"] is not None and other["dice"] is not None
    ]


def _ways(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, float]:
    return {"without": float(one["dice"]), "with": float(other["dice"])}
