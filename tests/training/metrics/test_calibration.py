from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.base.errors import LusguiError
from training.metrics.calibration import (
    apply_temperature,
    band,
    brier,
    ece,
    ece_of,
    fit_temperature,
    nll,
    pool,
    reliability,
)

PROBABILITIES = hnp.arrays(np.float64, 40, elements=st.floats(0, 1))
TRUTHS = hnp.arrays(bool, 40)


@pytest.fixture
def honest():
    """Probabilities that come true as often as they say."""
    random = np.random.default_rng(0)
    probability = random.uniform(0, 1, (200, 200))
    return probability, random.uniform(0, 1, probability.shape) < probability


def test_the_honest_are_calibrated_and_the_boastful_not(honest):
    probability, truth = honest
    assert ece(probability, truth) < 0.02
    boast = apply_temperature(probability, 1 / 3)
    assert ece(boast, truth) > 0.1
    assert brier(boast, truth) > brier(probability, truth) == pytest.approx(1 / 6, abs=0.01)
    # the mean of the entropy of p over 0..1 is one half
    assert nll(boast, truth) > nll(probability, truth) == pytest.approx(0.5, abs=0.01)


def test_ece_by_hand():
    probability = np.array([0.1, 0.1, 0.9, 0.9, 0.9, 1.0])
    truth = np.array([0, 1, 1, 1, 0, 1], bool)
    curve = reliability(probability, truth, bins=2)
    assert curve[0] == (pytest.approx(0.1), 0.5, 2)
    assert curve[1] == (pytest.approx(0.925), 0.75, 4)
    assert ece(probability, truth, bins=2) == pytest.approx((2 * 0.4 + 4 * 0.175) / 6)


@given(PROBABILITIES, TRUTHS, st.integers(1, 30))
def test_the_curve_holds_every_pixel_once(probability, truth, bins):
    curve = reliability(probability, truth, bins)
    assert len(curve) == bins
    assert sum(part.pixels for part in curve) == 40
    assert sum(p.pixels * p.share_true for p in curve if p.pixels) == pytest.approx(truth.sum())
    for i, part in enumerate(curve):
        assert i / bins - 1e-9 <= part.mean_probability <= (i + 1) / bins + 1e-9
    assert 0 <= ece(probability, truth, bins) <= 1


@given(PROBABILITIES, TRUTHS, st.integers(0, 40))
def test_curves_of_parts_pool_to_that_of_the_whole(probability, truth, cut):
    parts = [reliability(probability[part], truth[part], 5) for part in (slice(cut), slice(cut, None))]
    whole = reliability(probability, truth, 5)
    pooled = pool(parts)
    assert [part.pixels for part in pooled] == [part.pixels for part in whole]
    assert ece_of(pooled) == pytest.approx(ece_of(whole))
    assert pool([]) == []


@given(PROBABILITIES, TRUTHS)
def test_scores_agree_with_an_independent_reference(probability, truth):
    assert brier(probability, truth) == pytest.approx(np.mean((probability - truth.astype(float)) ** 2))
    import torch

    clipped = torch.tensor(probability).clamp(1e-7, 1 - 1e-7)
    wanted = torch.nn.functional.binary_cross_entropy(clipped, torch.tensor(truth, dtype=torch.float64))
    assert nll(probability, truth) == pytest.approx(float(wanted), abs=1e-6)


def test_no_pixels_no_answer():
    empty = np.zeros((0, 3))
    assert ece(empty, empty.astype(bool)) is None
    assert brier(empty, empty.astype(bool)) is None
    assert nll(np.array([np.nan]), np.array([True])) is None
    assert fit_temperature([], []).value == 1
    assert nll(np.array([0.0]), np.array([True])) == pytest.approx(-math.log(1e-7))


def test_only_the_pixels_asked_for():
    probability = np.array([[0.0, 1.0], [0.5, 0.5]])
    truth = np.array([[True, True], [True, True]])
    where = np.array([[False, True], [False, False]])
    assert ece(probability, truth, where=where) == brier(probability, truth, where) == 0
    assert nll(probability, truth, where) == 0


def test_the_band_has_both_sides_of_the_outline():
    truth = np.zeros((20, 20), bool)
    truth[5:15, 5:15] = True
    near = band(truth, 1)
    # the rim of 36 pixels, and 10 pixels beyond each side
    assert near.sum() == 36 + 40
    assert near[5, 5]
    assert near[4, 5]
    assert not near[4, 4]
    assert not near[6, 6]
    assert not band(np.zeros((4, 4), bool), 2).any()
    assert not band(np.ones((4, 4), bool), 2).any()


@given(hnp.arrays(bool, (12, 11)), st.floats(1, 6))
def test_the_band_is_what_it_says(truth, pixels):
    near = band(truth, pixels)
    points = np.argwhere(np.ones(truth.shape, bool))
    for row, column in points[::7]:
        others = np.argwhere(truth != truth[row, column])
        wanted = others.size > 0 and np.hypot(*(others - (row, column)).T).min() <= pixels
        assert near[row, column] == wanted


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_is_found_again(honest, temperature):
    probability, truth = honest
    spoilt = apply_temperature(probability, 1 / temperature).astype(np.float64)
    halves = [spoilt[:90], spoilt[90:]], [truth[:90], truth[90:]]
    found = fit_temperature(*halves)
    assert found.value == pytest.approx(temperature, rel=0.05)
    assert found.nll_after <= found.nll_before
    assert found.nll_after == pytest.approx(nll(apply_temperature(spoilt, found.value), truth), abs=1e-4)
    assert ece(apply_temperature(spoilt, found.value), truth) < 0.02


def test_the_temperature_leaves_masks_at_one_half(honest):
    probability, _ = honest
    for temperature in (0.3, 4):
        assert ((apply_temperature(probability, temperature) >= 0.5) == (probability >= 0.5)).all()


def test_a_model_that_is_always_right_cannot_be_too_sure():
    found = fit_temperature([np.array([0.2, 0.9])], [np.array([False, True])])
    assert found.value == pytest.approx(0.05, rel=0.01)
    assert "end of the range" in found.note
    only = fit_temperature([np.array([0.2, 0.9])], [np.array([True, True])], [np.array([False, False])])
    assert (only.value, only.note) == (1, "no pixels")


def test_nonsense_is_refused():
    with pytest.raises(LusguiError, match="grid"):
        ece(np.zeros(3), np.zeros(4, bool))
    with pytest.raises(LusguiError, match="outside 0 to 1"):
        ece(np.array([1.5]), np.array([True]))
    with pytest.raises(LusguiError, match="0 bins"):
        reliability(np.array([0.5]), np.array([True]), bins=0)
    with pytest.raises(LusguiError, match="temperature of 0"):
        apply_temperature(np.array([0.5]), 0)


@pytest.mark.parametrize(("temperature", "bias"), [(0.5, 1.0), (1.0, -0.7), (2.5, 0.0), (3.0, -2.0)])
def test_temperature_and_bias_are_found_again(honest, temperature, bias):
    probability, truth = honest
    # logit = t * (honest - b), so that logit / t + b is honest
    spoilt = apply_temperature(probability, 1 / temperature, -temperature * bias).astype(np.float64)
    found = fit_temperature([spoilt[:90], spoilt[90:]], [truth[:90], truth[90:]], with_bias=True)
    assert found.value == pytest.approx(temperature, rel=0.05)
    assert found.bias == pytest.approx(bias, abs=0.06)
    assert found.note == ""
    mended = apply_temperature(spoilt, found.value, found.bias)
    assert found.nll_after == pytest.approx(nll(mended, truth), abs=1e-3)
    assert ece(mended, truth) < 0.02
    if bias:
        alone = fit_temperature([spoilt], [truth])
        assert alone.bias == 0
        assert found.nll_after < alone.nll_after
        assert ece(apply_temperature(spoilt, alone.value), truth) > ece(mended, truth)


def test_nothing_to_fit_a_bias_to():
    found = fit_temperature([np.array([0.9, 0.8])], [np.array([True, True])], with_bias=True)
    assert (found.value, found.bias, found.nll_before) == (1, 0, found.nll_after)
    assert "one kind" in found.note
    assert fit_temperature([], [], with_bias=True).bias == 0
    parted = fit_temperature([np.array([0.45, 0.55])], [np.array([False, True])], with_bias=True)
    assert "end of the range" in parted.note


@given(PROBABILITIES, TRUTHS)
def test_a_fit_never_makes_truth_less_likely(probability, truth):
    plain = fit_temperature([probability], [truth])
    both = fit_temperature([probability], [truth], with_bias=True)
    assert both.nll_after <= both.nll_before
    if 0 < truth.sum() < truth.size:
        assert both.nll_after <= plain.nll_after + 1e-3
    assert 0.05 <= both.value <= 20.001
