"""Temperature and bias of a default model, from the pixels near outlines of frames its folds never saw.

Each fold's network answers its own held-out frames; what ships is calibrated by all of these together, and
what is told of it comes from calibrating each fold by the others, so that no frame sets the numbers that it
is judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.metrics.calibration import apply_temperature, band, fit_temperature
from training.metrics.frame import BAND_PX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from training.dataset import Sample
    from training.judging_defaults import Predict
    from training.metrics.calibration import Temperature


@dataclass(frozen=True)
class BandPixels:
    """Pixels within five of true outlines.

    Parameters
    ----------
    probability : (N,) float32 ndarray in [0, 1]
        As the network itself gives it.
    truth : (N,) bool ndarray
        Whether the pixel belongs to the label.
    """

    probability: NDArray[np.float32]
    truth: NDArray[np.bool_]


def band_pixels(
    predict: Predict, samples: Iterable[Sample], label: str, *, settings: DespeckleSettings | None
) -> BandPixels:
    """Collect the pixels near outlines of all frames that show a label.

    Parameters
    ----------
    predict : callable
        ``predict(gray)`` returns the label's probability (H, W); of a card with temperature 1 and bias 0.
    samples : iterable of Sample
        Frames the network never saw. Where one is to be ignored nothing is collected.
    label : str
        Which mask.
    settings : DespeckleSettings or None
        What is done to a frame first.
    """
    values, answers = [], []
    for sample in samples:
        truth = sample.masks.get(label)
        if truth is None or not truth.any():
            continue
        near = band(truth, BAND_PX)
        if sample.ignored is not None:
            near &= ~sample.ignored
        values.append(np.asarray(predict(sample.gray(settings))[near], np.float32))
        answers.append(truth[near])
    if not values:
        return BandPixels(np.empty(0, np.float32), np.empty(0, bool))
    return BandPixels(np.concatenate(values), np.concatenate(answers))


def fit_band(parts: Sequence[BandPixels], *, with_bias: bool = False) -> Temperature:
    """Fit the temperature, on request a bias too, of the pixels of several folds together.

    See `fit_temperature`. The first default models were off by a temperature of 2 to 7; with a bias besides,
    held-out frames were calibrated no better, and masks moved.
    """
    return fit_temperature(
        [part.probability for part in parts], [part.truth for part in parts], with_bias=with_bias
    )


def fit_by_others(parts: Sequence[BandPixels], *, with_bias: bool = False) -> list[Temperature]:
    """Return for each fold what the others' pixels say: what that fold is to be judged with.

    Raises
    ------
    LusguiError
        If there is one fold alone.
    """
    if len(parts) < 2:
        raise LusguiError(
            "one fold has no others that could calibrate it", remedy="Judge two folds, or judge uncalibrated"
        )
    return [fit_band([*parts[:i], *parts[i + 1 :]], with_bias=with_bias) for i in range(len(parts))]


def calibrated(predict: Predict, found: Temperature) -> Predict:
    """Return a way to predict with temperature and bias applied, as a card with these numbers would do.

    A card applies them on the network's grid, before the answer is resized; the difference is small.
    """

    def predict_calibrated(gray: NDArray[np.float32]) -> NDArray[np.float32]:
        return apply_temperature(predict(gray), found.value, found.bias)

    return predict_calibrated
