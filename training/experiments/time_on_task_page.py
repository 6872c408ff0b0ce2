"""The page of the experiment on time on task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.pages import progress, provenance
from training.experiments.time_on_task import Settings, Told, summarise
from training.report.figures import Mean, lines, strategy_bars
from training.report.page import Report
from training.report.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TITLE = "Time on task"
MOST_SHARE, LEAST_UNTOUCHED = 0.30, 0.70
"""What is asked for: gestures with learning among those by brush alone; frames that need none."""

WAYS = {
    "brush_only": "brush alone",
    "shipped_model": "mending what the shipped model offers",
    "learning": "with learning",
}


def write_page(settings: Settings, done: Sequence[Told], missing: int, out: Path) -> Path:
    """Write everything and return the page's path."""
    report = Report(TITLE, f"Gestures until every frame has Dice {settings.wanted:g}")
    drawn = settings.rounds[-1]
    report.add_text(
        f"A script annotates simulated recordings of {settings.frames} frames until each has a Dice of"
        f" {settings.wanted:g}: once by brush alone, once by mending what the shipped rib model offers, once"
        f" with a model that learns after {' and after '.join(map(str, settings.rounds))} frames. The frames"
        f" to begin with are those that lusgui suggests. After {drawn} frames nothing more is learnt. A"
        " gesture is a stroke, an erasing stroke, a piece deleted, or a mask cleared; going on to the next"
        " frame costs all ways the same and is not counted. What the model learns is what the script drew,"
        " not the truth.\n\n"
        f"{progress(len(done), missing, settings.minutes)}"
    )
    table = rows_of(settings, done)
    report.add_table(
        table,
        caption=f"Untouched: share of the frames after the first {drawn} that needed no gesture. Asked for:"
        f" at most {MOST_SHARE:.0%} of the gestures, at least {LEAST_UNTOUCHED:.0%} untouched.",
        name="table",
    )
    if done:
        report.add_text(verdict(table))
        bars = {WAYS[way]: {told.recording: Mean(summarise(told)[way]) for told in done} for way in WAYS}
        report.add_figure(
            strategy_bars(bars, "gestures", whole=True), "Gestures for a whole recording.", name="gestures"
        )
        report.add_figure(
            lines(curves(done), "frames done", "gestures so far"),
            "Gestures over frames, the frames drawn first in front; mean over recordings.",
            name="curve",
        )
    report.add_heading("How it was made")
    report.add_facts(provenance(settings, []))
    page = report.write(out)
    frames = [{"recording": told.recording, **row} for told in done for row in told.rows]
    write_csv(out / "results.csv", frames)
    return page


def rows_of(settings: Settings, done: Sequence[Told]) -> list[dict[str, Any]]:
    """Return one row a recording, and one of them all."""
    rows: list[dict[str, Any]] = []
    for told in done:
        numbers = summarise(told)
        rows.append(
            {
                "recording": told.recording,
                "frames": len(told.rows),
                **{WAYS[way]: int(numbers[way]) for way in WAYS},
                "share of brush alone": numbers["share"],
                "untouched": numbers["untouched"],
                "Dice offered": numbers["offered_dice"],
                "untouched, shipped model": numbers["shipped_untouched"],
                "Dice, shipped model": numbers["shipped_dice"],
                "seconds of a learning": told.seconds,
            }
        )
    if len(rows) > 1:
        every: dict[str, Any] = {"recording": "all"}
        for column in list(rows[0])[1:]:
            values = [row[column] for row in rows]
            is_count = column in ("frames", *WAYS.values())
            every[column] = sum(values) if is_count else float(np.mean(values))
        every["share of brush alone"] = every[WAYS["learning"]] / max(every[WAYS["brush_only"]], 1)
        rows.append(every)
    return rows


def verdict(table: Sequence[dict[str, Any]]) -> str:
    """Say whether what is asked for is met, of all recordings together."""
    last = table[-1]
    share, untouched = last["share of brush alone"], last["untouched"]
    met = ("met" if share <= MOST_SHARE else "not met", "met" if untouched >= LEAST_UNTOUCHED else "not met")
    return (
        f"With learning it took {last[WAYS['learning']]} gestures, {share:.0%} of the"
        f" {last[WAYS['brush_only']]} by brush alone (at most {MOST_SHARE:.0%} asked for: {met[0]})."
        f" {untouched:.0%} of the frames after the first needed none (at least {LEAST_UNTOUCHED:.0%} asked"
        f" for: {met[1]})."
    )


def curves(done: Sequence[Told], points: int = 31) -> dict[str, list[tuple[float, Mean]]]:
    """Return how gestures add up over the frames, the frames drawn first in front."""
    series: dict[str, list[tuple[float, Mean]]] = {}
    for way, title in WAYS.items():
        sums = []
        for told in done:
            ordered = sorted(told.rows, key=lambda row: (not row["is_drawn_first"], row["frame"]))
            sums.append(np.cumsum([row[way] for row in ordered]))
        count = min(map(len, sums))
        at = np.unique(np.linspace(0, count - 1, points).astype(int))
        series[title] = [(float(i + 1), Mean(float(np.mean([one[i] for one in sums])))) for i in at]
    return series
