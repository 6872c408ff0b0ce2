from __future__ import annotations

import torch

from training.augment import AugmentSettings, augment, change_gray


def _batch(n=4, size=64):
    masks = torch.zeros(n, 1, size, size)
    masks[:, :, 20:34, 24:44] = 1
    return masks.clone(), masks


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_geometry_moves_image_and_mask_together():
    images, masks = _batch(16)
    settings = AugmentSettings(rotation_deg=30, gray=0, burnt_in=0, elastic=0.03)
    moved, moved_masks = augment(images, masks, _generator(), settings)
    assert torch.equal(moved, moved_masks)
    assert not torch.equal(moved_masks, masks)


def test_gray_leaves_masks_and_black_alone():
    images, masks = _batch()
    images = images * 0.6
    still = AugmentSettings(0, (1, 1), 1, 0, 0, 0, gray=1.0, burnt_in=0)
    moved, moved_masks = augment(images, masks, _generator(), still)
    inside = moved_masks > 0.99
    flipped = torch.minimum((moved_masks - masks).abs().sum(), (moved_masks.flip(3) - masks).abs().sum())
    assert flipped <= masks.sum()  # each frame is as it was or mirrored
    assert (moved[moved_masks < 0.01] == 0).float().mean() > 0.9
    assert moved[inside].std() > 0
    assert moved.min() >= 0
    assert moved.max() <= 1


def test_depth_keeps_its_direction():
    images, masks = _batch(32)
    masks = torch.zeros_like(masks)
    masks[:, :, :8] = 1  # the top
    settings = AugmentSettings(0, (1, 1), 1, 0, 0, 0, gray=0, burnt_in=0)
    _, moved = augment(images, masks, _generator(), settings)
    assert torch.allclose(moved, masks, atol=1e-4)


def test_a_view_is_a_function_of_its_seed():
    images, masks = _batch()
    settings = AugmentSettings()
    a = augment(images.clone(), masks.clone(), _generator(5), settings, (48, 32))
    b = augment(images.clone(), masks.clone(), _generator(5), settings, (48, 32))
    c = augment(images.clone(), masks.clone(), _generator(6), settings, (48, 32))
    assert torch.equal(a[0], b[0])
    assert torch.equal(a[1], b[1])
    assert not torch.equal(a[0], c[0])
    assert a[0].shape == (4, 1, 48, 32)


def test_margins_hide_the_mask_too():
    images = torch.full((8, 1, 64, 64), 0.5)
    masks = torch.ones(8, 1, 64, 64)
    still = AugmentSettings(0, (1, 1), 1, 0, 0, 0, gray=0, burnt_in=1.0)
    moved, moved_masks = augment(images, masks, _generator(), still)
    assert (moved_masks == 0).any()
    black = moved == 0
    assert (moved_masks[black] == 0).all()


def test_no_change_of_gray_leaves_the_range():
    images = torch.rand(8, 1, 40, 56, generator=_generator(1))
    changed = change_gray(images, _generator(2), 1.0)
    assert changed.shape == images.shape
    assert torch.isfinite(changed).all()
    assert changed.min() >= 0
    assert changed.max() <= 1
