from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.statistics.values import clean, differences, finite, finite_pairs, is_constant, to_array


def test_gaps_are_found():
    array = to_array([1, None, float("nan"), float("inf"), 2.5])
    assert np.isnan(array).tolist() == [False, True, True, True, False]
    assert finite([1, None, 2]).tolist() == [1, 2]
    assert finite([]).size == 0


def test_pairs_with_a_gap_go_together():
    a, b = finite_pairs([1, None, 3], [4, 5, None])
    assert (a.tolist(), b.tolist()) == ([1], [4])
    with pytest.raises(LusguiError, match="2 values cannot be paired with 1"):
        finite_pairs([1, 2], [1])


def test_differences_tie_where_decimals_do():
    found = differences([0.3, 0.2, 0.1 + 0.2], [0.2, 0.1, 0.3])
    assert found[0] == found[1] == pytest.approx(0.1)
    assert found[2] == 0
    assert differences([1e-200], [3e-200]).tolist() == [0]
    assert differences([0, 0], [0, 0]).tolist() == [0, 0]


def test_constant():
    assert is_constant(np.array([]))
    assert is_constant(np.array([0.1 + 0.2, 0.3]))
    assert not is_constant(np.array([0.3, 0.3001]))
    assert is_constant(np.array([1e-15, 0.0]), scale=1.0)


def test_clean():
    assert clean(float("nan")) is clean(float("inf")) is None
    assert clean(np.float64(2)) == 2
