from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from lusgui.core.networks import NETWORKS
from lusgui.nn.folding import fold_batch_norms, shorten_convolutions
from lusgui.nn.registry import build


def trained(name, **arguments):
    """A network whose normalisations have seen something, so that folding has something to do."""
    torch.manual_seed(0)
    network = build(name, **NETWORKS[name].at_width(2), **arguments)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.2, 3.0)
                module.weight.normal_()
                module.bias.normal_()
    return network.eval()


def kinds(network, kind):
    return [module for module in network.modules() if isinstance(module, kind)]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("lus-unet", {"norm": "batch"}),
        ("hu-unet", {}),
        ("zoom-unet", {"norm": "batch", "coarse_side": 32, "fine_side": 32}),
    ],
)
def test_folded_networks_answer_the_same(name, arguments):
    network = trained(name, **arguments)
    x = torch.rand(2, 1, 32, 48, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = network(x)
        assert kinds(network, nn.BatchNorm2d)
        found = fold_batch_norms(network)(x)
    assert not kinds(network, nn.BatchNorm2d)
    assert torch.allclose(found, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_normalisations_of_the_frame_stay():
    network = build("lus-unet", base_width=2, norm="group").eval()
    before = copy.deepcopy(network.state_dict())
    count = len(kinds(network, nn.GroupNorm))
    fold_batch_norms(network)
    assert len(kinds(network, nn.GroupNorm)) == count > 0
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_what_depends_on_the_batch_is_refused():
    with pytest.raises(ValueError, match="eval mode"):
        fold_batch_norms(build("hu-unet", base_width=2))


def test_short_weights_give_the_very_answer_of_autocast():
    network = build("lus-unet", base_width=4).eval()
    short = shorten_convolutions(copy.deepcopy(network))
    assert {m.weight.dtype for m in kinds(short, nn.Conv2d)} == {torch.bfloat16}
    assert {m.weight.dtype for m in kinds(short, nn.ConvTranspose2d)} == {torch.bfloat16}
    assert {m.weight.dtype for m in kinds(short, nn.GroupNorm)} == {torch.float32}
    x = torch.rand(1, 1, 32, 32)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(short(x), network(x))
