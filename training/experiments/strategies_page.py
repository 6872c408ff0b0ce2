"""The page of the experiment on strategies: Table II with its colours, claims, convergence, curves."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from training.experiments.cells import FAILED_DICE
from training.experiments.orderings import RULE as CLAIM_RULE
from training.experiments.orderings import paired_interval
from training.experiments.pages import finish, progress, provenance, validation_curve
from training.experiments.strategies import TITLE, claims_table, columns_of
from training.report.figures import Mean, fold_boxes, learning_curves, strategy_bars
from training.report.page import Report
from training.report.tables import RULE, Score, Tone, score_columns, significance_table, tone_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from training.experiments.cells import Done
    from training.experiments.sets import DataSet
    from training.experiments.strategies import Settings

_VERDICTS = {"holds": Tone.BEST, "does not hold": Tone.MUCH_WORSE, "undecided": Tone.SAME}


def write_page(
    settings: Settings,
    sets: Sequence[DataSet],
    done: Sequence[Done],
    missing: int,
    before: Mapping[str, object],
    out: Path,
) -> Path:
    """Write everything and return the page's path."""
    columns = columns_of(settings, done)
    scores = table_of(columns)
    summary = long_table(columns, scores)
    report = Report(TITLE, "Orderings of Amiri et al. 2020, doi:10.1109/TUFFC.2020.3015081, at a small scale")
    report.add_text(
        "A U-Net learns salient objects and is then fine-tuned on ultrasound, each strategy leaving other"
        " blocks free. Data, widths and lengths are smaller than the paper's, so its numbers cannot come out;"
        " what is tested is which strategy beats which.\n\n" + progress(len(done), missing, settings.minutes)
    )
    report.add_heading("Dice by strategy")
    report.add_table(
        significance_table(scores),
        caption="Dice, mean (SD) over the test images of all seeds. A percentage is the part of the data that"
        f" is learnt from or validated on. {RULE}",
        name="dice",
        colour=tone_of,
    )
    report.add_figure(
        strategy_bars(_bars(columns)),
        "Mean Dice by strategy and data; lines are 95 % intervals over seeds and images.",
        name="bars",
    )
    report.add_heading("Which published orderings hold")
    claims = claims_table(settings, columns)
    report.add_table(
        claims,
        ["claim", "data", "difference", "low", "high", "images", "seeds", "verdict"],
        CLAIM_RULE,
        name="claims",
        colour=lambda row, column: _VERDICTS.get(str(row["verdict"])) if column == "verdict" else None,
    )
    report.add_heading("Failures and time to convergence")
    report.add_table(
        summary,
        [
            "data",
            "strategy",
            "trainings",
            "failed",
            "ran to the end",
            "best epoch",
            "seconds to best",
            "seconds",
        ],
        f"Means over seeds. A training failed when the mean Dice of its test images is below {FAILED_DICE}."
        " ‘Ran to the end’ counts trainings that early stopping did not end. Seconds are the processor's,"
        " preparation, validation and judging included.",
        name="convergence",
    )
    for name, found in columns.items():
        stem = name.replace(" ", "_").replace("%", "")
        first = [item for item in found if item.cell.seed == 0]
        curves = {item.cell.variant: validation_curve(item.result["history"]) for item in first}
        if any(curves.values()):
            caption = f"Validation Dice during the training with seed 0, {name} of the data."
            report.add_figure(learning_curves(curves), caption, name=f"curves_{stem}")
        boxes: dict[str, dict[str, list[float]]] = {}
        for item in found:
            boxes.setdefault(item.cell.variant, {})[f"fold {item.cell.fold}"] = list(item.dice.values())
        caption = f"Dice of the test images of each fold, {name} of the data."
        report.add_figure(fold_boxes(boxes), caption, name=f"folds_{stem}")
    report.add_heading("How it was made")
    report.add_text(
        "Each seed starts from other random weights, draws other batches and judges another of the five"
        " folds, so that the spread over seeds holds all three. Test sets are the same for every strategy and"
        " fraction. All strategies start from the same pre-trained network, head included; the paper keeps"
        " the head too.\n\nSplits are by image, as in the paper. Each simulated cyst is drawn independently;"
        " HC18 holds several frames of some fetuses, which may stand on both sides there.\n\nSmaller than the"
        f" paper's: width {settings.base_width} for 64, {settings.side} x {settings.side} pixels for 256 x"
        f" 256, epochs of {settings.steps_per_epoch} steps for 27 and 55, at most {settings.epochs} of them"
        f" for 200, patience {settings.patience} for 20, {settings.seeds} folds of five, {settings.salient}"
        f" made-up pictures for 10,000 of XPIE. Larger: Adam's rate, {settings.learning_rate:g} for 1e-4,"
        " because so few steps of so narrow a network would lead nowhere. Batches of two, binary"
        " cross-entropy, the augmentation and the rule for the numbers of images are the paper's."
    )
    dice = before.get("dice")
    told = {"Dice of the pre-trained network on held-out pictures": dice} if isinstance(dice, float) else {}
    report.add_facts(provenance(settings, sets, told))
    return finish(report, out, done, summary)


def table_of(columns: Mapping[str, Sequence[Done]]) -> dict[str, dict[str, Score]]:
    """Return ``scores[strategy][column]`` over the test images of all seeds, with failures counted."""
    values: dict[str, dict[str, list[float]]] = {}
    failed: dict[tuple[str, str], int] = {}
    for column, found in columns.items():
        for item in found:
            name = item.cell.variant
            values.setdefault(column, {}).setdefault(name, []).extend(item.dice.values())
            failed[name, column] = failed.get((name, column), 0) + item.failed
    scores = score_columns(values)
    return {
        name: {column: replace(score, failed=failed[name, column]) for column, score in row.items()}
        for name, row in scores.items()
    }


def _blocks(found: Sequence[Done], name: str) -> list[np.ndarray]:
    return [np.array(list(item.dice.values())) for item in found if item.cell.variant == name and item.dice]


def _bars(columns: Mapping[str, Sequence[Done]]) -> dict[str, dict[str, Mean]]:
    return {
        column: {
            name: Mean(*paired_interval(_blocks(found, name)))
            for name in dict.fromkeys(item.cell.variant for item in found)
        }
        for column, found in columns.items()
    }


def long_table(
    columns: Mapping[str, Sequence[Done]], scores: Mapping[str, Mapping[str, Score]]
) -> list[dict[str, object]]:
    """Return one row a column and strategy: Dice with its interval, failures, epochs and seconds."""
    rows: list[dict[str, object]] = []
    for column, found in columns.items():
        for name in dict.fromkeys(item.cell.variant for item in found):
            mine = [item for item in found if item.cell.variant == name]
            score = scores[name][column]
            _, low, high = paired_interval(_blocks(found, name))
            rows.append(
                {
                    "data": column,
                    "strategy": name,
                    "trainings": len(mine),
                    "images": score.n,
                    "dice_mean": score.mean,
                    "dice_sd": score.sd,
                    "low": low,
                    "high": high,
                    "p_against_best": score.p_against_best,
                    "failed": score.failed,
                    "ran to the end": sum(item.result["reason"] == "finished" for item in mine),
                    "best epoch": _mean(item.result["best_epoch"] for item in mine),
                    "seconds to best": _mean(_seconds_to_best(item) for item in mine),
                    "seconds": _mean(item.result["seconds"] for item in mine),
                }
            )
    return rows


def _seconds_to_best(item: Done) -> float:
    epochs = max(int(item.result["epochs"]), 1)
    return float(item.result["seconds"]) * int(item.result["best_epoch"]) / epochs


def _mean(values: Iterable[float]) -> float:
    array = np.asarray(list(values), float)
    return float(array.mean()) if array.size else math.nan
