"""The page of the experiment on pre-training: Table 1 by patient, differences, false finds, gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.experiments.cells import by_variant
from training.experiments.gallery import gallery_of
from training.experiments.orderings import RULE as CLAIM_RULE
from training.experiments.orderings import Claim, claim_rows, paired_interval
from training.experiments.pages import finish, progress, provenance
from training.experiments.pretraining import (
    FROZEN,
    NO_BOTTLENECK,
    PRETRAINED,
    SCRATCH,
    TITLE,
    VGG,
    best_first,
)
from training.report.figures import Mean, fold_boxes, strategy_bars
from training.report.page import Report
from training.report.tables import RULE, score_columns, significance_table, tone_of, transfer_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from training.experiments.cells import Done
    from training.experiments.pretraining import Settings
    from training.experiments.sets import DataSet

CLAIMS = (
    Claim(PRETRAINED, SCRATCH),
    Claim(VGG, SCRATCH),
    Claim(VGG, PRETRAINED),
    Claim(PRETRAINED, NO_BOTTLENECK),
    Claim(PRETRAINED, FROZEN),
)
"""Cheng & Lam found VGG16 best, and the whole network better than one with a frozen bottleneck."""


def write_page(
    settings: Settings,
    sets: Sequence[DataSet],
    source: DataSet,
    done: Sequence[Done],
    missing: int,
    before: Mapping[str, object],
    out: Path,
) -> Path:
    """Write everything and return the page's path."""
    table = long_table(done)
    report = Report(TITLE, "X-Unet and V-Unet of Cheng & Lam 2021, arXiv:2110.02196, on real data by patient")
    report.add_text(
        "Every frame is judged by networks that saw no frame of its patient or clip. The X-Unet is scaled"
        " down; the V-Unet has its full width and VGG16's weights, and takes fewer steps because each takes"
        " some twenty times as long, so the two differ in size and training too.\n\n"
        + progress(len(done), missing, settings.minutes)
    )
    report.add_heading("Dice")
    values = values_of(done)
    if values:
        report.add_table(
            significance_table(score_columns(values), "model"),
            caption=f"Dice, mean (SD) over all test images. {RULE}",
            name="dice",
            colour=tone_of,
        )
    for part in sets:
        folds: dict[tuple[str, str], list[float]] = {}
        boxes: dict[str, dict[str, list[float]]] = {}
        for item in done:
            if item.cell.data.name == part.name:
                model, transfer = item.cell.variant.split(", ", 1)
                folds.setdefault((model, transfer), []).append(item.mean_dice)
                mine = boxes.setdefault(item.cell.variant, {})
                mine.setdefault(f"fold {item.cell.fold}", []).extend(item.dice.values())
        if folds:
            caption = f"{part.name}: Dice of the folds, in the layout of Cheng & Lam's Table 1."
            report.add_table(transfer_table(folds), caption=caption, name=f"transfer_{part.name}")
            caption = f"{part.name}: Dice of the test images of each fold."
            report.add_figure(fold_boxes(boxes), caption, name=f"folds_{part.name}")
    if values:
        report.add_figure(
            strategy_bars(bars_of(done)),
            "Mean Dice; lines are 95 % intervals that draw folds first and images second.",
            name="bars",
        )
    report.add_heading("Which start is better")
    report.add_table(claims_table(done), caption=CLAIM_RULE.replace("seeds", "folds"), name="claims")
    report.add_heading("What Dice does not see")
    report.add_table(
        table,
        ["data", "model", "images", "hd95", "unit", "false components", "roughness", "failed", "seconds"],
        "Means over test frames: 95th percentile of the surface distance (frames where both masks hold"
        " something), components that touch no true pixel, on frames with and without the label, and"
        " roughness of the outline. Cheng & Lam saw fewer outliers from the X-Unet than Dice told.",
        name="beyond_dice",
    )
    for part in sets:
        figure = gallery_of(done, part, best_first(done, part.name))
        if figure is not None:
            caption = (
                f"{part.name}: frames, each held out from the networks that found these outlines. Orange:"
                " drawn by a person; blue, dashed: found; the number is Dice."
            )
            report.add_figure(figure, caption, name=f"gallery_{part.name}")
    report.add_heading("How it was made")
    report.add_text(
        "Folds are dealt by patient (cerebellum) or clip (ribs). There is no validation set: every training"
        " runs its steps and its last weights are judged. What was learnt before holds none of the judged"
        " frames; the heads of HC18 are of other patients of another hospital."
    )
    dice = before.get("dice")
    told = {"Dice of the pre-trained X-Unet on held-out frames": dice} if isinstance(dice, float) else {}
    report.add_facts(provenance(settings, [*sets, source], told))
    return finish(report, out, done, table)


def values_of(done: Sequence[Done]) -> dict[str, dict[str, list[float]]]:
    """Return ``values[data][variant]``: the Dice of all test images."""
    values: dict[str, dict[str, list[float]]] = {}
    for item in done:
        mine = values.setdefault(item.cell.data.name, {})
        mine.setdefault(item.cell.variant, []).extend(item.dice.values())
    return values


def bars_of(done: Sequence[Done]) -> dict[str, dict[str, Mean]]:
    """Return the means with intervals over folds and images."""
    blocks: dict[str, dict[str, list[np.ndarray]]] = {}
    for item in done:
        mine = blocks.setdefault(item.cell.data.name, {})
        mine.setdefault(item.cell.variant, []).append(np.array(list(item.dice.values())))
    return {
        data: {name: Mean(*paired_interval(parts)) for name, parts in rows.items()}
        for data, rows in blocks.items()
    }


def claims_table(done: Sequence[Done]) -> list[dict[str, object]]:
    """Test which start is better on each set."""
    rows: list[dict[str, object]] = []
    for data in dict.fromkeys(item.cell.data.name for item in done):
        scores = by_variant(item for item in done if item.cell.data.name == data)
        rows += claim_rows(CLAIMS, scores, data, "folds")
    return rows


def long_table(done: Sequence[Done]) -> list[dict[str, object]]:
    """Return one row a set and model."""
    rows: list[dict[str, object]] = []
    for data in dict.fromkeys(item.cell.data.name for item in done):
        for name in dict.fromkeys(item.cell.variant for item in done if item.cell.data.name == data):
            mine = [item for item in done if item.cell.data.name == data and item.cell.variant == name]
            frames = [row for item in mine for row in item.result["rows"]]
            blocks = [np.array(list(item.dice.values())) for item in mine]
            mean, low, high = paired_interval(blocks)
            dice = np.concatenate(blocks) if blocks else np.array([])
            unit = "mm" if any(row["hd95_mm"] is not None for row in frames) else "px"
            rows.append(
                {
                    "data": data,
                    "model": name,
                    "trainings": len(mine),
                    "images": len(dice),
                    "dice_mean": float(dice.mean()) if len(dice) else None,
                    "dice_sd": float(dice.std(ddof=1)) if len(dice) > 1 else None,
                    "mean over folds": mean,
                    "low": low,
                    "high": high,
                    "hd95": _mean(frames, f"hd95_{unit}"),
                    "unit": unit,
                    "false components": _mean(frames, "false_components"),
                    "roughness": _mean(frames, "roughness"),
                    "failed": sum(item.failed for item in mine),
                    "seconds": float(np.mean([item.result["seconds"] for item in mine])),
                }
            )
    return rows


def _mean(frames: Sequence[Mapping[str, object]], metric: str) -> float | None:
    values = [float(str(row[metric])) for row in frames if row.get(metric) is not None]
    return float(np.mean(values)) if values else None
