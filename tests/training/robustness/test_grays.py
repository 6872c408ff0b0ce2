from __future__ import annotations

import numpy as np
import pytest

from training.dataset import Sample
from training.robustness.grays import (
    GRAYS,
    add_noise,
    blur_to,
    change_gain,
    change_gamma,
    change_range,
    store_as_jpeg,
)
from training.robustness.perturbation import gray_of

RANDOM = np.random.default_rng(0)


def ramp():
    frame = np.tile(np.linspace(0, 255, 60).astype(np.uint8), (40, 1))
    return Sample("ramp", "g", frame, {"rib": frame > 100})


def changed(change):
    return gray_of(change(ramp(), "rib", np.random.default_rng(0)))


@pytest.mark.parametrize("one", GRAYS, ids=lambda one: one.name)
def test_masks_and_grid_stay_and_something_changes(one):
    before, after = ramp(), one.apply(ramp(), "rib")
    assert after.frame.shape == before.frame.shape
    assert after.frame.dtype == np.uint8
    np.testing.assert_array_equal(after.masks["rib"], before.masks["rib"])
    if one.name != "low_resolution":
        assert not np.array_equal(after.frame, before.frame)


def test_gain_is_a_tenth_of_the_gray_range_and_black_stays():
    before, after = gray_of(ramp()), changed(change_gain(6.0))
    middle = (before > 0) & (before < 0.85)
    np.testing.assert_allclose((after - before)[middle], 0.1, atol=0.003)
    assert (after[before == 0] == 0).all()


def test_range_keeps_white_and_moves_the_dark():
    before = gray_of(ramp())
    narrow, wide = changed(change_range(40.0)), changed(change_range(80.0))
    assert narrow.max() == wide.max() == 1
    inside = (before > 0.4) & (before < 1)
    np.testing.assert_allclose(narrow[inside], (1 + (before - 1) * 1.5)[inside], atol=0.003)
    np.testing.assert_allclose(wide[inside], (1 + (before - 1) * 0.75)[inside], atol=0.003)
    assert (wide[before == 0] == 0).all()


def test_gamma_noise_and_jpeg():
    before = gray_of(ramp())
    np.testing.assert_allclose(changed(change_gamma(2.0)), before**2, atol=0.003)
    noise = changed(add_noise(0.05)) - before
    assert noise[(before > 0.2) & (before < 0.8)].std() == pytest.approx(0.05, rel=0.1)
    assert np.abs(changed(store_as_jpeg(20)) - before).max() < 0.2


def test_low_resolution_loses_what_is_fine_and_nothing_else():
    frame = np.zeros((300, 200), np.uint8)
    frame[::2] = 200
    fine = gray_of(blur_to(100)(Sample("a", "g", frame), "rib", RANDOM))
    assert fine.std() < 0.1
    assert fine.mean() == pytest.approx(frame.mean() / 255, abs=0.02)
    small = Sample("a", "g", frame[:50, :50])
    assert blur_to(100)(small, "rib", RANDOM) is small
