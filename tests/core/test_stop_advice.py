import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.stop_advice import LITTLE_LEFT_S, FrameCost, Round, advise, split_rounds


def cost(frame, strokes=1, seconds=10.0, at="2026-01-01T00:00:00.000+00:00"):
    return FrameCost(1, frame, "rib", strokes, 20, seconds, at)


def test_without_a_model_there_is_nothing_to_compare():
    advice = advise(split_rounds([cost(0), cost(1)], []), 100)
    assert advice.goes_on is None
    assert advice.strokes_saved is None
    assert "nothing to compare" in advice.text


def test_frames_go_to_the_model_that_answered_when_they_were_begun():
    at = [f"2026-01-01T00:0{minute}:00.000+00:00" for minute in range(6)]
    costs = [cost(minute, at=at[minute]) for minute in range(6)]
    rounds = split_rounds(costs, [("second", at[4]), ("first", at[1])])
    assert [one.model for one in rounds] == ["the model to begin with", "first", "second"]
    assert [one.frames for one in rounds] == [1, 3, 2]


def test_savings_are_the_difference_of_a_frame_times_the_frames_since():
    advice = advise([Round("old", 5, 20, 300, 100.0), Round("new", 10, 10, 50, 50.0)], 100)
    assert advice.strokes_saved == pytest.approx(30)
    assert advice.seconds_saved == pytest.approx(150)
    assert advice.most_seconds == pytest.approx(500)
    assert advice.goes_on is True
    assert "30 strokes" in advice.text
    assert "2 minutes" in advice.text
    assert "With new a frame" in advice.text


def test_little_left_to_save_ends_it():
    advice = advise([Round("old", 5, 20, 300, 100.0), Round("new", 10, 10, 50, 20.0)], 20)
    assert advice.most_seconds < LITTLE_LEFT_S
    assert advice.goes_on is False
    assert "you can stop" in advice.text


def test_a_round_that_changed_little_ends_it():
    advice = advise([Round("old", 5, 20, 300, 100.0), Round("new", 10, 39, 50, 190.0)], 100)
    assert advice.goes_on is False
    assert "changed little" in advice.text


def test_a_round_that_cost_more_says_so():
    advice = advise([Round("old", 5, 5, 30, 50.0), Round("new", 5, 10, 50, 90.0)], 100)
    assert advice.strokes_saved < 0
    assert "saved nothing" in advice.text


def test_savings_of_one_kind_only_are_named():
    advice = advise([Round("old", 5, 10, 30, 50.0), Round("new", 5, 5, 50, 90.0)], 100)
    assert "5 strokes, but no time" in advice.text
    advice = advise([Round("old", 5, 5, 30, 90.0), Round("new", 5, 10, 50, 50.0)], 100)
    assert "40 seconds, but no strokes" in advice.text


def test_a_new_model_is_given_time():
    advice = advise([Round("old", 5, 20, 300, 100.0), Round("new", 1, 1, 5, 3.0)], 100)
    assert advice.goes_on is None
    assert "2 more frames" in advice.text


def test_too_little_before_is_said_and_rounds_without_frames_are_skipped():
    assert "too few" in advise([Round("old", 1), Round("new", 5, 5, 5, 5.0)], 9).text
    rounds = [Round("old", 5, 20, 300, 100.0), Round("between"), Round("new", 5, 5, 5, 25.0)]
    assert advise(rounds, 100).strokes_saved == pytest.approx(15)


def test_no_frame_left():
    assert advise([Round("a", 5, 9, 9, 50.0), Round("b", 5, 1, 1, 9.0)], 0).text.endswith("No frame is left.")


rounds = st.builds(
    Round,
    st.just("m"),
    st.integers(0, 50),
    st.integers(0, 500),
    st.integers(0, 10**6),
    st.floats(0, 1e5, allow_nan=False),
)


@given(st.lists(rounds, max_size=5), st.integers(0, 10**5))
def test_any_bookkeeping_gives_a_sentence(some, left):
    advice = advise(some, left)
    assert advice.text.endswith(".")
    assert "nan" not in advice.text
    assert (advice.goes_on is None) == (advice.strokes_saved is None)
