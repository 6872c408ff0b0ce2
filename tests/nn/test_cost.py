from __future__ import annotations

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS
from lusgui.core.strategies import strategies_for
from lusgui.nn.cost import cost_of, count_multiply_adds, learning_counts
from lusgui.nn.registry import build, count_parameters


def by_hand(side):
    """Count the X-Unet's multiply-adds: pixels x weights of each convolution."""
    total, before = 0, 3
    for level in range(5):
        width, pixels = 64 << level, (side >> level) ** 2
        total += pixels * 9 * (before * width + width * width)
        before = width
    for level in (3, 2, 1, 0):
        width, pixels = 64 << level, (side >> level) ** 2
        # each pixel below becomes four above, with weights of its own
        total += pixels // 4 * (2 * width) * width * 4
        total += pixels * 9 * (2 * width * width + width * width)
    return total + side * side * 64


def test_multiply_adds_are_pixels_times_weights():
    assert cost_of("x-unet").multiply_adds == by_hand(256)
    assert cost_of("x-unet", side=64).multiply_adds == by_hand(64)


def test_counting_works_on_weights_too_and_grows_with_the_batch():
    network = build("lus-unet", base_width=2)
    one = count_multiply_adds(network, (1, 1, 32, 32))
    assert count_multiply_adds(network, (3, 1, 32, 32)) == 3 * one
    assert all(p.grad is None for p in network.parameters())


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_blocks_and_strategies_add_up(name):
    width = NETWORKS[name].at_width(8)
    cost = cost_of(name, width)
    with torch.device("meta"):
        whole = count_parameters(build(name, **width))
    assert cost.parameters == sum(cost.blocks.values()) == whole
    assert tuple(cost.blocks) == NETWORKS[name].blocks
    assert tuple(cost.learning) == strategies_for(name)
    assert cost.learning["all"] == cost.learning["scratch"] == whole
    assert 0 < cost.learning["convlora"] < cost.learning["convlora-8"]
    assert cost.multiply_adds > 0
    assert cost.learning == learning_counts(name, width)


def test_mistakes_are_refused():
    with pytest.raises(ModelError, match="no network called"):
        cost_of("resnet")
    with pytest.raises(ModelError, match="between 1 and 128"):
        cost_of("x-unet", {"base_width": 0})
