from __future__ import annotations

import pytest
import torch

from lusgui.core.networks import UNET_BLOCKS
from lusgui.nn.registry import build, count_parameters
from lusgui.nn.unet import UNet


def count(modules):
    return sum(p.numel() for m in modules for p in m.parameters())


def test_the_published_network_has_exactly_the_published_number_of_parameters_block_by_block():
    with torch.device("meta"):
        network = build("x-unet")
    blocks = {name: count(modules) for name, modules in network.named_blocks().items()}
    assert sum(blocks.values()) == count_parameters(network) == 31_031_745
    assert blocks == {
        "b1": 38_720,
        "b2": 221_440,
        "b3": 885_248,
        "b4": 3_539_968,
        "b5a": 4_719_616,
        "b5b": 9_438_208,
        "b6": 9_176_576,
        "b7": 2_294_528,
        "b8": 573_824,
        "b9": 143_617,
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, 31_030_593),
        ({"head": "2ch"}, 31_031_685),
        ({"up": "transposed"}, 31_030_593),
        ({"base_width": 8}, 485_673),
        ({"base_width": 16}, 1_940_817),
        ({"base_width": 24}, 4_365_433),
        ({"base_width": 32}, 7_759_521),
    ],
)
def test_one_channel_and_scaled_widths_count_as_published(arguments, expected):
    with torch.device("meta"):
        assert count_parameters(build("amiri-unet", **arguments)) == expected


def test_our_own_network_fits_ten_megabytes_at_half_precision_at_both_widths():
    with torch.device("meta"):
        for width in (16, 24):
            assert 2 * count_parameters(build("lus-unet", base_width=width)) < 10e6


@pytest.mark.parametrize("shape", [(16, 16), (32, 48), (64, 16), (80, 112)])
@pytest.mark.parametrize("up", ["transposed", "bilinear"])
def test_any_size_divisible_by_sixteen_comes_out_as_it_went_in(shape, up):
    network = UNet(base_width=2, out_channels=3, up=up).eval()
    with torch.inference_mode():
        assert network(torch.rand(2, 1, *shape)).shape == (2, 3, *shape)


@pytest.mark.parametrize("shape", [(17, 16), (16, 40), (250, 256)])
def test_other_sizes_are_refused(shape):
    with pytest.raises(ValueError, match="multiples of 16"):
        UNet(base_width=2)(torch.rand(1, 1, *shape))


def test_a_frozen_block_does_not_learn_and_every_other_does():
    torch.manual_seed(0)
    network = UNet(base_width=2, norm="none")
    for module in network.named_blocks()["b5a"]:
        module.requires_grad_(False)
    network(torch.rand(1, 1, 32, 32)).square().mean().backward()
    for name in UNET_BLOCKS:
        learns = any(p.grad is not None for m in network.named_blocks()[name] for p in m.parameters())
        assert learns == (name != "b5a")


def test_blocks_together_are_the_whole_network():
    network = UNet(base_width=2, head="2ch", norm="instance")
    inside = [p for modules in network.named_blocks().values() for m in modules for p in m.parameters()]
    assert {id(p) for p in inside} == {id(p) for p in network.parameters()}


def test_the_skip_carries_detail_of_single_pixels():
    torch.manual_seed(1)
    network = UNet(base_width=4).eval()
    x = torch.zeros(1, 1, 32, 32)
    y = x.clone()
    y[0, 0, 10, 20] = 1.0
    with torch.inference_mode():
        change = (network(y) - network(x)).abs()[0, 0]
    row, col = divmod(int(change.argmax()), 32)
    assert abs(row - 10) <= 4
    assert abs(col - 20) <= 4
