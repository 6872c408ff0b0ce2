from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.classic_filters import enhanced_lee, lee, lee_additive, median, srad
from lusgui.core.speckle_metrics import enl
from training.simulate.speckle import correlated_speckle, speckle_phantom

FILTERS = [lee, enhanced_lee, srad, median]


@pytest.mark.parametrize("filter_", FILTERS)
def test_speckle_is_smoothed_and_the_mean_kept(filter_):
    raw = correlated_speckle(seed=1)
    result = filter_(raw)
    assert result.dtype == np.float32
    assert enl(result) > 1.5 * enl(raw)
    assert result.mean() == pytest.approx(1.0, rel=0.08)


@pytest.mark.parametrize("filter_", FILTERS)
def test_a_flat_image_is_untouched(filter_):
    np.testing.assert_allclose(filter_(np.ones((20, 9), np.float32)), 1, rtol=1e-5)


@pytest.mark.parametrize("filter_", [lee, enhanced_lee])
def test_zeros_do_no_harm(filter_):
    assert not filter_(np.zeros((20, 9), np.float32)).any()


def test_enhanced_lee_leaves_strong_structure():
    phantom = speckle_phantom(seed=1)
    assert (
        enhanced_lee(phantom.amplitude)[phantom.arc].mean() > lee(phantom.amplitude, 11)[phantom.arc].mean()
    )


def test_more_diffusion_is_smoother():
    raw = correlated_speckle(seed=1)
    assert enl(srad(raw, 60)) > enl(srad(raw, 10)) > enl(raw)


def test_lee_for_additive_noise():
    noise = np.random.default_rng(0).normal(0, 2, (100, 100)).astype(np.float32)
    assert lee_additive(noise, 7, 2.0).std() < 0.8
