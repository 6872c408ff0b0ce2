"""From masks to skill: Dice on what was never seen after a few drawn masks, from the default weights.

Every base is rebuilt without whoever is drawn or judged. Each training starts from the base anew with all of
its masks, as a run in the background does, and is judged on frames of other patients or recordings (or, for
the case of the clinic, on a far-away stretch of the same recording), by the path the window uses.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError
from training.experiments.budget import Budget
from training.experiments.learning_bases import DEFAULT, SCRATCH, X_UNET, Bases, begin, key_of
from training.experiments.learning_data import Case, Deal, cases_of, deal, wanted
from training.experiments.learning_judge import SCHEME as JUDGING
from training.experiments.learning_judge import judge_all
from training.experiments.trial_cache import TrialCache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lusgui.nn.checkpoint import LoadedModel

log = logging.getLogger(__name__)

NAME = "learning"
TITLE = "From masks to skill"
SCHEME = 2
"""Counts up when the meaning of kept results changes."""

BATCHES_PER_S = {"whole": 9.0, "zoom": 5.0}
"""What one of two cores got through in runs of ``lusgui learn``: networks that see the frame whole (10 and 12
measured), and those that look closer (6 to 7)."""


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each fold and number of masks; each draws other frames and other batches.
    minutes : float or None
        Time budget; with 0 the page is written anew from what is kept.
    only : tuple of str
        Cases to train now, e.g. ``ribs``, ``ribs_same``, ``cerebellum``, ``usgra``; all if empty. The page
        shows whatever is kept.
    masks : tuple of int
        How many masks are drawn; 0 is the base itself.
    variants : tuple of str
        What a training starts from: ``default``, ``scratch``, ``x-unet`` (only where there is a GPU).
    set : tuple of str
        ``field=value`` or ``case.field=value``: changes to ``training.learning.settings.LearnSettings``, e.g.
        ``steps=100`` or ``ribs.share=0.75``; results of other settings are variants of their own.
    scratch_steps : int
        Batches from random weights, which need more of them.
    scratch_rate : float
        Highest rate from random weights.
    cerebellum_steps : tuple of int
        Batches of a cerebellum base: coarse, fine, frames without. Fewer than what ships (800, 700, 200), for
        a half of the patients.
    device : str
        Where to learn and judge.
    work : str
        Folder of trained networks, to share with other commands; in the cache if empty.
    """

    seeds: int = 5
    minutes: float | None = 60.0
    only: tuple[str, ...] = ()
    masks: tuple[int, ...] = (0, 1, 3, 5, 10, 20)
    variants: tuple[str, ...] = (DEFAULT, SCRATCH, X_UNET)
    set: tuple[str, ...] = ()
    scratch_steps: int = 240
    scratch_rate: float = 2e-3
    cerebellum_steps: tuple[int, int, int] = (500, 450, 100)
    device: str = "auto"
    work: str = ""


TINY = Settings(
    seeds=1, minutes=5.0, only=("ribs_same",), masks=(0, 1), variants=(DEFAULT,), set=("steps=1", "batch=1")
)
"""The same way through; it still needs the shipped rib weights."""


@dataclass(frozen=True)
class LearningCell:
    """One training and what it is judged on.

    Parameters
    ----------
    case : Case
        Base, frames to draw, frames to judge.
    variant : str
        What it starts from.
    masks, seed : int
        How many are drawn; which, and every batch.
    deal : Deal
        The frames.
    learn : mapping
        Fields of ``LearnSettings`` that differ from the defaults.
    base : str
        Digest of the base's weights.
    granted : mapping
        `taken_for_granted`.
    """

    case: Case
    variant: str
    masks: int
    seed: int
    deal: Deal
    learn: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    granted: Mapping[str, Any] = field(default_factory=dict)

    def key(self) -> dict[str, Any]:
        """Return everything that the result depends on."""
        from training.engine.run_folder import digest

        return {
            "experiment": NAME,
            "data": self.case.name,
            "variant": self.variant,
            "fold": self.case.fold,
            "masks": self.masks,
            "seed": self.seed,
            "base": self.base,
            "learnt": digest(self.case.hashes(self.deal.learnt)),
            "tests": digest(self.case.hashes(self.deal.tests)),
            "elsewhere": [name for name, _ in self.case.elsewhere],
            "learn": {**self.granted, **self.learn} if self.masks else {},
            "scheme": [SCHEME, JUDGING],
        }

    @property
    def told(self) -> str:
        """The variant with what was changed of how it learns, as tables name it."""
        changes = {name: value for name, value in self.learn.items() if value != self.granted.get(name)}
        if self.variant != DEFAULT:
            return self.variant
        return ", ".join([DEFAULT, *(f"{name} {value}" for name, value in changes.items())])


@dataclass(frozen=True)
class LearningDone:
    """A cell with its result.

    Parameters
    ----------
    cell : LearningCell
        What was learnt.
    result : mapping
        ``rows`` (one a judged frame), ``elsewhere`` (one a frame that must not be forgotten), ``seconds``
        (of learning, by the clock), ``steps``, ``images_per_s``, ``strategy``, ``why``.
    """

    cell: LearningCell
    result: Mapping[str, Any]

    def rows(self) -> list[dict[str, object]]:
        """Return plain rows, one a frame, for ``results.csv``."""
        cell = self.cell
        head: dict[str, object] = {
            "case": cell.case.name,
            "variant": cell.told,
            "masks": cell.masks,
            "fold": cell.case.fold,
            "seed": cell.seed,
        }
        return [head | dict(row) for row in self.result["rows"]]

    def elsewhere(self) -> list[dict[str, object]]:
        """Return plain rows, one a frame that must not be forgotten."""
        cell = self.cell
        head: dict[str, object] = {"case": cell.case.name, "variant": cell.told, "masks": cell.masks}
        head |= {"fold": cell.case.fold, "seed": cell.seed}
        return [head | dict(row) for row in self.result["elsewhere"]]


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; without it only ribs are judged, which come with the program.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings and results are kept.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.learning_page import write_page

    folder = cache / NAME
    bases = Bases(data, Path(settings.work) if settings.work else folder / "work", settings.cerebellum_steps)
    cases = cases_of(wanted(()), data)
    done, missing = run_learning(settings, cases, bases, TrialCache(folder), Budget(settings.minutes))
    return write_page(settings, cases, done, missing, out)


def learn_settings(settings: Settings, variant: str, case: str) -> dict[str, Any]:
    """Return the fields of ``LearnSettings`` that a variant of a case changes.

    Raises
    ------
    LusguiError
        If a change is no ``field=value`` of it, or its case is none.
    """
    changes = {}
    for text in settings.set:
        field, mark, amount = text.partition("=")
        scope, _, field = field.rpartition(".")
        name, value = _change(f"{field}{mark}{amount}")
        if not scope or case in wanted((scope,)):
            changes[name] = value
    if variant == DEFAULT:
        return changes
    # there is nothing to hold on to, and more to learn
    return {"steps": settings.scratch_steps, "learning_rate": settings.scratch_rate, "replay": 0.0}


_KINDS: dict[str, Callable[[str], Any]] = {
    "strategy": str,
    "steps": int,
    "replay": float,
    "learning_rate": float,
    "batch": int,
    "ema": float,
    "pull": float,
    "share": float,
    "precision": str,
}


def _change(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    if name not in _KINDS or not value:
        raise LusguiError(f"'{text[:60]}' is no setting", remedy=f"Write field=value; {', '.join(_KINDS)}")
    try:
        return name, _KINDS[name](value)
    except ValueError:
        raise LusguiError(f"'{value[:40]}' cannot be '{name}'") from None


def taken_for_granted(case: Case, masks: int) -> dict[str, Any]:
    """Return how a run in the background learns where nothing is said: fields of ``LearnSettings``, resolved.

    Its time ends it on two cores of a processor: so many batches as `BATCHES_PER_S` allows in the minute that
    a run takes there, of which under six masks only a part is left for the network that is kept.
    """
    from lusgui.core.learning.held_out import LEAST_TO_CHOOSE
    from training.learning import tuner as learning
    from training.learning.leave_one_out import FULL_SHARE
    from training.learning.run import LEAST_MOST_STEPS, MINUTES, STEPS_A_FRAME
    from training.learning.settings import LearnSettings

    values = {name: value for name, value in asdict(LearnSettings()).items() if name in _KINDS}
    zooms = case.base.startswith("cerebellum")
    rate = learning.ZOOM_LEARNING_RATE if zooms else learning.LEARNING_RATE
    values["learning_rate"] = values["learning_rate"] or rate
    part = FULL_SHARE / (FULL_SHARE + masks) if 1 < masks < LEAST_TO_CHOOSE else 1.0
    within = round(MINUTES["cpu"] * 60 * BATCHES_PER_S["zoom" if zooms else "whole"] * part)
    values["steps"] = steps = min(max(LEAST_MOST_STEPS, STEPS_A_FRAME * masks), within)
    if values["share"] is None:
        is_known = case.base.startswith(f"{case.label}:")
        is_short = steps < learning.LONG
        values["share"] = learning.SHARE if is_known and not zooms and is_short else 1.0
    return values


def cells_of(settings: Settings, cases: Sequence[Case]) -> list[LearningCell]:
    """Return all cells, bases first, then seed by seed, so that time running out leaves whole seeds."""
    found = []
    counts = sorted(count for count in set(settings.masks) if count > 0)
    if 0 in settings.masks:
        for case in cases:
            everything = Deal((), tuple({id(one): one for one in (*case.pool, *case.tests)}.values()))
            tests = everything if case.split != "fixed" else Deal((), case.tests)
            found.append(LearningCell(case, DEFAULT, 0, 0, tests))
    for seed in range(settings.seeds):
        for variant in settings.variants:
            for count in counts:
                for case in cases:
                    dealt = deal(case, count, seed)
                    if dealt is not None:
                        learn = learn_settings(settings, variant, case.name)
                        found.append(LearningCell(case, variant, count, seed, dealt, learn))
    return found


def run_learning(
    settings: Settings, cases: Sequence[Case], bases: Bases, cache: TrialCache, budget: Budget
) -> tuple[list[LearningDone], int]:
    """Do what is wanted and not yet done for as long as there is time; show all that is kept.

    Returns
    -------
    tuple of (list of LearningDone, int)
        What there is, and how many wanted ones are missing.
    """
    names = wanted(settings.only)
    has_gpu = gpu_is_there()
    loaded: dict[str, tuple[LoadedModel, str]] = {}
    done: list[LearningDone] = []
    missing = 0
    cells = cells_of(settings, cases)
    for number, planned in enumerate(cells, 1):
        is_wanted = planned.case.name in names and (planned.variant != X_UNET or has_gpu)
        name = planned.case.base
        if name not in loaded:
            if not bases.is_there(name) and not (is_wanted and budget.seconds_left > 0):
                missing += is_wanted
                continue
            model = bases.get(name)
            loaded[name] = (model, key_of(model))
        model, digest = loaded[name]
        cell = replace(planned, base=digest, granted=taken_for_granted(planned.case, planned.masks))
        key = cell.key()
        kept = cache.get(key)
        if kept is None:
            if not is_wanted:
                continue
            if not budget.allows_another():
                missing += 1
                continue
            started = time.monotonic()
            kept = cache.compute(key, lambda c=cell, m=model: run_cell(c, m, bases, settings.device))  # type: ignore[misc]
            budget.note(time.monotonic() - started)
        done.append(LearningDone(cell, kept))
        log.info("%d of %d: %s", number, len(cells), told(done[-1]))
    return done, missing


def gpu_is_there() -> bool:
    """Whether a network as large as X-Unet can be learnt in reasonable time."""
    import torch

    return torch.cuda.is_available()


def tuner() -> Callable[..., Any]:
    """Return the function that learns; what tests put something else for."""
    from training.learning.tune import tune

    return tune


def run_cell(cell: LearningCell, base: LoadedModel, bases: Bases, device: str = "cpu") -> dict[str, Any]:
    """Learn, unless nothing is drawn, and judge."""
    from training.learning.settings import LearnSettings

    case = cell.case
    if cell.masks == 0:
        return judge_all(base, case, cell.deal.tests, device) | {"seconds": 0.0, "steps": 0}
    learned = [
        replace(one, masks={case.label: one.masks[case.label]}, boxes={}, points={})
        for one in cell.deal.learnt
    ]
    settings = replace(LearnSettings(device=device, seed=cell.seed), **{**cell.granted, **cell.learn})
    start = begin(base, cell.variant, case.label, cell.seed)
    replay = bases.replay(case.base, case.label) if settings.replay > 0 else []
    tuned = tuner()(start, learned, settings, replay=replay)
    return judge_all(tuned.model, case, cell.deal.tests, device) | {
        "seconds": round(float(tuned.seconds), 2),
        "steps": int(tuned.step),
        "images_per_s": round(float(tuned.images_per_s), 2),
        "strategy": tuned.strategy,
        "why": tuned.why,
        "settings": {name: str(value) for name, value in asdict(settings).items()},
    }


def told(item: LearningDone) -> str:
    """Say in a line what came of a cell."""
    cell, rows = item.cell, item.result["rows"]
    values = [row["dice"] for row in rows if row["dice"] is not None]
    mean = f"Dice {sum(values) / len(values):.3f} of {len(values)}" if values else "nothing judged"
    head = f"{cell.case.name} {cell.case.fold} {cell.told} {cell.masks} masks seed {cell.seed}"
    return f"{head}: {mean}, {item.result['steps']} steps, {item.result['seconds']:.0f} s"
