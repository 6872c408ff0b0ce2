from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lusgui.core.confidence import (
    describe_expected_dice,
    expected_dice,
    uncertainty,
    uncertainty_codes,
)
from lusgui.core.overlap import dice

probabilities = arrays(np.float32, (6, 5), elements=st.floats(0, 1, width=32))
masks = arrays(np.bool_, (6, 5))


def test_uncertainty_is_the_entropy_in_bits():
    p = np.array([[0.0, 0.5, 1.0, 0.25, 0.1]], np.float32)
    wanted = [0.0, 1.0, 0.0, 0.811278, 0.468996]
    np.testing.assert_allclose(uncertainty(p)[0], wanted, atol=1e-3)
    assert uncertainty_codes(p)[0].tolist() == [0, 255, 0, 207, 120]


@given(probabilities)
def test_uncertainty_is_the_same_for_both_answers(p):
    bits = uncertainty(p)
    assert bits.min() >= 0
    assert bits.max() <= 1
    np.testing.assert_allclose(bits, uncertainty(1 - p), atol=2e-3)


def test_uncertainty_grows_towards_one_half():
    rising = uncertainty(np.linspace(0, 0.5, 300, dtype=np.float32)[None])[0]
    assert (np.diff(rising) >= 0).all()


def test_nan_is_certain_background():
    p = np.full((2, 2), np.nan, np.float16)
    assert uncertainty(p).max() == 0
    assert expected_dice(p, np.ones((2, 2), bool)) == 0


@given(st.integers(0, 6), st.integers(0, 5), masks)
def test_for_a_certain_model_it_is_the_dice_itself(rows, cols, extra):
    truth = np.zeros((6, 5), bool)
    truth[:rows, :cols] = True  # one piece, that the mask touches
    mask = extra.copy()
    mask[0, 0] = True
    assert expected_dice(truth.astype(np.float32), mask) == pytest.approx(dice(mask, truth))


@given(masks)
def test_an_empty_mask_has_none(truth):
    assert expected_dice(truth.astype(np.float32), np.zeros((6, 5), bool)) is None


@given(probabilities, masks)
def test_it_is_a_dice(p, mask):
    found = expected_dice(p, mask)
    assert found is None or 0 <= found <= 1


def test_by_hand():
    p = np.array([[0.9, 0.6, 0.4, 0.2, 0.2, 0.4]], np.float32)
    mask = p >= 0.5
    # pixels below the floor do not count, and neither does one that does not touch the mask
    assert expected_dice(p, mask) == pytest.approx(2 * 1.5 / (2 + 1.9))


def test_many_faint_pixels_far_away_do_not_drown_a_sure_mask():
    p = np.full((400, 400), 0.05, np.float16)
    p[10:30, 10:30] = 0.95
    assert expected_dice(p, p >= 0.5) > 0.9


def test_a_mask_on_another_grid_is_refused():
    with pytest.raises(ValueError, match="one grid"):
        expected_dice(np.zeros((2, 3), np.float32), np.zeros((3, 2), bool))


def test_words():
    assert describe_expected_dice(0.9) != describe_expected_dice(0.7) != describe_expected_dice(0.2)
    assert "nothing" in describe_expected_dice(None)
