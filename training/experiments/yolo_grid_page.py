"""The page of the experiment on YOLO's grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.orderings import paired_interval
from training.experiments.pages import progress, provenance
from training.experiments.yolo_grid_masks import INSIDE, TRUE_BOX, WHOLE, dice_of
from training.report.figures import Mean, ap_against_iterations, lines, strategy_bars
from training.report.page import Report
from training.report.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from training.experiments.yolo_grid import Settings
    from training.experiments.yolo_grid_lab import Frames

    Result = Mapping[str, Any]

PUBLISHED = {7: 0.8297, 9: 0.8377, 11: 0.848, 13: 0.836}
"""What Ramos et al. 2020 call AP, by S, of the full network on their own data."""

TITLE = "Boxes around the cerebellum: cells, boxes, many cells first, masks inside"
PARTS = ("real", "simulated")
SHOWN = {
    "ap_as_ramos": "AP as published (mean IoU)",
    "ap50": "AP50",
    "ap50_95": "AP50:95",
    "f1": "F1 (IoU 0.5)",
    "f1_as_published": "F1 as published",
}


def write_page(
    settings: Settings,
    frames: Frames,
    done: Sequence[Result],
    masks: Sequence[Result],
    missing: int,
    shown: Figure | None,
    out: Path,
) -> Path:
    """Write everything and return the page's path."""
    report = Report(TITLE, "After Ramos et al. 2020, on other data and with a tiny YOLO scaled down")
    report.add_text(
        "Every seed leaves another third of the patients out. AP as published is the mean overlap of the"
        " surest box over the test images; it asks for no score and ranks nothing. AP50 and AP50:95 are"
        " average precision as the field means it. Intervals draw seeds first and images second.\n\n"
        + progress(len(done) + (len(masks) > 0), missing, settings.minutes)
    )
    table = long_table(done)
    report.add_heading("Number of cells S")
    cells = [row for row in table if row["study"] == "cells"]
    report.add_table(cells, caption="Two boxes a cell; published: the full network.", name="cells")
    for name, title in (("ap_as_ramos", "AP as published"), ("ap50", "AP50")):
        report.add_figure(
            lines(by_number(done, "cells", "grid", name), "cells along a side S", f"{title}, test images"),
            f"{title} against S; bands: lowest to highest seed.",
            name=f"cells_{name}",
        )
    curves = {}
    for result in done:
        if result["study"] == "cells" and result["seed"] == 0:
            curves[result["name"]] = [
                (float(row["step"]), float(row["val_test_ap_as_ramos"])) for row in result["history"]
            ]
    report.add_figure(
        ap_against_iterations(curves, "AP as published, all test images"),
        "AP against iterations, seed 0; simulated heads of their own chose the checkpoint.",
        name="iterations",
    )
    if shown is not None:
        report.add_figure(shown, "Test frames of seed 0 with the surest box of each grid.", name="gallery")
    report.add_heading("Number of boxes B")
    at = settings.grid_of_boxes
    boxes = [row for row in table if row["study"] == "boxes" or (row["S"] == at and row["study"] == "cells")]
    report.add_table(boxes, caption=f"S = {at}.", name="boxes")
    report.add_figure(
        lines(by_number(done, "boxes", "boxes", "ap_as_ramos", at), "boxes a cell B", "AP as published"),
        f"AP as published against B at S = {at}; bands: lowest to highest seed.",
        name="boxes_ap",
    )
    report.add_heading("Many cells first")
    few, many = settings.few, settings.many
    first = [
        row for row in table if row["study"] == "many first" or row["model"] in {f"S = {few}", f"S = {many}"}
    ]
    report.add_table(
        first,
        caption=f"Convolutions learnt with {many} x {many} cells are frozen and only a new head for"
        f" {few} x {few} learns, against {few} x {few} from the start.",
        name="many_first",
    )
    report.add_table(
        differences(settings, done), caption="Overlap of paired test images.", name="differences"
    )
    report.add_heading("Masks inside the box")
    chosen = mask_table(masks)
    report.add_table(
        chosen, caption="The same small U-Net, size of input and steps; Dice on the raw grid.", name="masks"
    )
    if masks:
        bars = {
            part: {
                row["way"]: Mean(row["Dice"], row["low"], row["high"])
                for row in chosen
                if row["data"] == part
            }
            for part in PARTS
            if any(row["data"] == part for row in chosen)
        }
        report.add_figure(strategy_bars(bars), "Dice with 95 % intervals.", name="masks_bars")
    report.add_heading("How it was made")
    patients = len({sample.group for sample in frames.real})
    report.add_facts(
        provenance(
            settings,
            [],
            {
                "data": f"{len(frames.real)} real planes of {patients} patients (Rodriguez Martin, CC0) and"
                f" {len(frames.simulated)} simulated heads within 30° of level; SHA-256 {frames.digest[:16]}"
            },
        )
    )
    page = report.write(out)
    both = [*table, *[{"study": "masks", **row} for row in chosen]]
    write_csv(out / "table.csv", both, list(dict.fromkeys(name for row in both for name in row)))
    write_csv(out / "results.csv", long_rows(done, masks))
    return page


def long_rows(done: Sequence[Result], masks: Sequence[Result]) -> list[dict[str, object]]:
    """Return one row a training and test frame."""
    head = ("study", "model", "S", "B", "seed", "data", "name", "group", "iou", "score", "dice")
    rows: list[dict[str, object]] = []
    for result in done:
        same = {"study": result["study"], "model": result["name"], "S": result["grid"], "B": result["boxes"]}
        rows += [{**same, "seed": result["seed"], **row} for row in result["rows"]]
    rows += [{"study": "masks", "model": row["way"], **row} for row in masks]
    return [{name: row.get(name) for name in head} for row in rows]


def long_table(done: Sequence[Result]) -> list[dict[str, Any]]:
    """Return one row a variant and kind of frames, means over seeds."""
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys(result["name"] for result in done):
        mine = [result for result in done if result["name"] == name]
        for part in PARTS:
            blocks = [_overlaps(result, part) for result in mine]
            blocks = [block for block in blocks if len(block)]
            if not blocks:
                continue
            mean, low, high = paired_interval([np.array(list(block.values())) for block in blocks])
            row = {
                "study": mine[0]["study"],
                "model": name,
                "data": part,
                "S": mine[0]["grid"],
                "B": mine[0]["boxes"],
                "seeds": len(blocks),
                "images": sum(map(len, blocks)),
                SHOWN["ap_as_ramos"]: mean,
                "low": low,
                "high": high,
            }
            for key, title in SHOWN.items():
                if key != "ap_as_ramos":
                    row[title] = _mean(
                        [result["scores"][part].get(key) for result in mine if part in result["scores"]]
                    )
            is_full = mine[0]["study"] == "cells" and part == "real"
            row["published AP"] = PUBLISHED.get(mine[0]["grid"]) if is_full else None
            row["seconds"] = _mean([result["seconds"] for result in mine])
            rows.append(row)
    return rows


def _overlaps(result: Result, part: str) -> dict[str, float]:
    return {row["name"]: float(row["iou"]) for row in result["rows"] if row["data"] == part}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def by_number(
    done: Sequence[Result], study: str, number: str, score: str, grid: int | None = None
) -> dict[str, list[tuple[float, Mean]]]:
    """Return for each kind of frames the mean score against S or B, from the lowest to the highest seed."""
    series: dict[str, list[tuple[float, Mean]]] = {}

    def fits(result: Result) -> bool:
        return result["study"] == study or (grid is not None and result["name"] == f"S = {grid}")

    for part in PARTS:
        points = []
        for value in sorted({result[number] for result in done if fits(result)}):
            found = [
                result["scores"][part][score]
                for result in done
                if fits(result) and result[number] == value and score in result["scores"].get(part, {})
            ]
            if found:
                points.append((float(value), Mean(float(np.mean(found)), min(found), max(found))))
        if points:
            series[part] = points
    return series


def differences(settings: Settings, done: Sequence[Result]) -> list[dict[str, object]]:
    """Return paired differences of overlap: with few cells from the start, or with B = 2 at the same S."""
    studies = {result["name"]: result["study"] for result in done}
    seeds = {int(result["seed"]) for result in done}
    rows: list[dict[str, object]] = []
    for name, study in studies.items():
        reference = f"S = {settings.grid_of_boxes if study == 'boxes' else settings.few}"
        for part in PARTS:
            pairs = _paired(
                lambda wanted, seed, part=part: _of(done, wanted, seed, part),  # type: ignore[misc]
                (name, reference),
                seeds,
            )
            if name != reference and pairs:
                mean, low, high = paired_interval(pairs)
                rows.append(
                    {
                        "model": name,
                        "against": reference,
                        "data": part,
                        "difference of IoU": mean,
                        "low": low,
                        "high": high,
                        "images": sum(map(len, pairs)),
                        "seeds": len(pairs),
                    }
                )
    return rows


def _of(done: Sequence[Result], name: str, seed: int, part: str) -> dict[str, float]:
    return next((_overlaps(r, part) for r in done if r["name"] == name and r["seed"] == seed), {})


def _paired(
    values: Callable[[str, int], Mapping[str, float]], names: tuple[str, str], seeds: set[int]
) -> list[np.ndarray]:
    blocks = []
    for seed in sorted(seeds):
        first, second = values(names[0], seed), values(names[1], seed)
        common = sorted(first.keys() & second.keys())
        if common:
            blocks.append(np.array([first[name] - second[name] for name in common]))
    return blocks


def mask_table(masks: Sequence[Result]) -> list[dict[str, Any]]:
    """Return one row a way and kind of frames, with the difference to the whole image."""
    rows: list[dict[str, Any]] = []
    seeds = {int(row["seed"]) for row in masks}
    for part in PARTS:
        by_way = {way: dice_of(list(map(dict, masks)), way, part) for way in (WHOLE, INSIDE, TRUE_BOX)}
        for way, dice in by_way.items():
            if not dice:
                continue
            mean, low, high = paired_interval([np.array(list(mine.values())) for mine in dice.values()])
            pairs = _paired(lambda name, seed, ways=by_way: ways[name].get(seed, {}), (way, WHOLE), seeds)  # type: ignore[misc]
            gain = paired_interval(pairs) if way != WHOLE else (math.nan,) * 3
            rows.append(
                {
                    "way": way,
                    "data": part,
                    "Dice": mean,
                    "low": low,
                    "high": high,
                    "gain": gain[0],
                    "gain low": gain[1],
                    "gain high": gain[2],
                    "images": sum(map(len, dice.values())),
                    "seeds": len(dice),
                }
            )
    return rows
