from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lusgui.base.errors import LusguiError
from training.dataset import Sample
from training.localization.preprocess import PLAIN, ContrastSettings, equalise, equalised


def dim_frame():
    random = np.random.default_rng(0)
    gray = random.normal(0.3, 0.02, (64, 80)).clip(0, 1)
    gray[20:40, 30:60] += 0.05
    return gray.astype(np.float32)


def test_plain_changes_nothing():
    gray = dim_frame()
    assert np.array_equal(equalise(gray, PLAIN), gray)
    sample = Sample("a", "g", (gray * 255).astype(np.uint8))
    assert equalised(sample, PLAIN) is sample


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


def test_equalised_sample_keeps_its_truth():
    mask = np.zeros((64, 80), bool)
    mask[3, 4] = True
    sample = Sample("a", "g", (dim_frame() * 255).astype(np.uint8), {"rib": mask}, points={"rib": (3.0, 4.0)})
    changed = equalised(sample, ContrastSettings())
    assert changed.masks is sample.masks
    assert changed.points is sample.points
    assert changed.frame.dtype == np.uint8
    assert changed.gray().std() > 2 * sample.gray().std()


@pytest.mark.parametrize("values", [{"clip": 2.0}, {"tiles": 0}, {"gamma": 0.0}])
def test_senseless_values_are_refused(values):
    with pytest.raises(LusguiError):
        ContrastSettings(**values)
