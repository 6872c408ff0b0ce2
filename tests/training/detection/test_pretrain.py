from __future__ import annotations

import numpy as np
import pytest
import torch

from lusgui.nn.registry import build
from training.dataset import Sample
from training.detection.pretrain import (
    SMALL,
    CoverageNetwork,
    CoverageTask,
    pretrain_convolutions,
    take_convolutions,
)
from training.engine.segmentation import make_stack
from training.engine.settings import FitSettings


def detector(grid=2, width=1, seed=0):
    torch.manual_seed(seed)
    return build("yolo-tiny", grid=grid, boxes=1, classes=1, base_width=width, input_side=32)


def samples(n=3):
    random = np.random.default_rng(0)
    made = []
    for i in range(n):
        mask = np.zeros((32, 32), bool)
        mask[8 : 8 + 4 * (i + 1), 4:20] = True
        frame = (random.integers(0, 60, (32, 32)) + 150 * mask).astype(np.uint8)
        made.append(Sample(f"s{i}", f"g{i}", frame, {"rib": mask}))
    return made


def test_three_scales_of_coverage_and_at_first_little_of_it():
    logits = CoverageNetwork(detector(), 2).eval()(torch.rand(3, 3, 32, 32))
    assert [tuple(part.shape) for part in logits] == [(3, 2, 2, 2), (3, 2, 1, 1), (3, 2, 1, 1)]
    assert all(float(part.detach().sigmoid().mean()) < 0.1 for part in logits)


def test_the_large_detector_has_scales_too():
    network = build("yolo-v1", base_width=4, input_side=64, grid=2, head="connected")
    logits = CoverageNetwork(network, 1).eval()(torch.rand(2, 3, 64, 64))
    assert len(logits) == 3


def test_loss_is_the_cross_entropy_of_pooled_masks():
    class Sure(torch.nn.Module):
        def forward(self, x):
            return [torch.full((len(x), 1, 1, 1), 0.0)]

    stack = make_stack(samples(1), ["rib"], (32, 32))
    task = CoverageTask(stack, stack, 3, 1)
    assert task.validate(Sure(), torch.device("cpu"))["loss"] == pytest.approx(np.log(2), rel=1e-5)
    assert CoverageTask(stack, None, 3, 1).validate(Sure(), torch.device("cpu")) == {}


def test_taught_convolutions_are_taken_over_and_the_head_is_quiet():
    fit = FitSettings(epochs=1, steps_per_epoch=2, batch_size=2, device="cpu", precision="float32")
    start = detector()
    before = {name: value.clone() for name, value in start.state_dict().items()}
    state = pretrain_convolutions(start, samples(), samples(1), ["rib"], fit)
    assert all(torch.equal(before[name], value) for name, value in start.state_dict().items())
    assert not torch.equal(before["stages.s1.0.0.weight"], state["stages.s1.0.0.weight"])
    other = detector(grid=3, seed=1)
    weight = other.head[-1].weight.detach().clone()
    take_convolutions(other, state)
    assert torch.equal(other.state_dict()["stages.s1.0.0.weight"], state["stages.s1.0.0.weight"])
    assert torch.allclose(other.head[-1].weight, weight * SMALL)


def test_convolutions_of_another_kind_are_refused():
    state = {name: value for name, value in detector().state_dict().items() if name.startswith("stages.s1")}
    with pytest.raises(ValueError, match="do not fit"):
        take_convolutions(detector(), state)
