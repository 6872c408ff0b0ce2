"""The page of the experiment on learning without masks: Dice by beginning, differences, false finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.experiments.cells import by_variant
from training.experiments.orderings import RULE as CLAIM_RULE
from training.experiments.orderings import Claim, claim_rows
from training.experiments.pages import finish, progress, provenance
from training.experiments.pretraining_page import bars_of, long_table, values_of
from training.experiments.selfsupervised import MASKS, REBUILT, SCRATCH, TITLE, facts
from training.report.figures import fold_boxes, strategy_bars
from training.report.page import Report
from training.report.tables import RULE, score_columns, significance_table, tone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.experiments.cells import Done
    from training.experiments.selfsupervised import Settings
    from training.experiments.sets import DataSet

CLAIMS = (Claim(REBUILT, SCRATCH), Claim(MASKS, SCRATCH), Claim(REBUILT, MASKS))


def write_page(
    settings: Settings, sets: Sequence[DataSet], done: Sequence[Done], missing: int, out: Path
) -> Path:
    """Write everything and return the page's path."""
    table = long_table(done)
    report = Report(TITLE, "Hidden squares and new speckle as the lesson; judged on groups never seen")
    report.add_text(
        f"A U-Net of width {settings.base_width} at {settings.side} x {settings.side} learns ribs or"
        f" cerebella for {settings.steps} steps, from random weights, after {settings.steps_before} steps of"
        f" rebuilding frames without masks, or after {settings.steps_before} steps on masks of heads, vessels"
        " and nerves."
        " Neither beginning has seen a frame of the groups that are judged after it.\n\n"
        + progress(len(done), missing, settings.minutes)
    )
    report.add_heading("Dice")
    values = values_of(done)
    if values:
        report.add_table(
            significance_table(score_columns(values), "beginning"),
            caption=f"Dice, mean (SD) over all test images that show the label. {RULE}",
            name="dice",
            colour=tone_of,
        )
        report.add_figure(
            strategy_bars(bars_of(done)),
            "Mean Dice; lines are 95 % intervals that draw folds first and images second.",
            name="bars",
        )
    for part in sets:
        boxes: dict[str, dict[str, list[float]]] = {}
        for item in done:
            if item.cell.data.name == part.name:
                mine = boxes.setdefault(item.cell.variant, {})
                mine.setdefault(f"fold {item.cell.fold}", []).extend(item.dice.values())
        if boxes:
            caption = f"{part.name}: Dice of the test images of each fold."
            report.add_figure(fold_boxes(boxes), caption, name=f"folds_{part.name}")
    report.add_heading("Which beginning is better")
    claims: list[dict[str, object]] = []
    for part in sets:
        scores = by_variant(item for item in done if item.cell.data.name == part.name)
        claims += claim_rows(CLAIMS, scores, part.name, "folds")
    report.add_table(claims, caption=CLAIM_RULE.replace("seeds", "folds"), name="claims")
    report.add_heading("What Dice does not see")
    report.add_table(
        table,
        ["data", "model", "images", "hd95", "unit", "false components", "failed", "seconds"],
        "Means over test frames: 95th percentile of the surface distance (frames where both masks hold"
        " something), and components that touch no true pixel, on frames with and without the label.",
        name="beyond_dice",
    )
    report.add_heading("How it was made")
    report.add_text(
        "Folds are dealt by patient (cerebellum) or clip (ribs). There is no validation set: every training"
        " runs its steps and its last averaged weights are judged, on the raw grid, on frames as stored."
        " Fold k of both sets share their beginnings, which have seen neither's groups. Where the limb frames"
        " are held out with a rib fold, the lesson with masks learns heads alone."
    )
    report.add_facts(provenance(settings, sets, facts(sets)))
    return finish(report, out, done, table)
