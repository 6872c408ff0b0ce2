from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from training.statistics.paired import holm, mann_whitney, paired_t, welch_t, wilcoxon

NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 0.5, 1.0, float("nan")]))
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12)
NAN = float("nan")


@pytest.fixture
def scores():
    random = np.random.default_rng(1)
    first = random.uniform(0.5, 0.9, 20)
    return first, first + random.normal(0.03, 0.05, 20)


def test_paired_t_agrees_with_scipy(scores):
    found, wanted = paired_t(*scores), stats.ttest_rel(*scores)
    assert found.statistic == pytest.approx(wanted.statistic)
    assert found.p == pytest.approx(wanted.pvalue)
    assert (found.n, found.df, found.note) == (20, 19, "")


def test_wilcoxon_agrees_with_scipy(scores):
    found, wanted = wilcoxon(*scores), stats.wilcoxon(*scores, method="exact")
    assert found.statistic == pytest.approx(wanted.statistic)
    assert found.p == pytest.approx(wanted.pvalue)


def test_wilcoxon_with_ties_takes_the_normal_approximation():
    first = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9]
    second = [0.2, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9]
    wanted = stats.wilcoxon([-1, 1, 1, 1, 1, 1], method="asymptotic", correction=True)
    assert wilcoxon(first, second).p == pytest.approx(wanted.pvalue)
    assert wilcoxon(first, second).n == 7


def test_welch_and_mann_whitney_agree_with_scipy(scores):
    first, second = scores[0], scores[1][:13]
    wanted = stats.ttest_ind(first, second, equal_var=False)
    found = welch_t(first, second)
    assert (found.statistic, found.p, found.df) == pytest.approx((wanted.statistic, wanted.pvalue, wanted.df))
    assert mann_whitney(first, second).p == pytest.approx(stats.mannwhitneyu(first, second).pvalue)


def test_gaps_are_left_out(scores):
    first, second = (list(part) for part in scores)
    found = paired_t([*first, None, 0.5], [*second, 0.5, NAN])
    assert found == paired_t(*scores)


def test_too_few():
    assert paired_t([1], [2]).p is None
    assert paired_t([1], [2]).note == "fewer than two pairs"
    assert wilcoxon([], []).p is None
    assert wilcoxon([1], [2]).p == 1
    assert "cannot show" in wilcoxon([1, 2], [2, 4]).note
    assert welch_t([1], [1, 2]).p is None
    assert mann_whitney([], [1]).p is None


def test_what_does_not_vary():
    same = [0.3, 0.5, 0.7]
    assert (paired_t(same, same).p, wilcoxon(same, same).p) == (1, 1)
    shifted = [value + 0.1 for value in same]
    assert paired_t(shifted, same).p == 0
    assert paired_t(shifted, same).note == "all differences are equal"
    assert welch_t([1, 1], [1, 1, 1]).p == 1
    assert welch_t([1, 1], [2, 2]).p == 0
    assert mann_whitney([1, 1], [1]).p == 1
    one_sided = welch_t([0.5] * 4, [0.4, 0.5, 0.9])
    assert one_sided.p == pytest.approx(stats.ttest_1samp([0.4, 0.5, 0.9], 0.5).pvalue)


@given(PAIRS)
def test_anything_gets_an_answer_without_a_warning(pairs):
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    for test in (paired_t, wilcoxon, welch_t, mann_whitney):
        p, back = test(first, second).p, test(second, first).p
        assert p is None or 0 <= p <= 1
        assert p == pytest.approx(back) if p is not None else back is None


def test_tiny_numbers_are_numbers():
    assert welch_t([0.0, 0.0], [0.0, 3.9e-86]).p == pytest.approx(welch_t([0, 0], [0, 1]).p)
    assert paired_t([0.0, 0.0, 1e-90], [0.0, 4e-90, 0.0]).p == pytest.approx(paired_t([0, 0, 1], [0, 4, 0]).p)


def test_holm_by_hand():
    # sorted: 0.01 * 4, 0.02 * 3, 0.03 * 2, 0.04 * 1, each at least the one before
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.01, None, NAN, 0.04]) == [pytest.approx(0.02), None, None, pytest.approx(0.04)]
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []
    assert holm([0.0, 0.5]) == [0, 0.5]


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_never_lowers(p_values):
    corrected = holm(p_values)
    assert all(p <= c <= 1 for p, c in zip(p_values, corrected, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(corrected)[order]) >= 0).all()
