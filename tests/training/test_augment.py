from __future__ import annotations

import pytest
import torch

from lusgui.base.errors import LusguiError
from training.augment import (
    AUGMENTS,
    AugmentSettings,
    augment,
    augment_settings,
    augment_with_boxes,
    change_gray,
)


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


def test_the_default_recipe_draws_the_same_numbers_as_ever():
    # the sums of one view as the shipped models' recipe drew them
    images = torch.rand(2, 1, 32, 48, generator=_generator(1))
    moved, moved_masks = augment(images, images.clone(), _generator(7), AugmentSettings())
    assert float(moved.sum()) == pytest.approx(1549.687, abs=0.05)
    assert float(moved_masks.sum()) == pytest.approx(1405.7413, abs=0.05)
    assert float(moved.std()) == pytest.approx(0.2303, abs=5e-4)
    assert float(moved_masks[1, 0, 20, 30]) == pytest.approx(0.5015, abs=5e-4)


@pytest.mark.parametrize("name", [name for name in AUGMENTS if AUGMENTS[name] is not None])
def test_no_preset_turns_a_frame_upside_down(name):
    masks = torch.zeros(48, 1, 64, 64)
    masks[:, :, :20, 8:56] = 1
    rows = torch.linspace(0, 1, 64).view(1, 1, -1, 1)
    _, moved = augment(masks.clone(), masks, _generator(3), augment_settings(name), (64, 64))
    middle = (moved * rows).sum((1, 2, 3)) / moved.sum((1, 2, 3)).clamp_min(1e-6)
    assert (middle < 0.5).all()


def test_a_mirror_left_right_is_drawn_for_half_of_the_frames():
    images = torch.zeros(200, 1, 16, 16)
    images[..., :4] = 1
    moved, _ = augment(images, images.clone(), _generator(), augment_settings("mirror"))
    flipped = moved[:, 0, 8, -1] > 0.5
    assert 70 < int(flipped.sum()) < 130
    assert torch.allclose(moved[flipped], images[flipped].flip(3), atol=1e-5)
    assert torch.allclose(moved[~flipped], images[~flipped], atol=1e-5)


def test_amiri_shifts_and_zooms_by_a_twentieth_at_most():
    masks = torch.zeros(100, 1, 100, 100)
    masks[:, :, 40:60, 40:60] = 1
    boxes = torch.tensor([[[40.0, 40.0, 60.0, 60.0]]]).repeat(100, 1, 1)
    _, _, moved = augment_with_boxes(
        masks.clone(), masks, boxes, _generator(), augment_settings("amiri"), (100, 100)
    )
    sides = moved[:, 0, 2:] - moved[:, 0, :2]
    assert sides.min() >= 20 * 0.95 - 1e-3
    assert sides.max() <= 20 * 1.05 + 1e-3
    centre = (moved[:, 0, 2:] + moved[:, 0, :2]) / 2
    # a shift is of the frame; the view is magnified after it
    assert (centre - 50).abs().max() <= 100 * 0.05 * 1.06
    assert (centre - 50).abs().max() > 4


def test_nothing_and_unknown_names():
    assert augment_settings("none") is None
    with pytest.raises(LusguiError, match="no augmentation 'upside'"):
        augment_settings("upside")


@pytest.mark.parametrize("fill", ["black", "nearest"])
def test_mask_and_box_stay_together(fill):
    n, rows, columns = 24, 96, 128
    masks = torch.zeros(n, 1, rows, columns)
    masks[:, :, 40:60, 50:90] = 1
    boxes = torch.tensor([[[40.0, 50.0, 60.0, 90.0], [float("nan")] * 4]]).repeat(n, 1, 1)
    settings = AugmentSettings(25, (0.8, 1.3), 1.2, 0.1, 0.05, 0.01, gray=0, burnt_in=0, fill=fill)
    moved, moved_masks, moved_boxes = augment_with_boxes(
        masks.clone(), masks, boxes, _generator(11), settings, (120, 100)
    )
    assert torch.equal(moved, moved_masks)
    assert moved_boxes[:, 1].isnan().all()
    for mask, box in zip(moved_masks[:, 0], moved_boxes[:, 0], strict=True):
        inside = (mask > 0.5).nonzero()
        low, high = inside.amin(0), inside.amax(0) + 1
        assert (box[:2] - low).abs().max() <= 1.0
        assert (box[2:] - high).abs().max() <= 1.0


def test_boxes_end_at_black_margins():
    images = torch.full((40, 1, 64, 64), 0.5)
    masks = torch.ones(40, 1, 64, 64)
    boxes = torch.tensor([[[0.0, 0.0, 64.0, 64.0]]]).repeat(40, 1, 1)
    still = AugmentSettings(0, (1, 1), 1, 0, 0, 0, gray=0, burnt_in=1.0)
    _, moved, cut = augment_with_boxes(images, masks, boxes, _generator(2), still)
    assert (cut[:, 0, 1] > 0).any()
    for mask, box in zip(moved[:, 0], cut[:, 0], strict=True):
        inside = (mask > 0.5).nonzero()
        assert (inside.amin(0) == box[:2]).all()
        assert (inside.amax(0) + 1 == box[2:]).all()


def test_boxes_do_not_change_the_draws():
    images, masks = _batch()
    boxes = torch.zeros(4, 1, 4)
    plain = augment(images.clone(), masks.clone(), _generator(5), AugmentSettings())
    boxed = augment_with_boxes(images.clone(), masks.clone(), boxes, _generator(5), AugmentSettings())
    assert torch.equal(plain[0], boxed[0])
    assert torch.equal(plain[1], boxed[1])


@pytest.mark.parametrize("name", [name for name in AUGMENTS if AUGMENTS[name] is not None])
def test_everything_happens_on_the_device_of_the_frames(name):
    # the meta device computes nothing, but refuses to meet tensors of another device as a GPU would
    images, masks = (torch.empty(6, channels, 48, 40, device="meta") for channels in (1, 2))
    boxes = torch.empty(6, 3, 4, device="meta")
    settings = augment_settings(name)
    moved, moved_masks, moved_boxes = augment_with_boxes(
        images, masks, boxes, _generator(), settings, (32, 64)
    )
    assert moved.device.type == moved_masks.device.type == moved_boxes.device.type == "meta"
    assert (moved.shape, moved_masks.shape) == ((6, 1, 32, 64), (6, 2, 32, 64))
