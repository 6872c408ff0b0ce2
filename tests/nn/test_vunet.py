from __future__ import annotations

import pytest
import torch

from lusgui.core.networks import NETWORKS
from lusgui.nn.registry import build, count_parameters
from lusgui.nn.vunet import VUNet


def count(modules):
    return sum(p.numel() for m in modules for p in m.parameters())


def test_the_published_network_has_exactly_the_published_number_of_parameters_block_by_block():
    with torch.device("meta"):
        network = build("v-unet")
    assert count_parameters(network.encoder) == 14_714_688
    assert count_parameters(network.decoder) + count_parameters(network.head) == 14_089_857
    assert count_parameters(network) == 28_804_545
    assert {name: count(modules) for name, modules in network.named_blocks().items()} == {
        "e1": 38_720,
        "e2": 221_440,
        "e3": 1_475_328,
        "e4": 5_899_776,
        "e5": 7_079_424,
        "d4": 10_487_808,
        "d3": 2_884_608,
        "d2": 573_824,
        "d1": 143_617,
    }
    assert tuple(network.named_blocks()) == NETWORKS["v-unet"].blocks


def test_blocks_together_are_the_whole_network():
    network = VUNet(base_width=2, norm="batch")
    inside = [p for modules in network.named_blocks().values() for m in modules for p in m.parameters()]
    assert {id(p) for p in inside} == {id(p) for p in network.parameters()}


@pytest.mark.parametrize("shape", [(16, 16), (64, 16), (80, 112)])
def test_any_size_divisible_by_sixteen_comes_out_as_it_went_in(shape):
    network = VUNet(base_width=2, out_channels=3).eval()
    with torch.inference_mode():
        assert network(torch.rand(2, 3, *shape)).shape == (2, 3, *shape)
    with pytest.raises(ValueError, match="multiples of 16"):
        network(torch.rand(1, 3, 17, 16))


def test_the_encoder_sees_the_input_less_its_mean_over_its_deviation():
    torch.manual_seed(0)
    plain, shifted = VUNet(base_width=2).eval(), VUNet(base_width=2).eval()
    shifted.load_state_dict(plain.state_dict())
    mean, std = torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0.5, 0.25, 2.0])
    shifted.input_mean.copy_(mean)
    shifted.input_std.copy_(std)
    x = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        assert torch.equal(shifted(x), plain((x - mean[:, None, None]) / std[:, None, None]))


def test_normalisation_is_in_the_decoder_only():
    network = VUNet(base_width=2, norm="batch")
    kinds = {name for name, module in network.named_modules() if isinstance(module, torch.nn.BatchNorm2d)}
    assert len(kinds) == 10
    assert all(name.startswith("decoder.") for name in kinds)
