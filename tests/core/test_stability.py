from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.stability import describe_spread, stability_band
from lusgui.core.threshold import ThresholdSettings

RAMP = np.tile(np.linspace(0, 1, 100, endpoint=False, dtype=np.float32), (10, 1))


def test_on_a_ramp_the_areas_are_known():
    band = stability_band(RAMP, ThresholdSettings(0.5), 0.1)
    assert (band.low, band.high) == (pytest.approx(0.4), pytest.approx(0.6))
    assert band.area_px == 500
    assert band.areas_px == (400, 600)
    assert band.spread == pytest.approx(0.4)


def test_a_sharp_edge_has_no_spread():
    field = np.where(RAMP > 0.5, 0.97, 0.02).astype(np.float32)
    band = stability_band(field, ThresholdSettings(0.5), 0.2)
    assert band.spread == 0
    assert describe_spread(band.spread) == "steady"


def test_thresholds_stay_within_bounds_and_nothing_has_no_spread():
    band = stability_band(np.zeros((4, 4), np.float32), ThresholdSettings(0.05), 0.4)
    assert band.low == 0.01
    assert band.spread is None
    assert describe_spread(None) == "nothing is marked"


def test_the_lower_threshold_of_a_hysteresis_moves_along():
    band = stability_band(RAMP, ThresholdSettings(0.7, low_threshold=0.5), 0.1)
    assert band.areas_px == (400, 600)


def test_words_follow_the_spread():
    words = [describe_spread(value) for value in (0.0, 0.2, 0.9)]
    assert len(set(words)) == 3
    assert "look here" in words[-1]


@given(st.integers(0, 2**32), st.floats(0.05, 0.95), st.floats(0.01, 0.3))
def test_of_a_plain_threshold_the_three_masks_lie_within_one_another(seed, threshold, delta):
    field = np.random.default_rng(seed).random((12, 9), dtype=np.float32)
    band = stability_band(field, ThresholdSettings(threshold), delta)
    assert not (band.narrow & ~band.wide).any()
    assert band.areas_px[0] <= band.area_px <= band.areas_px[1]
