from __future__ import annotations

import numpy as np
import pytest

from training.simulate.speckle import (
    RAYLEIGH_LOG_STD,
    RAYLEIGH_SNR,
    SpeckleModel,
    correlated_speckle,
    speckle_phantom,
)


@pytest.mark.parametrize("seed", range(3))
def test_the_speckle_is_rayleigh(seed):
    speckle = correlated_speckle(seed=seed)
    assert speckle.dtype == np.float32
    assert speckle.mean() / speckle.std() == pytest.approx(RAYLEIGH_SNR, abs=0.03)
    assert np.log(speckle).std() == pytest.approx(RAYLEIGH_LOG_STD, abs=0.012)
    assert speckle.mean() == pytest.approx(1.0, abs=0.02)


def test_the_correlation_is_the_one_asked_for():
    power = correlated_speckle((4000, 64), (7.0, 0.0), seed=1) ** 2
    power -= power.mean()
    half = np.mean(power[3:] * power[:-3]) / power.var()
    beyond = np.mean(power[4:] * power[:-4]) / power.var()
    assert beyond < 0.5 < half


@pytest.mark.parametrize("model", SpeckleModel)
def test_the_truth_is_true(model):
    phantom = speckle_phantom(seed=1, model=model)
    amplitude = phantom.amplitude
    assert amplitude.shape == phantom.truth.shape == (960, 128)
    assert amplitude[phantom.background].mean() == pytest.approx(1.0, rel=0.05)
    assert amplitude[phantom.near_arc].mean() == pytest.approx(1.0, rel=0.06)
    assert amplitude[phantom.cyst_inside].mean() == pytest.approx(0.25, rel=0.06)
    assert amplitude[phantom.arc].mean() == pytest.approx(4.8, rel=0.15)
    assert not (phantom.arc & phantom.near_arc).any()
    assert not (phantom.background & (phantom.cyst | phantom.arc)).any()
    assert set(phantom.arc.sum(axis=0)) == {0, 4}


def test_the_same_seed_gives_the_same_frame():
    first, second = (speckle_phantom(seed=7).amplitude for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, speckle_phantom(seed=8).amplitude)
