"""The page of the experiment on suggested against random frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.active import RANDOM, SUGGESTED, Question, Settings, Walk
from training.experiments.orderings import paired_interval
from training.experiments.pages import progress, provenance
from training.report.figures import Mean, lines
from training.report.page import Report
from training.report.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TITLE = "Which frames to draw"


def write_page(
    settings: Settings, asked: Sequence[Question], done: Sequence[Walk], missing: int, out: Path
) -> Path:
    """Write everything and return the page's path."""
    report = Report(TITLE, "Frames that lusgui suggests against frames at random")
    report.add_text(
        "Each fold is walked twice: frames are drawn in the order of the suggestions (made anew after every"
        " learning) or at random, learnt on top of the same base, which knows none of these recordings or"
        " patients, and judged on frames that no walk may draw. Ribs: stretches of three drawn frames of"
        " each clip are drawn from or judged in turn, as in a clinic that goes on with the same recording, so"
        " these Dice say nothing of other patients. Cerebellum: whole patients.\n\n"
        f"{progress(len(done), missing, settings.minutes)}"
    )
    table = long_table(done)
    report.add_table(
        table,
        caption="Dice on the raw grid, mean over the walks; intervals draw walks (fold and seed) first and"
        " frames second.",
        name="table",
    )
    for data in dict.fromkeys(one.data for one in done):
        report.add_figure(
            lines(series_of(table, data), "masks drawn", "Dice on test frames"),
            f"{data}: Dice after so many masks, with 95 % intervals.",
            name=f"curve_{data}",
        )
    report.add_table(
        masks_needed(done),
        caption="Suggested masks that reach the mean Dice of so many random ones, by straight lines between"
        " the points; empty where they are not reached.",
        name="masks_needed",
    )
    report.add_table(
        differences(done),
        caption="Suggested less random, paired by fold, seed and test frame; intervals draw walks first.",
        name="differences",
    )
    report.add_heading("How it was made")
    facts = {
        f"data, {one.data} {one.fold}": f"{len(one.samples)} frames of {len({s.group for s in one.samples})}"
        f" {'patients' if one.by_group else 'clips'}, label '{one.label}', base {one.base}"
        for one in asked
    }
    report.add_facts(provenance(settings, [], facts))
    page = report.write(out)
    write_csv(out / "results.csv", [row for one in done for row in one.rows()])
    return page


def _dice(one: Walk, masks: int) -> dict[str, float]:
    point = next((p for p in one.points if p["masks"] == masks), None)
    return {} if point is None else dict(point["dice"])


def _counts(done: Sequence[Walk], data: str) -> list[int]:
    return sorted({int(p["masks"]) for one in done if one.data == data for p in one.points})


def long_table(done: Sequence[Walk]) -> list[dict[str, Any]]:
    """Return one row a set, number of masks and order."""
    rows: list[dict[str, Any]] = []
    for data in dict.fromkeys(one.data for one in done):
        for masks in _counts(done, data):
            for way in (SUGGESTED, RANDOM):
                blocks = [_dice(one, masks) for one in done if (one.data, one.way) == (data, way)]
                blocks = [block for block in blocks if block]
                if not blocks:
                    continue
                mean, low, high = paired_interval([np.array(list(block.values())) for block in blocks])
                rows.append(
                    {
                        "data": data,
                        "masks": masks,
                        "order": way,
                        "Dice": mean,
                        "low": low,
                        "high": high,
                        "walks": len(blocks),
                        "frames": sum(map(len, blocks)),
                    }
                )
    return rows


def series_of(table: Sequence[dict[str, Any]], data: str) -> dict[str, list[tuple[float, Mean]]]:
    """Return the curve of each order on a set."""
    series: dict[str, list[tuple[float, Mean]]] = {}
    for row in table:
        if row["data"] == data:
            point = (float(row["masks"]), Mean(row["Dice"], row["low"], row["high"]))
            series.setdefault(row["order"], []).append(point)
    return series


def pairs_of(done: Sequence[Walk], data: str) -> list[tuple[Walk, Walk]]:
    """Return the walks (suggested, random) of the same fold and seed."""
    found = {(one.fold, one.seed, one.way): one for one in done if one.data == data}
    return [
        (one, found[fold, seed, RANDOM])
        for (fold, seed, way), one in found.items()
        if way == SUGGESTED and (fold, seed, RANDOM) in found
    ]


def masks_needed(done: Sequence[Walk]) -> list[dict[str, Any]]:
    """Return how many suggested masks reach what so many random ones reach, on the mean curves."""
    rows: list[dict[str, Any]] = []
    for data in dict.fromkeys(one.data for one in done):
        pairs = pairs_of(done, data)
        counts = [
            n for n in _counts(done, data) if pairs and all(_dice(a, n) and _dice(b, n) for a, b in pairs)
        ]
        if len(counts) < 2:
            continue
        mine = [float(np.mean([a.curve[n] for a, _ in pairs])) for n in counts]
        theirs = [float(np.mean([b.curve[n] for _, b in pairs])) for n in counts]
        for masks, wanted in zip(counts[1:], theirs[1:], strict=True):
            need = first_reached(counts, mine, wanted)
            rows.append({"data": data, "random masks": masks, "Dice": wanted, "suggested masks": need})
    return rows


def first_reached(counts: Sequence[int], values: Sequence[float], wanted: float) -> float | None:
    """Return where straight lines through the points first reach a value; None if they never do."""
    if values[0] >= wanted:
        return float(counts[0])
    for (a, x), (b, y) in zip(
        zip(counts, values, strict=True), zip(counts[1:], values[1:], strict=False), strict=False
    ):
        if y >= wanted:
            return float(a + (b - a) * (wanted - x) / (y - x))
    return None


def differences(done: Sequence[Walk]) -> list[dict[str, Any]]:
    """Return suggested less random at each number of masks, and over all of them."""
    rows: list[dict[str, Any]] = []
    for data in dict.fromkeys(one.data for one in done):
        pairs = pairs_of(done, data)
        counts = [n for n in _counts(done, data) if n > 0]
        whole: list[list[float]] = [[] for _ in pairs]
        for masks in counts:
            blocks = []
            for index, (a, b) in enumerate(pairs):
                mine, theirs = _dice(a, masks), _dice(b, masks)
                both = sorted(mine.keys() & theirs.keys())
                block = [mine[name] - theirs[name] for name in both]
                blocks.append(np.array(block))
                whole[index] += block
            rows.append(_difference(data, str(masks), blocks))
        rows.append(_difference(data, "all numbers", [np.array(block) for block in whole]))
    return rows


def _difference(data: str, masks: str, blocks: Sequence[np.ndarray]) -> dict[str, Any]:
    kept = [block for block in blocks if len(block)]
    mean, low, high = paired_interval(kept)
    better = sum(float(block.mean()) > 0 for block in kept)
    return {
        "data": data,
        "masks": masks,
        "difference": mean,
        "low": low,
        "high": high,
        "walks": len(kept),
        "walks in favour": better,
    }
