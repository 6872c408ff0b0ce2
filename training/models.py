"""Make a default model again: hold each fold out once, judge, and ship the first with its card."""

from __future__ import annotations

import datetime
import json
import logging
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import ModelError
from lusgui.core.despeckle import FAST
from lusgui.core.label import most_components
from lusgui.core.margins import CROPPED_FROM
from lusgui.core.model_card import ModelCard
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from lusgui.nn.checkpoint import LoadedModel, load_model, save_model
from lusgui.nn.predictor import Predictor, measure_bfloat16_dice, measure_mixed_dice
from training.dataset import groups_of, split_by_group
from training.judging_defaults import JudgedFrame, judge_mask, summarise_judged, targets
from training.operating_point import THRESHOLD, OperatingPoint, choose_operating_point
from training.recipes import cerebellum, rib

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from training.dataset import Sample
    from training.recipes.default_model import DefaultModel

log = logging.getLogger(__name__)

RECIPES: dict[str, DefaultModel] = {recipe.name: recipe for recipe in (rib.RECIPE, cerebellum.RECIPE)}
VERSION = "2.0"
INPUTS = {"despeckled": FAST, "raw": None}


def recipe_of(name: str) -> DefaultModel:
    """Return a recipe by the name of its model.

    Raises
    ------
    ModelError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise ModelError(f"there is no recipe for '{name[:60]}'", remedy=f"Known: {', '.join(RECIPES)}")
    return RECIPES[name]


@dataclass(frozen=True)
class Fold:
    """One training and what it answers on the frames it never saw.

    Parameters
    ----------
    held_out : tuple of str
        Groups.
    model : LoadedModel
        As stored, half-precision weights and all.
    test : tuple of Sample
        Frames of those groups.
    answers : mapping of str to list of (L, H, W) float32 ndarray
        For each kind of input, the probabilities of all labels, not calibrated.
    """

    held_out: tuple[str, ...]
    model: LoadedModel
    test: tuple[Sample, ...]
    answers: dict[str, list[NDArray[np.float32]]]


def train_fold(
    recipe: DefaultModel, data: Path, samples: Sequence[Sample], fold: Sequence[str], seed: int, work: Path
) -> Fold:
    """Train on everything but a fold, store the network, and let what was stored answer.

    Parameters
    ----------
    recipe : DefaultModel
        How.
    data : Path
        Folder of the data sets.
    samples : sequence of Sample
        What the recipe loads.
    fold : sequence of str
        Groups held out.
    seed : int
        Of weights and batches.
    work : Path
        Folder of states and finished trainings.
    """
    network = recipe.train(data, samples, fold, seed, work)
    path = work / f"{recipe.name}-{seed}-without-{'-'.join(fold)}.safetensors"
    card = ModelCard(
        recipe.name,
        VERSION,
        recipe.architecture,
        recipe.labels,
        recipe.input_shape,
        dict(recipe.arguments),
        crops_margins=CROPPED_FROM,
    )
    save_model(path, network, card, overwrite=True)
    # what is judged is what is shipped: the half-precision file
    model = load_model(path)
    predictor = Predictor(model, "cpu", "float32")
    _, test = split_by_group(samples, fold)
    answers = {
        kind: [predictor.predict_all(sample.gray(settings)) for sample in test]
        for kind, settings in INPUTS.items()
    }
    return Fold(tuple(fold), model, tuple(test), answers)


def judge_fold(
    fold: Fold, recipe: DefaultModel, kind: str, point: OperatingPoint, index: int = 0
) -> list[JudgedFrame]:
    """Judge what the window would show of a fold's frames for one label.

    Parameters
    ----------
    fold : Fold
        Which.
    recipe : DefaultModel
        Whose.
    kind : str
        A key of `INPUTS`.
    point : OperatingPoint
        Chosen without this fold.
    index : int
        Which label.
    """
    label = recipe.labels[index]
    card = replace(
        fold.model.card, temperature=point.temperature, bias=point.bias, least_mass=point.least_mass
    )
    # through the very path of the window: calibrated on the network's grid, then resized
    predictor = Predictor(replace(fold.model, card=card), "cpu", "float32")
    found = []
    for sample in fold.test:
        if label not in sample.masks:
            continue
        probability = predictor.predict(sample.gray(INPUTS[kind]), label)
        settings = ThresholdSettings(THRESHOLD, keep_largest=most_components(label))
        mask = apply_threshold(probability, settings)
        found.append(judge_mask(mask, probability, sample, label, recipe.input_shape))
    return found


def rebuild(
    name: str,
    data: Path,
    out: Path,
    work: Path,
    *,
    seed: int = 0,
    most_folds: int | None = None,
) -> ModelCard:
    """Train, judge and write a default model.

    Parameters
    ----------
    name : {"rib", "cerebellum"}
        Which.
    data : Path
        Folder of the data sets.
    out : Path
        Where ``<name>.safetensors``, ``<name>.json`` and ``<name>.scores.json`` go.
    work : Path
        Where half-done work is kept; starting again goes on from there.
    seed : int
        Of everything.
    most_folds : int, optional
        Train and judge only so many folds; the card says so.

    Returns
    -------
    ModelCard
        As shipped.

    Raises
    ------
    ModelError
        If there is no such recipe or nothing to train on.
    """
    recipe = recipe_of(name)
    samples = recipe.load(data)
    planned = recipe.folds(samples, seed)
    folds = []
    for held_out in planned[:most_folds]:
        folds.append(train_fold(recipe, data, samples, held_out, seed, work))
        log.info("%s: trained without %s", name, ", ".join(held_out))
    if not folds:
        raise ModelError("there is nothing to train on")
    points = {kind: _points(folds, recipe, kind) for kind in INPUTS}
    rows = {kind: _judge(folds, recipe, kind, points[kind][0], 0) for kind in INPUTS}
    # ties go to the window's own default, the despeckled input
    best = max(INPUTS, key=lambda kind: (_dice(rows[kind]), kind == "despeckled"))
    point = points[best][1]
    shipped = folds[0]
    table = _table(folds, recipe, rows, points, best)
    unseen = [sample.gray(INPUTS[best]) for sample in shipped.test if sample.masks[recipe.label].any()]
    settings = INPUTS[best]
    card = replace(
        shipped.model.card,
        despeckle=None if settings is None else settings.to_json(),
        temperature=round(point.temperature, 4),
        bias=round(point.bias, 4),
        least_mass=point.least_mass,
        threshold=THRESHOLD,
        data=recipe.data,
        split=_split_in_words(recipe, samples, planned, len(folds), shipped.held_out),
        seed=seed,
        scores=table,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        licence=recipe.licence,
        notes=recipe.notes,
    )
    judged = replace(shipped.model, card=card)
    card = replace(
        card,
        bfloat16_dice=_rounded_down(measure_bfloat16_dice(judged, unseen)),
        mixed_dice=_rounded_down(measure_mixed_dice(judged, unseen)),
    )
    card = save_model(out / f"{name}.safetensors", shipped.model.network, card, overwrite=True)
    detail = {kind: [row.to_json() for row in part] for kind, part in rows.items()}
    with atomic_path(out / f"{name}.scores.json", overwrite=True) as temporary:
        temporary.write_text(json.dumps(detail, indent=1) + "\n", encoding="utf-8")
    return card


def _points(
    folds: Sequence[Fold], recipe: DefaultModel, kind: str
) -> tuple[list[OperatingPoint], OperatingPoint]:
    """Return the operating point of each fold, chosen on the others, and the one chosen on all."""

    def choose(chosen: Sequence[Fold]) -> OperatingPoint:
        return choose_operating_point(
            [planes[0] for fold in chosen for planes in fold.answers[kind]],
            [sample for fold in chosen for sample in fold.test],
            recipe.label,
            most_components(recipe.label),
        )

    whole = choose(folds)
    if len(folds) == 1:
        return [OperatingPoint()], whole
    return [choose([other for other in folds if other is not fold]) for fold in folds], whole


def _judge(
    folds: Sequence[Fold], recipe: DefaultModel, kind: str, points: Sequence[OperatingPoint], index: int
) -> list[JudgedFrame]:
    return [
        row
        for fold, point in zip(folds, points, strict=True)
        for row in judge_fold(fold, recipe, kind, point, index)
    ]


def _dice(rows: Sequence[JudgedFrame]) -> float:
    return float(summarise_judged(rows)["dice_of_groups"]["value"] or 0.0)


def _table(
    folds: Sequence[Fold],
    recipe: DefaultModel,
    rows: dict[str, list[JudgedFrame]],
    points: dict[str, tuple[list[OperatingPoint], OperatingPoint]],
    best: str,
) -> dict[str, Any]:
    """Return the card's scores: all held-out frames together, and those of the shipped weights."""
    judged = {recipe.label: rows}
    for index, label in enumerate(recipe.labels):
        if index:
            plain = [OperatingPoint()] * len(folds)
            judged[label] = {kind: _judge(folds, recipe, kind, plain, index) for kind in INPUTS}
    own = {sample.name for sample in folds[0].test}
    table: dict[str, Any] = {
        "input": best,
        "cross_validation": {
            label: {kind: flat_summary(part) for kind, part in kinds.items()}
            for label, kinds in judged.items()
        },
        "held_out_of_these_weights": {
            label: {
                kind: flat_summary([row for row in part if row.name in own]) for kind, part in kinds.items()
            }
            for label, kinds in judged.items()
        },
        "cross_validation_by_group": {
            label: {best: summarise_judged(kinds[best])["by_group"]} for label, kinds in judged.items()
        },
        "targets": [vars(row) for row in targets(recipe.label, summarise_judged(rows[best]))],
        "operating_points": [
            {"held_out": list(fold.held_out), **vars(point)}
            for fold, point in zip(folds, points[best][0], strict=True)
        ],
        "options": dict(recipe.options),
    }
    return {key: _rounded(value) for key, value in table.items()}


def flat_summary(rows: Sequence[JudgedFrame]) -> dict[str, Any]:
    """Return what rows say together as plain numbers, for a card.

    Parameters
    ----------
    rows : sequence of JudgedFrame
        Of one label.
    """
    summary = summarise_judged(rows)
    found: dict[str, Any] = {name: summary[name] for name in ("frames", "missed")}
    # of patients, say, and not of what was only there to find nothing in
    found["groups"] = len({row.group for row in rows if row.is_there})
    for name, ends in (
        ("dice", ("mean", "low", "high", "median")),
        ("hd95", ("median",)),
        ("tcd_relative_error", ("median", "worst")),
        ("centre_line_error", ("median",)),
    ):
        for end in ends:
            value = summary["measures"].get(name, {}).get(end)
            if value is not None:
                found[f"{name}_{end}"] = value
    found["false_components_per_frame"] = summary["false_components_per_frame"]["value"]
    found["ece_band"] = summary["ece_band_pooled"]["value"]
    negatives = [row for row in rows if not row.is_there]
    if negatives:
        found["negatives"] = len(negatives)
        found["negatives_with_anything_found"] = sum(row.found_anything for row in negatives)
    return {name: value for name, value in found.items() if value is not None}


def _rounded_down(agreement: float) -> float:
    return math.floor(agreement * 1e4) / 1e4


def _rounded(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _split_in_words(
    recipe: DefaultModel,
    samples: Sequence[Sample],
    planned: Sequence[Sequence[str]],
    judged: int,
    held_out: Sequence[str],
) -> str:
    learnt, _ = split_by_group(samples, held_out)
    return (
        f"By group. Of the judged frames {len(learnt)} were there to learn from, of the groups"
        f" {', '.join(groups_of(learnt))}; held out: {', '.join(held_out)}."
        " The cross-validation repeats the training with each of"
        f" {' | '.join(', '.join(fold) for fold in planned)} held out"
        + (f" (only the first {judged} of {len(planned)} were run)." if judged < len(planned) else ".")
        + " Temperature, bias and least mass are chosen on the other folds for the"
        " scores, and on all"
        " for the card. The recipe (views, steps, simulator) was shaped by people who had seen"
        " these frames and"
        " first results on them, so the scores are on the hopeful side."
    )
