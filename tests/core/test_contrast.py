from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lusgui.core.contrast import PLAIN, ContrastSettings, equalise


def dim_frame():
    random = np.random.default_rng(0)
    gray = random.normal(0.3, 0.02, (64, 80)).clip(0, 1)
    gray[20:40, 30:60] += 0.05
    return gray.astype(np.float32)


def test_plain_changes_nothing():
    gray = dim_frame()
    assert np.array_equal(equalise(gray, PLAIN), gray)


def test_normalisation_uses_the_whole_range():
    found = equalise(dim_frame(), ContrastSettings(clip=0.0, gamma=1.0))
    assert found.min() == 0.0
    assert found.max() == 1.0


def test_clahe_is_that_of_scikit_image():
    from skimage.exposure import equalize_adapthist

    gray = dim_frame()
    found = equalise(gray, ContrastSettings(normalise=False, clip=0.02, tiles=4, gamma=1.0))
    assert np.allclose(found, equalize_adapthist(gray, kernel_size=(16, 20), clip_limit=0.02), atol=1e-6)


def test_gamma_below_one_brightens():
    gray = np.full((4, 4), 0.25, np.float32)
    assert np.allclose(equalise(gray, ContrastSettings(gamma=0.5)), 0.5)


@given(
    arrays(np.float32, st.tuples(st.integers(2, 20), st.integers(2, 20)), elements=st.floats(0, 1, width=32))
)
def test_any_frame_stays_gray(gray):
    found = equalise(gray, ContrastSettings())
    assert found.shape == gray.shape
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize("values", [{"clip": 2.0}, {"tiles": 0}, {"gamma": 0.0}])
def test_senseless_values_are_refused(values):
    with pytest.raises(ValueError, match=r"clip|tiles|gamma"):
        ContrastSettings(**values)


def test_settings_come_back_from_plain_values():
    settings = ContrastSettings(clip=0.02, tiles=4)
    assert ContrastSettings.from_json(settings.to_json()) == settings
    assert ContrastSettings.from_json({}) == ContrastSettings()


@pytest.mark.parametrize(
    "values", [None, [], {"clap": 1}, {"clip": "0.1"}, {"tiles": 4.0}, {"tiles": True}, {"normalise": 1}]
)
def test_values_nobody_vouches_for_are_refused(values):
    with pytest.raises(ValueError, match="contrast"):
        ContrastSettings.from_json(values)
