from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from training.simulate.lung_wide import simulate_wide
from training.simulate.motion import Motion, SpeckleSource


@pytest.mark.parametrize("sector", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_a_frame_is_sound(seed, sector):
    frame = simulate_wide(np.random.default_rng(seed), (160, 128), sector=sector)
    assert frame.gray.shape == frame.rib.shape == frame.shadow_db.shape == (160, 128)
    assert np.isfinite(frame.gray).all()
    assert frame.gray.min() >= 0
    assert frame.gray.max() <= 1
    assert frame.rib.mean() < 0.06  # thin arcs
    assert (frame.facts["rib_depth_mm"] > 0) == (frame.facts["ribs"] > 0)


def test_a_frame_is_a_function_of_its_seed():
    first, second = (simulate_wide(np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.gray, second.gray)
    assert first.facts == second.facts


def test_no_rib_throws_no_shadow():
    frame = simulate_wide(np.random.default_rng(1), (128, 128), ribs=0)
    assert not frame.rib.any()
    assert not frame.shadow_db.any()
    assert frame.facts["rib_depth_mm"] == -1


def test_frames_differ_in_ribs_and_brightness():
    frames = [simulate_wide(np.random.default_rng(seed), (96, 96)) for seed in range(40)]
    assert {0.0, 1.0, 2.0} <= {frame.facts["ribs"] for frame in frames}
    means = [frame.gray.mean() for frame in frames]
    assert np.percentile(means, 90) > 1.5 * np.percentile(means, 10)


def test_the_stated_depth_is_the_top_of_the_mask():
    checked = 0
    for seed in range(30):
        frame = simulate_wide(np.random.default_rng(seed), (200, 160), ribs=1)
        if not frame.rib.any():
            continue
        top = np.nonzero(frame.rib.any(axis=1))[0][0] * frame.spacing_mm[0]
        assert top == pytest.approx(frame.facts["rib_depth_mm"], abs=4 * frame.spacing_mm[0])
        checked += 1
    assert checked > 20


def test_a_rib_darkens_what_lies_behind_it_on_average():
    behind, beside = [], []
    for seed in range(30):
        frame = simulate_wide(np.random.default_rng(seed), (160, 128), ribs=1)
        dark = frame.shadow_db > 4
        rows = np.nonzero(dark.any(axis=1))[0]
        if not rows.size:
            continue
        other = np.zeros_like(dark)
        other[rows[0] : rows[-1] + 1] = True
        other &= frame.shadow_db == 0
        if other.sum() < 100:
            continue
        behind.append(frame.gray[dark].mean())
        beside.append(frame.gray[other].mean())
    assert len(behind) > 10
    assert np.mean(behind) < 0.85 * np.mean(beside)


def test_a_sector_has_black_corners_and_no_mask_in_them():
    for seed in range(10):
        frame = simulate_wide(np.random.default_rng(seed), (128, 128), ribs=2, sector=True)
        assert frame.gray[0, 0] == 0
        unseen = ndimage.binary_erosion(frame.gray == 0, iterations=3)
        assert not (frame.rib & unseen).any() or frame.rib.sum() > 5 * (frame.rib & unseen).sum()


def test_motion_moves_mask_and_picture_and_keeps_the_scene():
    def frame(motion):
        source = SpeckleSource(np.random.default_rng(9), kept=1.0)
        source.begin(motion)
        random = np.random.default_rng(4)
        return simulate_wide(random, (200, 160), ribs=1, motion=motion, speckle=source)

    still, moved = frame(Motion()), frame(Motion(down=0.05))
    assert still.facts["ribs"] == moved.facts["ribs"] == 1
    shifted = np.roll(still.rib, 10, axis=0)
    assert 2 * (shifted & moved.rib).sum() / (shifted.sum() + moved.rib.sum()) > 0.9
    with_it = np.corrcoef(np.roll(still.gray, 10, axis=0)[20:].ravel(), moved.gray[20:].ravel())[0, 1]
    without = np.corrcoef(still.gray[20:].ravel(), moved.gray[20:].ravel())[0, 1]
    assert with_it > 0.65  # gain and focus stay with the probe
    assert with_it > without + 0.1
