from __future__ import annotations

import numpy as np
import pytest

from training.simulate.acoustics import (
    add_line,
    patchy,
    pulse,
    scatterers,
    screen_gray,
    smooth_curve,
    smooth_noise,
)


def test_speckle_is_rayleigh_and_keeps_its_power_at_the_focus():
    field = pulse(scatterers((600, 400), np.random.default_rng(0)), 1.5, 1.5)
    amplitude = np.abs(field)[20:-20, 20:-20]
    assert amplitude.mean() / amplitude.std() == pytest.approx(1.913, abs=0.06)
    assert np.log(amplitude).std() == pytest.approx(0.641, abs=0.03)
    focus = np.abs(field)[295:305]
    assert np.square(focus).mean() == pytest.approx(1.0, rel=0.35)
    assert np.square(amplitude).mean() < 2


def test_smooth_noise_is_smooth_and_standard():
    noise = smooth_noise((90, 70), (20, 10), np.random.default_rng(1))
    assert noise.shape == (90, 70)
    assert noise.mean() == pytest.approx(0, abs=1e-4)
    assert noise.std() == pytest.approx(1, abs=1e-4)
    assert np.abs(np.diff(noise, axis=0)).mean() < 0.15
    assert smooth_curve(50, 12.0, np.random.default_rng(1)).shape == (50,)


def test_screen_gray_is_a_log_compression():
    amplitude = np.full((100, 100), 1e-9, np.float32)
    amplitude[:10] = 1.0
    amplitude[10:20] = 10 ** (-30 / 20)
    gray = screen_gray(amplitude, 60.0)
    assert gray[0, 0] == pytest.approx(1.0)
    assert gray[15, 0] == pytest.approx(0.5, abs=1e-3)
    assert gray[50, 0] == 0


def test_patches_of_a_mirror_are_positive_and_vary_with_the_seed():
    first, second = (patchy(200, np.random.default_rng(seed), 0.5, 5.0) for seed in (0, 1))
    assert first.shape == (200,)
    assert (first > 0).all()
    assert not np.array_equal(first, second)


def test_a_line_has_its_strength_at_its_row_and_nothing_beyond_the_frame():
    field = np.zeros((60, 20), np.float32)
    add_line(field, np.full(20, 30.0, np.float32), 2.0, np.full(20, 3.0, np.float32))
    assert field[30].tolist() == pytest.approx([3.0] * 20)
    assert field[32, 0] == pytest.approx(3 * np.exp(-0.5), rel=1e-5)
    before = field.copy()
    add_line(field, np.full(20, 90.0, np.float32), 2.0, np.full(20, 3.0, np.float32))
    assert np.array_equal(field, before)
