from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.statistics.effect import cliffs_delta, cohens_dz, hedges_g, rank_biserial

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=10)


def test_cohens_dz_is_t_over_the_root_of_n():
    first, second = [0.5, 0.7, 0.6, 0.9], [0.4, 0.7, 0.4, 0.6]
    difference = np.subtract(first, second)
    assert cohens_dz(first, second) == pytest.approx(difference.mean() / difference.std(ddof=1))
    assert cohens_dz([1], [2]) is None
    assert cohens_dz([1, 2], [1, 2]) == 0
    assert cohens_dz([2, 3], [1, 2]) is None


def test_hedges_g_by_hand():
    # means 3 and 1, both variances 1, m = 4: J = gamma(2) / (sqrt(2) gamma(1.5)) = 0.7979
    assert hedges_g([2, 3, 4], [0, 1, 2]) == pytest.approx(2 / (math.sqrt(2) * math.gamma(1.5)))
    # the well known approximation 1 - 3 / (4 m - 1)
    many = hedges_g(np.arange(30.0), np.arange(30.0) - 5)
    plain = 5 / np.arange(30.0).std(ddof=1)
    assert many == pytest.approx(plain * (1 - 3 / (4 * 58 - 1)), rel=1e-4)


def test_hedges_g_of_degenerate_groups():
    assert hedges_g([1], [2]) is None
    assert hedges_g([1, 2], [3]) is None
    assert hedges_g([], [3, 4, 5, 6]) is None
    assert hedges_g([1, 1], [1, 1]) == 0
    assert hedges_g([1, 1], [2, 2]) is None


def test_rank_biserial_by_hand():
    # differences 1, 2, -3: ranks 1 + 2 against 3
    assert rank_biserial([2, 4, 0], [1, 2, 3]) == 0
    assert rank_biserial([2, 4, 4], [1, 2, 1]) == 1
    assert rank_biserial([1, 1], [1, 1]) == 0
    assert rank_biserial([], []) is None
    assert rank_biserial([1, None], [None, 1]) is None


@given(VALUES, VALUES)
def test_cliffs_delta_is_what_it_says(first, second):
    wanted = np.mean([np.sign(a - b) for a in first for b in second])
    assert cliffs_delta(first, second) == pytest.approx(wanted)
    assert cliffs_delta(first, second) == -cliffs_delta(second, first)


@given(VALUES)
def test_effects_have_a_sign(values):
    shifted = [value + 10 for value in values]
    assert rank_biserial(shifted, values) == pytest.approx(1)
    assert rank_biserial(values, shifted) == pytest.approx(-1)
    assert cliffs_delta([], values) is None
