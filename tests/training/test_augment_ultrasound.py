from __future__ import annotations

import pytest
import torch

from training.augment_ultrasound import (
    KNOBS,
    RANGE_DB,
    add_haze,
    cast_shadow,
    change_dynamic_range,
    change_gain,
    change_tgc,
    resynthesise_speckle,
    turn_knobs,
)


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


def _flat(value=0.5, n=32):
    return torch.full((n, 1, 64, 48), value)


@pytest.mark.parametrize("name", KNOBS)
def test_what_holds_for_every_knob(name):
    images = torch.rand(6, 1, 40, 56, generator=_generator(1))
    images[:, :, :4] = 0
    changed = KNOBS[name](images, _generator(2), 1.0)
    assert changed.shape == images.shape
    assert changed.dtype == images.dtype
    assert torch.isfinite(changed).all()
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert (changed[:, :, :4] == 0).all(), "black where nothing was received"
    assert not torch.equal(changed, images)
    assert torch.equal(changed, KNOBS[name](images, _generator(2), 1.0))
    assert torch.allclose(KNOBS[name](images, _generator(2), 0.0), images, atol=2e-3)


def test_gain_is_one_offset_a_frame_of_at_most_6_db():
    change = change_gain(_flat(), _generator()) - 0.5
    assert torch.allclose(change.amax((1, 2, 3)), change.amin((1, 2, 3)))
    assert 4 / RANGE_DB < change.abs().max() <= 6 / RANGE_DB + 1e-6


def test_tgc_changes_with_depth_alone():
    change = change_tgc(_flat(), _generator()) - 0.5
    assert change.std(3).max() < 1e-6
    assert change.std(2).min() > 0
    assert change.abs().max() <= 5 / RANGE_DB + 1e-6


def test_a_dynamic_range_keeps_the_brightest_and_stretches_below():
    images = torch.linspace(0.01, 1, 64).view(1, 1, 64, 1).expand(32, 1, 64, 8).contiguous()
    changed = change_dynamic_range(images, _generator())
    assert torch.allclose(changed[:, 0, -1], torch.ones(32, 8))
    depth = (1 - changed[:, 0, 40, 0]) / (1 - images[:, 0, 40, 0])
    assert depth.min() >= 60 / 80 - 1e-5
    assert depth.max() <= 60 / 40 + 1e-5


def test_new_speckle_is_speckle_and_keeps_the_anatomy():
    # fully developed speckle: log-compressed Rayleigh, at two levels 12 dB apart
    noise = torch.randn(4, 2, 96, 96, generator=_generator(3))
    envelope = noise.square().sum(1, keepdim=True).sqrt()
    envelope[:, :, 48:] *= 10 ** (12 / 20)
    images = (1 + (20 * torch.log10(envelope) - 25) / RANGE_DB).clamp(0.001, 1)
    changed = resynthesise_speckle(images, _generator(4))
    upper, lower = changed[:, :, 8:40], changed[:, :, 56:88]
    assert (lower.mean() - upper.mean()) * RANGE_DB == pytest.approx(12, abs=1.5)
    # the Rayleigh law's 5.57 dB, less what two independent patterns in part average out
    assert 3.0 < upper.std() * RANGE_DB < 7.0
    before = torch.corrcoef(torch.stack([images[0, 0, 8:40].ravel(), changed[0, 0, 8:40].ravel()]))[0, 1]
    assert before < 0.97


def test_new_speckle_leaves_a_bright_line():
    images = 0.3 + 0.08 * torch.randn(6, 1, 64, 64, generator=_generator(5))
    images[:, :, 30:32] = 0.95
    changed = resynthesise_speckle(images.clamp(0.001, 1), _generator(6))
    assert (changed[:, :, 30:32].mean() - 0.95).abs() < 0.03


def test_a_shadow_darkens_below_and_never_brightens():
    change = cast_shadow(_flat(0.8, 64), _generator()) - 0.8
    assert change.max() <= 1e-6
    assert change[:, :, -1].mean() < change[:, :, 0].mean()
    assert change.min() < -0.1


def test_haze_brightens_the_near_field_most():
    change = add_haze(_flat(0.2), _generator()) - 0.2
    assert change.min() >= -1e-5
    assert (change[:, :, :8].mean((1, 2, 3)) > change[:, :, -8:].mean((1, 2, 3))).all()
    bright = add_haze(_flat(0.95), _generator()) - 0.95
    assert bright.max() < 0.1 * change.max()


def test_each_knob_is_turned_for_some_frames_and_not_for_all():
    images = torch.rand(64, 1, 24, 24, generator=_generator(1)).clamp_min(0.05)
    changed = turn_knobs(images, _generator(9))
    same = (changed - images).abs().amax((1, 2, 3)) < 1e-6
    assert int((~same).sum()) > 50
    assert torch.equal(turn_knobs(images, _generator(9), 1.0), changed)
