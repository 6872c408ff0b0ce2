from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.structure import (
    bright_line_weight,
    oriented_brightness,
    smooth_step,
    speckle_size,
    speckle_spread,
    steered_mean,
)
from training.simulate.speckle import correlated_speckle


@pytest.mark.parametrize("grain", [(7.0, 2.0), (4.0, 4.0), (0.0, 0.0)])
def test_the_grain_is_measured(grain):
    rows, columns = speckle_size(np.log(correlated_speckle((960, 256), grain, seed=1)))
    assert rows == pytest.approx(max(grain[0], 1), rel=0.3)
    assert columns == pytest.approx(max(grain[1], 1), rel=0.3)


def test_the_spread_of_the_logarithm_is_rayleighs():
    assert speckle_spread(np.log(correlated_speckle(seed=0))) == pytest.approx(0.641, rel=0.15)
    assert speckle_spread(np.ones((5, 5), np.float32)) == 0
    assert speckle_spread(np.ones((1, 1), np.float32)) == 0


def test_the_step_is_smooth_and_ends_at_zero_and_one():
    steps = smooth_step(np.array([0, 1, 1.5, 2, 9], np.float32), 1, 2)
    np.testing.assert_allclose(steps, [0, 0, 0.5, 1, 1])


def test_a_steep_line_outshines_speckle():
    ratio = correlated_speckle((200, 64), seed=1)
    rows = 60 + 2 * np.arange(64)
    for thickness in range(4):
        ratio[rows + thickness, np.arange(64)] *= 4.8
    weight = bright_line_weight(oriented_brightness(ratio, 3, 2, (-2, -1, 0, 1, 2)), 3.0, 5.0)
    assert weight[rows + 1, np.arange(64)][4:-4].mean() > 0.8
    assert weight[:40].mean() < 0.05


def test_no_weight_where_nothing_varies():
    assert not bright_line_weight(np.ones((8, 8), np.float32), 2, 4).any()


def test_the_mean_stops_at_an_edge_of_the_pilot():
    pilot = np.zeros((40, 20), np.float32)
    pilot[20:] = 2.0
    values = pilot + np.random.default_rng(0).normal(0, 0.3, pilot.shape).astype(np.float32)
    result = steered_mean(values, pilot, sigma=(4, 3), step=(1, 1), tolerance=0.3)
    assert result.dtype == np.float32
    assert abs(result[19].mean()) < 0.2
    assert abs(result[20].mean() - 2) < 0.2
    assert result[:18].std() < 0.1
