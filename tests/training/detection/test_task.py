from __future__ import annotations

import pytest
import torch
from torch import nn

from training.detection.grid import GridShape, join_output, place, split_output
from training.detection.stack import make_box_stack
from training.detection.task import DetectionTask
from training.detection.views import STILL

CPU = torch.device("cpu")
SHAPE = GridShape(4, 1, 1)


class Oracle(nn.Module):
    """Gives the perfect answer to the frames of a stack, recognised by their gray."""

    def __init__(self, stack):
        super().__init__()
        self.sums = stack.images(torch.arange(len(stack))).sum((1, 2, 3))
        truth = place(stack.boxes, stack.labels, SHAPE)
        output = split_output(torch.zeros(len(stack), SHAPE.outputs), SHAPE)
        output.classes.copy_(truth.classes)
        output.confidence.copy_(truth.present[..., None].float())
        output.boxes[..., 0, :] = torch.cat([truth.boxes[..., :2], truth.boxes[..., 2:].sqrt()], -1)
        self.answers = join_output(output)

    def forward(self, x):
        sums = x.sum((1, 2, 3)) / x.shape[1]
        return self.answers[(sums[:, None] - self.sums).abs().argmin(1)]


@pytest.fixture
def stack(square_samples):
    return make_box_stack(square_samples, ["square"], 32)


def test_perfect_answers_cost_nothing_and_score_one(stack):
    task = DetectionTask(stack, stack, SHAPE, channels=1, views=STILL, watched=stack)
    network = Oracle(stack)
    batch = task.batch(0, 5, torch.Generator().manual_seed(0), CPU)
    assert batch.images.shape == (5, 1, 32, 32)
    assert float(task.loss(network, batch)) == pytest.approx(0.0, abs=1e-6)
    values = task.validate(network, CPU)
    assert values["loss"] == pytest.approx(0.0, abs=1e-3)
    assert values["yolo_loss"] == pytest.approx(0.0, abs=1e-6)
    assert values["ap50"] == 1.0
    assert values["test_ap50_95"] == 1.0


def test_batches_depend_on_the_generator_alone(stack):
    task = DetectionTask(stack, None, SHAPE)
    first, same, other = (task.batch(7, 4, torch.Generator().manual_seed(s), CPU) for s in (1, 1, 2))
    assert first.images.shape == (4, 3, 32, 32)
    assert torch.equal(first.images, same.images)
    assert torch.equal(first.truth.boxes, same.truth.boxes)
    assert not torch.equal(first.images, other.images)


def test_nothing_is_judged_without_validation(stack):
    assert DetectionTask(stack, None, SHAPE, watched=stack).validate(Oracle(stack), CPU) == {}
