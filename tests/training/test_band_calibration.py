from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.band_calibration import BandPixels, band_pixels, calibrated, fit_band, fit_by_others
from training.dataset import Sample
from training.metrics.calibration import apply_temperature, band, ece


def _honest(seed, count=20_000):
    random = np.random.default_rng(seed)
    probability = random.uniform(0.02, 0.98, count)
    return probability, random.uniform(0, 1, count) < probability


def _spoilt(seed, temperature, bias):
    """Pixels that this temperature and bias make honest."""
    probability, truth = _honest(seed)
    return BandPixels(apply_temperature(probability, 1 / temperature, -temperature * bias), truth)


def test_only_pixels_near_outlines_that_somebody_could_tell():
    truth = np.zeros((40, 40), bool)
    truth[15:25, 15:25] = True
    doubtful = np.zeros_like(truth)
    doubtful[:20] = True
    frame = np.zeros(truth.shape, np.uint8)
    samples = [
        Sample("a", "g", frame, {"rib": truth}, ignored=doubtful),
        Sample("b", "g", frame, {"rib": truth}),
        Sample("c", "g", frame, {"rib": np.zeros_like(truth)}),
        Sample("d", "g", frame, {}),
    ]
    probability = np.random.default_rng(0).random(truth.shape, dtype=np.float32)
    found = band_pixels(lambda gray: probability, samples, "rib", settings=None)
    near = band(truth, 5)
    expected = [probability[near & ~doubtful], probability[near]]
    assert np.array_equal(found.probability, np.concatenate(expected))
    assert np.array_equal(found.truth, np.concatenate([truth[near & ~doubtful], truth[near]]))
    empty = band_pixels(lambda gray: probability, samples[2:], "rib", settings=None)
    assert (empty.probability.size, empty.truth.size) == (0, 0)
    assert fit_band([empty]).value == 1


def test_folds_are_fitted_together_or_by_the_others():
    folds = [_spoilt(0, 2.0, 0.5), _spoilt(1, 2.0, 0.5), _spoilt(2, 0.5, -0.5)]
    both = fit_band(folds[:2], with_bias=True)
    assert both.value == pytest.approx(2.0, rel=0.06)
    assert both.bias == pytest.approx(0.5, abs=0.06)
    by_others = fit_by_others(folds, with_bias=True)
    assert by_others[2] == both
    assert by_others[0] == fit_band([folds[1], folds[2]], with_bias=True)
    alone = fit_by_others(folds[:2])
    assert [found.bias for found in alone] == [0.0, 0.0]
    with pytest.raises(LusguiError, match="no others"):
        fit_by_others(folds[:1])


def test_what_is_calibrated_comes_true():
    pixels = _spoilt(3, 2.5, -1.0)
    found = fit_band([_spoilt(4, 2.5, -1.0)], with_bias=True)
    predict = calibrated(lambda gray: pixels.probability, found)
    assert ece(pixels.probability, pixels.truth) > 0.1
    assert ece(predict(np.zeros(1, np.float32)), pixels.truth) < 0.02
