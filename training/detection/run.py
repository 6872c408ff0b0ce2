"""A recipe of detection from its data to models, tables and a report."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path, make_folder
from training.data.boxes import boxes_in
from training.data.splits import leaks
from training.detection.frames import describe_source, load_frames
from training.detection.train import make_network, split_of, train_detector
from training.detection.watch import Watch
from training.engine.distributed import write_once
from training.engine.run_folder import RunFolder, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.data.splits import Fold
    from training.dataset import Sample
    from training.detection.recipe import DetectRecipe

MODEL, RESULT, PAGE = "model.safetensors", "result.json", "report.html"


def run_recipe(
    recipe: DetectRecipe,
    out: Path,
    *,
    darknet: Path | None = None,
    convolutions: int | None = None,
    watch: Watch | None = None,
) -> Path:
    """Train and judge a detector for every combination of what the recipe varies.

    Each has a folder of its own with ``model.safetensors``; what is finished is not done again, and a
    training that was cut short goes on.

    Parameters
    ----------
    recipe : DetectRecipe
        What to do.
    out : Path
        Folder of the results.
    darknet : Path, optional
        Weight file of Darknet to start from.
    convolutions : int, optional
        How many convolutions are taken from it.
    watch : Watch, optional
        Who is told, and who may stop it.

    Returns
    -------
    Path
        The report.
    """
    watch = (watch or Watch()).of_one()
    samples = load_frames(
        recipe.data,
        recipe.labels,
        lambda sample: all(boxes_in(sample, label) is not None for label in recipe.labels),
    )
    fold = split_of(samples, recipe)
    warnings = leaks([fold], samples) if recipe.validation else leaks([_without_validation(fold)], samples)
    for sentence in warnings:
        watch.tell(sentence)
    make_folder(out)
    results = []
    for name, changes, variant in recipe.variants():
        folder = out / folder_name(name)
        result = _one(variant, samples, fold, folder, (darknet, convolutions), watch)
        results.append({"name": name or "detector", "changes": plain(changes), **result})
        watch.tell(f"{name or 'detector'}: {_line(result['scores'])}")
    write_once(lambda: write_report(recipe, samples, fold, results, warnings, out))
    return out / PAGE


def folder_name(name: str) -> str:
    """Return a combination's name as one for a folder."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name) or "detector"


def _without_validation(fold: Fold) -> Fold:
    from dataclasses import replace

    return replace(fold, validation=())


def _one(
    recipe: DetectRecipe,
    samples: Sequence[Sample],
    fold: Fold,
    folder: Path,
    weights: tuple[Path | None, int | None],
    watch: Watch,
) -> dict[str, Any]:
    from lusgui.nn.checkpoint import save_model

    config = {"recipe": recipe, "fold": fold, "darknet": weights[0], "convolutions": weights[1]}
    run = RunFolder.create(folder, config, recipe.fit.seed, samples)
    done = folder / RESULT
    if done.exists() and (folder / MODEL).exists():
        kept: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return kept

    start = make_network(recipe, *weights)
    with watch.shown(folder.name, recipe.fit.epochs) as shown:

        def say(row: dict[str, float]) -> None:
            seen = {key.removeprefix("val_"): value for key, value in row.items() if key.startswith("val_")}
            watch.tell(f"  {folder.name}, iteration {int(row['step'])}: {_line(seen)}")
            shown(row)

        result = train_detector(
            recipe, samples, fold, run, start=start, on_epoch=say, cancelled=watch.cancelled
        )
    values: dict[str, Any] = {
        "scores": dict(result.scores),
        "rows": list(result.rows),
        "history": [dict(row) for row in result.history],
        "seconds": round(result.seconds, 1),
    }

    def keep() -> None:
        card = save_model(folder / MODEL, result.network, result.card, overwrite=True)
        values["model"] = card.key
        with atomic_path(done, overwrite=True) as temporary:
            temporary.write_text(json.dumps(values) + "\n", encoding="utf-8")

    write_once(keep)
    return values


def _line(scores: dict[str, float]) -> str:
    titles = {"ap_as_ramos": "AP as Ramos", "ap50": "AP50", "ap50_95": "AP50:95", "f1": "F1"}
    return ", ".join(f"{title} {scores[key]:.3f}" for key, title in titles.items() if key in scores)


COLUMNS = {
    "ap_as_ramos": "AP as published (mean IoU)",
    "ap50": "AP50",
    "ap50_95": "AP50:95",
    "f1": "F1 (IoU 0.5)",
    "f1_as_published": "F1 as published (no IoU test)",
    "false_positives": "false positives",
}
"""Scores of the report's table."""


def write_report(
    recipe: DetectRecipe,
    samples: Sequence[Sample],
    fold: Fold,
    results: Sequence[dict[str, Any]],
    warnings: Sequence[str],
    out: Path,
) -> Path:
    """Write ``report.html`` with its tables and the curve of AP against iterations; return its path."""
    from training.report.figures import ap_against_iterations
    from training.report.page import Report

    report = Report(recipe.title, recipe.source)
    report.add_text(
        "AP as published is the mean overlap (IoU) of the surest box of each test image, which Ramos et al."
        " call average precision; AP50 and AP50:95 are the areas under the precision-recall curve at an IoU"
        " of 0.5, and their mean from 0.5 to 0.95. F1 as published counts a box wherever it lies."
    )
    report.add_facts(_facts(recipe, samples, fold, warnings))
    chosen_by = "the test images (as published, too good)" if _is_published(fold) else "validation images"
    rows = [_row(result) for result in results]
    report.add_table(
        rows,
        caption=f"{len(fold.test)} test images, split by {recipe.by}, seed {recipe.seed};"
        f" the checkpoint was chosen by {chosen_by}.",
        name="table",
    )
    curves = {result["name"]: _curve(result) for result in results}
    report.add_figure(
        ap_against_iterations(curves, "AP as published, test images"),
        "AP against iterations on the test images, as Ramos et al. draw it; only validation chose.",
        name="ap_against_iterations",
    )
    every = [{"training": result["name"], **row} for result in results for row in result["rows"]]
    report.add_heading("Every test image")
    report.add_table(every, caption="The surest box of each image.", name="results")
    return report.write(out)


def _is_published(fold: Fold) -> bool:
    return set(fold.validation) == set(fold.test)


def _row(result: dict[str, Any]) -> dict[str, object]:
    scores = result["scores"]
    chosen = max(result["history"], key=lambda row: -row.get("val_loss", 0.0))
    return {
        "training": result["name"],
        **{entry.rpartition(".")[2]: value for entry, value in result["changes"].items()},
        **{title: scores.get(key) for key, title in COLUMNS.items()},
        "best on test (as published)": max(point[1] for point in _curve(result)),
        "checkpoint": int(chosen["step"]),
        "seconds": result["seconds"],
    }


def _curve(result: dict[str, Any]) -> list[tuple[float, float]]:
    names = ("val_test_ap_as_ramos", "val_ap_as_ramos")
    points = []
    for row in result["history"]:
        value = next((row[name] for name in names if name in row), None)
        if value is not None:
            points.append((float(row["step"]), float(value)))
    return points or [(0.0, 0.0)]


def _facts(
    recipe: DetectRecipe, samples: Sequence[Sample], fold: Fold, warnings: Sequence[str]
) -> dict[str, object]:
    groups = len({sample.group for sample in samples})
    arguments = ", ".join(f"{key} {value}" for key, value in recipe.network_arguments.items())
    return {
        "data": f"{describe_source(recipe.data)}: {len(samples)} frames of {groups} groups,"
        f" labels {', '.join(recipe.labels)}",
        "split": f"by {recipe.by}, seed {recipe.seed}: {len(fold.train)} to learn from,"
        f" {len(fold.validation)} choose the checkpoint, {len(fold.test)} are judged",
        "leaks": " ".join(warnings) or "none found",
        "network": f"{recipe.architecture} ({arguments})",
        "training": ", ".join(f"{key} {value}" for key, value in recipe.fit.to_json().items()),
        "views": plain(recipe.views),
    }
