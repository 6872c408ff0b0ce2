"""lusgui.core.click.scores: clicks needed, failures, curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.click.scores import (
    area_under,
    clicks_needed,
    held,
    is_unfinished,
    mean_curve,
    number_of_clicks,
    number_of_failures,
)

curves = st.lists(st.floats(0, 1), max_size=25)


def test_the_definitions() -> None:
    assert clicks_needed([0.2, 0.86, 0.7], 0.85) == 2
    assert clicks_needed([0.85], 0.85) == 1
    assert clicks_needed([0.1] * 20, 0.85) == 20
    assert clicks_needed([0.1] * 20 + [0.99], 0.85) == 20  # what comes after the last click does not count
    assert is_unfinished([0.1] * 20 + [0.99], 0.85)
    assert number_of_clicks([[0.9], [0.1, 0.9]], 0.85) == 1.5
    assert number_of_clicks([], 0.85) is None
    assert number_of_failures([[0.9], [0.1, 0.2], []], 0.85) == 2
    assert area_under([0.0, 1.0], 4) == pytest.approx(0.75)


@given(curves, st.floats(0.01, 1), st.floats(0.01, 1))
def test_more_is_never_sooner(curve: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 1 <= clicks_needed(curve, low) <= clicks_needed(curve, high) <= 20
    assert is_unfinished(curve, low) <= is_unfinished(curve, high)


@given(curves)
def test_the_last_value_holds(curve: list[float]) -> None:
    values = held(curve)
    assert values.shape == (20,)
    np.testing.assert_allclose(values[: len(curve)], curve[:20])
    if curve and len(curve) < 20:
        assert (values[len(curve) :] == curve[-1]).all()
    if not curve:
        assert not values.any()


def test_the_mean_is_over_targets() -> None:
    np.testing.assert_allclose(mean_curve([[1.0], [0.0, 1.0]], 3), [0.5, 1.0, 1.0])
    assert np.isnan(mean_curve([], 3)).all()
