from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from training.simulate.cyst import simulate_cyst, simulate_sample, simulate_samples
from training.simulate.motion import Motion, SpeckleSource


@pytest.mark.parametrize("index", range(8))
def test_a_sample_is_sound(index):
    sample = simulate_sample(3, index, (128, 120))
    mask = sample.masks["cyst"]
    assert sample.frame.shape == mask.shape == (128, 120)
    assert sample.frame.dtype == np.uint8
    assert mask.any()
    assert len(sample.boxes["cyst"]) == sample.facts["cysts"]
    assert 0 < sample.facts["k"] < 1
    assert sample.spacing_mm is not None


def test_a_sample_depends_on_seed_and_index_alone():
    three, five = simulate_samples(3, 1, (64, 64)), simulate_samples(5, 1, (64, 64))
    for first, second in zip(three, five, strict=False):
        assert np.array_equal(first.frame, second.frame)
        assert np.array_equal(first.masks["cyst"], second.masks["cyst"])
    assert not np.array_equal(three[0].frame, three[1].frame)
    assert not np.array_equal(three[0].frame, simulate_sample(2, 0, (64, 64)).frame)


def test_the_mask_has_the_area_that_the_axes_say():
    checked = 0
    for index in range(60):
        sample = simulate_sample(0, index)
        mask = sample.masks["cyst"]
        edge = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
        if sample.facts["cysts"] != 1 or edge:
            continue
        area_mm2 = mask.sum() * sample.spacing_mm[0] * sample.spacing_mm[1]
        stated = np.pi / 4 * sample.facts["long_axis_mm"] * sample.facts["short_axis_mm"]
        assert area_mm2 == pytest.approx(stated, rel=0.02)
        row, _ = sample.points["cyst"]
        assert (row + 0.5) * sample.spacing_mm[0] == pytest.approx(sample.facts["depth_mm"], abs=0.3)
        checked += 1
    assert checked > 20


def test_cysts_are_darker_than_their_ground_by_about_k():
    told = []
    for index in range(40):
        sample = simulate_sample(5, index)
        mask = sample.masks["cyst"]
        near = ndimage.binary_dilation(mask, iterations=12) & ~ndimage.binary_dilation(mask, iterations=3)
        core = ndimage.binary_erosion(mask, iterations=3)
        if core.sum() < 200 or sample.facts["cysts"] > 1:
            continue
        inside, outside = sample.frame[core].mean(), sample.frame[near].mean()
        assert inside < outside + 4
        step_db = (outside - inside) / 255 * sample.facts["dynamic_range_db"]
        told.append((-20 * np.log10(sample.facts["k"]), step_db))
    expected, seen = np.array(told).T
    assert np.corrcoef(expected, seen)[0, 1] > 0.8


def test_motion_moves_truth_and_speckle_together():
    def frame(motion):
        source = SpeckleSource(np.random.default_rng(9), kept=1.0)
        source.begin(motion)
        return simulate_cyst(np.random.default_rng(4), (100, 100), motion=motion, speckle=source)

    still, moved = frame(Motion()), frame(Motion(down=0.1))
    # equal but for rounding on the outline
    assert (still.cyst[:-10] != moved.cyst[10:]).sum() <= 4
    assert moved.cyst.any()
    inner = (slice(20, 90), slice(None))
    shifted = np.roll(still.gray, 10, axis=0)
    assert np.corrcoef(shifted[inner].ravel(), moved.gray[inner].ravel())[0, 1] > 0.8
