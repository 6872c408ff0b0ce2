import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core import active
from lusgui.core.active import Doubt, Option, Weights, measure_doubt, rank


def option(frame, place=0.0, recording_id=1, **more):
    return Option(recording_id, frame, np.array([float(place), 0.0]), **more)


def doubt(dice, agreement=1.0, entropy=0.0):
    return Doubt(entropy, 0.0, agreement, dice)


def frames(picks):
    return [one.option.frame for one in picks]


def test_a_certain_model_has_no_doubt():
    view = np.zeros((20, 20))
    view[5:10, 5:10] = 1.0
    found = measure_doubt(np.stack([view, view]))
    assert found.value == pytest.approx(0, abs=1e-6)
    assert found.agreement == 1.0
    assert found.predicted_dice == pytest.approx(1)


def test_views_that_differ_inform_and_flat_ones_do_not():
    one, other = np.zeros((20, 20)), np.zeros((20, 20))
    one[2:8, 2:8] = 1.0
    other[2:8, 5:11] = 1.0
    differing = measure_doubt(np.stack([one, other]))
    flat = measure_doubt(np.stack([np.full((20, 20), 0.5)] * 2))
    assert differing.information > 0.4
    assert differing.agreement < 1
    assert flat.information == pytest.approx(0, abs=1e-3)
    assert flat.entropy == pytest.approx(1, abs=1e-3)
    assert flat.value > 0


def test_the_dice_that_people_see_is_that_of_the_frame_as_it_is():
    sure, lost = np.zeros((20, 20)), np.zeros((20, 20))
    sure[5:15, 5:15] = 0.95
    found = measure_doubt(np.stack([sure, lost, lost]), 0.3)
    assert found.shown_dice == pytest.approx(2 * 95 / (100 + 95), abs=1e-3)
    assert found.predicted_dice < found.shown_dice


def test_nothing_in_any_view_is_no_doubt():
    assert measure_doubt(np.full((3, 8, 8), 0.01)) == Doubt(0.0, 0.0, 1.0, None)


def test_the_doubtful_frame_comes_first():
    options = [option(i, doubt=doubt(dice)) for i, dice in enumerate((0.95, 0.4, 0.9))]
    picks = rank(options, [option(9)], 3, Weights(doubt=1, dispute=0, distance=0, motion=0))
    assert frames(picks)[0] == 1
    assert "unsure here" in picks[0].reasons[0]
    assert "fairly sure" in picks[-1].reasons[0]


def test_a_shaky_mask_is_called_so():
    options = [option(0, doubt=doubt(0.9, 0.3)), option(1, doubt=doubt(0.9))]
    assert "mirrored or scaled (Dice 0.30)" in rank(options, [option(9)], 1)[0].reasons[0]


def test_where_versions_disagree_is_said_with_the_number():
    options = [option(0, versions_dice=0.98), option(1, versions_dice=0.54)]
    picks = rank(options, [option(9)], 2)
    assert frames(picks) == [1, 0]
    assert "the two versions disagree here (Dice 0.54)" in picks[0].reasons


def test_twenty_suggestions_are_not_twenty_neighbours():
    options = [option(i, place=i) for i in range(101)]
    picks = frames(rank(options, [option(200, place=0)], 3))
    assert picks[0] == pytest.approx(67, abs=1)  # the middle of what nothing labelled is near
    assert np.diff(sorted(picks)).min() > 15


def test_without_anything_labelled_the_middle_comes_first():
    picks = rank([option(i, place=i) for i in range(11)], [], 3)
    assert frames(picks)[0] == 5
    assert "typical" in picks[0].reasons[0]
    _first, second, third = frames(picks)
    assert (second - 5) * (third - 5) < 0, "then both sides"


def test_doubt_counts_more_the_more_is_labelled():
    options = [option(0, place=5, doubt=doubt(0.9)), option(1, place=7, doubt=doubt(0.2))]
    options += [option(i, place=5 + i / 100, doubt=doubt(0.9)) for i in range(2, 9)]
    few = [option(20, place=0)]
    many = few * 8
    assert frames(rank(options, few, 1))[0] != 1
    assert frames(rank(options, many, 1)) == [1]


def test_many_frames_are_compared_with_some(monkeypatch):
    monkeypatch.setattr(active, "MOST_COMPARED", 7)
    options = [option(i, place=i) for i in range(50)]
    assert len({*frames(rank(options, [], 5))}) == 5


def test_a_recording_without_labels_is_named():
    picks = rank([option(0, 0.1), option(0, 5, recording_id=2)], [option(3, 0)], 1)
    assert picks[0].option.recording_id == 2
    assert picks[0].reasons == ("nothing is labelled in this recording",)


def test_parts_of_the_movement_are_covered():
    options = [option(i, phase=i / 16, is_cyclic=True) for i in range(16)]
    labelled = [option(99, phase=0.02, is_cyclic=True)]
    picks = rank(options, labelled, 7, Weights(doubt=0, dispute=0, distance=0, motion=1))
    parts = {int(one.option.phase * 8) for one in picks}
    assert parts == set(range(1, 8))
    assert all("nothing labelled there" in one.reasons[0] for one in picks)


@pytest.mark.parametrize(
    ("phase", "words"),
    [(0.01, "near the other end"), (0.5, "near one end"), (0.25, "midway"), (0.97, "near the other end")],
)
def test_words_of_a_phase(phase, words):
    weights = Weights(doubt=0, dispute=0, distance=0, motion=1)
    picks = rank([option(0, phase=phase, is_cyclic=True)], [], 1, weights)
    assert words in picks[0].reasons[0]


def test_a_frame_that_no_model_saw_stands_in_the_middle():
    options = [option(0, doubt=doubt(0.2)), option(1), option(2, doubt=doubt(0.99))]
    weights = Weights(doubt=1, dispute=0, distance=0, motion=0)
    assert frames(rank(options, [option(9)], 3, weights)) == [0, 1, 2]


def test_nothing_to_choose_from():
    assert rank([], [], 5) == []
    assert rank([option(0)], [], 0) == []


known = st.builds(
    Option,
    st.integers(1, 3),
    st.integers(0, 99),
    st.lists(st.floats(-9, 9), min_size=2, max_size=2).map(np.array),
    st.none()
    | st.builds(Doubt, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.none() | st.floats(0, 1)),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 0.999),
    st.booleans(),
)


@given(st.lists(known, max_size=8), st.lists(known, max_size=4), st.integers(0, 10))
def test_any_frames_are_ranked_once_with_reasons(options, labelled, n):
    picks = rank(options, labelled, n)
    assert len(picks) == min(n, len(options))
    assert len({id(one.option) for one in picks}) == len(picks)
    scores = [one.score for one in picks]
    assert scores == sorted(scores, reverse=True)
    for one in picks:
        assert one.reasons
        assert all(one.reasons)
        assert 0 <= one.score <= 1
    assert frames(rank(options, labelled, n)) == frames(picks)
