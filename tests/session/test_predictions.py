import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lusgui.session.predictions import PredictionKey, Predictions


def key(frame, version="rib@1"):
    return PredictionKey(1, frame, "fast", version, "rib")


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60))
def test_never_more_than_the_limit_and_the_latest_stay(uses):
    held = Predictions(limit_bytes=4 * 128)
    order = []
    for frame, is_put in uses:
        if is_put:
            held.put(key(frame), np.full((8, 8), 0.5, np.float32))
            order = [f for f in order if f != frame] + [frame]
            order = order[-4:]
        elif held.get(key(frame)) is not None:
            order = [f for f in order if f != frame] + [frame]
        assert held.bytes_held == 128 * len(held) <= 4 * 128
        assert [k.frame for k in held] == order


def test_values_are_read_only_and_in_range():
    held = Predictions()
    held.put(key(0), np.array([[np.nan, -1.0], [2.0, 0.25]]))
    assert held.get(key(0)).tolist() == [[0.0, 0.0], [1.0, 0.25]]
    assert not held.get(key(0)).flags.writeable
    assert held.get(key(1)) is None


def test_one_larger_than_the_limit_is_still_shown():
    held = Predictions(limit_bytes=10)
    held.put(key(0), np.zeros((8, 8)))
    assert key(0) in held


def test_wanted_and_stale():
    held = Predictions()
    held.want(frozenset({key(0), key(1)}))
    assert held.put(key(0), np.zeros((2, 2)))
    assert not held.put(key(0, "rib@2"), np.zeros((2, 2)))
    assert held.wanted() == {key(1)}
    assert held.drop(lambda k: k.model_version == "rib@2") == 1
    assert len(held) == 1
    held.clear()
    assert (len(held), held.bytes_held, held.wanted()) == (0, 0, frozenset())
