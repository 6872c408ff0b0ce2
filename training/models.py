"""Make a default model again: hold each fold out once, judge, and ship the first with its card."""

from __future__ import annotations

import datetime
import json
import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import ModelError
from lusgui.core.despeckle import FAST
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel, load_model, save_model
from lusgui.nn.predictor import Predictor, measure_bfloat16_dice
from lusgui.nn.registry import build
from training.dataset import groups_of, split_by_group
from training.evaluate import FrameScore, by_group, evaluate, rows, summarise
from training.loop import LoopSettings, train
from training.recipes import cerebellum, rib

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from training.dataset import Sample
    from training.recipes.recipe import Recipe

log = logging.getLogger(__name__)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (rib.RECIPE, cerebellum.RECIPE)}
VERSION = "1.0"
ARCHITECTURE = "lus-unet"
INPUTS = {"despeckled": FAST, "raw": None}


def recipe_of(name: str) -> Recipe:
    """Return a recipe by the name of its model.

    Raises
    ------
    ModelError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise ModelError(f"there is no recipe for '{name[:60]}'", remedy=f"Known: {', '.join(RECIPES)}")
    return RECIPES[name]


def keep_label(network: nn.Module, index: int) -> nn.Module:
    """Return the network with one output channel, the one of that index.

    Parameters
    ----------
    network : torch.nn.Module
        A ``lus-unet`` with a plain head.
    index : int
        Which label to keep.
    """
    arguments = dict(network.init_args) | {"out_channels": 1}  # type: ignore[arg-type]
    state = {name: value.clone() for name, value in network.state_dict().items()}
    for name in ("head.weight", "head.bias"):
        state[name] = state[name][index : index + 1]
    kept = build(ARCHITECTURE, **arguments)
    kept.load_state_dict(state)
    return kept.eval()


def train_fold(
    recipe: Recipe, data: Path, samples: Sequence[Sample], fold: Sequence[str], seed: int, work: Path
) -> LoadedModel:
    """Train on everything but a fold; a training that was finished before is taken from `work`.

    Parameters
    ----------
    recipe : Recipe
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
        Folder of states and finished folds.
    """
    stem = f"{recipe.name}-{seed}-without-{'-'.join(fold)}"
    path = work / f"{stem}.safetensors"
    if path.exists():
        return load_model(path)
    work.mkdir(parents=True, exist_ok=True)
    network = _start(recipe, seed, work)
    mixture = recipe.batches(data, samples, fold, seed)
    settings = LoopSettings(recipe.steps, recipe.learning_rate, seed=seed)
    average = train(network, mixture, settings, work / f"{stem}.state", _report(stem, recipe.steps))
    return _keep(recipe, average, path)


def _keep(recipe: Recipe, average: nn.Module, path: Path) -> LoadedModel:
    kept = keep_label(average, recipe.labels.index(recipe.label))
    card = ModelCard(
        recipe.name, VERSION, ARCHITECTURE, (recipe.label,), recipe.input_shape, dict(recipe.arguments)
    )
    save_model(path, kept, card, overwrite=True)
    # what is judged is what is shipped: the half-precision file
    return load_model(path)


def _start(recipe: Recipe, seed: int, work: Path) -> nn.Module:
    """Return the network that every fold starts from."""
    torch.manual_seed(seed)
    network = build(ARCHITECTURE, **recipe.arguments, out_channels=len(recipe.labels))
    if recipe.before is None or recipe.steps_before == 0:
        return network
    stem = f"{recipe.name}-{seed}-before"
    # a thousand more than the folds', so that no fold sees the same draws again
    settings = LoopSettings(recipe.steps_before, recipe.learning_rate, seed=seed + 1000)
    state = work / f"{stem}.state"
    return train(network, recipe.before(seed), settings, state, _report(stem, recipe.steps_before))


def _report(stem: str, steps: int) -> Callable[[int, float], None]:
    def report(step: int, loss: float) -> None:
        if (step + 1) % 50 == 0:
            log.info("%s: step %d of %d, loss %.3f", stem, step + 1, steps, loss)

    return report


def rebuild(
    name: str,
    data: Path,
    out: Path,
    work: Path,
    *,
    seed: int = 0,
    steps: int | None = None,
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
    steps : int, optional
        Batches of each training, if not the recipe's.
    most_folds : int, optional
        Train and judge only so many folds; the card says so.

    Returns
    -------
    ModelCard
        As shipped.
    """
    recipe = recipe_of(name)
    if steps is not None:
        recipe = replace(recipe, steps=steps)
    samples = recipe.load(data)
    folds = recipe.folds(samples, seed)
    judged = folds[:most_folds]
    scores: dict[str, list[FrameScore]] = {kind: [] for kind in INPUTS}
    shipped: LoadedModel | None = None
    own: dict[str, list[FrameScore]] = {}
    for fold in judged:
        model = train_fold(recipe, data, samples, fold, seed, work)
        predictor = Predictor(model, "cpu")
        _, test = split_by_group(samples, fold)
        found = {kind: evaluate(predictor, test, recipe.label, INPUTS[kind]) for kind in INPUTS}
        for kind, part in found.items():
            scores[kind] += part
            log.info("without %s, %s input: %s", fold, kind, summarise(part))
        if shipped is None:
            shipped, own = model, found
    table: dict[str, Any] = {}
    if recipe.before is not None:
        path = work / f"{recipe.name}-{seed}-before.safetensors"
        first = load_model(path) if path.exists() else _keep(recipe, _start(recipe, seed, work), path)
        alone = evaluate(Predictor(first, "cpu"), samples, recipe.label, INPUTS["despeckled"])
        table["first_training_alone_by_group"] = {"despeckled": by_group(alone)}
    if shipped is None:
        raise ModelError("there is nothing to train on")
    # ties go to the window's own default, the despeckled input
    best = max(INPUTS, key=lambda kind: (summarise(scores[kind]).get("dice_mean", 0.0), kind == "despeckled"))
    card = _card(recipe, shipped, folds, len(judged), own, scores, best, samples, seed)
    _, unseen = split_by_group(samples, folds[0])
    agreement = measure_bfloat16_dice(shipped, (sample.gray(INPUTS[best]) for sample in unseen))
    card = replace(card, scores={**card.scores, **table}, bfloat16_dice=math.floor(agreement * 1e4) / 1e4)
    card = save_model(out / f"{name}.safetensors", shipped.network, card, overwrite=True)
    detail = {kind: rows(scores[kind]) for kind in INPUTS}
    with atomic_path(out / f"{name}.scores.json", overwrite=True) as temporary:
        temporary.write_text(json.dumps(detail, indent=1) + "\n", encoding="utf-8")
    return card


def _card(
    recipe: Recipe,
    model: LoadedModel,
    folds: Sequence[Sequence[str]],
    judged: int,
    own: dict[str, list[FrameScore]],
    scores: dict[str, list[FrameScore]],
    best: str,
    samples: Sequence[Sample],
    seed: int,
) -> ModelCard:
    learnt, _ = split_by_group(samples, folds[0])
    split = (
        f"By group. These weights learnt from {len(learnt)} frames of the groups"
        f" {', '.join(groups_of(learnt))}; held out: {', '.join(folds[0])}."
        " The cross-validation repeats the training with each of"
        f" {' | '.join(', '.join(fold) for fold in folds)} held out"
        + (f" (only the first {judged} of {len(folds)} were run)." if judged < len(folds) else ".")
        + " The recipe (views, steps, simulator) was shaped by people who had seen these frames and first"
        " results on them, so the scores are on the hopeful side."
    )
    table: dict[str, Any] = {
        "threshold": 0.5,
        "held_out_of_these_weights": {kind: summarise(part) for kind, part in own.items()},
        "cross_validation": {kind: summarise(part) for kind, part in scores.items()},
        "cross_validation_by_group": {kind: by_group(part) for kind, part in scores.items()},
        "steps": recipe.steps,
    }
    settings = INPUTS[best]
    return replace(
        model.card,
        despeckle=None if settings is None else settings.to_json(),
        data=recipe.data,
        split=split,
        seed=seed,
        scores=table,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        licence=recipe.licence,
        notes=recipe.notes,
    )
