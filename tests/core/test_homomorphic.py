from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.despeckle import BEST, FAST
from lusgui.core.homomorphic import restore
from lusgui.core.speckle_metrics import enl
from training.simulate.speckle import correlated_speckle


@pytest.mark.parametrize("chosen", [FAST, BEST])
@pytest.mark.parametrize("rows", [200, 201, 203])
def test_pooling_keeps_the_register(chosen, rows):
    amplitude = np.ones((rows, 64), np.float32) + 0.01 * correlated_speckle((rows, 64), seed=1)
    amplitude[100:112] *= 10
    result = restore(np.log(amplitude), amplitude, chosen)
    profile = result.mean(axis=1) - 1
    middle = float((profile * np.arange(rows)).sum() / profile.sum())
    wanted = amplitude.mean(axis=1) - 1
    assert middle == pytest.approx(float((wanted * np.arange(rows)).sum() / wanted.sum()), abs=0.3)


@pytest.mark.parametrize("grain", [(7.0, 2.0), (3.0, 3.0), (0.0, 0.0), (7.0, 0.0)])
def test_speckle_of_every_grain_is_smoothed(grain):
    amplitude = correlated_speckle((480, 128), grain, seed=1)
    for chosen in (FAST, BEST):
        assert enl(restore(np.log(amplitude), amplitude, chosen)) > 20
