"""The cells of an experiment: one training each, kept when finished, run until the time is up."""

from __future__ import annotations

import base64
import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.bases import Base
    from training.data.splits import Fold
    from training.dataset import Sample
    from training.experiments.budget import Budget
    from training.experiments.sets import DataSet
    from training.experiments.trial_cache import TrialCache
    from training.trials import Trial, TrialResult

log = logging.getLogger(__name__)

SCHEME = 2
"""Counts up when the meaning of kept results changes, so that old ones are not taken for new."""

FAILED_DICE = 0.05
"""A training whose test frames have a mean Dice below this has failed (our bound)."""

METRICS = ("dice", "hd95_mm", "hd95_px", "false_components", "roughness")
"""What is kept of each test frame."""


@dataclass(frozen=True)
class Cell:
    """One training of an experiment.

    Parameters
    ----------
    data : DataSet
        What is learnt and judged.
    variant : str
        What is compared: a strategy, a split, a normalisation.
    fold : str
        Name of the fold, for tables.
    seed : int
        Of weights and batches.
    trial : Trial
        What is trained and how.
    split : Fold
        Which frames do what.
    fraction : float or None
        Part of the data that is learnt from.
    shown : tuple of str
        Names of test frames whose masks are kept for the gallery.
    """

    data: DataSet
    variant: str
    fold: str
    seed: int
    trial: Trial
    split: Fold
    fraction: float | None = None
    shown: tuple[str, ...] = ()

    def key(self, experiment: str) -> dict[str, Any]:
        """Return everything that the result depends on."""
        from training.engine.run_folder import digest

        named = [
            [self.data.samples[i].name for i in side]
            for side in (self.split.train, self.split.validation, self.split.test)
        ]
        return {
            "experiment": experiment,
            "data": self.data.name,
            "fraction": self.fraction,
            "variant": self.variant,
            "fold": self.fold,
            "seed": self.seed,
            "trial": self.trial.to_json(),
            "split": digest(named),
            "pixels": self.data.digest,
            "shown": list(self.shown),
            "scheme": SCHEME,
        }


@dataclass(frozen=True)
class Done:
    """A cell with its result.

    Parameters
    ----------
    cell : Cell
        What was trained.
    result : mapping
        ``rows`` (one a test frame), ``history`` (one an epoch), ``epochs``, ``best_epoch``, ``seconds`` (of
        the processor, all its threads, preparation and judging included), ``reason``, ``failed``, ``masks``
        (of the frames shown).
    """

    cell: Cell
    result: Mapping[str, Any]

    @property
    def dice(self) -> dict[str, float]:
        """Dice of each test frame that shows the label, by its name."""
        return {row["name"]: float(row["dice"]) for row in self.result["rows"] if row["dice"] is not None}

    @property
    def mean_dice(self) -> float:
        """Mean of `dice`; NaN where no test frame shows the label."""
        values = list(self.dice.values())
        return float(np.mean(values)) if values else math.nan

    @property
    def failed(self) -> bool:
        """Whether training did not get off the ground: no number, too many epochs, or next to no Dice."""
        return bool(self.result["failed"]) or self.mean_dice < FAILED_DICE

    def rows(self) -> list[dict[str, object]]:
        """Return plain rows, one a test frame, for ``results.csv``."""
        cell, result = self.cell, self.result
        head: dict[str, object] = {"data": cell.data.name}
        if cell.fraction is not None:
            head["fraction"] = cell.fraction
        head |= {"variant": cell.variant, "fold": cell.fold, "seed": cell.seed}
        tail = {name: result[name] for name in ("epochs", "best_epoch", "seconds", "reason")}
        tail["failed"] = self.failed
        tail["learnt_from"] = len(cell.split.train)
        return [head | dict(row) | tail for row in result["rows"]]


def run_cells(
    experiment: str, cells: Sequence[Cell], cache: TrialCache, budget: Budget
) -> tuple[list[Done], int]:
    """Do what is not yet done, in order, for as long as there is time.

    Parameters
    ----------
    experiment : str
        Name that results are kept under.
    cells : sequence of Cell
        Most wanted first.
    cache : TrialCache
        Where finished ones are.
    budget : Budget
        A training is only begun if one as long as those before it would end in time.

    Returns
    -------
    tuple of (list of Done, int)
        What is done, and how many are missing.
    """
    done: list[Done] = []
    missing = 0
    for number, cell in enumerate(cells, 1):
        key = cell.key(experiment)
        kept = cache.get(key)
        if kept is None:
            if not budget.allows_another():
                missing += 1
                continue
            started = time.monotonic()
            kept = cache.compute(key, lambda cell=cell: run_cell(cell))  # type: ignore[misc]
            budget.note(time.monotonic() - started)
        done.append(Done(cell, kept))
        log.info(
            "%s %d of %d: %s %s fold %s seed %d: Dice %.3f, %d epochs, %.0f s%s",
            experiment,
            number,
            len(cells),
            cell.data.name,
            cell.variant,
            cell.fold,
            cell.seed,
            done[-1].mean_dice,
            kept["epochs"],
            kept["seconds"],
            ", failed" if done[-1].failed else "",
        )
    return done, missing


def run_cell(cell: Cell) -> dict[str, Any]:
    """Train and judge one cell; a loss that ceases to be a number is a failure with Dice 0, not the end."""
    from training.engine.settings import TrainingError
    from training.trials import run_trial

    # the processor's seconds, not the wall's: other work may share the machine
    started = time.process_time()
    try:
        result = run_trial(cell.trial, cell.data.samples, cell.split)
    except TrainingError as error:
        log.warning("%s %s fold %s: %s", cell.data.name, cell.variant, cell.fold, error)
        return _broken(cell, str(error))
    return {
        "rows": [_row(row) for row in result.rows],
        "history": [dict(row) for row in result.history],
        "epochs": result.epochs,
        "best_epoch": result.best_epoch,
        "seconds": round(time.process_time() - started, 2),
        "reason": result.reason,
        "failed": result.failed,
        "taken": result.taken.sentence(),
        "masks": _masks(cell, result),
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"name": row["name"], "group": row["group"]}
    for metric in METRICS:
        value = row.get(metric)
        kept[metric] = None if value is None or not math.isfinite(value) else round(float(value), 5)
    return kept


def _broken(cell: Cell, why: str) -> dict[str, Any]:
    tests = [cell.data.samples[i] for i in cell.split.test]
    rows = [
        {
            "name": sample.name,
            "group": sample.group,
            "dice": 0.0 if sample.masks[cell.data.label].any() else None,
            "hd95_mm": None,
            "hd95_px": None,
            "false_components": None,
            "roughness": None,
        }
        for sample in tests
    ]
    return {
        "rows": rows,
        "history": [],
        "epochs": 0,
        "best_epoch": 0,
        "seconds": 0.0,
        "reason": why,
        "failed": True,
        "taken": "",
        "masks": {},
    }


def _masks(cell: Cell, result: TrialResult) -> dict[str, Any]:
    from lusgui.nn.predictor import Predictor

    if not cell.shown:
        return {}
    predictor = Predictor(result.model, "cpu")
    masks = {}
    for i in cell.split.test:
        sample = cell.data.samples[i]
        if sample.name in cell.shown:
            probability = predictor.predict(sample.gray(cell.trial.despeckle), cell.trial.label)
            masks[sample.name] = pack_mask(probability >= cell.trial.threshold)
    return masks


def pack_mask(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Return a mask (H, W) as plain values, a bit a pixel."""
    bits = np.packbits(mask, axis=None).tobytes()
    return {"shape": list(mask.shape), "bits": base64.b64encode(bits).decode("ascii")}


def unpack_mask(packed: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Return the mask (H, W) that `pack_mask` packed."""
    rows, columns = packed["shape"]
    bits = np.frombuffer(base64.b64decode(packed["bits"]), np.uint8)
    return np.unpackbits(bits, count=rows * columns).reshape(rows, columns).astype(bool)


def pretrained(
    name: str, trial: Trial, data: DataSet, split: Fold, folder: Path
) -> tuple[Base, dict[str, Any]]:
    """Return the weights of a network trained before, from `folder` if they are there.

    Parameters
    ----------
    name : str
        What reports call the source.
    trial : Trial
        How it is trained.
    data : DataSet
        On what.
    split : Fold
        Which frames do what; a test set, if there is one, is judged.
    folder : Path
        Where weights and result are kept.

    Returns
    -------
    tuple of (Base, dict)
        Weights, whose name ends in their digest, and what `run_cells` keeps of a training.
    """
    from lusgui.nn.checkpoint import save_model
    from training.bases import load_base_file
    from training.experiments.trial_cache import TrialCache
    from training.trials import run_trial

    cell = Cell(data, name, "all", trial.fit.seed, trial, split)
    key = cell.key("pretraining")
    cache = TrialCache(folder)
    weights = cache.path_of(key).with_suffix(".safetensors")
    kept = cache.get(key)
    if kept is None or not weights.exists():
        result = run_trial(trial, data.samples, split)
        save_model(weights, result.network, result.card, overwrite=True)
        scores = {"epochs": result.epochs, "seconds": result.seconds, "dice": result.mean()}
        cache.put(key, scores | {"history": [dict(row) for row in result.history]})
        kept = cache.get(key)
    return load_base_file(weights), kept or {}


def by_variant(done: Iterable[Done]) -> dict[str, dict[str, dict[str, float]]]:
    """Return ``scores[variant][block][image]`` for `orderings.judge`; a block is a seed with its fold."""
    scores: dict[str, dict[str, dict[str, float]]] = {}
    for item in done:
        block = f"{item.cell.fold}/{item.cell.seed}"
        scores.setdefault(item.cell.variant, {})[block] = item.dice
    return scores


def to_sample_masks(done: Iterable[Done], sample: Sample) -> dict[str, NDArray[np.bool_]]:
    """Return what each variant found in a frame, as far as it was kept."""
    return {
        item.cell.variant: unpack_mask(item.result["masks"][sample.name])
        for item in done
        if sample.name in item.result["masks"]
    }
