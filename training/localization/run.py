"""A recipe of localization pre-training from its data to models, learning curve and report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.core.contrast import PLAIN
from training.data.splits import k_folds, leaks
from training.detection.frames import describe_source, load_frames
from training.detection.watch import Watch
from training.engine.distributed import write_once
from training.engine.run_folder import RunFolder, plain
from training.localization.pipeline import (
    LOCALIZED,
    SCRATCH,
    TUNED,
    few_masks,
    segmenter_trial,
    train_localizer,
    train_segmenter,
)
from training.localization.points import has_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from training.bases import Base
    from training.data.splits import Fold
    from training.dataset import Sample
    from training.localization.recipe import HuRecipe

MODEL, RESULT, PAGE = "model.safetensors", "result.json", "report.html"


def run_recipe(recipe: HuRecipe, out: Path, *, watch: Watch | None = None) -> Path:
    """Train localizers and segmenters on every fold and write the report.

    Every training has a folder of its own with ``model.safetensors``; what is finished is not done again,
    and a training that was cut short goes on.

    Parameters
    ----------
    recipe : HuRecipe
        What to do.
    out : Path
        Folder of the results.
    watch : Watch, optional
        Who is told, and who may stop it.

    Returns
    -------
    Path
        The report.
    """
    watch = (watch or Watch()).of_one()
    frames = load_frames(
        recipe.data,
        (recipe.label,),
        lambda sample: recipe.label in sample.masks or has_points(sample, (recipe.label,)),
    )
    folds = k_folds(frames, recipe.folds, seed=recipe.seed, by=recipe.by, validation=recipe.validation)
    folds = folds[: recipe.first_folds]
    warnings = leaks(folds, frames)
    for sentence in warnings:
        watch.tell(sentence)
    make_folder(out)
    located, rows = [], []
    for k, fold in enumerate(folds):
        base, scores = _localizer(recipe, frames, fold, out / f"fold{k}-localizer", watch)
        located.append({"fold": k, **scores})
        for count in recipe.masks:
            part = few_masks(frames, fold, recipe.label, count, recipe.seed)
            if count > len(part.train):
                watch.tell(f"fold {k} has only {len(part.train)} masks to learn from: {count} are left out")
                continue
            for way in (LOCALIZED, SCRATCH, *((TUNED,) if recipe.tune_all else ())):
                name = f"fold{k}-{len(part.train)}-{way.replace(', ', '-')}"
                found = _segmenter(recipe, frames, part, (way, base), out / name, watch)
                rows += [{"fold": k, "masks": len(part.train), "way": way, **row} for row in found]
    write_once(lambda: write_report(recipe, frames, located, rows, warnings, out))
    return out / PAGE


def _localizer(
    recipe: HuRecipe, samples: Sequence[Sample], fold: Fold, folder: Path, watch: Watch
) -> tuple[Base, dict[str, float]]:
    from lusgui.nn.checkpoint import load_model, save_model
    from training.bases import load_base_file

    run = RunFolder.create(folder, _config(recipe, fold), recipe.locate.seed, samples)
    if not (folder / MODEL).exists():
        with watch.shown(folder.name, recipe.locate.epochs) as on_epoch:
            result = train_localizer(
                samples,
                fold,
                recipe.label,
                recipe.locate,
                arguments=recipe.arguments,
                side=recipe.side,
                augment=recipe.locate_augment,
                contrast=recipe.contrast,
                run=run,
                on_epoch=on_epoch,
                cancelled=watch.cancelled,
            )
        model = result.model
        write_once(lambda: save_model(folder / MODEL, model.network, model.card, overwrite=True))
    scores = dict(load_model(folder / MODEL).card.scores)
    if scores:
        watch.tell(f"{folder.name}: {scores['distance_px']:.1f} px off, MSE {scores['mse_px2']:.1f} px²")
    return load_base_file(folder / MODEL), scores


def _segmenter(
    recipe: HuRecipe,
    samples: Sequence[Sample],
    fold: Fold,
    way: tuple[str, Base],
    folder: Path,
    watch: Watch,
) -> list[dict[str, Any]]:
    from lusgui.nn.checkpoint import save_model

    settings = recipe.decode if way[0] == LOCALIZED else recipe.whole
    trial = segmenter_trial(
        way[0],
        way[1],
        recipe.label,
        settings,
        arguments=recipe.arguments,
        side=recipe.side,
        loss=recipe.loss,
        augment=recipe.augment,
        contrast=recipe.contrast,
    )
    config = {**_config(recipe, fold), "trial": trial.to_json()}
    run = RunFolder.create(folder, config, settings.seed, samples)
    if (folder / RESULT).exists():
        kept: list[dict[str, Any]] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return kept
    with watch.shown(folder.name, settings.epochs) as on_epoch:
        result = train_segmenter(
            samples,
            fold,
            trial,
            freeze_statistics=recipe.freeze_statistics,
            run=run,
            on_epoch=on_epoch,
            cancelled=watch.cancelled,
        )

    def keep() -> None:
        save_model(folder / MODEL, result.model.network, result.model.card, overwrite=True)
        with atomic_path(folder / RESULT, overwrite=True) as temporary:
            temporary.write_text(json.dumps(plain(result.rows)) + "\n", encoding="utf-8")

    write_once(keep)
    watch.tell(f"{folder.name}: Dice {np.mean(list(result.dice.values()) or [0.0]):.3f}")
    written: list[dict[str, Any]] = plain(result.rows)
    return written


def _config(recipe: HuRecipe, fold: Fold) -> dict[str, Any]:
    # what decides only how much is done does not make another run
    return {"recipe": replace(recipe, first_folds=None, masks=(0,), tune_all=False), "fold": fold}


def paired_by_image(rows: Sequence[Mapping[str, Any]], way: str, masks: int) -> dict[str, float]:
    """Return the Dice of each test frame at a number of masks, averaged where a frame was judged twice."""
    values: dict[str, list[float]] = {}
    for row in rows:
        if row["way"] == way and row["masks"] == masks and row["dice"] is not None:
            values.setdefault(str(row["name"]), []).append(float(row["dice"]))
    return {name: float(np.mean(mine)) for name, mine in values.items()}


def comparison(
    rows: Sequence[Mapping[str, Any]], first: str = LOCALIZED, second: str = SCRATCH
) -> list[dict[str, object]]:
    """Compare two ways at each number of masks by a paired t-test over test frames, as Hu et al. do."""
    from training.statistics.bootstrap import difference_interval
    from training.statistics.effect import cohens_dz
    from training.statistics.paired import holm, paired_t

    table: list[dict[str, object]] = []
    for masks in sorted({int(row["masks"]) for row in rows}):
        a, b = (paired_by_image(rows, way, masks) for way in (first, second))
        names = sorted(a.keys() & b.keys())
        groups = {str(row["name"]): str(row["group"]) for row in rows}
        x, y = [a[name] for name in names], [b[name] for name in names]
        if not names:
            continue
        interval = difference_interval(x, y, [groups[name] for name in names])
        table.append(
            {
                "masks": masks,
                f"{first}: Dice": float(np.mean(x)),
                f"{first}: SD": float(np.std(x, ddof=1)) if len(x) > 1 else None,
                f"{second}: Dice": float(np.mean(y)),
                f"{second}: SD": float(np.std(y, ddof=1)) if len(y) > 1 else None,
                "difference": float(np.mean(x) - np.mean(y)),
                "low": interval.low,
                "high": interval.high,
                "p (paired t)": paired_t(x, y).p,
                "effect (dz)": cohens_dz(x, y),
                "images": len(names),
                "groups": len({groups[name] for name in names}),
            }
        )
    corrected = holm([row["p (paired t)"] for row in table])  # type: ignore[misc]
    for row, p in zip(table, corrected, strict=True):
        row["p (Holm)"] = p
    return table


def write_report(
    recipe: HuRecipe,
    frames: Sequence[Sample],
    located: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    warnings: Sequence[str],
    out: Path,
) -> Path:
    """Write ``report.html`` with tables and the learning curve; return its path."""
    from training.report.figures import Mean, lines
    from training.report.page import Report
    from training.statistics.bootstrap import bootstrap_interval

    report = Report(recipe.title, recipe.source)
    groups = len({sample.group for sample in frames})
    report.add_facts(
        {
            "data": f"{describe_source(recipe.data)}: {len(frames)} frames of {groups} groups,"
            f" label {recipe.label}",
            "split": f"{recipe.folds} folds by {recipe.by}, seed {recipe.seed};"
            f" {len(located)} of them run; {recipe.validation:.0%} of the training frames chose the epoch",
            "leaks": " ".join(warnings) or "none found",
            "network": ", ".join(f"{key} {value}" for key, value in recipe.arguments.items())
            + f", input {recipe.side} x {recipe.side}",
            "contrast": "as it is" if recipe.contrast == PLAIN else recipe.contrast.to_json(),
            "frozen statistics": recipe.freeze_statistics,
        }
    )
    report.add_heading("Where it is")
    report.add_table(
        located,
        caption="The localizer on the test frames of each fold, in pixels of the raw frames. Hu et al. give a"
        " mean squared error of 206.15 px² on their own (private) test images.",
        name="localizer",
    )
    report.add_heading("What it is")
    table = comparison(rows)
    report.add_table(
        table,
        caption="Dice of a decoder on the localizer's frozen encoder and of the same network from random"
        " weights, by the number of training masks; difference with 95 % bootstrap interval over groups,"
        " paired t over test frames, Holm over the numbers of masks. Hu et al.: 0.88 and 0.84.",
        name="table",
    )
    series = {}
    for way in dict.fromkeys(str(row["way"]) for row in rows):
        points = []
        for masks in sorted({int(row["masks"]) for row in rows}):
            dice = paired_by_image(rows, way, masks)
            if dice:
                interval = bootstrap_interval(list(dice.values()))
                points.append((float(masks), Mean(float(np.mean(list(dice.values()))), *_ends(interval))))
        series[way] = points
    report.add_figure(
        lines(series, "training masks", "Dice on test frames", logarithmic=True),
        "Learning curve with 95 % intervals.",
        name="learning_curve",
    )
    report.add_table(rows, caption="Every test frame.", name="results")
    return report.write(out)


def _ends(interval: Any) -> tuple[float, float]:  # noqa: ANN401
    low, high = interval.low, interval.high
    return (float("nan") if low is None else low, float("nan") if high is None else high)
