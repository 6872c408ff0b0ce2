from __future__ import annotations

import numpy as np
import pytest
import torch

from lusgui.core.despeckle import FAST
from lusgui.nn.registry import build
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.loop import LoopSettings, segmentation_loss, train


@pytest.fixture
def batches(toy_samples):
    return Mixture(
        [make_pool(toy_samples, ("rib",), (32, 32), FAST)], (4,), (32, 32), AugmentSettings(gray=0.3)
    )


def _network():
    torch.manual_seed(0)
    return build("lus-unet", base_width=4)


def _flat(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


def test_the_loss_falls(batches):
    losses = []
    settings = LoopSettings(40, learning_rate=4e-3, warm_up=5, bfloat16=False)
    train(_network(), batches, settings, on_step=lambda _, loss: losses.append(loss))
    assert np.mean(losses[-8:]) < 0.8 * np.mean(losses[:10])


def test_training_is_a_function_of_its_seed(batches):
    settings = LoopSettings(4, bfloat16=False)
    first = _flat(train(_network(), batches, settings))
    assert torch.equal(first, _flat(train(_network(), batches, settings)))
    other = LoopSettings(4, bfloat16=False, seed=1)
    assert not torch.equal(first, _flat(train(_network(), batches, other)))


def test_training_goes_on_where_it_stopped(batches, tmp_path):
    settings = LoopSettings(6, bfloat16=False, save_every=3)
    whole = _flat(train(_network(), batches, settings))
    path = tmp_path / "run.state"

    class StopError(Exception):
        pass

    def stop(step, loss):
        if step == 4:
            raise StopError

    with pytest.raises(StopError):
        train(_network(), batches, settings, path, stop)
    steps = []
    torch.manual_seed(9)
    resumed = train(
        build("lus-unet", base_width=4), batches, settings, path, lambda step, _: steps.append(step)
    )
    assert steps == [3, 4, 5]
    assert torch.allclose(whole, _flat(resumed), atol=1e-6)


def test_a_state_of_other_settings_is_not_used(batches, tmp_path):
    path = tmp_path / "run.state"
    train(_network(), batches, LoopSettings(2, bfloat16=False), path)
    steps = []
    train(_network(), batches, LoopSettings(3, bfloat16=False), path, lambda step, _: steps.append(step))
    assert steps == [0, 1, 2]


def test_unknown_labels_cost_nothing():
    logits = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    masks = torch.zeros(2, 2, 8, 8)
    segmentation_loss(logits, masks, torch.tensor([[1.0, 0.0], [1.0, 0.0]])).backward()
    assert logits.grad[:, 0].abs().sum() > 0
    assert logits.grad[:, 1].abs().sum() == 0


def test_a_right_answer_costs_least():
    masks = torch.zeros(1, 1, 8, 8)
    masks[..., 2:5, 2:5] = 1
    known = torch.ones(1, 1)
    right = segmentation_loss((masks - 0.5) * 20, masks, known)
    assert right < 0.01
    assert segmentation_loss((0.5 - masks) * 20, masks, known) > 5
