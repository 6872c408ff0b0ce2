from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lusgui.base.errors import LusguiError
from training.statistics.bootstrap import bootstrap_interval, difference_interval

NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, float("nan")]))


@pytest.fixture
def skewed():
    return np.random.default_rng(5).exponential(1.0, 40)


@pytest.mark.parametrize(("method", "name"), [("bca", "BCa"), ("percentile", "percentile")])
@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_agrees_with_scipy(skewed, method, name, statistic):
    found = bootstrap_interval(skewed, statistic=statistic, method=method, resamples=6000)
    function = getattr(np, statistic)
    wanted = stats.bootstrap(
        (skewed,), function, n_resamples=6000, method=name, rng=np.random.default_rng(1)
    ).confidence_interval
    assert found.method == method
    assert found.estimate == pytest.approx(function(skewed))
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.05)


def test_covers_as_often_as_it_says():
    random = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        found = bootstrap_interval(random.normal(3, 1, 30), resamples=500, seed=trial)
        hits += found.low <= 3 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_patients_make_the_interval_wider_than_frames():
    random = np.random.default_rng(2)
    groups = np.repeat(np.arange(10), 20)
    values = random.normal(0, 1, 10)[groups] + random.normal(0, 0.1, 200)
    frames, patients = bootstrap_interval(values), bootstrap_interval(values, groups)
    assert (frames.groups, patients.groups, patients.n) == (200, 10, 200)
    assert patients.high - patients.low > 3 * (frames.high - frames.low)
    # ten patients of twenty like frames each say what ten means say
    means = bootstrap_interval([values[groups == g].mean() for g in range(10)])
    assert (patients.low, patients.high) == pytest.approx((means.low, means.high), abs=0.01)


def test_any_statistic_of_clusters_of_different_sizes():
    values, groups = [1, 2, 3, 4, 10, 11], ["a", "a", "a", "b", "c", "c"]
    fast = bootstrap_interval(values, groups, "mean", resamples=300)
    slow = bootstrap_interval(values, groups, np.mean, resamples=300)
    assert fast.low == pytest.approx(slow.low)
    assert fast.high == pytest.approx(slow.high)


def test_the_seed_decides(skewed):
    assert bootstrap_interval(skewed, seed=3) == bootstrap_interval(skewed, seed=3)
    assert bootstrap_interval(skewed, seed=3) != bootstrap_interval(skewed, seed=4)


def test_degenerate_values():
    none = bootstrap_interval([None, float("nan")])
    assert (none.estimate, none.low, none.n, none.note) == (None, None, 0, "no values")
    one = bootstrap_interval([0.5, 0.7], ["p", "p"])
    assert (one.estimate, one.low, one.high, one.groups) == (pytest.approx(0.6), None, None, 1)
    same = bootstrap_interval([0.5, 0.5, None])
    assert (same.estimate, same.low, same.high, same.note) == (0.5, 0.5, 0.5, "nothing varies")
    # the median of all but any one is the median: BCa has no skewness to correct by
    flat = bootstrap_interval([0, 0, 0, 0, 1], statistic="median")
    assert flat.method == "percentile"
    assert "not finite" in flat.note


@settings(max_examples=50)
@given(st.lists(st.tuples(NUMBERS, st.sampled_from("abc")), max_size=8), st.sampled_from(["mean", "median"]))
def test_anything_gets_an_answer(rows, statistic):
    values, groups = [value for value, _ in rows], [group for _, group in rows]
    for found in (
        bootstrap_interval(values, statistic=statistic, resamples=50),
        bootstrap_interval(values, groups, statistic, resamples=50),
    ):
        if found.low is not None:
            known = [v for v in values if v is not None and np.isfinite(v)]
            slack = 1e-9 * max(abs(v) for v in known)
            assert min(known) - slack <= found.low <= found.high <= max(known) + slack


def test_difference_of_pairs_and_of_groups(skewed):
    other = skewed + np.random.default_rng(0).normal(0.2, 0.05, skewed.size)
    pairs = difference_interval(other, skewed)
    groups = difference_interval(other, skewed, paired=False)
    assert pairs.estimate == pytest.approx(groups.estimate)
    assert groups.high - groups.low > 5 * (pairs.high - pairs.low)
    assert groups.low < 0 < groups.high
    assert pairs.low > 0
    assert difference_interval([1], [1, 2], paired=False).low is None
    assert difference_interval([], [1, 2], paired=False).estimate is None
    assert difference_interval([1, None], [None, 2]).estimate is None


def test_nonsense_is_refused():
    with pytest.raises(LusguiError, match="no bootstrap called 'magic'"):
        bootstrap_interval([1, 2], method="magic")
    with pytest.raises(LusguiError, match="no statistic called 'mode'"):
        bootstrap_interval([1, 2], statistic="mode")
    with pytest.raises(LusguiError, match="level of 2"):
        bootstrap_interval([1, 2], level=2)
    with pytest.raises(LusguiError, match="2 values do not belong to 1 groups"):
        bootstrap_interval([1, 2], ["a"])
    with pytest.raises(LusguiError, match="cannot be paired"):
        difference_interval([1, 2], [1])
