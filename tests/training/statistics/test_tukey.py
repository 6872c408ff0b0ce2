from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lusgui.base.errors import LusguiError
from training.statistics.tukey import tukey_hsd, tukey_p

SCORES = st.lists(st.floats(0, 1, width=32), min_size=2, max_size=6)


def _groups(sizes=(8, 5, 12), seed=0):
    random = np.random.default_rng(seed)
    return {f"m{i}": random.normal(0.7 + 0.05 * i, 0.1, size).tolist() for i, size in enumerate(sizes)}


def test_agrees_with_scipy():
    values = _groups()
    found, wanted = tukey_hsd(values), stats.tukey_hsd(*values.values())
    assert found.df == 22
    interval = wanted.confidence_interval(0.95)
    assert np.array(found.matrix()) == pytest.approx(wanted.pvalue, abs=1e-9)
    for pair in found.pairs:
        i, j = found.names.index(pair.first), found.names.index(pair.second)
        assert pair.difference == pytest.approx(wanted.statistic[i, j])
        assert (pair.low, pair.high) == pytest.approx((interval.low[i, j], interval.high[i, j]), abs=1e-6)


def test_the_formula_for_a_given_t_is_the_test():
    values = _groups((6, 6, 6, 6), seed=3)
    arrays = [np.array(v) for v in values.values()]
    error = np.sqrt(np.mean([a.var(ddof=1) for a in arrays]) * 2 / 6)
    t = (arrays[0].mean() - arrays[3].mean()) / error
    assert tukey_p(t, 4, 20) == pytest.approx(stats.tukey_hsd(*arrays).pvalue[0, 3], abs=1e-9)
    assert tukey_p(t, 4, 20) == pytest.approx(stats.studentized_range.sf(abs(t) * np.sqrt(2), 4, 20))


@pytest.mark.parametrize(("t", "df"), [(0.0, 5), (1.3, 5), (-2.8, 30), (2.0, 3)])
def test_two_groups_are_a_t_test(t, df):
    assert tukey_p(t, 2, df) == pytest.approx(2 * stats.t.sf(abs(t), df), abs=1e-8)


def test_more_groups_ask_for_more():
    p = [tukey_p(2.5, groups, 40) for groups in (2, 3, 6, 13)]
    assert p == sorted(p)
    assert tukey_p(float("inf"), 3, 10) == 0


def test_a_known_value():
    # the 5 % point of the studentized range for 3 means and 10 degrees of freedom is 3.877 (published tables)
    assert tukey_p(3.877 / np.sqrt(2), 3, 10) == pytest.approx(0.05, abs=2e-5)


def test_degenerate_groups():
    result = tukey_hsd({"a": [0.5, 0.5], "b": [0.5, 0.5], "c": [0.6, 0.6], "none": [None, float("nan")]})
    assert result.p("a", "b") == 1
    assert result.p("c", "a") == 0
    assert result.p("a", "none") is None
    assert result.p("none", "none") == 1
    assert "none has no values" in [pair.note for pair in result.pairs]
    alone = tukey_hsd({"a": [0.1], "b": [0.2]})
    assert alone.pairs[0].p is None
    assert alone.pairs[0].difference == pytest.approx(-0.1)
    assert alone.pairs[0].note == "no group has two values"
    assert tukey_hsd({"a": [1, 2]}).pairs == ()
    assert tukey_hsd({}).pairs == ()


def test_a_group_of_one_borrows_the_others_error():
    result = tukey_hsd({"a": [0.5, 0.6, 0.7], "b": [0.9]})
    # one degree more than nothing: the ordinary two-sample t test with df 2
    t = -0.3 / np.sqrt(0.01 * (1 / 3 + 1))
    assert result.p("a", "b") == pytest.approx(2 * stats.t.sf(-t, 2), abs=1e-8)


def test_a_group_without_values_does_not_count_among_the_means():
    values = _groups((8, 8))
    assert tukey_hsd(values | {"x": []}).p("m0", "m1") == pytest.approx(tukey_hsd(values).p("m0", "m1"))


@settings(max_examples=12)
@given(SCORES, SCORES, SCORES)
def test_anything_gets_an_answer(a, b, c):
    for pair in tukey_hsd({"a": a, "b": b, "c": c}).pairs:
        assert 0 <= pair.p <= 1
        assert pair.low <= pair.difference <= pair.high


def test_nonsense_is_refused():
    with pytest.raises(LusguiError, match="no Tukey test of 1 groups"):
        tukey_p(1.0, 1, 5)
    with pytest.raises(LusguiError):
        tukey_p(float("nan"), 3, 5)
    with pytest.raises(KeyError):
        tukey_hsd({"a": [1, 2], "b": [1, 2]}).p("a", "z")
