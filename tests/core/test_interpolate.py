"""Masks between key frames: lusgui.core.interpolate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.core.interpolate import Tween, interpolate, signed_distance
from lusgui.core.overlap import dice

SHAPE = (90, 70)


def ellipse(row, col, rows=12.0, cols=20.0, angle=0.0, shape=SHAPE):
    down, right = np.ogrid[: shape[0], : shape[1]]
    y, x = down - row, right - col
    along, across = np.cos(angle) * x + np.sin(angle) * y, -np.sin(angle) * x + np.cos(angle) * y
    return (across / rows) ** 2 + (along / cols) ** 2 <= 1


def test_the_ends_are_the_key_frames():
    one, other = ellipse(30, 30), ellipse(50, 40, 8, 10)
    assert (interpolate(one, other, 0) == one).all()
    assert (interpolate(one, other, 1) == other).all()


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_a_piece_that_moves_farther_than_it_is_thick_does_not_vanish(share):
    one, other = ellipse(15, 30, 3, 20), ellipse(75, 36, 3, 20)
    assert not (one & other).any()
    assert dice(interpolate(one, other, share), ellipse(15 + 60 * share, 30 + 6 * share, 3, 20)) > 0.9


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_a_thin_piece_turns_without_losing_its_ends(share):
    one, other = ellipse(45, 35, 4, 26, -0.3), ellipse(45, 35, 4, 26, 0.4)
    assert dice(interpolate(one, other, share), ellipse(45, 35, 4, 26, -0.3 + 0.7 * share)) > 0.9


def test_it_grows_with_its_axes():
    middle = interpolate(ellipse(45, 35, 6, 10), ellipse(45, 35, 12, 20), 0.5)
    assert middle.sum() == pytest.approx(np.pi * np.sqrt(6 * 12 * 10 * 20), rel=0.05)


def test_millimetres_count_where_pixels_are_not_square():
    # the same turning bar, on a grid whose rows are four times as dense
    fine = np.repeat
    one, other = ellipse(45, 35, 4, 26, -0.3), ellipse(45, 35, 4, 26, 0.4)
    truth = ellipse(45, 35, 4, 26, 0.05)
    found = interpolate(fine(one, 4, 0), fine(other, 4, 0), 0.5, (0.25, 1.0))
    assert dice(found, fine(truth, 4, 0)) > 0.9


def test_pieces_are_paired_with_their_neighbours():
    one = ellipse(20, 20, 6, 10) | ellipse(70, 40, 6, 10)
    other = ellipse(26, 22, 6, 10) | ellipse(64, 46, 6, 10)
    assert dice(interpolate(one, other, 0.5), ellipse(23, 21, 6, 10) | ellipse(67, 43, 6, 10)) > 0.95


def test_what_has_no_partner_shrinks_away_and_what_is_new_grows():
    one, both = ellipse(20, 20, 6, 10), ellipse(20, 20, 6, 10) | ellipse(70, 40, 8, 12)
    areas = [interpolate(one, both, share)[50:].sum() for share in (0.1, 0.5, 0.9)]
    assert areas == sorted(areas)
    assert areas[0] < areas[-1]
    assert (interpolate(one, both, 0.5)[:40] == one[:40]).all()
    gone = [interpolate(both, one, share)[50:].sum() for share in (0.1, 0.5, 0.9)]
    assert gone == sorted(gone, reverse=True)


def test_one_that_leaves_is_not_taken_for_one_that_enters():
    shape = (60, 400)
    one = ellipse(30, 20, 6, 12, shape=shape) | ellipse(30, 150, 6, 12, shape=shape)
    other = ellipse(30, 140, 6, 12, shape=shape) | ellipse(30, 380, 6, 12, shape=shape)
    middle = interpolate(one, other, 0.5)
    assert dice(middle[:, 100:200], ellipse(30, 145, 6, 12, shape=shape)[:, 100:200]) > 0.9
    assert not middle[:, 200:340].any()


def test_an_empty_key_frame_is_one_without_the_structure():
    one, nothing = ellipse(40, 30), np.zeros(SHAPE, bool)
    areas = [interpolate(one, nothing, share).sum() for share in (0.2, 0.5, 0.8, 1.0)]
    assert areas == sorted(areas, reverse=True)
    assert areas[-1] == 0
    assert not interpolate(nothing, nothing, 0.5).any()


def test_masks_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="masks of"):
        Tween(np.zeros((3, 4), bool), np.zeros((4, 3), bool))


def test_signed_distance_is_positive_inside_and_in_mm():
    mask = np.zeros((9, 9), bool)
    mask[3:6, :] = True
    found = signed_distance(mask, (0.5, 2.0))
    assert found[4, 4] == pytest.approx(1.0)
    assert found[0, 4] == pytest.approx(-1.5)
    assert signed_distance(~np.zeros((3, 3), bool)).min() > 0
    assert signed_distance(np.zeros((3, 3), bool)).max() < 0


@given(seed=st.integers(0, 10_000), share=st.floats(0, 1), full=st.sampled_from([0.02, 0.3, 0.9]))
@settings(max_examples=40, deadline=None)
def test_any_two_masks_give_a_mask(seed, share, full):
    random = np.random.default_rng(seed)
    one, other = random.random((2, 12, 17)) < full
    found = interpolate(one, other, share)
    assert found.shape == one.shape
    assert found.dtype == bool
    if (one == other).all():
        assert (found == one).all()


@given(row=st.integers(10, 60), col=st.integers(10, 50), share=st.floats(0.1, 0.9))
@settings(max_examples=20, deadline=None)
def test_what_does_not_change_stays(row, col, share):
    mask = ellipse(row, col, 5, 9, 0.3)
    assert dice(interpolate(mask, mask, share), mask) > 0.99
