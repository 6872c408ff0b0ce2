import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.core.overlap import dice
from training.experiments.annotator import MOST_GESTURES, correct


def arc(rows=80, cols=90, thickness=5.0):
    row, col = np.mgrid[:rows, :cols]
    return (np.abs(row - 30 - (col - 45) ** 2 / 90) < thickness / 2) & (np.abs(col - 45) < 30)


def hand(seed=0):
    return np.random.default_rng(seed)


def test_what_is_good_enough_stays_untouched():
    truth = arc()
    start = truth.copy()
    start[30, 40:44] = False
    work = correct(start, truth, 0.9, hand())
    assert (work.gestures, work.changed_px) == (0, 0)
    assert (work.mask == start).all()
    assert work.dice_before == work.dice_after == dice(start, truth)


def test_an_arc_takes_a_stroke_or_a_few():
    work = correct(np.zeros((80, 90), bool), arc(), 0.9, hand())
    assert 1 <= work.gestures <= 5
    assert work.dice_before == 0
    assert work.dice_after == dice(work.mask, arc()) >= 0.9


def test_more_care_takes_more_strokes():
    empty = np.zeros((80, 90), bool)
    few, many = (sum(correct(empty, arc(), d, hand(s)).gestures for s in range(4)) for d in (0.8, 0.95))
    assert many > few


def test_a_piece_in_the_wrong_place_is_deleted_with_one_gesture():
    truth = arc()
    start = truth.copy()
    start[60:75, 10:40] = True
    work = correct(start, truth, 0.9, hand())
    assert work.gestures == 1
    assert (work.mask == truth).all()


def test_two_structures_take_two_strokes():
    truth = arc()
    truth[65:71, 20:60] = True
    start = arc()
    work = correct(start, truth, 0.97, hand())
    assert 1 <= work.gestures <= 4
    assert work.dice_after >= 0.97


def test_a_bad_mask_is_never_dearer_than_clearing_and_drawing_anew():
    truth = arc()
    noise = np.random.default_rng(1).random(truth.shape) < 0.3
    empty = correct(np.zeros_like(truth), truth, 0.9, hand())
    work = correct(noise, truth, 0.9, hand())
    assert work.gestures <= empty.gestures + 4  # the hand differs from try to try
    assert work.dice_after >= 0.9


def test_nothing_there_is_drawn_by_doing_nothing_and_cleared_where_something_is():
    empty = np.zeros((40, 40), bool)
    assert correct(empty, empty, 0.9, hand()).gestures == 0
    start = empty.copy()
    start[5:9, 5:9] = True
    assert correct(start, empty, 0.9, hand()).gestures == 1


def test_the_same_hand_draws_the_same():
    one, other = (correct(np.zeros((80, 90), bool), arc(), 0.93, hand(3)) for _ in range(2))
    assert (one.mask == other.mask).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.0, 0.6), st.floats(0.0, 0.6))
@pytest.mark.filterwarnings("error")
def test_any_masks_end_no_worse_than_they_began(seed, share, other):
    random = np.random.default_rng(seed)
    start, truth = random.random((18, 17)) < share, random.random((18, 17)) < other
    work = correct(start, truth, 0.9, hand(seed))
    assert 0 <= work.gestures <= MOST_GESTURES + 1
    assert work.changed_px == np.count_nonzero(work.mask ^ start)
    assert work.dice_after == pytest.approx(dice(work.mask, truth))
    if work.gestures == 0:
        assert (work.mask == start).all()
