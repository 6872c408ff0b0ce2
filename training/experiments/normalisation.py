"""Normalisation and dropout in the X-Unet, the batch normalisation that failed Cheng & Lam among them.

Cheng & Lam 2021 (arXiv:2110.02196) report that batch normalisation made their X-Unet worse at batches of 20
and wish for another regularisation. Here none, batch, group and instance normalisation are trained with and
without dropout after the bottleneck, at batches of 2 and 20, on fetal heads of women never seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.experiments.budget import Budget
from training.experiments.cells import Cell, Done, by_variant, run_cells
from training.experiments.orderings import RULE as CLAIM_RULE
from training.experiments.orderings import Claim, claim_rows, paired_interval
from training.experiments.pages import finish, progress, provenance
from training.experiments.sets import DataSet, cysts, heads, ribs
from training.experiments.trial_cache import TrialCache
from training.report.figures import Mean, learning_curves, strategy_bars
from training.report.page import Report
from training.report.tables import RULE, score_columns, significance_table, tone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.data.splits import Fold
    from training.trials import Trial

NAME = "normalisation"
TITLE = "Normalisation and dropout"
NORMS = ("none", "batch", "group", "instance")


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each cell; each seed holds other groups out.
    minutes : float or None
        Time budget.
    data : str
        ``hc18`` by woman, ``ribs`` by clip, or ``cyst``. With ribs of a clip never seen so short a training
        finds next to nothing, whatever the normalisation.
    norms : tuple of str
        Of the network.
    dropouts : tuple of float
        After the bottleneck.
    batches : tuple of int
        Frames a step.
    steps : tuple of int
        For each batch size; fewer for larger batches, whose steps take longer.
    side, base_width : int
        Of the X-Unet; as published 256 and 64.
    learning_rate, normalised_rate : float
        Of Adam without and with a normalisation, constant after a rise over the first eighth of the steps.
        Normalised networks begin with small answers and get nowhere at the rate of the others; the others
        break at theirs.
    cysts : int
        Frames of ``cyst``.
    """

    seeds: int = 3
    minutes: float | None = 20.0
    data: str = "hc18"
    norms: tuple[str, ...] = NORMS
    dropouts: tuple[float, ...] = (0.0, 0.5)
    batches: tuple[int, ...] = (2, 20)
    steps: tuple[int, ...] = (300, 80)
    side: int = 96
    base_width: int = 8
    learning_rate: float = 1e-3
    normalised_rate: float = 1e-2
    cysts: int = 60


TINY = Settings(
    seeds=2,
    minutes=2.0,
    data="cyst",
    norms=("none", "batch"),
    dropouts=(0.0,),
    batches=(2, 4),
    steps=(4, 2),
    side=32,
    base_width=2,
    cysts=9,
)
"""The same way through in seconds."""

FOLDS = 3
LONGEST = 256
"""Longer side of the heads, as in the other experiments."""

EPOCHS = 5
"""Into which the steps are cut, for curves."""


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; needed for ``hc18``.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings are kept.

    Returns
    -------
    Path
        The page.
    """
    budget = Budget(settings.minutes)
    part = _part(settings, data)
    done, missing = run_cells(NAME, _cells(settings, part), TrialCache(cache / NAME), budget)
    return _write(settings, part, done, missing, out)


def _part(settings: Settings, data: Path | None) -> DataSet:
    from pathlib import Path

    if settings.data == "cyst":
        return cysts(settings.cysts, 2, settings.side)
    if settings.data == "ribs":
        return ribs(data or Path("ribs"))
    if data is None:
        raise LusguiError("this experiment needs the folder of the data sets", remedy="Name it with --data")
    return heads(data, LONGEST)


def variant_of(norm: str, dropout: float) -> str:
    """Return how tables call it."""
    return norm if dropout == 0 else f"{norm}, dropout {dropout:g}"


def _trial(settings: Settings, label: str, norm: str, dropout: float, batch: int, seed: int) -> Trial:
    from training.engine.settings import FitSettings
    from training.trials import Trial

    steps = settings.steps[settings.batches.index(batch)]
    return Trial(
        architecture="x-unet",
        arguments={"base_width": settings.base_width, "norm": norm, "dropout": dropout},
        label=label,
        input_shape=(settings.side, settings.side),
        loss="dice-ce",
        augment="cheng",
        fit=FitSettings(
            epochs=min(EPOCHS, steps),
            steps_per_epoch=math.ceil(steps / min(EPOCHS, steps)),
            batch_size=batch,
            learning_rate=settings.learning_rate if norm == "none" else settings.normalised_rate,
            warm_up=steps // 8,
            clip=1.0,
            seed=seed,
            precision="float32",
            device="cpu",
        ),
    )


def _folds(part: DataSet, data: str) -> list[Fold]:
    from training.data.splits import Fold, k_folds

    by = "image" if data == "cyst" else "group"
    made = k_folds(part.samples, FOLDS, seed=0, by=by, validation=0.0)  # type: ignore[arg-type]
    # the held-out frames give the curves too; nothing is chosen by them, for there is no early stopping
    return [Fold(fold.train, (), fold.test) for fold in made]


def _cells(settings: Settings, part: DataSet) -> list[Cell]:
    folds = _folds(part, settings.data)
    return [
        Cell(
            part,
            variant_of(norm, dropout),
            str(seed % FOLDS),
            seed,
            _trial(settings, part.label, norm, dropout, batch, seed),
            folds[seed % FOLDS],
        )
        for dropout in settings.dropouts
        for seed in range(settings.seeds)
        for batch in settings.batches
        for norm in settings.norms
    ]


def _batch(item: Done) -> int:
    return item.cell.trial.fit.batch_size


def _write(settings: Settings, part: DataSet, done: Sequence[Done], missing: int, out: Path) -> Path:
    columns = {
        f"batch {batch}": [item for item in done if _batch(item) == batch] for batch in settings.batches
    }
    columns = {name: found for name, found in columns.items() if found}
    values: dict[str, dict[str, list[float]]] = {}
    table: list[dict[str, object]] = []
    bars: dict[str, dict[str, Mean]] = {}
    for column, found in columns.items():
        for name in dict.fromkeys(item.cell.variant for item in found):
            mine = [item for item in found if item.cell.variant == name]
            dice = [value for item in mine for value in item.dice.values()]
            values.setdefault(column, {})[name] = dice
            blocks = [np.array(list(item.dice.values())) for item in mine]
            mean, low, high = paired_interval(blocks)
            bars.setdefault(column, {})[name] = Mean(mean, low, high)
            losses = [item.result["history"][-1]["loss"] for item in mine if item.result["history"]]
            table.append(
                {
                    "batch": column.split()[1],
                    "normalisation": name,
                    "trainings": len(mine),
                    "images": len(dice),
                    "dice_mean": float(np.mean(dice)) if dice else None,
                    "dice_sd": float(np.std(dice, ddof=1)) if len(dice) > 1 else None,
                    "low": low,
                    "high": high,
                    "failed": sum(item.failed for item in mine),
                    "training loss": float(np.mean(losses)) if losses else None,
                    "seconds": float(np.mean([item.result["seconds"] for item in mine])),
                }
            )
    report = Report(TITLE, "X-Unet of Cheng & Lam 2021, arXiv:2110.02196, at a small scale")
    report.add_text(
        "Same network, frames and steps within a column; what differs is the normalisation after each"
        " convolution, with the rate that suits it, and the dropout after the bottleneck. Trained from random"
        " weights, always to the end, and the last weights are judged.\n\n"
        + progress(len(done), missing, settings.minutes)
    )
    if values:
        report.add_table(
            significance_table(score_columns(values), "normalisation"),
            caption=f"Dice, mean (SD) over the test frames of all seeds. {RULE}",
            name="dice",
            colour=tone_of,
        )
        report.add_figure(
            strategy_bars(bars), "Mean Dice; lines are 95 % intervals over seeds and images.", name="bars"
        )
    report.add_heading("Claims")
    report.add_table(claims_table(settings, columns), caption=CLAIM_RULE, name="claims")
    report.add_heading("Training")
    report.add_table(
        table,
        ["batch", "normalisation", "trainings", "failed", "training loss", "dice_mean", "seconds"],
        "Means over seeds. A low training loss with a low Dice on the test frames is a network that learnt"
        " its batches but not the frames.",
        name="training",
    )
    for column, found in columns.items():
        curves = {
            item.cell.variant: [row["loss"] for row in item.result["history"]]
            for item in found
            if item.cell.seed == 0
        }
        if curves:
            figure = learning_curves(curves, "part of the training", "training loss")
            report.add_figure(figure, f"Training loss with seed 0, {column}.", name=f"curves_{column[6:]}")
    report.add_heading("How it was made")
    report.add_text(
        "Each seed draws other random weights and batches and holds other groups out (by woman for heads,"
        " by clip for ribs). Nothing was chosen on the held-out frames."
    )
    report.add_facts(provenance(settings, [part]))
    return finish(report, out, done, table)


def claims_table(settings: Settings, columns: dict[str, list[Done]]) -> list[dict[str, object]]:
    """Test what is said of normalisations, for each batch size."""
    claims = [
        Claim("none", "batch"),
        Claim("group", "none"),
        Claim("group", "batch"),
        Claim("instance", "none"),
    ]
    claims += [
        Claim(variant_of(norm, dropout), norm)
        for norm in settings.norms
        for dropout in settings.dropouts
        if dropout
    ]
    return [row for column, found in columns.items() for row in claim_rows(claims, by_variant(found), column)]
