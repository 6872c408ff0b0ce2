"""The page of the experiment on localization before segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.localize_first import MOVING, NAME, Located, Settings
from training.experiments.orderings import paired_interval
from training.experiments.pages import progress, provenance
from training.localization.pipeline import LOCALIZED, SCRATCH, TUNED
from training.report.figures import Mean, forest, lines
from training.report.page import Report
from training.report.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.experiments.cells import Done
    from training.experiments.sets import DataSet

TITLE = "Where it is before what it is"
PAIRS = ((LOCALIZED, SCRATCH), (TUNED, SCRATCH), (LOCALIZED, MOVING))


def write_page(
    settings: Settings,
    sets: Sequence[DataSet],
    located: Sequence[Located],
    done: Sequence[Done],
    missing: int,
    out: Path,
) -> Path:
    """Write everything and return the page's path."""
    report = Report(TITLE, "After Hu et al. 2018: Dice 0.88 with a localizer before, 0.84 without")
    report.add_text(
        "A localizer learns the centres of many frames; its encoder then carries a decoder that learns from"
        " few masks. The encoder stays frozen as published, or goes on learning (‘localized, all’, ours). The"
        " baseline is the same network from random weights, trained whole. All ways have the same masks,"
        " steps and views, and no frame chooses an epoch: a validation set would cost more masks than there"
        f" are. Each seed judges another fold.\n\n{progress(len(done), missing, settings.minutes)}"
    )
    report.add_heading("Where it is")
    report.add_table(
        [
            {
                "data": item.data,
                "fold": item.seed,
                "centres": item.centres,
                "distance (px)": item.scores.get("distance_px"),
                "MSE (px²)": item.scores.get("mse_px2"),
            }
            for item in located
        ],
        caption=f"Localizers on their test frames, in pixels of frames of at most {settings.longest} rows or"
        " columns. Hu et al.: 206.15 px² on their test images.",
        name="localizer",
    )
    report.add_heading("What it is")
    table = long_table(done)
    report.add_table(
        table,
        caption="Dice on the raw grid, mean over test frames; intervals draw seeds (folds) first and frames"
        " second.",
        name="dice",
    )
    for part in sets:
        series = series_of(table, part.name)
        if series:
            report.add_figure(
                lines(series, "training masks", "Dice on test frames", logarithmic=True),
                f"{part.name}: learning curve with 95 % intervals.",
                name=f"curve_{part.name.replace(' ', '_')}",
            )
    pairs = comparison(done)
    report.add_table(
        pairs,
        caption="Paired differences of Dice over test frames at each number of masks: paired t as in the"
        " paper, with Holm's correction over all rows; intervals draw seeds first, so they are the wider"
        " evidence.",
        name="differences",
    )
    rows = {
        f"{row['data']}, {row['masks']} masks: {row['first']} − {row['second']}": Mean(
            row["difference"], row["low"], row["high"]
        )
        for row in pairs
    }
    if rows:
        report.add_figure(
            forest(rows, "difference of Dice"), "Differences with 95 % intervals.", name="differences_figure"
        )
    report.add_heading("How it was made")
    report.add_facts(provenance(settings, sets))
    page = report.write(out)
    write_csv(out / "table.csv", table)
    write_csv(out / "results.csv", [{"experiment": NAME, **row} for item in done for row in item.rows()])
    return page


def blocks_of(done: Sequence[Done], data: str, masks: int, way: str) -> dict[int, dict[str, float]]:
    """Return by seed the Dice of each test frame."""
    return {
        item.cell.seed: item.dice
        for item in done
        if item.cell.data.name == data and len(item.cell.split.train) == masks and item.cell.variant == way
    }


def _places(done: Sequence[Done]) -> list[tuple[str, int]]:
    return sorted({(item.cell.data.name, len(item.cell.split.train)) for item in done})


def long_table(done: Sequence[Done]) -> list[dict[str, Any]]:
    """Return one row a set, number of masks and way."""
    rows: list[dict[str, Any]] = []
    for data, masks in _places(done):
        for way in dict.fromkeys(item.cell.variant for item in done):
            blocks = blocks_of(done, data, masks, way)
            if not blocks:
                continue
            mean, low, high = paired_interval([np.array(list(dice.values())) for dice in blocks.values()])
            mine = [item for item in done if item.cell.data.name == data and item.cell.variant == way]
            rows.append(
                {
                    "data": data,
                    "masks": masks,
                    "way": way,
                    "Dice": mean,
                    "low": low,
                    "high": high,
                    "images": sum(map(len, blocks.values())),
                    "seeds": len(blocks),
                    "seconds": float(np.mean([item.result["seconds"] for item in mine])),
                }
            )
    return rows


def series_of(table: Sequence[dict[str, Any]], data: str) -> dict[str, list[tuple[float, Mean]]]:
    """Return the learning curve of each way on a set."""
    series: dict[str, list[tuple[float, Mean]]] = {}
    for row in table:
        if row["data"] == data:
            point = (float(row["masks"]), Mean(row["Dice"], row["low"], row["high"]))
            series.setdefault(row["way"], []).append(point)
    return series


def comparison(done: Sequence[Done]) -> list[dict[str, Any]]:
    """Return paired differences at each number of masks, with the paired t of the paper."""
    from training.statistics.effect import cohens_dz
    from training.statistics.paired import holm, paired_t

    rows: list[dict[str, Any]] = []
    for first, second in PAIRS:
        for data, masks in _places(done):
            a, b = (blocks_of(done, data, masks, way) for way in (first, second))
            common = [(seed, sorted(a[seed].keys() & b[seed].keys())) for seed in sorted(a.keys() & b.keys())]
            x = [[a[seed][name] for name in names] for seed, names in common]
            y = [[b[seed][name] for name in names] for seed, names in common]
            if not sum(map(len, x)):
                continue
            mean, low, high = paired_interval([np.subtract(p, q) for p, q in zip(x, y, strict=True)])
            flat = [value for block in x for value in block], [value for block in y for value in block]
            rows.append(
                {
                    "data": data,
                    "masks": masks,
                    "first": first,
                    "second": second,
                    "difference": mean,
                    "low": low,
                    "high": high,
                    "p (paired t)": paired_t(*flat).p,
                    "effect (dz)": cohens_dz(*flat),
                    "images": len(flat[0]),
                    "seeds": len(common),
                }
            )
    for row, p in zip(rows, holm([row["p (paired t)"] for row in rows]), strict=True):
        row["p (Holm)"] = p
    return rows
