"""The transfer lab: from which source, with which blocks, on how many frames, and how sure is that."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lusgui.core.strategies import strategy_of
from training.data.splits import amiri_counts, amiri_folds
from training.transfer.crossval import write_scores
from training.transfer.sources import describe, load_source, remember
from training.transfer.stages import Bench, fed_as, pretrained, trial_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from training.bases import Base
    from training.data.splits import Fold
    from training.recipe_types import LabRecipe

NO_SOURCE = "none"


@dataclass
class LabResult:
    """What came of a lab.

    Parameters
    ----------
    data : str
        How many frames of how many groups.
    rows : list of dict
        One a test frame and trial: ``model`` (source and strategy), ``strategy``, ``source``, ``fraction``,
        ``seed``, ``fold``, ``name``, ``group`` and the metrics.
    trials : list of dict
        One a trial: the same names with ``epochs``, ``best_epoch``, ``seconds``, ``failed``, ``reason``.
    counts : dict
        Numbers (train, validation, test) as Amiri et al. count them, by fraction.
    steps : dict
        Steps an epoch, by fraction.
    """

    data: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    trials: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[float, tuple[int, int, int]] = field(default_factory=dict)
    steps: dict[float, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One trial of the grid."""

    seed: int
    source: str
    fraction: float
    fold_number: int
    fold: Fold
    strategy: str

    @property
    def model(self) -> str:
        """What the way of training is called."""
        return self.strategy if self.source == NO_SOURCE else f"{self.strategy} from {self.source}"


def steps_of(recipe: LabRecipe, frames: int, fraction: float) -> int:
    """Return the steps of an epoch: as many as see the training frames of 80 % once, for every fraction.

    Amiri et al. 2020 (doi:10.1109/TUFFC.2020.3015081) hold the number of batches an epoch equal across
    fractions: 27, 52, 258 and 77 for their four sets with batches of two.
    """
    if recipe.fit.steps_per_epoch is not None:
        return recipe.fit.steps_per_epoch
    train, _, _ = amiri_counts(frames, 0.8 if recipe.equal_steps else fraction)
    return -(-train // recipe.fit.batch_size)


def cells_of(recipe: LabRecipe, samples: Any) -> Iterator[Cell]:  # noqa: ANN401
    """Yield the trials of the grid, seed by seed, so that early results cover every strategy."""
    sources = list(recipe.pretrain.chosen) or [NO_SOURCE]
    for seed in recipe.seeds:
        for fraction in recipe.fractions:
            folds = amiri_folds(samples, fraction, seed, by=recipe.by)
            for k, fold in enumerate(folds[: recipe.first_folds]):
                for strategy in recipe.strategies:
                    needs_base = strategy_of(strategy).needs_base
                    for source in sources if needs_base else [NO_SOURCE]:
                        yield Cell(seed, source, fraction, k, fold, strategy)


def run_lab(recipe: LabRecipe, out: Path, bench: Bench, device: str = "auto") -> LabResult:
    """Run the grid and write ``scores.csv``; trials that are finished are not repeated.

    Parameters
    ----------
    recipe : LabRecipe
        What.
    out : Path
        Folder of everything.
    bench : Bench
        Where trials are run.
    device : str
        Where to compute.

    Raises
    ------
    CancelledError
        If somebody stopped it; what is finished is kept.
    LusguiError
        If data, network and strategies do not fit together.
    """
    samples = remember(load_source(recipe.data, recipe.label))
    result = LabResult(describe(samples))
    for fraction in recipe.fractions:
        result.counts[fraction] = amiri_counts(len(samples), fraction)
        result.steps[fraction] = steps_of(recipe, len(samples), fraction)
    bases: dict[tuple[int, str], Base | None] = {}
    cells = list(cells_of(recipe, samples))
    for i, cell in enumerate(cells):
        start = (cell.seed, cell.source)
        if start not in bases:
            bases[start] = _start(recipe, cell, bench, device)
        plain = fed_as(trial_of(recipe, cell.seed, device, name="lab"), bases[start])
        trial = replace(
            plain,
            base=bases[start],
            strategy=cell.strategy,
            loss=recipe.loss,
            augment=recipe.augment,
            fit=replace(
                recipe.fit, seed=cell.seed, device=device, steps_per_epoch=result.steps[cell.fraction]
            ),
        )
        facts = {
            "model": cell.model,
            "fold": cell.fold_number,
            "seed": cell.seed,
            "strategy": cell.strategy,
            "source": cell.source,
            "fraction": cell.fraction,
        }
        title = f"{i + 1} of {len(cells)}: {cell.model}, {cell.fraction:.0%}, seed {cell.seed}"
        names = {
            "experiment": "lab",
            "data": cell.source,
            "fraction": cell.fraction,
            "variant": cell.strategy,
            "fold": cell.fold_number,
            "seed": cell.seed,
        }
        found = bench.run(title, trial, samples, cell.fold, names)
        result.rows += [{**facts, "fraction": f"{cell.fraction:.0%}"} | row for row in found["rows"]]
        kept = ("epochs", "best_epoch", "seconds", "failed", "reason")
        result.trials.append(facts | {key: found[key] for key in kept})
    write_scores(out, result.rows)
    return result


def rows_by_column(recipe: LabRecipe, result: LabResult) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return ``rows[column][strategy]``: the test frames that have a Dice, a column a source and fraction.

    Strategies that need no source stand in the columns of all sources, to be compared there.
    """
    return _by_column(recipe, [row for row in result.rows if row["dice"] is not None])


def columns_by_trial(recipe: LabRecipe, result: LabResult) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return ``trials[column][strategy]``, columns as in `rows_by_column`."""
    return _by_column(recipe, [t | {"fraction": f"{t['fraction']:.0%}"} for t in result.trials])


def _by_column(recipe: LabRecipe, rows: list[dict[str, Any]]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    sources = list(recipe.pretrain.chosen) or [NO_SOURCE]
    columns: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for source in sources:
        for fraction in recipe.fractions:
            name = f"{fraction:.0%}" if len(sources) == 1 else f"{source}, {fraction:.0%}"
            columns[name] = {
                strategy: [
                    row
                    for row in rows
                    if row["strategy"] == strategy
                    and row["source"] in (source, NO_SOURCE)
                    and row["fraction"] == f"{fraction:.0%}"
                ]
                for strategy in recipe.strategies
            }
    return columns


def columns_of(recipe: LabRecipe, result: LabResult) -> dict[str, dict[str, list[float]]]:
    """Return ``values[column][strategy]``: the Dice of the test frames of `rows_by_column`."""
    return {
        column: {strategy: [row["dice"] for row in found] for strategy, found in rows.items()}
        for column, rows in rows_by_column(recipe, result).items()
    }


def times_of(result: LabResult) -> list[dict[str, Any]]:
    """Return epochs, seconds and failures of each way of training and fraction."""
    cells: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for trial in result.trials:
        cells.setdefault((trial["model"], trial["fraction"]), []).append(trial)
    return [
        {
            "model": model,
            "fraction": f"{fraction:.0%}",
            "trainings": len(trials),
            "epochs, mean": math.fsum(t["epochs"] for t in trials) / len(trials),
            "best epoch, mean": math.fsum(t["best_epoch"] for t in trials) / len(trials),
            "seconds, mean": math.fsum(t["seconds"] for t in trials) / len(trials),
            "failed": sum(bool(t["failed"]) for t in trials),
        }
        for (model, fraction), trials in cells.items()
    ]


def _start(recipe: LabRecipe, cell: Cell, bench: Bench, device: str) -> Base | None:
    if not strategy_of(cell.strategy).needs_base:
        return None
    sources = {k: v for k, v in recipe.pretrain.chosen.items() if k == cell.source}
    plain = trial_of(recipe, cell.seed, device)
    names = {"experiment": "lab", "data": cell.source, "seed": cell.seed}
    return pretrained(bench, recipe.pretrain, plain, sources, names)
