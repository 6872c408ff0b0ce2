from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LearnError
from lusgui.core.learning.held_out import HeldOut, choose, extend, freeze, is_balanced

reviewed_frames = st.dictionaries(
    st.integers(1, 9), st.dictionaries(st.integers(0, 99), st.booleans(), min_size=1, max_size=12), max_size=6
)


def keys_of(reviewed):
    return [(recording, frame) for recording, own in reviewed.items() for frame in own]


@given(reviewed_frames)
def test_any_choice_leaves_pixels_on_both_sides(reviewed):
    held = choose(reviewed)
    if held is None:
        return
    keys = keys_of(reviewed)
    among = held.among(keys)
    assert among == held.frames
    assert 2 <= len(among) <= len(keys) / 2
    assert is_balanced(held, reviewed)
    assert any(reviewed[recording][frame] for recording, frame in among)
    assert choose(dict(reversed(reviewed.items()))) == held
    assert HeldOut.loads(held.dumps()) == held


def test_whole_recordings_where_there_are_several():
    held = choose({1: dict.fromkeys(range(4), True), 2: {0: True, 3: True}, 3: {0: True, 9: False}})
    assert held.kind == "recordings"
    assert held.recordings == (2,)
    assert held.frames == ((2, 0), (2, 3))
    assert "1 recording of 3 (2 frames)" in held.how


def test_a_stretch_far_from_the_others_of_one_recording():
    held = choose({1: dict.fromkeys([0, 1, 2, 3, 50, 51, 98, 99], True)})
    assert held.kind == "blocks"
    assert held.frames == ((1, 50), (1, 51))
    assert held.recordings == ()


def test_too_few_to_choose_from():
    assert choose({1: dict.fromkeys(range(5), True)}) is None
    assert choose({}) is None
    assert choose({1: {0: True} | dict.fromkeys(range(1, 9), False)}) is None


def test_what_was_chosen_is_kept_whatever_comes():
    held = freeze("blocks", "How.", [(1, 5), (1, 4)], [1])
    assert held.frames == ((1, 4), (1, 5))
    assert held.known == (1,)
    later = extend(held, {1: [1, 2, 3, 4, 5, 6]})
    assert later is held
    assert later.among([(1, 4), (1, 6)]) == ((1, 4),)


@pytest.mark.parametrize("kind", ["leave-one-out", "none", ""])
def test_what_cannot_be_kept(kind):
    assert freeze(kind, "", [(1, 4), (1, 5)], [1]) is None
    assert freeze("blocks", "", [(1, 4)], [1]) is None


def test_every_fourth_recording_that_joins_is_held_out():
    held = freeze("blocks", "How.", [(1, 4), (1, 5)], [1])
    for recording in range(2, 13):
        held = extend(held, {known: [0] for known in range(1, recording + 1)})
    assert held.known == tuple(range(1, 13))
    assert held.recordings == (8, 12), "the first holds frames of its own already"
    assert held.among([(8, 77), (9, 77)]) == ((8, 77),), "what is reviewed there later is held out too"
    whole = freeze("recordings", "How.", [(1, 4), (1, 5)], [1, 2, 3])
    assert whole.recordings == (1,)
    assert whole.among([(1, 99), (2, 0)]) == ((1, 99),)


@given(reviewed_frames, reviewed_frames)
def test_no_frame_changes_sides(first, second):
    held = choose(first)
    if held is None:
        return
    both = {key: first.get(key, {}) | second.get(key, {}) for key in {*first, *second}}
    grown = extend(held, both)
    old = keys_of(first)
    assert grown.among(old) == held.among(old)
    assert extend(grown, both) is grown


def test_what_was_taken_back_is_noticed():
    held = freeze("blocks", "How.", [(1, 4), (1, 5)], [1])
    assert is_balanced(held, {1: {0: True, 4: True, 5: False}})
    assert not is_balanced(held, {1: {0: True, 4: True}})
    assert not is_balanced(held, {1: {0: False, 4: True, 5: True}})


def test_choices_that_make_no_sense():
    with pytest.raises(LearnError):
        HeldOut("blocks", "", ((1, -1),))
