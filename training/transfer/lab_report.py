"""The report of a transfer lab: Dice of every strategy with its significance, times and failures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from training.report.figures import Mean, strategy_bars
from training.report.page import Report
from training.report.tables import Score, score_columns, significance_table, tone_of
from training.statistics.bootstrap import bootstrap_interval
from training.statistics.tukey import tukey_hsd
from training.transfer.lab import columns_by_trial, columns_of, rows_by_column, times_of
from training.transfer.stages import describe_start

if TYPE_CHECKING:
    from pathlib import Path

    from training.recipe_types import LabRecipe
    from training.transfer.lab import LabResult


def write_lab_report(recipe: LabRecipe, result: LabResult, out: Path) -> Path:
    """Write ``report.html`` with its tables and figures; return its path.

    Parameters
    ----------
    recipe : LabRecipe
        What was asked for.
    result : LabResult
        What came of it.
    out : Path
        Folder.
    """
    report = Report(recipe.title, recipe.source)
    folds = 5 if recipe.first_folds is None else min(recipe.first_folds, 5)
    report.add_facts(
        {
            "data": result.data,
            "label": recipe.label,
            "network": f"{recipe.architecture} {_arguments(recipe)}".strip(),
            "input": f"{recipe.input_shape[0]} x {recipe.input_shape[1]}, despeckling {recipe.despeckle}",
            "start": describe_start(recipe.pretrain),
            "folds": f"{folds} of 5, dealt by {recipe.by}",
            "seeds": ", ".join(map(str, recipe.seeds)),
        }
    )
    rows = [
        dict(
            zip(
                ("fraction", "training", "validation", "test", "steps an epoch"),
                (f"{f:.0%}", *counts, result.steps[f]),
                strict=True,
            )
        )
        for f, counts in result.counts.items()
    ]
    report.add_heading("How much is learned from")
    report.add_table(
        rows,
        caption="Frames as Amiri et al. count them (their Table I), met exactly when dealt by image.",
        name="counts",
    )
    report.add_heading("Dice by strategy")
    columns = columns_of(recipe, result)
    report.add_table(
        significance_table(_with_failures(recipe, result, score_columns(columns))),
        caption="Mean (SD) over the test frames of all folds and seeds; colours by Tukey's test against"
        " the best of the column. The table beside this page counts failed trainings as well.",
        name="dice",
        colour=tone_of,
    )
    report.add_figure(
        strategy_bars(_means(recipe, result)),
        "Mean Dice of the test frames with its 95 % bootstrap interval over groups.",
        name="dice",
    )
    report.add_heading("Every pair, Tukey-corrected")
    pairs = [
        {
            "data": column,
            "first": pair.first,
            "second": pair.second,
            "difference": pair.difference,
            "low": pair.low,
            "high": pair.high,
            "p": pair.p,
        }
        for column, values in columns.items()
        for pair in tukey_hsd(values).pairs
    ]
    report.add_table(
        pairs, caption="Differences of mean Dice with simultaneous 95 % intervals.", name="tukey"
    )
    report.add_heading("Time and failures")
    report.add_table(
        times_of(result),
        caption="A training failed if it took more than 200 epochs or found nothing in the test frames.",
        name="times",
    )
    return report.write(out)


def _with_failures(
    recipe: LabRecipe, result: LabResult, scores: dict[str, dict[str, Score]]
) -> dict[str, dict[str, Score]]:
    columns = columns_by_trial(recipe, result)
    return {
        strategy: {
            column: replace(score, failed=sum(bool(t["failed"]) for t in columns[column].get(strategy, [])))
            for column, score in cells.items()
        }
        for strategy, cells in scores.items()
    }


def _means(recipe: LabRecipe, result: LabResult) -> dict[str, dict[str, Mean]]:
    nan = float("nan")
    means: dict[str, dict[str, Mean]] = {}
    for column, by_strategy in rows_by_column(recipe, result).items():
        means[column] = {}
        for strategy, rows in by_strategy.items():
            interval = bootstrap_interval(
                [row["dice"] for row in rows], [row["group"] for row in rows], resamples=1000
            )
            found = (interval.estimate, interval.low, interval.high)
            means[column][strategy] = Mean(*(nan if value is None else value for value in found))
    return means


def _arguments(recipe: LabRecipe) -> str:
    return ", ".join(f"{key}={value}" for key, value in recipe.arguments.items())
