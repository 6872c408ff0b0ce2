"""Where it is before what it is: pre-training by localization against random weights, at few masks.

Hu et al. 2018 teach an encoder the centre of the optic disc on 9,047 images, freeze it, and teach a decoder
from at most 92 masks; the same network from random weights is the baseline (Dice 0.88 against 0.84). Here the
centres are of fetal heads (HC18: every training frame gives its centre, a few of them their mask) and of
cerebella (centres of simulated heads and of the training patients; a few masks of real planes, judged by
patient).
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from training.augment import AugmentSettings
from training.experiments.budget import Budget
from training.experiments.cells import METRICS, Cell, Done
from training.experiments.localize_first_data import fold_of, gather
from training.experiments.trial_cache import TrialCache
from training.localization.pipeline import (
    LOCALIZED,
    SCRATCH,
    TUNED,
    few_masks,
    segmenter_trial,
    train_localizer,
    train_segmenter,
)
from training.report.tables import show_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from training.bases import Base
    from training.data.splits import Fold
    from training.dataset import Sample
    from training.engine.settings import FitSettings
    from training.experiments.sets import DataSet

log = logging.getLogger(__name__)

NAME = "localize_first"
MOVING = "localized, statistics move"
PUBLISHED = (LOCALIZED, SCRATCH)
SCHEME = 1

LOCATE_VIEWS = AugmentSettings(
    rotation_deg=10.0,
    zoom=(0.8, 1.25),
    stretch=1.15,
    shear=0.05,
    shift=0.12,
    elastic=0.0,
    gray=0.5,
    burnt_in=0.0,
)
"""Of the localizer: points must move to be learnt."""


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each cell; each judges another fold of `folds`.
    minutes : float or None
        Time budget.
    sets : tuple of str
        ``hc18`` (head) and ``cerebellum``; ``simulated`` stands in where no data are given.
    masks : tuple of int
        Numbers of training masks.
    ways : tuple of str
        What is compared; ``localized, statistics move`` freezes the encoder's weights but not the running
        statistics of its batch normalisations.
    folds : int
        Of each set, by group.
    side, base_width : int
        Of both networks.
    locate_epochs, locate_steps, locate_batch, locate_rate
        Of the localizer (RMSprop).
    epochs, steps_per_epoch, batch_size, learning_rate
        Of each segmenter (Adam), the same for all ways; the last weights are judged.
    simulated : int
        Simulated heads whose centres the localizer of cerebella learns from.
    longest : int
        Rows or columns that frames are shrunk to.
    frames : int or None
        Only so many of each set.
    """

    seeds: int = 3
    minutes: float | None = 20.0
    sets: tuple[str, ...] = ("hc18", "cerebellum")
    masks: tuple[int, ...] = (3, 5, 10, 20)
    ways: tuple[str, ...] = (LOCALIZED, SCRATCH, TUNED, MOVING)
    folds: int = 5
    side: int = 96
    base_width: int = 8
    locate_epochs: int = 10
    locate_steps: int = 60
    locate_batch: int = 16
    locate_rate: float = 5e-4
    epochs: int = 4
    steps_per_epoch: int = 50
    batch_size: int = 4
    learning_rate: float = 2e-3
    simulated: int = 200
    longest: int = 160
    frames: int | None = None


TINY = Settings(
    seeds=1,
    minutes=2.0,
    sets=("simulated",),
    masks=(2,),
    folds=2,
    side=32,
    base_width=2,
    locate_epochs=1,
    locate_steps=2,
    locate_batch=2,
    epochs=1,
    steps_per_epoch=2,
    batch_size=2,
    simulated=6,
    longest=48,
    frames=6,
)
"""The same way through in seconds."""


@dataclass(frozen=True)
class Located:
    """A localizer of one set and seed.

    Parameters
    ----------
    data : str
        The set.
    seed : int
        Which also names the fold.
    scores : mapping
        On the test frames.
    centres : int
        Frames it learnt from.
    """

    data: str
    seed: int
    scores: Mapping[str, float]
    centres: int


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; without it everything is simulated.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings are kept.

    Returns
    -------
    Path
        The page.
    """
    from training.experiments.localize_first_page import write_page

    budget = Budget(settings.minutes)
    kept = TrialCache(cache / NAME)
    sets = gather(settings, data)
    located: dict[tuple[str, int], Located] = {}
    done: list[Done] = []
    missing = 0
    # the comparison of the paper first, for every seed
    for ways in (PUBLISHED, tuple(way for way in settings.ways if way not in PUBLISHED)):
        chosen = replace(settings, ways=tuple(way for way in ways if way in settings.ways))
        for seed in range(settings.seeds if chosen.ways else 0):
            for part, more in sets:
                fold = fold_of(settings, part, seed)
                found = _localizer(settings, part, more, fold, seed, kept, budget)
                if found is None:
                    missing += count_cells(chosen, part, fold)
                    continue
                located[part.name, seed] = found[1]
                for cell in _cells(chosen, part, fold, seed, found[0]):
                    result = _segmenter(cell, kept, budget)
                    missing += result is None
                    if result is not None:
                        done.append(Done(cell, result))
    return write_page(settings, [part for part, _ in sets], list(located.values()), done, missing, out)


def _fit(settings: Settings, seed: int, **other: Any) -> FitSettings:  # noqa: ANN401
    from training.engine.settings import FitSettings

    return FitSettings(
        **{
            "epochs": settings.epochs,
            "steps_per_epoch": settings.steps_per_epoch,
            "batch_size": settings.batch_size,
            "learning_rate": settings.learning_rate,
            "schedule": "cosine",
            "device": "cpu",
            "seed": seed,
            **other,
        }
    )


def arguments_of(settings: Settings) -> dict[str, Any]:
    """Return the arguments of both networks."""
    return {"base_width": settings.base_width, "norm": "batch", "dropout": 0.1}


def _localizer(
    settings: Settings,
    part: DataSet,
    more: tuple[Sample, ...],
    fold: Fold,
    seed: int,
    cache: TrialCache,
    budget: Budget,
) -> tuple[Base, Located] | None:
    from lusgui.core.contrast import ContrastSettings
    from lusgui.nn.checkpoint import save_model
    from training.bases import load_base_file
    from training.engine.run_folder import digest, hash_samples

    fit = _fit(
        settings,
        seed,
        epochs=settings.locate_epochs,
        steps_per_epoch=settings.locate_steps,
        batch_size=settings.locate_batch,
        learning_rate=settings.locate_rate,
        optimiser="rmsprop",
        precision="float32",
    )
    samples = [*part.samples, *more]
    full = replace(fold, train=(*fold.train, *range(len(part.samples), len(samples))))
    key = {
        "experiment": f"{NAME}, where",
        "data": part.name,
        "variant": "localizer",
        "seed": seed,
        "fit": fit.to_json(),
        "network": arguments_of(settings) | {"side": settings.side},
        "views": asdict(LOCATE_VIEWS),
        "pixels": digest(hash_samples(samples)),
        "fold": asdict(full),
        "scheme": SCHEME,
    }
    path = cache.path_of(key).with_suffix(".safetensors")
    kept = cache.get(key)
    if kept is None or not path.exists():
        if not budget.allows_another():
            return None
        started = time.monotonic()
        result = train_localizer(
            samples,
            full,
            part.label,
            fit,
            arguments=arguments_of(settings),
            side=settings.side,
            augment=LOCATE_VIEWS,
            contrast=ContrastSettings(),
        )
        save_model(path, result.model.network, result.model.card, overwrite=True)
        cache.put(key, {"scores": dict(result.scores), "centres": len(full.train)})
        kept = cache.get(key) or {}
        budget.note(time.monotonic() - started)
        log.info("%s: localizer of %s, seed %d: %s", NAME, part.name, seed, show_value(kept["scores"]))
    return load_base_file(path), Located(part.name, seed, kept["scores"], int(kept["centres"]))


def _cells(settings: Settings, part: DataSet, fold: Fold, seed: int, base: Base) -> Iterator[Cell]:
    """Yield the trainings of a set and seed; numbers of masks that a fold does not have are left out."""
    from lusgui.core.contrast import ContrastSettings

    for count in counts_of(settings, part, fold):
        for way in settings.ways:
            trial = segmenter_trial(
                LOCALIZED if way == MOVING else way,
                base,
                part.label,
                _fit(settings, seed),
                arguments=arguments_of(settings),
                side=settings.side,
                augment="cheng",
                contrast=ContrastSettings(),
            )
            few = few_masks(part.samples, fold, part.label, count, seed)
            yield Cell(part, way, str(seed % settings.folds), seed, trial, few)


def counts_of(settings: Settings, part: DataSet, fold: Fold) -> list[int]:
    """Return the numbers of masks that a fold has."""
    most = len(few_masks(part.samples, fold, part.label, 0, 0).train)
    return [count for count in settings.masks if count <= most]


def count_cells(settings: Settings, part: DataSet, fold: Fold) -> int:
    """Return how many trainings a set and seed have."""
    return len(counts_of(settings, part, fold)) * len(settings.ways)


def _segmenter(cell: Cell, cache: TrialCache, budget: Budget) -> Mapping[str, Any] | None:
    key = cell.key(NAME)
    kept = cache.get(key)
    if kept is None:
        if not budget.allows_another():
            return None
        started = time.monotonic()
        kept = cache.compute(key, lambda: _train(cell))
        budget.note(time.monotonic() - started)
        log.info(
            "%s: %s, %d masks, %s, seed %d: Dice %.3f, %.0f s",
            NAME,
            cell.data.name,
            len(cell.split.train),
            cell.variant,
            cell.seed,
            Done(cell, kept).mean_dice,
            kept["seconds"],
        )
    return kept


def _train(cell: Cell) -> dict[str, Any]:
    from training.judging import found_nothing

    started = time.process_time()
    result = train_segmenter(
        cell.data.samples, cell.split, cell.trial, freeze_statistics=cell.variant != MOVING
    )
    rows = []
    for row in result.rows:
        kept = {"name": row["name"], "group": row["group"]}
        for metric in METRICS:
            value = row.get(metric)
            kept[metric] = None if value is None or not math.isfinite(value) else round(float(value), 5)
        rows.append(kept)
    return {
        "rows": rows,
        "history": [dict(row) for row in result.history],
        "epochs": len(result.history),
        "best_epoch": len(result.history),
        "seconds": round(time.process_time() - started, 2),
        "reason": "finished",
        "failed": found_nothing(result.rows),
        "taken": "",
        "masks": {},
    }
