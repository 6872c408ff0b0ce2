from __future__ import annotations

import numpy as np
import pytest

from training.simulate.head import Pose
from training.simulate.head_anatomy import draw_head
from training.simulate.head_echo import head_amplitude
from training.simulate.motion import SpeckleSource
from training.simulate.sector import Sector

SECTOR = Sector(apex=(-80.0, 80.0), nearest=80.0, farthest=240.0, half_angle=0.6, samples=200, lines=120)


def echoes(seed, angle=0.0):
    anatomy = draw_head(np.random.default_rng(seed), ga_weeks=24.0)
    pose = Pose((80.0, 80.0), angle, anatomy.ofd_mm / 110)
    row, column = SECTOR.grid()
    u, v = pose.to_head(row, column)
    random = np.random.default_rng(seed)
    source = SpeckleSource(np.random.default_rng(seed + 1000))
    amplitude = head_amplitude(anatomy, SECTOR, pose, (row, column, u, v), random, source)
    return anatomy, amplitude, u, v


@pytest.mark.parametrize("seed", range(8))
def test_echoes_are_finite_and_never_negative(seed):
    _, amplitude, *_ = echoes(seed, angle=0.4 * seed)
    assert amplitude.shape == (200, 120)
    assert amplitude.dtype == np.float32
    assert np.isfinite(amplitude).all()
    assert (amplitude >= 0).all()
    assert amplitude.max() > 5 * np.median(amplitude)


def test_bone_shines_where_it_faces_the_beam_more_than_where_it_runs_along():
    facing, along = [], []
    for seed in range(12):
        anatomy, amplitude, u, v = echoes(seed)
        radius = anatomy.skull_depth(u, v)
        bone = (radius > 0.95) & (radius < 1.0)
        # the midline lies across the beams, so the sides of the head face them and its ends do not
        facing.append(amplitude[bone & (np.abs(u) < 0.25 * anatomy.ofd_mm / 2)].mean())
        along.append(amplitude[bone & (np.abs(u) > 0.93 * anatomy.ofd_mm / 2)].mean())
    assert np.mean(facing) > 1.5 * np.mean(along)


def test_the_cistern_is_darker_than_the_rim_of_the_hemispheres():
    rims, cisterns = [], []
    for seed in range(12):
        anatomy, amplitude, u, v = echoes(seed)
        depth = np.minimum(anatomy.lobes[0].depth(u, v), anatomy.lobes[1].depth(u, v))
        back = anatomy.ofd_mm / 2 - anatomy.skull_mm - 0.5 * anatomy.cisterna_mm
        cistern = (np.abs(u - back) < 0.2 * anatomy.cisterna_mm) & (np.abs(v) < 0.2 * anatomy.tcd_mm)
        rims.append(np.median(amplitude[(depth > 0.85) & (depth < 1.0)]))
        cisterns.append(np.median(amplitude[cistern & (depth > 1.15)]))
    assert np.mean(rims) > np.mean(cisterns)
