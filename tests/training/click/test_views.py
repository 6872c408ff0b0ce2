"""Tests of training.click.views."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.click.views import draw_look, regrade


def test_without_augmentation_a_look_is_the_frame(make_frame):
    frame = make_frame(shape=(64, 64), places=((30, 20, 10),))
    look = draw_look(frame, list(frame.targets), np.random.default_rng(0), augments=False)
    planes = look.sample(64)
    assert torch.allclose(planes[0], torch.from_numpy(frame.gray / np.float32(255)), atol=1e-5)
    assert np.array_equal(planes[1].numpy() > 0.5, frame.targets[0].mask(frame.shape))


@pytest.mark.parametrize("seed", range(8))
def test_a_crop_of_a_look_shows_what_the_look_shows_there(make_frame, seed):
    frame = make_frame()
    look = draw_look(frame, list(frame.targets), np.random.default_rng(seed))
    whole = look.sample(256)
    view = (0.25, 0.5, 0.75, 1.0)
    part = look.sample(128, view)
    assert (part - whole[:, 64:192, 128:256]).abs().mean() < 0.03


@pytest.mark.parametrize("seed", range(20))
def test_masks_go_where_the_image_goes_and_the_target_stays_in_sight(make_frame, seed):
    frame = make_frame()
    look = draw_look(frame, list(frame.targets), np.random.default_rng(seed))
    planes = look.sample(96)
    mask = planes[1].numpy() > 0.5
    assert mask.sum() > 20
    others = (planes[1:].numpy() > 0.3).any(0)
    inside, outside = planes[0].numpy()[mask], planes[0].numpy()[~others]
    assert abs(inside.mean() - outside.mean()) > 0.05
    assert 0.5 <= look.aspect <= 2


def test_regraded_gray_stays_gray():
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for seed in range(30):
        plane = regrade(gray, np.random.default_rng(seed))
        assert plane.dtype == np.float32
        assert plane.min() >= 0
        assert plane.max() <= 1
        assert np.ptp(plane) > 0.3
