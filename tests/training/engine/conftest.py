from __future__ import annotations

import pytest
import torch
from torch import nn

from lusgui.nn.registry import build
from training.engine.segmentation import SegmentationTask, make_stack


class BrightTask:
    """Tell bright 8 x 8 images from dark ones; cheap, and with every part a task can have."""

    steps_per_epoch = 4

    def __init__(self, validates=True, broken_from=None):
        self.validates = validates
        self.broken_from = broken_from
        self.steps = []
        self.most_items = 0

    def batch(self, step, size, generator, device):
        self.steps.append(step)
        images = torch.rand((size, 1, 8, 8), generator=generator)
        truth = (images.mean((1, 2, 3)) > 0.5).float()
        if self.broken_from is not None and step >= self.broken_from:
            images = images * float("nan")
        return images.to(device), truth.to(device)

    def loss(self, network, batch):
        images, truth = batch
        self.most_items = max(self.most_items, len(images))
        logits = network(images).mean((1, 2, 3)).float()
        return nn.functional.binary_cross_entropy_with_logits(logits, truth)

    def validate(self, network, device):
        if not self.validates:
            return {}
        batch = BrightTask().batch(0, 16, torch.Generator().manual_seed(5), device)
        return {"loss": float(self.loss(network, batch))}


@pytest.fixture
def bright_task():
    return BrightTask


@pytest.fixture
def tiny_network():
    """Build two convolutions with batch norm between them; the same weights each time."""

    def make(norm=True, seed=0):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return nn.Sequential(
                nn.Conv2d(1, 4, 3, padding=1),
                nn.BatchNorm2d(4) if norm else nn.Identity(),
                nn.ReLU(),
                nn.Conv2d(4, 1, 3, padding=1),
            )

    return make


@pytest.fixture
def unet():
    def make(seed=0, **arguments):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return build("lus-unet", **({"base_width": 4} | arguments))

    return make


@pytest.fixture
def squares(toy_samples):
    """Four frames of two groups to learn from and two of a third to judge on."""
    stack = make_stack(toy_samples, ("rib",), (32, 32))
    return stack.select(range(4)), stack.select([4, 5])


@pytest.fixture
def square_task(squares):
    def make(**arguments):
        return SegmentationTask(*squares, **arguments)

    return make
