"""The leak: what a split by image, after mirrored copies were made, adds to the Dice of the same training.

Cheng & Lam 2021 (arXiv:2110.02196) copied every frame of one volunteer mirrored and dealt frames and copies
into five folds, so that neighbouring frames and mirror images stand in training and test; Ramos et al. 2020
dealt neighbouring slices of a volume by image. The same networks, trained alike, are judged here under
three splits of the same frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.experiments.budget import Budget
from training.experiments.cells import Cell, Done, run_cells
from training.experiments.orderings import paired_interval
from training.experiments.pages import finish, progress, provenance
from training.experiments.sets import FOLDS, DataSet, real_sets
from training.experiments.trial_cache import TrialCache
from training.report.figures import Mean, fold_boxes, forest
from training.report.page import Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.data.splits import Fold
    from training.trials import Trial

NAME = "leak"
TITLE = "The leak: split as published against split by patient"
PUBLISHED, BY_IMAGE, BY_GROUP = "as published", "by image", "by group"
SPLITS = (PUBLISHED, BY_IMAGE, BY_GROUP)
EXPLAINED = (
    f"‘{PUBLISHED}’: every frame is copied mirrored, and frames and copies are dealt into folds one by one."
    f" ‘{BY_IMAGE}’: the same, but a copy follows its frame. ‘{BY_GROUP}’: whole clips or patients are dealt."
    " Frames, copies, network, batch size and steps are the same; judged are the frames, not the copies."
)


@dataclass(frozen=True)
class Settings:
    """How the experiment is run.

    Parameters
    ----------
    seeds : int
        Trainings of each cell; scores of an image are averaged over them.
    minutes : float or None
        Time budget.
    sets : tuple of str
        ``ribs`` (3 folds: as many as there are clips with ribs) and ``cerebellum`` (5 folds).
    side, base_width : int
        Of the network, a ``lus-unet``.
    epochs, steps_per_epoch, batch_size : int
        Always trained to the end; the last weights are judged, so that nothing is chosen on any split.
    learning_rate : float
        Of Adam, after a rise over the first eighth of the steps falling by a cosine: high, for the steps
        are few.
    longest : int
        Rows or columns that cerebella are shrunk to.
    frames : int or None
        Only so many of each set.
    """

    seeds: int = 2
    minutes: float | None = 20.0
    sets: tuple[str, ...] = ("ribs", "cerebellum")
    side: int = 128
    base_width: int = 8
    epochs: int = 10
    steps_per_epoch: int = 30
    batch_size: int = 2
    learning_rate: float = 1e-2
    longest: int = 256
    frames: int | None = None


TINY = Settings(
    seeds=1,
    minutes=2.0,
    sets=("ribs",),
    side=32,
    base_width=2,
    epochs=1,
    steps_per_epoch=2,
    longest=64,
    frames=24,
)
"""The same way through in seconds."""


def run(settings: Settings, data: Path | None, out: Path, cache: Path) -> Path:
    """Run the experiment and write its report.

    Parameters
    ----------
    settings : Settings
        How.
    data : Path or None
        Folder of the data sets; without it only the ribs that come with the program are used.
    out : Path
        Where report, tables and figures go.
    cache : Path
        Where finished trainings are kept.

    Returns
    -------
    Path
        The page.
    """
    budget = Budget(settings.minutes)
    originals = real_sets(settings.sets, data, settings.longest, settings.frames)
    done, missing = run_cells(NAME, _cells(settings, originals), TrialCache(cache / NAME), budget)
    return _write(settings, originals, done, missing, out)


def split_frames(part: DataSet, folds: int, seed: int) -> dict[str, list[Fold]]:
    """Return the folds of the frames and, after them, their mirrored copies, under each split.

    Parameters
    ----------
    part : DataSet
        The n frames without copies; copy of frame i is index i + n.
    folds : int
        How many.
    seed : int
        Decides who falls where.

    Returns
    -------
    dict
        By split, folds without validation whose test sets hold frames only; every frame is tested once.
    """
    from training.data.splits import Fold, k_folds, mirror_as_published

    count = len(part.samples)

    def doubled(fold: Fold) -> Fold:
        return Fold((*fold.train, *(i + count for i in fold.train)), (), fold.test)

    published = k_folds(mirror_as_published(part.samples), folds, seed=seed, by="image", validation=0.0)
    by_image = k_folds(part.samples, folds, seed=seed, by="image", validation=0.0)
    by_group = k_folds(part.samples, folds, seed=seed, by="group", validation=0.0)
    return {
        PUBLISHED: [Fold(f.train, (), tuple(i for i in f.test if i < count)) for f in published],
        BY_IMAGE: [doubled(fold) for fold in by_image],
        BY_GROUP: [doubled(fold) for fold in by_group],
    }


def _trial(settings: Settings, label: str, seed: int) -> Trial:
    from training.engine.settings import FitSettings
    from training.trials import Trial

    return Trial(
        architecture="lus-unet",
        arguments={"base_width": settings.base_width},
        label=label,
        input_shape=(settings.side, settings.side),
        loss="dice-ce",
        augment="cheng",
        fit=FitSettings(
            epochs=settings.epochs,
            steps_per_epoch=settings.steps_per_epoch,
            batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            schedule="cosine",
            warm_up=settings.epochs * settings.steps_per_epoch // 8,
            clip=1.0,
            seed=seed,
            precision="float32",
            device="cpu",
        ),
    )


def _cells(settings: Settings, originals: Sequence[DataSet]) -> list[Cell]:
    from training.data.splits import mirror_as_published

    cells = []
    doubled = {
        part.name: DataSet(part.name, part.label, tuple(mirror_as_published(part.samples)), part.what)
        for part in originals
    }
    for seed in range(settings.seeds):
        for part in originals:
            splits = split_frames(part, FOLDS[part.name], seed)
            for fold in range(FOLDS[part.name]):
                for name in SPLITS:
                    trial = _trial(settings, part.label, seed)
                    cells.append(Cell(doubled[part.name], name, str(fold), seed, trial, splits[name][fold]))
    return cells


def dice_by_image(done: Sequence[Done], data: str, split: str) -> dict[str, float]:
    """Return the Dice of each image, the mean over seeds."""
    found: dict[str, list[float]] = {}
    for item in done:
        if item.cell.data.name == data and item.cell.variant == split:
            for name, value in item.dice.items():
                found.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in found.items()}


def gaps(done: Sequence[Done], part: DataSet) -> list[dict[str, object]]:
    """Compare each leaking split with the split by group, image by image.

    Returns
    -------
    list of dict
        Rows with ``data``, ``split``, ``dice_mean``, ``dice_sd``, ``images``, ``gap`` over the split by group
        and its 95 % interval ``low`` and ``high``, which draws groups first and images second.
    """
    fair = dice_by_image(done, part.name, BY_GROUP)
    groups = {sample.name: sample.group for sample in part.samples}
    rows: list[dict[str, object]] = []
    for split in SPLITS:
        scores = dice_by_image(done, part.name, split)
        values = np.array(list(scores.values()))
        row: dict[str, object] = {
            "data": part.name,
            "split": split,
            "images": len(values),
            "groups": len({groups[name] for name in scores}),
            "dice_mean": float(values.mean()) if len(values) else None,
            "dice_sd": float(values.std(ddof=1)) if len(values) > 1 else None,
        }
        if split != BY_GROUP:
            blocks: dict[str, list[float]] = {}
            for name in scores.keys() & fair.keys():
                blocks.setdefault(groups[name], []).append(scores[name] - fair[name])
            ordered = [np.sort(blocks[group]) for group in sorted(blocks)]
            row |= dict(zip(("gap", "low", "high"), paired_interval(ordered), strict=True))
        rows.append(row)
    return rows


def _write(
    settings: Settings, originals: Sequence[DataSet], done: Sequence[Done], missing: int, out: Path
) -> Path:
    from training.data.splits import leaks, mirror_as_published

    table = [row for part in originals for row in gaps(done, part)]
    report = Report(TITLE, "The same frames and network under three splits")
    report.add_text(f"{EXPLAINED}\n\n{progress(len(done), missing, settings.minutes)}")
    report.add_table(
        table,
        ["data", "split", "images", "groups", "dice_mean", "dice_sd", "gap", "low", "high"],
        "Dice over images, each the mean over its seeds, and the gap to the split by group over the same"
        " images. The interval draws groups first and images second; groups weigh the same in the gap, so it"
        " need not be the difference of the means. With three groups it can hardly be narrow.",
        name="gaps",
    )
    shown = {
        f"{row['data']}, {row['split']}": Mean(*(float(str(row[key])) for key in ("gap", "low", "high")))
        for row in table
        if row.get("gap") is not None
    }
    if shown:
        caption = "What the leak adds to the mean Dice, with 95 % intervals; 0 is the split by group."
        report.add_figure(forest(shown, "Dice above the split by group"), caption, name="gap")
    for part in originals:
        boxes: dict[str, dict[str, list[float]]] = {}
        for item in done:
            if item.cell.data.name == part.name and item.cell.seed == 0:
                boxes.setdefault(item.cell.variant, {})[f"fold {item.cell.fold}"] = list(item.dice.values())
        if boxes:
            caption = f"Dice of the images of each fold, seed 0, {part.name}; each split has its own folds."
            report.add_figure(fold_boxes(boxes), caption, name=f"folds_{part.name}")
    report.add_heading("What the splits put on both sides")
    for part in originals:
        doubled = mirror_as_published(part.samples)
        for name, folds in split_frames(part, FOLDS[part.name], 0).items():
            found = leaks(folds, doubled, near_duplicates=False)
            report.add_text(f"{part.name}, {name}: {' '.join(found) or 'nothing.'}")
    report.add_heading("How it was made")
    report.add_facts(provenance(settings, originals))
    return finish(report, out, done, table)
