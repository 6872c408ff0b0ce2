from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from training.dataset import Sample
from training.engine.parts import count, cut
from training.selfsupervised.stack import make_frame_stack
from training.selfsupervised.task import LEAST_SPREAD, RebuildTask

CPU = torch.device("cpu")


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def stack():
    random = np.random.default_rng(0)
    samples = []
    for i in range(7):
        frame = random.integers(100, 220, (40, 40)).astype(np.uint8)
        frame[:, :8] = 0
        # six of one source, one of the other
        samples.append(Sample(f"f{i}", f"g{i // 3}", frame, source="many" if i < 6 else "one"))
    return make_frame_stack(samples, 40)


def test_a_batch_is_a_function_of_its_seed(stack):
    task = RebuildTask(stack, None, 32)
    first, second = (task.batch(0, 5, _generator(3), CPU) for _ in range(2))
    other = task.batch(0, 5, _generator(4), CPU)
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.weights, second.weights)
    assert not torch.equal(first.images, other.images)
    assert first.images.shape == first.hidden.shape == (5, 1, 32, 32)
    assert first.targets.shape == first.weights.shape == (5, 2, 32, 32)
    for plane in (first.images, first.targets, first.weights):
        assert plane.min() >= 0
        assert plane.max() <= 1


def test_the_target_is_never_spoiled_and_in_register(stack):
    """Where nothing is hidden and no speckle is drawn anew, what is seen is one of the two targets."""
    task = RebuildTask(stack, None, 32)
    batch = task.batch(0, 40, _generator(1), CPU)
    visible = batch.hidden[:, 0] == 0
    same = []
    for i in range(40):
        errors = [
            float((batch.images[i, 0] - batch.targets[i, k])[visible[i]].abs().mean()) for k in range(2)
        ]
        same.append(min(errors) < 1e-6)
    assert 0.5 < np.mean(same) < 0.95  # a quarter has new speckle
    assert any(float(batch.hidden[i].mean()) > 0.25 for i in range(40))


def test_what_is_hidden_weighs_most_and_black_next_to_nothing(stack):
    task = RebuildTask(stack, None, 32)
    batch = task.batch(0, 20, _generator(2), CPU)
    lit = batch.targets[:, 1:] > 0.05
    hidden = batch.hidden.bool()
    assert (batch.weights[:, :1][hidden & lit] == 1).all()
    assert (batch.weights[:, :1][~hidden & lit] <= 0.5).all()
    assert (batch.weights[:, :1][batch.targets[:, 1:] == 0] <= 0.1 + 1e-6).all()


def test_sources_are_drawn_evenly_whatever_their_number_of_frames(stack):
    task = RebuildTask(stack, None, 32)
    generator = _generator(5)
    drawn = [task._draw(generator) for _ in range(600)]
    assert 0.43 < np.mean([index == 6 for index in drawn]) < 0.57
    assert set(drawn) == set(range(7))


def test_the_right_answer_rebuilds_the_frame_and_costs_nothing(stack):
    task = RebuildTask(stack, None, 32)
    batch = task.batch(0, 8, _generator(6), CPU)
    answer = (batch.targets - batch.images) / batch.spread

    class Knows(nn.Module):
        def forward(self, x):
            return answer

    assert torch.allclose(batch.rebuilt(answer), batch.targets, atol=1e-6)
    assert float(task.loss(Knows(), batch)) == 0
    assert float(task.loss(_Filled(), batch)) > 0
    assert batch.spread.shape == (8, 1, 1, 1)
    assert (batch.spread >= LEAST_SPREAD).all()


def test_a_brighter_or_flatter_frame_costs_the_same(stack):
    """A network that normalises cannot know gain and offset, so that the lesson must not ask for them."""
    task = RebuildTask(stack, None, 32)
    batch = task.batch(0, 4, _generator(7), CPU)
    other = replace(
        batch, images=0.5 * batch.images + 0.2, targets=0.5 * batch.targets + 0.2, spread=0.5 * batch.spread
    )
    assert torch.allclose(task.loss(_Filled(), batch), task.loss(_Filled(), other), rtol=1e-4)


def test_parts_of_a_batch_add_up_to_it(stack):
    task = RebuildTask(stack, None, 32)
    network = nn.Conv2d(1, 2, 3, padding=1)
    batch = task.batch(0, 6, _generator(), CPU)
    assert count(batch) == 6
    parts = [cut(batch, 0, 2), cut(batch, 2, 6)]
    weights = [task.weight(part) for part in parts]
    total = sum(task.loss(network, part) * w for part, w in zip(parts, weights, strict=True)) / sum(weights)
    assert torch.allclose(total, task.loss(network, batch), rtol=1e-4)


class _Filled(nn.Module):
    """Leaves the frame as it is."""

    def forward(self, x):
        return torch.zeros_like(x).expand(-1, 2, -1, -1)


def test_validation_is_the_same_every_time_and_tells_rebuilding_from_filling(stack):
    task = RebuildTask(stack, stack.select([0, 3, 6]), 32)
    first = task.validate(_Filled().eval(), CPU)
    assert first == task.validate(_Filled().eval(), CPU)
    assert first["hidden"] == pytest.approx(first["filled"])
    assert first["loss"] > 0
    assert RebuildTask(stack, None, 32).validate(_Filled(), CPU) == {}
    assert RebuildTask(stack, stack.select([]), 32).validate(_Filled(), CPU) == {}
