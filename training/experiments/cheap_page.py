"""The page of the experiment on centre points: Dice with and without them, by number of masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.cheap import CASES
from training.experiments.pages import progress, provenance
from training.report.figures import COLOURS, MARKERS, new_figure
from training.report.page import Report
from training.report.tables import write_csv
from training.statistics.bootstrap import difference_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from training.experiments.cheap import Settings

LEAST_GROUPS = 2
"""An interval wants at least so many recordings or patients."""


def table_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return one row a case and number of masks, with the paired difference that points make.

    The interval is a bootstrap over folds, whole ones: frames of one recording resemble each other.
    """
    table: list[dict[str, object]] = []
    for case, what in CASES.items():
        for masks in sorted({row["masks"] for row in rows if row["case"] == case}):
            mine = [row for row in rows if row["case"] == case and row["masks"] == masks]
            without, with_, base = (
                [float(row[name] or 0.0) for row in mine] for name in ("without", "with", "base")
            )
            groups = [str(row["group"]) for row in mine]
            enough = len(set(groups)) >= LEAST_GROUPS
            ends = difference_interval(with_, without, groups) if enough else None
            trainings = {(row["fold"], row["seed"]) for row in mine}
            table.append(
                {
                    "case": case,
                    "what": what,
                    "masks": masks,
                    "trainings": len(trainings),
                    "frames": len(mine),
                    "groups": len(set(groups)),
                    "pointed_frames": float(np.mean([row["pointed"] for row in mine])),
                    "points": float(np.mean([row["points"] for row in mine])),
                    "base": float(np.mean(base)),
                    "without": float(np.mean(without)),
                    "with": float(np.mean(with_)),
                    "difference": float(np.mean(with_) - np.mean(without)),
                    "low": None if ends is None else ends.low,
                    "high": None if ends is None else ends.high,
                }
            )
    return table


def draw(table: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw Dice over masks with and without points, a panel a case."""
    names = [case for case in CASES if any(row["case"] == case for row in table)]
    figure = new_figure(1, max(len(names), 1), height=2.9, width=2.6 * max(len(names), 1))
    for axes, name in zip(figure.axes, names, strict=True):
        mine = [row for row in table if row["case"] == name]
        x = [row["masks"] for row in mine]
        for i, way in enumerate(("without", "with")):
            y = [row[way] for row in mine]
            axes.plot(x, y, color=COLOURS[i], marker=MARKERS[i], markersize=4, label=f"{way} points")
        axes.set_title(CASES[name].replace(", ", ",\n", 1), fontsize=8)
        axes.set_xlabel("masks", fontsize=8)
        axes.set_ylabel("Dice", fontsize=8)
        axes.set_ylim(0, 1)
        axes.grid(alpha=0.25)
        axes.tick_params(labelsize=8)
        axes.legend(fontsize=7, loc="lower right")
    return figure


def write_page(settings: Settings, rows: Sequence[Mapping[str, Any]], missing: int, out: Path) -> Path:
    """Write ``cheap.csv``, ``results.csv`` (one row a judged frame), the figure and the page."""
    table = table_of(rows)
    done = len({(row["case"], row["fold"], row["seed"], row["masks"]) for row in rows})
    report = Report("Centre points beside masks", "Dice after a few masks, with and without points")
    report.add_text(
        "Each base is rebuilt without whoever is drawn, clicked on or judged. The points of a frame are one"
        " on each piece, next to its middle. With points, the same masks are learnt from the base whose"
        " encoder the points prepared; everything else is alike.\n\n"
        + progress(done, missing, settings.minutes)
    )
    if table:
        report.add_figure(draw(table), "Dice by number of masks.", name="cheap")
    report.add_table(
        table,
        caption="Difference: mean of with minus without on the same frames, 95 % bootstrap over recordings"
        " or patients.",
        name="cheap",
    )
    report.add_heading("How it was made")
    report.add_facts(provenance(settings, []))
    path = report.write(out)
    write_csv(out / "cheap.csv", table)
    write_csv(out / "results.csv", list(rows))
    return path
