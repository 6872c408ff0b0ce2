from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.wavelet_shrink import noise_level, possible_levels, shrink


def test_the_noise_level_is_that_of_the_noise():
    noise = np.random.default_rng(0).normal(0, 3, (400, 100)).astype(np.float32)
    noise[50] = 1000.0
    assert noise_level(noise) == pytest.approx(3, rel=0.1)


def test_no_strength_gives_the_image_back():
    image = np.random.default_rng(0).normal(size=(97, 61)).astype(np.float32)
    for spins in (1, 4):
        result = shrink(image, rule="visu_soft", strength=0.0, spins=spins)
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, image, atol=1e-4)


def test_soft_shrinks_more_than_hard_keeps():
    image = np.random.default_rng(0).normal(size=(256, 128)).astype(np.float32)
    image[100:140] += 8
    soft, hard = (shrink(image, rule=f"visu_{kind}") for kind in ("soft", "hard"))
    assert abs(soft[118:122].mean() - 8) < 1.5
    assert np.abs(hard[118:122].mean() - 8) < 1.0
    assert soft[200:].std() < 0.3


def test_one_level_for_all_bands_leaves_correlated_noise():
    from scipy.ndimage import gaussian_filter1d

    image = gaussian_filter1d(np.random.default_rng(0).normal(size=(512, 128)), 4, axis=0).astype(np.float32)
    assert shrink(image, one_sigma=True).std() > 0.9 * image.std()
    assert shrink(image).std() < 0.5 * image.std()


def test_a_frame_too_small_for_the_wavelet_comes_back():
    image = np.ones((3, 2), np.float32)
    assert possible_levels((3, 2), "db4", 4) == 0
    np.testing.assert_array_equal(shrink(image), image)
