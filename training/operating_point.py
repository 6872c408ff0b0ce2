"""How probabilities of a default model become masks: calibrated, without specks, cut at one half.

All of it is chosen on frames of other folds than those it is judged on, so that the scores stay honest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.fading import fade_specks
from lusgui.core.overlap import dice, false_components
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from training.metrics.calibration import band, fit_temperature
from training.metrics.frame import BAND_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Sample

LEAST_MASSES = (0.0, 2e-4, 5e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 4e-3)
"""Shares of the frame's pixels, for `lusgui.core.fading.fade_specks`."""

THRESHOLD = 0.5
"""Of the calibrated probability: what is likelier than not."""

FALSE_COMPONENT_COST = 0.1
"""Dice that one false component more a frame is held to cost; ours, so that specks do not go unnoticed."""


@dataclass(frozen=True)
class OperatingPoint:
    """How a probability becomes a mask.

    Parameters
    ----------
    temperature, bias : float
        As in `ModelCard`.
    least_mass : float
        As in `ModelCard`.
    """

    temperature: float = 1.0
    bias: float = 0.0
    least_mass: float = 0.0

    def apply(self, probability: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what people see of raw probabilities, both (H, W) in [0, 1]."""
        return fade_specks(self.calibrate(probability), self.least_mass)

    def calibrate(self, probability: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated probabilities of raw ones, both (H, W) in [0, 1]."""
        p = np.clip(probability.astype(np.float64), 1e-7, 1 - 1e-7)
        logits = np.log(p / (1 - p)) / self.temperature + self.bias
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def choose_operating_point(
    probabilities: Sequence[NDArray[np.float32]],
    samples: Sequence[Sample],
    label: str,
    most_components: int | None,
) -> OperatingPoint:
    """Choose on held-out frames.

    The temperature makes the probability near outlines as likely as it says. The least mass is that with
    the highest mean Dice, less what false components cost.

    Parameters
    ----------
    probabilities : sequence of (H, W) float32 ndarray in [0, 1]
        As the network gives them, on the raw grid.
    samples : sequence of Sample
        Their frames.
    label : str
        Which mask.
    most_components : int or None
        How many components the label can have.
    """
    truths = [sample.masks[label] for sample in samples]
    near = [
        band(truth, BAND_PX) if sample.ignored is None else band(truth, BAND_PX) & ~sample.ignored
        for truth, sample in zip(truths, samples, strict=True)
    ]
    shown = [i for i, truth in enumerate(truths) if truth.any()]
    fitted = fit_temperature(
        [probabilities[i] for i in shown],
        [truths[i] for i in shown],
        [near[i] for i in shown],
    )
    # a bias was tried: it calibrated no better on other groups and cost Dice
    point = OperatingPoint(fitted.value)
    calibrated = [point.calibrate(probability) for probability in probabilities]
    trials = [replace(point, least_mass=least_mass) for least_mass in LEAST_MASSES]
    # of equals the first: the one that takes least away
    return max(
        trials, key=lambda trial: round(_value(trial, calibrated, samples, truths, most_components), 9)
    )


def _value(
    point: OperatingPoint,
    calibrated: Sequence[NDArray[np.float32]],
    samples: Sequence[Sample],
    truths: Sequence[NDArray[np.bool_]],
    most_components: int | None,
) -> float:
    by_group: dict[str, list[float]] = {}
    false = []
    for probability, sample, truth in zip(calibrated, samples, truths, strict=True):
        shown = fade_specks(probability, point.least_mass)
        found = apply_threshold(shown, ThresholdSettings(THRESHOLD, keep_largest=most_components))
        if sample.ignored is not None:
            found &= ~sample.ignored
        if truth.any():
            by_group.setdefault(sample.group, []).append(dice(found, truth))
        false.append(false_components(found, truth))
    # every recording counts alike, however many of its frames were drawn
    overlap = np.mean([np.mean(values) for values in by_group.values()]) if by_group else 0.0
    return float(overlap - FALSE_COMPONENT_COST * np.mean(false))
