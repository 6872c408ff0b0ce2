from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from training.simulate.implant_rib import (
    Bone,
    Texture,
    add_powers,
    brighten,
    calmed,
    draw_bone,
    is_seen,
    put_into,
)

SHAPE = (256, 224)


def tissue(seed: int = 0, level: float = 0.4) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), (1.2, 3.0))
    return np.clip(level + 0.04 * noise / noise.std(), 0, 1).astype(np.float32)


def flat(left: float, right: float, row: float = 80.0) -> Bone:
    return Bone(left, right, np.full(SHAPE[1], row, np.float32), 6.0)


def test_a_free_end_tapers_and_one_cut_by_the_border_does_not():
    whole, cut = flat(60, 160).surface(256), flat(-10, 100).surface(256)
    heights = whole.sum(axis=0)
    assert heights[110] >= 6
    assert 1 <= heights[61] <= 3
    assert not heights[:59].any()
    assert not heights[162:].any()
    assert cut.sum(axis=0)[0] >= 6
    assert cut.sum(axis=0)[99] <= 3


def test_thickness_is_measured_across_a_slanting_line():
    slanting = Bone(-10, 300, np.arange(SHAPE[1], dtype=np.float32) * 0.75 + 40, 6.0)
    assert slanting.surface(256).sum(axis=0)[100] == pytest.approx(6.0 * 1.25, abs=1)


@pytest.mark.parametrize("seed", range(6))
def test_ribs_are_convex_thin_and_within_the_frame(seed):
    bone = draw_bone(SHAPE, np.random.default_rng(seed))
    assert bone is not None
    mask = bone.surface(256)
    assert ndimage.label(mask, np.ones((3, 3)))[1] == 1
    assert 0.001 < mask.mean() < 0.03
    assert np.nonzero(mask)[0].min() > 0.05 * 256
    inside = bone.inside()
    assert inside.sum() >= 0.09 * SHAPE[1]


def test_half_ribs_are_common_and_lie_at_either_border():
    bones = [draw_bone(SHAPE, np.random.default_rng(seed)) for seed in range(120)]
    left = sum(bone is not None and bone.left < 0 for bone in bones)
    right = sum(bone is not None and bone.right > SHAPE[1] - 1 for bone in bones)
    assert left > 15
    assert right > 15
    assert left + right < 100


def test_ribs_keep_apart_and_there_is_an_end_to_trying():
    random = np.random.default_rng(0)
    first = flat(-10, 240)
    assert draw_bone(SHAPE, random, [first]) is None
    second = draw_bone(SHAPE, np.random.default_rng(3), [flat(-10, 60)])
    assert second is not None
    assert second.left > 60


@pytest.mark.parametrize("seed", range(8))
def test_below_the_surface_it_is_darker_and_above_nothing_changes(seed):
    before = tissue(seed)
    bone = flat(60, 160)
    after = put_into(before, bone, Texture(before), 60.0, np.random.default_rng(seed))
    assert after.dtype == np.float32
    assert after.min() >= 0
    assert after.max() <= 1
    assert is_seen(before, after, bone)
    assert after[150:, 90:130].mean() < 0.9 * before[150:, 90:130].mean()
    assert np.array_equal(after[:50], before[:50])
    assert np.abs(after[:, :20] - before[:, :20]).mean() < 0.02


def test_brightness_goes_from_hardly_above_the_surroundings_to_far_above():
    before = tissue()
    bone = flat(60, 160)
    texture = Texture(before)
    rises = [
        float(np.median((brighten(before, bone, texture, np.random.default_rng(seed)) - before)[80, 80:140]))
        for seed in range(40)
    ]
    assert np.percentile(rises, 10) < 0.05
    assert np.percentile(rises, 95) > 0.15


def test_a_shadow_in_the_dark_is_not_seen():
    before = tissue(level=0.02)
    bone = flat(60, 160)
    after = put_into(before, bone, Texture(before), 60.0, np.random.default_rng(0))
    assert not is_seen(before, after, bone)


def test_lent_speckle_is_as_coarse_as_the_frames_own():
    own = tissue()
    piece = Texture(own).piece(np.random.default_rng(1))
    assert abs(float(piece.mean())) < 1e-3

    def kept(values: np.ndarray, axis: int) -> float:
        moved = np.roll(values, 2, axis=axis)
        return float((values * moved).mean() / (values**2).mean())

    fine = own - ndimage.gaussian_filter(own, 3.0)
    for axis in (0, 1):
        assert kept(piece, axis) == pytest.approx(kept(fine, axis), abs=0.1)
    assert abs(np.corrcoef(piece.ravel(), own.ravel())[0, 1]) < 0.1


def test_powers_add_on_a_logarithmic_screen():
    same = add_powers(np.array([0.5]), np.array([0.5]), 60.0)
    assert same[0] == pytest.approx(0.5 + 10 * np.log10(2) / 60, abs=1e-5)
    assert add_powers(np.array([0.8]), np.array([-1.0]), 60.0)[0] == pytest.approx(0.8, abs=1e-5)


@pytest.mark.parametrize("sigma", [(3.0, 3.0), (2.0, 12.0), (20.0, 0.0)])
def test_two_boxes_blur_about_as_a_gaussian_does(sigma):
    values = np.random.default_rng(0).standard_normal((120, 120)).astype(np.float32)
    blurred, wanted = calmed(values, *sigma), ndimage.gaussian_filter(values, sigma)
    assert np.corrcoef(blurred.ravel(), wanted.ravel())[0, 1] > 0.95
    assert blurred.std() == pytest.approx(wanted.std(), rel=0.15)
