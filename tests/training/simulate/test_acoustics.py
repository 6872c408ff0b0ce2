from __future__ import annotations

import numpy as np
import pytest

from training.simulate.acoustics import pulse, scatterers, screen_gray, smooth_curve, smooth_noise


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
