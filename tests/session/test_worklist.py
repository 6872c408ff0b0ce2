import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.session.worklist import draw_every, draw_random, find_next, measure_progress

lengths = st.lists(st.integers(0, 30), max_size=6)


@given(lengths, st.integers(0, 120), st.integers(0, 5))
def test_random_draw_is_even_whole_and_repeatable(lengths, n, seed):
    frames = {10 + i: range(length) for i, length in enumerate(lengths)}
    drawn = draw_random(frames, n, seed)
    assert drawn == draw_random(frames, n, seed)
    assert len(set(drawn)) == len(drawn) == min(n, sum(lengths))
    assert drawn == sorted(drawn)
    shares = {i: sum(1 for r, _f in drawn if r == i) for i in frames}
    open_shares = [shares[i] for i in frames if shares[i] < len(frames[i])]
    if open_shares:
        # nobody who could have had more has two fewer than anybody else
        assert max(shares.values()) - min(open_shares) <= 1
    assert all(frame in frames[r] for r, frame in drawn)


def test_seeds_differ():
    frames = {1: range(300)}
    assert draw_random(frames, 20, 1) != draw_random(frames, 20, 2)


def test_every():
    assert draw_every({1: range(7), 2: [1, 2, 5]}, 3) == [(1, 0), (1, 3), (1, 6), (2, 1)]
    with pytest.raises(ValueError, match="every"):
        draw_every({}, 0)


def test_next_goes_round_in_the_order_of_the_list():
    places = [(1, 0), (1, 4), (2, 3)]
    done = {(1, 4)}

    def is_done(*place):
        return place in done

    order = [2, 1]
    assert find_next(places, None, is_done, 1, order) == (2, 3)
    assert find_next(places, None, is_done, -1, order) == (1, 0)
    assert find_next(places, (2, 3), is_done, 1, order) == (1, 0)
    assert find_next(places, (1, 2), is_done, 1, order) == (2, 3)
    assert find_next(places, (1, 2), is_done, -1, order) == (1, 0)
    assert find_next(places, (1, 0), is_done, -1, order) == (2, 3)
    done.update(places)
    assert find_next(places, (1, 0), is_done, 1, order) is None
    assert find_next([], (1, 0), is_done) is None


def test_progress():
    progress = measure_progress([(2, 0), (1, 0), (1, 1)], lambda r, f: f == 0)
    assert (progress.done, progress.total) == (2, 3)
    assert progress.per_recording == {2: (1, 1), 1: (1, 2)}
