import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.learning.hold_out import MOST_LEFT_OUT, choose_held_out


def places(*counts):
    return [(rid, 10 * i) for rid, count in enumerate(counts, 1) for i in range(count)]


@pytest.mark.parametrize("shown", [0, 1])
def test_of_a_single_mask_nothing_is_held_out(shown):
    split = choose_held_out(places(3), [i < shown for i in range(3)])
    assert (split.kind, split.held) == ("none", ())
    assert split.learned(3) == [0, 1, 2]
    assert "Draw a few more" in split.how


def test_under_six_masks_each_is_left_out_in_turn():
    split = choose_held_out(places(5), [True] * 5)
    assert split.kind == "leave-one-out"
    assert split.held == (0, 1, 2, 3, 4)
    assert split.learned(5) == [0, 1, 2, 3, 4]
    assert "each of 5 frames" in split.how


def test_far_stretches_of_one_recording_are_held_out():
    split = choose_held_out(places(8), [True] * 8)
    assert split.kind == "blocks"
    assert len(split.held) == 2
    assert set(split.learned(8)).isdisjoint(split.held)


def test_whole_recordings_are_held_out_where_there_are_several():
    keys = places(4, 4, 4, 4)
    split = choose_held_out(keys, [True] * 16)
    assert split.kind == "recordings"
    held = {keys[i][0] for i in split.held}
    assert held.isdisjoint(keys[i][0] for i in split.learned(16))


def test_what_was_kept_earlier_stays_kept():
    keys = places(8)
    split = choose_held_out(keys, [True] * 8, frozen={(1, 30), (1, 40), (9, 9)})
    assert [keys[i] for i in split.held] == [(1, 30), (1, 40)]
    assert split.kind == "blocks"
    assert choose_held_out(places(4, 4), [True] * 8, frozen={(2, 0), (2, 10)}).kind == "blocks"
    whole = {(2, 0), (2, 10), (2, 20), (2, 30)}
    assert choose_held_out(places(4, 4), [True] * 8, frozen=whole).kind == "recordings"


def test_it_is_chosen_anew_where_nothing_would_be_left_to_learn():
    split = choose_held_out(places(4), [True] * 4, frozen=set(places(4)))
    assert split.kind == "leave-one-out"


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60)), unique=True, max_size=40), st.data())
def test_every_choice_can_be_learnt_from_and_judged_on(keys, data):
    keys = sorted(keys)
    shown = data.draw(st.lists(st.booleans(), min_size=len(keys), max_size=len(keys)))
    split = choose_held_out(keys, shown)
    assert len(set(split.held)) == len(split.held)
    if split.kind in ("recordings", "blocks"):
        assert any(shown[i] for i in split.learned(len(keys)))
        assert any(shown[i] for i in split.held)
    elif split.kind == "leave-one-out":
        assert 2 <= len(split.held) <= MOST_LEFT_OUT
    else:
        assert sum(shown) < 2
    assert split.how.endswith(".")
