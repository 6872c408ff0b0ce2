"""Probabilities that come true: a temperature by frames that the model did not learn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.predictor import Predictor
from training.learning.resident import doubt_of
from training.metrics.calibration import band, fit_temperature
from training.metrics.frame import BAND_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from training.dataset import Sample

LEAST_TEMPERATURE, MOST_TEMPERATURE = 0.5, 8.0
"""A few frames say no more than that: beyond lies chance."""


@dataclass(frozen=True)
class RawAnswer:
    """What a network says of a frame that it did not learn, before any calibration; all (H, W)."""

    probability: NDArray[np.float32]
    truth: NDArray[np.bool_]
    near: NDArray[np.bool_]


def raw_probabilities(
    model: LoadedModel, samples: Sequence[Sample], labels: Sequence[str], device: str = "auto"
) -> list[RawAnswer]:
    """Return the answers for the first of the labels that each frame shows; frames without are left out."""
    raw = replace(model.card, temperature=1.0, bias=0.0, least_mass=0.0)
    predictor = Predictor(LoadedModel(model.network, raw), device)
    answers = []
    for sample in samples:
        label = next((name for name in labels if name in sample.masks and sample.masks[name].any()), None)
        if label is None or label not in raw.labels:
            continue
        settings = None if raw.despeckle is None else raw.despeckle_settings
        probability = predictor.predict(sample.gray(settings), label)
        truth = sample.masks[label]
        answers.append(RawAnswer(probability, truth, band(truth, BAND_PX) & ~doubt_of(sample)))
    return answers


def calibrate_by(model: LoadedModel, answers: Sequence[RawAnswer]) -> LoadedModel:
    """Return the model with a temperature that makes probabilities near outlines come true.

    Parameters
    ----------
    model : LoadedModel
        Left as it is; its masks at probability 0.5 stay as they are, small specks aside.
    answers : sequence of RawAnswer
        Of frames that were not learnt; without any the temperature stays.
    """
    if not answers:
        return model
    fitted = fit_temperature(
        [one.probability for one in answers], [one.truth for one in answers], [one.near for one in answers]
    )
    temperature = round(min(max(fitted.value, LEAST_TEMPERATURE), MOST_TEMPERATURE), 4)
    return LoadedModel(model.network, replace(model.card, temperature=temperature, bias=0.0))
