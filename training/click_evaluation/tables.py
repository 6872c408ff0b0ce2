"""Tables of what clicking took: one row an engine, structure and hand; curves; effort; what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.click.clicker import MOST_CLICKS
from lusgui.core.click.scores import (
    THRESHOLDS,
    area_under,
    clicks_needed,
    held,
    mean_curve,
    number_of_failures,
)
from training.statistics.bootstrap import bootstrap_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.click_evaluation.targets import Structure
    from training.click_evaluation.trials import Trial

CLICK_SECONDS = 1.5
"""Taken for a click with a look at what came of it."""

ACCEPT_SECONDS = 0.5
"""Taken for the key that accepts."""

SCREEN_ROWS = 900.0
"""Pixels of the screen that the view of a frame is high."""

DRAWING_SPEED = 100.0
"""Pixels of the screen that a careful hand draws in a second."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Something asked for before it was measured.

    Parameters
    ----------
    structures : tuple of str
        Of which structures.
    measure : str
        Column of the scores.
    title : str
        For people.
    wanted : float
        The value.
    is_least : bool
        Whether at least this is wanted, else at most.
    """

    structures: tuple[str, ...]
    measure: str
    title: str
    wanted: float
    is_least: bool = False


SOLID = ("hemisphere", "cerebellum", "vermis", "cisterna_magna", "head", "nerve", "vessel", "cyst")
RIBS = ("simulated_rib", "rib")
ASKED = (
    Asked(("hemisphere", "cerebellum", "head"), "noc85", "clicks to IoU 0.85", 2.0),
    Asked(("nerve", "vessel"), "noc85", "clicks to IoU 0.85", 3.0),
    Asked(RIBS, "noc_dice85", "clicks to Dice 0.85", 4.0),
    Asked(SOLID, "iou1", "IoU after the first click", 0.75, is_least=True),
    Asked((*SOLID, *RIBS), "effort", "time of clicking over time of drawing", 1 / 3),
)


def score_row(engine: str, structure: Structure, hand: str, trials: Sequence[Trial]) -> Row:
    """Return the scores of one engine on one structure with one hand; intervals draw whole groups."""
    groups = [trial.group for trial in trials]
    ious = [trial.ious for trial in trials]
    dices = [trial.dices for trial in trials]
    row: Row = {
        "engine": engine,
        "structure": structure.name,
        "title": structure.title,
        "hand": hand,
        "n": len(trials),
        "groups": len(set(groups)),
    }
    for threshold in THRESHOLDS:
        name = f"noc{round(100 * threshold)}"
        row |= _interval(name, [clicks_needed(curve, threshold) for curve in ious], groups)
        row[f"nof{round(100 * threshold)}"] = number_of_failures(ious, threshold)
    row |= _interval("noc_dice85", [clicks_needed(curve, 0.85) for curve in dices], groups)
    row["nof_dice85"] = number_of_failures(dices, 0.85)
    row |= _interval("iou1", [held(curve)[0] for curve in ious], groups)
    for count in (2, 3, 5, 10):
        row[f"iou{count}"] = float(mean_curve(ious)[count - 1])
    row["dice1"] = float(mean_curve(dices)[0])
    row["area_under"] = float(np.mean([area_under(curve) for curve in ious]))
    row["first_nothing"] = sum(not trial.first_found for trial in trials)
    seconds = [value for trial in trials for value in trial.seconds]
    row["ms_median"] = 1e3 * float(np.median(seconds)) if seconds else None
    row["ms_p95"] = 1e3 * float(np.quantile(seconds, 0.95)) if seconds else None
    row["ms_embed"] = 1e3 * float(np.median([trial.embed_seconds for trial in trials]))
    row["negative_share"] = _share_of("-", "".join(trial.signs for trial in trials))
    if structure.is_thin:
        row["line_first_px"] = _mean_known([trial.line_first for trial in trials])
        row["line_px"] = _mean_known([trial.line_good for trial in trials])
    return row | effort_of(structure, trials)


def _share_of(sign: str, signs: str) -> float:
    return signs.count(sign) / max(len(signs), 1)


def _interval(name: str, values: Sequence[float], groups: Sequence[str]) -> Row:
    found = bootstrap_interval([float(value) for value in values], groups)
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}


def _mean_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def effort_of(structure: Structure, trials: Sequence[Trial]) -> Row:
    """Return clicks against the way that a brush goes, until the agreement asked for is reached.

    Times are computed from `CLICK_SECONDS`, `ACCEPT_SECONDS` and `DRAWING_SPEED`; nobody was timed. A target
    that 20 clicks do not finish counts with 20 clicks and all of the drawing besides.
    """
    ratios, clicks, lengths = [], [], []
    for trial in trials:
        curve = trial.dices if structure.is_thin else trial.ious
        needed = clicks_needed(curve, 0.85)
        drawn = trial.stroke_px / max(trial.view_px, 1.0) * SCREEN_ROWS / DRAWING_SPEED
        spent = needed * CLICK_SECONDS + ACCEPT_SECONDS
        if max(curve, default=0.0) < 0.85:
            spent += drawn
        ratios.append(spent / max(drawn, 1e-9))
        clicks.append(needed)
        lengths.append(trial.stroke_px)
    groups = [trial.group for trial in trials]
    seconds = [
        trial.stroke_px / max(trial.view_px, 1.0) * SCREEN_ROWS / DRAWING_SPEED + ACCEPT_SECONDS
        for trial in trials
    ]
    found = bootstrap_interval(ratios, groups, "median")
    return {
        "stroke_px": float(np.median(lengths)) if lengths else None,
        "click_s": float(np.median(clicks)) * CLICK_SECONDS + ACCEPT_SECONDS if clicks else None,
        "draw_s": float(np.median(seconds)) if seconds else None,
        "effort": found.estimate,
        "effort_low": found.low,
        "effort_high": found.high,
    }


def curve_rows(engine: str, structure: Structure, hand: str, trials: Sequence[Trial]) -> list[Row]:
    """Return mean IoU and Dice after each number of clicks."""
    ious = mean_curve([trial.ious for trial in trials])
    dices = mean_curve([trial.dices for trial in trials])
    return [
        {
            "engine": engine,
            "structure": structure.name,
            "hand": hand,
            "clicks": count + 1,
            "iou": float(ious[count]),
            "dice": float(dices[count]),
        }
        for count in range(MOST_CLICKS)
    ]


def target_rows(scores: Sequence[Row]) -> list[Row]:
    """Return what was asked for beside what was measured, for every row of the scores."""
    rows = []
    for score in scores:
        for asked in ASKED:
            value = _number(score.get(asked.measure))
            if score["structure"] not in asked.structures or value is None:
                continue
            is_met = value >= asked.wanted if asked.is_least else value <= asked.wanted
            rows.append(
                {
                    "engine": score["engine"],
                    "structure": score["structure"],
                    "title": score["title"],
                    "hand": score["hand"],
                    "asked": asked.title,
                    "wanted": f"{'at least' if asked.is_least else 'at most'} {asked.wanted:.2f}",
                    "value": value,
                    "low": score.get(f"{asked.measure}_low"),
                    "high": score.get(f"{asked.measure}_high"),
                    "n": score["n"],
                    "groups": score["groups"],
                    "met": is_met,
                }
            )
    return rows


def _number(value: object) -> float | None:
    try:
        return None if value in (None, "") else float(str(value))
    except ValueError:
        return None


def nothing_row(engine: str, source: str, rows: Sequence[Row]) -> Row:
    """Return how often a click on nothing is told so, and how much is invented else."""
    shares = [row["share"] for row in rows if row["found"]]
    found = bootstrap_interval([float(not row["found"]) for row in rows], [row["group"] for row in rows])
    return {
        "engine": engine,
        "source": source,
        "n": len(rows),
        "groups": len({row["group"] for row in rows}),
        "told": found.estimate,
        "low": found.low,
        "high": found.high,
        "share_where_found": float(np.median(shares)) if shares else None,
    }
