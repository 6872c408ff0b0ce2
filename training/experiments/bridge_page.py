"""The page of the ablation: tables, differences, and the reference's worst frames with what people saw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.bridge_judge import INPUTS, frames_of
from training.experiments.bridge_tables import GROUPS_RULE, ablation_table, group_table
from training.experiments.bridge_variants import REFERENCE
from training.experiments.cells import unpack_mask
from training.experiments.pages import finish, progress, provenance
from training.report.failures import (
    ORDER,
    WORST,
    Failure,
    failure_gallery,
    failure_rows,
    read_words,
    worst,
    write_words,
)
from training.report.figures import Mean, forest
from training.report.page import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.experiments.bridge import BridgeDone, Part, Settings


def write_page(
    settings: Settings, parts: Sequence[Part], done: Sequence[BridgeDone], missing: int, out: Path
) -> Path:
    """Write everything and return the page's path.

    Beside the page lie ``results.csv`` (one row a frame), ``table.csv`` (one a variant), and for each label
    ``<label>_variants.csv``, ``<label>_groups.csv``, ``<label>_worst.csv``, the figures, and
    ``<label>_words.csv`` to fill in.
    """
    report = Report("From simulated to real frames", "What each part of the shipped recipes is worth")
    report.add_text(
        "The reference is the recipe of the shipped model, or what the table says; each variant changes one"
        " thing. Every frame is judged by a network that saw no frame of its group, on its own grid, by the"
        " path the window uses, at threshold 0.5. The recipes were shaped by people who had seen such"
        f" scores, so all levels are on the hopeful side.\n\n{progress(len(done), missing, settings.minutes)}"
    )
    whole: list[dict[str, object]] = []
    for part in parts:
        label = part.maker.label
        mine = [item for item in done if item.cell.maker.label == label]
        rows: list[dict[str, Any]] = [dict(row) for item in mine for row in item.rows()]
        titles = {variant.key: variant.title for variant in part.variants}
        table = ablation_table(rows, titles, len(part.judged.folds))
        whole += [{"label": label} | row for row in table]
        if not table:
            continue
        report.add_heading(label)
        report.add_table(
            table,
            [column for column in table[0] if column != "variant"] + ["difference", "low", "high"],
            caption=f"{label}: means over frames. {GROUPS_RULE}",
            name=f"{label}_variants",
        )
        targets = target_table(label, mine)
        report.add_table(targets, caption=TARGETS_RULE, name=f"{label}_targets")
        shown = {
            str(row["what"]): Mean(*(float(str(row[key])) for key in ("difference", "low", "high")))
            for row in table
            if row.get("difference") is not None and np.isfinite(float(str(row["difference"])))
        }
        if shown:
            caption = f"{label}: Dice above the reference, with 95 % intervals."
            report.add_figure(forest(shown, "Dice above the reference"), caption, name=f"{label}_differences")
        report.add_table(group_table(rows, titles), caption="By group.", name=f"{label}_groups")
        _add_failures(report, part, mine, out, settings.words)
    report.add_heading("How it was made")
    references = {f"reference, {part.maker.label}": str(part.maker.reference) for part in parts}
    report.add_facts(provenance(settings, [part.judged.data for part in parts], references))
    return finish(report, out, done, whole)


TARGETS_RULE = (
    "The reference against its targets, with 95 % intervals that draw whole groups; frames of all folds"
    " together, seed 0, each judged by the network that never saw its group."
)


def target_table(label: str, done: Sequence[BridgeDone]) -> list[dict[str, object]]:
    """Return one row a target and input: ``input target wanted got low high n met``."""
    from training.default_targets import targets
    from training.judging_defaults import summarise_judged

    kept = [
        row
        for item in done
        if item.cell.variant.key == REFERENCE and item.cell.seed == 0
        for row in item.result["rows"]
    ]
    table: list[dict[str, object]] = []
    row: dict[str, object]
    for kind in INPUTS:
        frames = frames_of(row for row in kept if row["input"] == kind)
        for target in targets(label, summarise_judged(frames)) if frames else ():
            row = {"input": kind, "target": target.name, "wanted": target.wanted, "got": target.got}
            row |= {"low": target.low, "high": target.high, "n": target.n, "met": target.met}
            table.append(row)
    return table


def failures_of(part: Part, done: Sequence[BridgeDone], words: dict[str, str]) -> list[Failure]:
    """Return every frame of the reference's first seed, raw, with what was found when it was held out."""
    samples = {
        sample.name: sample for fold in range(len(part.judged.folds)) for sample in part.judged.test_of(fold)
    }
    found = []
    for item in done:
        if item.cell.variant.key != REFERENCE or item.cell.seed != 0:
            continue
        scores = {row["name"]: row["dice"] for row in item.result["rows"] if row["input"] == "raw"}
        for name, packed in item.result["masks"].items():
            sample = samples[name]
            mask = unpack_mask(packed)
            if sample.ignored is not None:
                mask &= ~sample.ignored
            truth = sample.masks[part.maker.label]
            found.append(
                Failure(name, sample.group, sample.gray(), truth, mask, scores[name], words.get(name, ""))
            )
    return found


def _add_failures(report: Report, part: Part, done: Sequence[BridgeDone], out: Path, words_file: str) -> None:
    from lusgui.base.paths import resources_dir

    label = part.maker.label
    kept = out / f"{label}_words.csv"
    words = read_words(resources_dir() / "experiments" / "bridge" / kept.name) | read_words(kept)
    if words_file:
        words |= read_words(Path(words_file))
    frames = worst(failures_of(part, done, words))
    if not frames:
        return
    report.add_heading(f"{label}: the {WORST} worst frames")
    caption = (
        "Each held out from the network that answered, raw input. Orange: drawn by a person; blue, dashed:"
        f" found. {ORDER}"
    )
    report.add_figure(failure_gallery(frames), caption, name=f"{label}_worst_figure")
    report.add_table(failure_rows(frames), caption="What a person saw in them.", name=f"{label}_worst")
    write_words(kept, frames, words)
