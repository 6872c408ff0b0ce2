"""The report of a cross-validation: who is best, what the as-published split is worth, what leaked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training.report.figures import Mean, fold_boxes, forest, learning_curves
from training.report.page import Report
from training.report.tables import score_columns, significance_table, tone_of, transfer_table
from training.statistics.bootstrap import bootstrap_interval
from training.transfer.stages import describe_start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.recipe_types import CrossvalRecipe
    from training.transfer.crossval import CrossvalResult

MORE_METRICS = ("dice", "iou", "hd95_mm", "hd95_px", "assd_mm", "assd_px", "false_components", "roughness")
MOST_CURVES = 6


def write_crossval_report(recipe: CrossvalRecipe, result: CrossvalResult, out: Path) -> Path:
    """Write ``report.html`` with its tables and figures.

    Parameters
    ----------
    recipe : CrossvalRecipe
        What was asked for.
    result : CrossvalResult
        What came of it.
    out : Path
        Folder.

    Returns
    -------
    Path
        The page.
    """
    report = Report(recipe.title, recipe.source)
    trained = recipe.folds if recipe.first_folds is None else min(recipe.first_folds, recipe.folds)
    report.add_facts(
        {
            "data": result.data,
            "label": recipe.label,
            "network": f"{recipe.architecture} {_arguments(recipe)}".strip(),
            "input": f"{recipe.input_shape[0]} x {recipe.input_shape[1]}, despeckling {recipe.despeckle}",
            "start": describe_start(recipe.pretrain),
            "folds": f"{trained} of {recipe.folds}, dealt by {recipe.by}",
            "seeds": ", ".join(map(str, recipe.seeds)),
        }
    )
    report.add_heading("Dice of frames never seen")
    report.add_table(
        transfer_table({(model, "by fold"): result.fold_means(model) for model in result.models}),
        caption="Mean Dice of each fold: the highest flatters, the average is the result.",
        name="folds",
    )
    scores = score_columns({"Dice": {model: result.values(model) for model in result.models}})
    report.add_table(
        significance_table(scores, "model"),
        caption="Mean (SD) over test frames; colours by Tukey's test against the best.",
        name="dice",
        colour=tone_of,
    )
    report.add_table(_means(result), caption="Means over test frames, on the raw grid.", name="metrics")
    for (split, mirrored), rows in _by_way(result).items():
        boxes = {
            model: {
                f"fold {k + 1}": [row["dice"] for row in rows if (row["model"], row["fold"]) == (model, k)]
                for k in range(trained)
            }
            for model in dict.fromkeys(row["model"] for row in rows)
        }
        copies = ", with mirrored copies" if mirrored == "true" else ""
        report.add_figure(
            fold_boxes(boxes),
            f"Dice of every test frame, dealt by {split}{copies}.",
            name=f"dice_by_{split}{'_mirrored' if mirrored == 'true' else ''}",
        )
    if recipe.by == "both":
        _add_gap(report, result)
    _add_splits(report, result)
    _add_trainings(report, result)
    return report.write(out)


def gaps(result: CrossvalResult) -> list[dict[str, Any]]:
    """Return how much higher the split by image scores than the split by group, stage by stage.

    The same frame is judged under both; the difference is paired by frame and seed, and its interval draws
    whole groups.
    """
    found = []
    keys = dict.fromkeys((row["stage"], row["mirrored"]) for row in result.rows)
    for stage, mirrored in keys:
        sides: dict[str, dict[tuple[int, str], dict[str, Any]]] = {"group": {}, "image": {}}
        for row in result.rows:
            if (row["stage"], row["mirrored"]) == (stage, mirrored) and row["dice"] is not None:
                sides[row["split"]][row["seed"], row["name"]] = row
        both = sorted(sides["group"].keys() & sides["image"].keys())
        differences = [sides["image"][key]["dice"] - sides["group"][key]["dice"] for key in both]
        groups = [sides["group"][key]["group"] for key in both]
        interval = bootstrap_interval(differences, groups)
        found.append(
            {
                "stage": stage,
                "mirrored copies": mirrored,
                "by image": _mean([sides["image"][key]["dice"] for key in both]),
                "by group": _mean([sides["group"][key]["dice"] for key in both]),
                "gap": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "frames": len(both),
                "groups": interval.groups,
            }
        )
    return found


def _by_way(result: CrossvalResult) -> dict[tuple[str, str], list[dict[str, Any]]]:
    ways: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in result.rows:
        if row["dice"] is not None:
            ways.setdefault((row["split"], row["mirrored"]), []).append(row)
    return ways


def _add_gap(report: Report, result: CrossvalResult) -> None:
    found = gaps(result)
    report.add_heading("What the split by image adds")
    report.add_text(
        "Dealt by image, as published, frames of one group stand in training and in test. The gap is what"
        " that adds to the Dice of the very same frames, with a 95 % interval that draws whole groups."
    )
    report.add_table(found, caption="Dice by image minus Dice by group, paired by frame.", name="gap")
    named = {
        f"{row['stage']}{', mirrored' if row['mirrored copies'] == 'true' else ''}": _interval(row)
        for row in found
    }
    report.add_figure(forest(named, "Dice by image minus by group"), "The gap with its interval.", name="gap")


def _add_splits(report: Report, result: CrossvalResult) -> None:
    report.add_heading("Splits and leaks")
    for way, sentences in result.leaks.items():
        text = " ".join(sentences) if sentences else "Nothing stands on both sides."
        report.add_text(f"By {way}: {text}")
    rows = [
        {"dealt by": way, "fold": k + 1} | counts
        for way, folds in result.folds.items()
        for k, counts in enumerate(folds)
    ]
    report.add_table(rows, caption="Frames in each fold, first seed.", name="splits")


def _add_trainings(report: Report, result: CrossvalResult) -> None:
    report.add_heading("Trainings")
    shown = [
        {key: value for key, value in trial.items() if key not in ("history", "stage", "split", "mirrored")}
        for trial in result.trials
    ]
    report.add_table(shown, caption="Epochs, time and failures of every training.", name="trainings")
    curves = {
        f"{trial['model']}, fold {trial['fold'] + 1}": [
            row.get("val_dice", row["loss"]) for row in trial["history"]
        ]
        for trial in result.trials[:MOST_CURVES]
    }
    if any(curves.values()):
        report.add_figure(
            learning_curves(curves),
            f"Validation Dice over epochs of the first {len(curves)} trainings.",
            name="curves",
        )


def _means(result: CrossvalResult) -> list[dict[str, Any]]:
    rows = []
    for model in result.models:
        values = {metric: _mean(result.values(model, metric)) for metric in MORE_METRICS}
        frames = len({(r["seed"], r["name"]) for r in result.rows if r["model"] == model})
        known = {key: value for key, value in values.items() if value is not None}
        rows.append({"model": model, **known, "frames": frames})
    columns = [m for m in MORE_METRICS if any(m in row for row in rows)]
    return [
        {"model": row["model"]} | {m: row.get(m) for m in columns} | {"frames": row["frames"]} for row in rows
    ]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _interval(row: dict[str, Any]) -> Mean:
    nan = float("nan")
    return Mean(*(nan if row[key] is None else row[key] for key in ("gap", "low", "high")))


def _arguments(recipe: CrossvalRecipe) -> str:
    return ", ".join(f"{key}={value}" for key, value in recipe.arguments.items())
