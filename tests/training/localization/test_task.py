from __future__ import annotations

import pytest
import torch
from torch import nn

from training.augment import AugmentSettings, augment_settings
from training.localization.points import PointStack
from training.localization.task import LocalizationTask, augment_points, judge_points

CPU = torch.device("cpu")


def stack(n=5, side=32):
    """Frames with one bright pixel each, whose place is the point."""
    gray = torch.zeros(n, 1, side, side, dtype=torch.uint8)
    points = torch.zeros(n, 1, 2)
    for i in range(n):
        gray[i, 0, 4 + 3 * i, 20 - 2 * i] = 255
        points[i, 0] = torch.tensor([4.5 + 3 * i, 20.5 - 2 * i]) / side
    return PointStack(gray, points, tuple("abcde"[:n]), tuple("abcde"[:n]), torch.tensor([[64.0, 128.0]] * n))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


class Brightest(nn.Module):
    """Answers with the brightest pixel, `off` fractions too low."""

    def __init__(self, off=0.0):
        super().__init__()
        self.off = off

    def forward(self, x):
        at = x[:, 0].flatten(1).argmax(1)
        side = x.shape[-1]
        return torch.stack([(at // side + 0.5) / side + self.off, (at % side + 0.5) / side], 1)


def test_an_epoch_sees_every_frame_once():
    task = LocalizationTask(stack(), None, batch_size=2)
    assert task.steps_per_epoch == 3
    rows = torch.cat([task.batch(step, 2, generator(step), CPU).points[:, 0, 0] for step in range(5)])
    assert sorted(rows[:5].tolist()) == pytest.approx(sorted(stack().points[:, 0, 0].tolist()))
    assert sorted(rows[5:].tolist()) == pytest.approx(sorted(stack().points[:, 0, 0].tolist()))


def test_batch_may_be_larger_than_the_data():
    batch = LocalizationTask(stack(2), None, batch_size=7).batch(3, 7, generator(), CPU)
    assert batch.images.shape == (7, 1, 32, 32)


def test_loss_is_the_mean_square():
    task = LocalizationTask(stack(), None, batch_size=5)
    assert float(task.loss(Brightest(0.1), task.batch(0, 5, generator(), CPU))) == pytest.approx(0.1**2 / 2)


def test_distance_is_in_pixels_of_the_raw_frame():
    values = judge_points(Brightest(0.1).eval(), stack(), 1, CPU)
    assert values["distance_px"] == pytest.approx(6.4, rel=1e-5)
    assert values["mse_px2"] == pytest.approx(6.4**2 / 2, rel=1e-5)
    assert values["loss"] == pytest.approx(0.005, rel=1e-5)
    assert LocalizationTask(stack(), None, batch_size=2).validate(Brightest(), CPU) == {}


def test_points_move_with_their_frames():
    side, n = 64, 12
    images, points = torch.zeros(n, 1, side, side), torch.full((n, 1, 2), 0.5)
    images[:, :, 30:34, 30:34] = 1
    settings = AugmentSettings(gray=0.0, burnt_in=0.0)
    views, moved = augment_points(images, points, generator(), settings)
    for view, point in zip(views[:, 0], moved[:, 0], strict=True):
        rows, columns = torch.meshgrid(*[torch.arange(side) + 0.5] * 2, indexing="ij")
        middle = torch.stack([(rows * view).sum(), (columns * view).sum()]) / view.sum()
        assert (point * side - middle).abs().max() < 0.6


def test_gray_is_changed_where_asked():
    settings = augment_settings("ultrasound")
    images = torch.rand(2, 1, 32, 32, generator=generator())
    points = torch.full((2, 1, 2), 0.5)
    plain, _ = augment_points(images, points, generator(1), AugmentSettings(gray=0.0))
    strong, _ = augment_points(images, points, generator(1), AugmentSettings(gray=1.0))
    assert not torch.equal(plain, strong)
    assert augment_points(images, points, generator(1), settings)[0].shape == images.shape
