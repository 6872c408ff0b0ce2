import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.bias_guard import GuardedFrame, compare, is_chosen


@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_a_frame_of_a_small_share_is_one_of_a_large(frame, one, other):
    small, large = sorted((one, other))
    assert not is_chosen("a", 1, frame, "rib", 0.0)
    assert is_chosen("a", 1, frame, "rib", 1.0)
    if is_chosen("a", 1, frame, "rib", small):
        assert is_chosen("a", 1, frame, "rib", large)


def test_the_share_is_kept_and_the_salt_chooses():
    chosen = [is_chosen("a", 1, frame, "rib", 0.2) for frame in range(4000)]
    assert np.mean(chosen) == pytest.approx(0.2, abs=0.03)
    assert chosen == [is_chosen("a", 1, frame, "rib", 0.2) for frame in range(4000)]
    assert chosen != [is_chosen("b", 1, frame, "rib", 0.2) for frame in range(4000)]


def frames(shown, withheld, seconds=(10.0, 20.0)):
    random = np.random.default_rng(0)
    return [
        GuardedFrame(is_withheld, float(value + random.normal(0, 0.02)), seconds[is_withheld])
        for is_withheld, value, count in ((False, shown, 20), (True, withheld, 8))
        for _ in range(count)
    ]


def test_a_lean_towards_the_model_is_told():
    report = compare(frames(0.95, 0.85))
    assert (report.shown, report.withheld) == (20, 8)
    found, low, high = report.dice_difference
    assert found == pytest.approx(0.1, abs=0.02)
    assert 0 < low < found < high
    assert report.seconds_difference == (-10, -10, -10)
    assert (report.seconds_shown, report.seconds_withheld) == (10, 20)


def test_no_difference_and_too_few():
    _found, low, high = compare(frames(0.9, 0.9)).dice_difference
    assert low < 0 < high
    few = compare(frames(0.9, 0.8)[:23])
    assert few.withheld == 3
    assert few.dice_difference is None
    nothing = compare([])
    assert nothing.dice_shown is None
    assert nothing.seconds_withheld is None
    untimed = compare([GuardedFrame(False, 1.0), GuardedFrame(True, 1.0)])
    assert untimed.seconds_shown is None
