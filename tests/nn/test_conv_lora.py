from __future__ import annotations

import pytest
import torch
from torch import nn

from lusgui.base.errors import ModelError
from lusgui.core.model_card import ModelCard
from lusgui.core.networks import NETWORKS
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.conv_lora import AdaptedConv2d, add_adapters, has_adapters, merge
from lusgui.nn.freezing import apply_strategy, learning_parameters, set_training_mode
from lusgui.nn.registry import build, count_parameters


def taught(name="lus-unet", strategy="convlora", **arguments):
    torch.manual_seed(0)
    network = apply_strategy(build(name, **NETWORKS[name].at_width(2), **arguments), strategy)
    set_training_mode(network)
    optimiser = torch.optim.Adam(learning_parameters(network), lr=0.05)
    x = torch.rand(2, network.init_args["in_channels"], 32, 32)
    for _ in range(3):
        optimiser.zero_grad()
        (network(x) - 1).square().mean().backward()
        optimiser.step()
    return network.eval(), x


@pytest.mark.parametrize("name", ["lus-unet", "amiri-unet", "v-unet", "hu-unet", "zoom-unet"])
def test_adapters_change_nothing_before_they_learn(name):
    torch.manual_seed(3)
    network = build(name, **NETWORKS[name].at_width(2)).eval()
    x = torch.rand(1, network.init_args["in_channels"], 32, 32)
    with torch.inference_mode():
        before = network(x)
        assert torch.equal(apply_strategy(network, "convlora")(x), before)


@pytest.mark.parametrize("name", ["lus-unet", "amiri-unet", "v-unet", "hu-unet", "zoom-unet"])
def test_a_merged_network_is_plain_and_answers_the_same_bits(name):
    network, x = taught(name)
    merged = merge(network)
    assert has_adapters(network)
    assert not has_adapters(merged)
    assert all(p.requires_grad for p in merged.parameters())
    fresh = build(name, **NETWORKS[name].at_width(2))
    assert {k: v.shape for k, v in merged.state_dict().items()} == {
        k: v.shape for k, v in fresh.state_dict().items()
    }
    with torch.inference_mode():
        assert torch.equal(merged(x), network(x))
        assert not torch.equal(fresh.eval()(x), network(x))


def test_the_change_has_the_rank_and_only_adapters_and_head_learn():
    network, _ = taught("x-unet", "convlora-8")
    plain = build("x-unet", base_width=2)
    expected = sum(p.numel() for p in plain.head.parameters())
    for module in plain.modules():
        if isinstance(module, nn.Conv2d) and module is not plain.head:
            expected += 8 * (module.out_channels + module.in_channels * 9)
    assert count_parameters(network, trainable_only=True) == expected
    deep = network.b5a[0]
    assert isinstance(deep, AdaptedConv2d)
    change = (deep.adapted_weight() - deep.weight).flatten(1)
    assert int(torch.linalg.matrix_rank(change, rtol=1e-3)) == 8
    assert not any(isinstance(module, AdaptedConv2d) for module in network.head.modules())


def test_both_heads_of_a_network_of_two_learn_whole():
    network, _ = taught("zoom-unet", coarse_side=32, fine_side=32)
    whole = {
        name
        for name, p in network.named_parameters()
        if p.requires_grad and not name.rpartition(".")[2].startswith("adapter_")
    }
    assert whole == {f"{part}.head.{kind}" for part in ("coarse", "fine") for kind in ("weight", "bias")}
    assert not isinstance(network.fine.head, AdaptedConv2d)
    assert isinstance(network.coarse.b1[0][0], AdaptedConv2d)


def test_strides_and_groups_are_kept():
    base = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
    adapted = AdaptedConv2d(base, 2)
    nn.init.normal_(adapted.adapter_up)
    x = torch.rand(1, 4, 9, 9)
    y = adapted(x)
    assert y.shape == base(x).shape
    holder = nn.Sequential(adapted)
    assert torch.equal(merge(holder)(x), y)
    assert torch.equal(holder[0].weight, base.weight)


def test_a_network_with_adapters_is_saved_merged(tmp_path):
    network, x = taught()
    path = tmp_path / "m.safetensors"
    save_model(path, network, ModelCard("m", "1", "lus-unet", ("rib",), (32, 32)))
    loaded = load_model(path).network
    assert not has_adapters(loaded)
    with torch.inference_mode():
        assert torch.allclose(loaded(x), network(x), atol=2e-2)


def test_mistakes_are_refused():
    with pytest.raises(ModelError, match="at least 1"):
        add_adapters(build("lus-unet", base_width=2), 0)
    with pytest.raises(ModelError, match="no convolution"):
        add_adapters(nn.Sequential(nn.Linear(2, 2)), 4)
    network = add_adapters(build("lus-unet", base_width=2), 4)
    with pytest.raises(ModelError, match="already"):
        add_adapters(network, 4)
