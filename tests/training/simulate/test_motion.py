from __future__ import annotations

import numpy as np
import pytest

from training.simulate.acoustics import pulse
from training.simulate.motion import STILL, Motion, SpeckleSource, breathing
from training.simulate.speckle import RAYLEIGH_LOG_STD, RAYLEIGH_SNR


def test_neighbouring_frames_correlate_as_asked():
    source = SpeckleSource(np.random.default_rng(0), kept=0.8)
    fields = []
    for _ in range(4):
        source.begin()
        fields.append(source.field((128, 128)).copy())
    for lag, expected in ((1, 0.8), (2, 0.64), (3, 0.512)):
        found = np.mean(fields[0].conj() * fields[lag]).real
        assert found == pytest.approx(expected, abs=0.03)
    for field in fields:
        assert np.mean(np.abs(field) ** 2) == pytest.approx(1.0, abs=0.03)


def test_fields_of_one_frame_are_independent():
    source = SpeckleSource(np.random.default_rng(0), kept=0.9)
    source.begin()
    first, second = source.field((64, 64)), source.field((64, 64))
    assert abs(np.mean(first.conj() * second)) < 0.05


def test_scatterers_move_with_the_tissue():
    source = SpeckleSource(np.random.default_rng(0), kept=1.0)
    source.begin()
    still = source.field((50, 40)).copy()
    source.begin(Motion(down=0.1, across=-0.05))
    assert np.array_equal(source.field((50, 40)), np.roll(still, (5, -2), axis=(0, 1)))


@pytest.mark.parametrize("kept", [-0.1, 1.1, float("nan")])
def test_a_correlation_out_of_range_is_refused(kept):
    with pytest.raises(ValueError, match="correlation"):
        SpeckleSource(np.random.default_rng(0), kept)


def test_breathing_starts_still_and_is_smooth():
    for seed in range(10):
        motions = breathing(40, np.random.default_rng(seed))
        assert len(motions) == 40
        assert motions[0] == STILL
        down = np.array([motion.down for motion in motions])
        assert np.abs(down).max() < 0.05
        assert np.abs(np.diff(down, 2)).max() < 0.005
    assert all(motion == STILL for motion in breathing(5, np.random.default_rng(0), amount=0.0))


def test_speckle_of_a_cine_stays_rayleigh():
    source = SpeckleSource(np.random.default_rng(2), kept=0.85)
    for _ in range(5):
        source.begin(Motion(down=0.01))
        amplitude = np.abs(pulse(source.field((500, 400)), 1.4, 1.2))[20:-20, 20:-20]
        assert amplitude.mean() / amplitude.std() == pytest.approx(RAYLEIGH_SNR, abs=0.06)
        assert np.log(amplitude).std() == pytest.approx(RAYLEIGH_LOG_STD, abs=0.03)
