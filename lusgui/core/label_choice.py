"""Which label a recording begins with, by what the models of several labels find in its first frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.threshold import ThresholdSettings, apply_threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LEAST_AREA = 0.001
"""Part of the frame below which what a model finds is no answer: real ribs take 0.005, cerebella 0.01."""

SURE = 0.85
"""Mean probability of the mask from which a model is sure of it."""


@dataclass(frozen=True)
class Evidence:
    """What a model finds in a frame.

    Parameters
    ----------
    area : float
        Part of the frame that the mask takes, 0 to 1.
    probability : float
        Mean probability inside the mask, 0 to 1; 0 without one.
    """

    area: float
    probability: float

    @property
    def is_answer(self) -> bool:
        """Whether the model finds anything worth looking at."""
        return self.area >= LEAST_AREA

    @property
    def is_sure(self) -> bool:
        """Whether it finds something and is sure of it."""
        return self.is_answer and self.probability >= SURE


def measure_evidence(probability: NDArray[Any], threshold: float, most: int | None = None) -> Evidence:
    """Judge an answer.

    Parameters
    ----------
    probability : (H, W) ndarray in [0, 1]
        The model's answer.
    threshold : float
        Probability from which a pixel belongs to the mask.
    most : int, optional
        How many pieces the structure can have; None for any number.
    """
    values = np.asarray(probability, dtype=np.float32)
    mask = apply_threshold(values, ThresholdSettings(threshold, keep_largest=most))
    if not mask.any():
        return Evidence(0.0, 0.0)
    return Evidence(float(mask.mean()), float(values[mask].mean()))


def choose_label(evidence: Mapping[str, Evidence]) -> str | None:
    """Return the one label whose model is sure while all others find nothing; None for no guess.

    Two models that both answer, or none that is sure, say nothing about what the picture shows: a guess
    would be wrong as often as right, and what a person last worked on is the better one.
    """
    answers = [label for label, each in evidence.items() if each.is_answer]
    return answers[0] if len(answers) == 1 and evidence[answers[0]].is_sure else None


def explain_no_choice(evidence: Mapping[str, Evidence], names: Mapping[str, str]) -> str:
    """Say in one sentence why `choose_label` gave None; `names` are what people call the labels."""
    answers = [names.get(label, label) for label, each in evidence.items() if each.is_answer]
    if len(answers) > 1:
        return f"The models of {' and '.join(answers)} both see something here, so the label stays."
    if answers:
        return f"Only the model of {answers[0]} sees something here, and is not sure, so the label stays."
    listed = " or ".join(names.get(label, label) for label in evidence)
    return f"No model sees {listed} here, so the label stays." if listed else ""
