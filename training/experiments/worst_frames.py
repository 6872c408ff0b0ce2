"""The worst held-out frames of a default model, from the trainings that its rebuilding left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import ModelError
from lusgui.core.label import most_components
from lusgui.core.model_card import ModelCard, parse_card
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from training.dataset import split_by_group
from training.report.failures import (
    Failure,
    failure_gallery,
    failure_rows,
    read_words,
    worst,
    write_words,
)
from training.report.tables import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from training.recipes.default_model import DefaultModel


def write_worst(name: str, data: Path, work: Path, weights: Path, out: Path) -> list[Failure]:
    """Write the gallery of a default model's worst frames and return them.

    Parameters
    ----------
    name : {"rib", "cerebellum"}
        Which model.
    data : Path
        Folder of the data sets.
    work : Path
        Folder in which ``models --rebuild`` kept its trainings.
    weights : Path
        Folder of the shipped models: the card says how each fold's probabilities became masks.
    out : Path
        Gets ``<name>_worst_figure.png``, ``<name>_worst.csv``, ``<name>_heldout.csv`` (every held-out frame)
        and ``<name>_words.csv``, in which a person writes what each frame shows; what is written stays.

    Raises
    ------
    LusguiError
        If the card does not tell its folds or a training of them is not there.
    """
    from training.models import recipe_of
    from training.report.figures import png_of

    card = parse_card((weights / f"{name}.json").read_text(encoding="utf-8"))
    frames = held_out_frames(recipe_of(name), card, data, work)
    listed = out / f"{name}_words.csv"
    words = read_words(listed)
    shown = [replace(frame, words=words.get(frame.name, "")) for frame in worst(frames)]
    rows = [{"stem": frame.name, "group": frame.group, "dice": frame.dice} for frame in frames]
    write_csv(out / f"{name}_heldout.csv", rows)
    write_csv(out / f"{name}_worst.csv", failure_rows(shown))
    write_words(listed, shown, words)
    if shown:
        with atomic_path(out / f"{name}_worst_figure.png", overwrite=True) as temporary:
            temporary.write_bytes(png_of(failure_gallery(shown)))
    return shown


def held_out_frames(recipe: DefaultModel, card: ModelCard, data: Path, work: Path) -> list[Failure]:
    """Return every frame with what the training without its group shows in the window.

    Parameters
    ----------
    recipe : DefaultModel
        Whose frames.
    card : ModelCard
        Of the shipped model, with ``operating_points`` and ``input`` among its scores.
    data, work : Path
        As `write_worst`.

    Raises
    ------
    LusguiError
        If the card does not tell its folds or a training of them is not there.
    """
    from lusgui.nn.checkpoint import load_model
    from lusgui.nn.predictor import Predictor
    from training.judging_defaults import judge_mask
    from training.models import INPUTS

    points = card.scores.get("operating_points")
    kind = card.scores.get("input")
    if not points or kind not in INPUTS:
        raise ModelError(
            f"the card of {card.name} does not tell how its folds were judged",
            remedy="Make the model again with python -m training models --rebuild",
        )
    samples = recipe.load(data)
    found = []
    for point in points:
        held_out = [str(group) for group in point["held_out"]]
        model = load_model(work / f"{recipe.name}-{card.seed}-without-{'-'.join(held_out)}.safetensors")
        judged = replace(
            model.card,
            temperature=float(point["temperature"]),
            bias=float(point["bias"]),
            least_mass=float(point["least_mass"]),
        )
        predictor = Predictor(replace(model, card=judged), "cpu", "float32")
        _, test = split_by_group(samples, held_out)
        for sample in test:
            truth = sample.masks.get(recipe.label)
            if truth is None:
                continue
            gray = sample.gray(INPUTS[kind])
            probability = predictor.predict(gray, recipe.label)
            settings = ThresholdSettings(card.threshold, keep_largest=most_components(recipe.label))
            mask = apply_threshold(probability, settings)
            row = judge_mask(mask, probability, sample, recipe.label, recipe.input_shape)
            if sample.ignored is not None:
                mask, truth = mask & ~sample.ignored, truth & ~sample.ignored
            found.append(Failure(sample.name, sample.group, gray, truth, mask, row.dice))
    return found
