from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from lusgui.nn import packing
from lusgui.nn.conv_lora import add_adapters
from lusgui.nn.folding import fold_batch_norms
from lusgui.nn.packing import (
    BFLOAT16,
    FLOAT32,
    MIXED,
    PackedConvolution,
    PackedUp,
    can_pack,
    pack_convolutions,
    precision_of,
)
from lusgui.nn.registry import build

NETWORKS = [
    ("lus-unet", {"base_width": 4}),
    ("lus-unet", {"base_width": 4, "norm": "batch"}),
    ("x-unet", {"base_width": 4}),
    ("x-unet", {"base_width": 4, "head": "2ch"}),
    ("amiri-unet", {"base_width": 4}),
    ("v-unet", {"base_width": 2, "norm": "group"}),
    ("hu-unet", {"base_width": 4}),
    ("zoom-unet", {"coarse_width": 2, "fine_width": 4, "coarse_side": 32, "fine_side": 32}),
]

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN, the plain way is taken"
)


def ready(name, arguments):
    torch.manual_seed(0)
    network = build(name, **arguments).eval().requires_grad_(False)
    channels = network.init_args["in_channels"]
    return fold_batch_norms(network), torch.rand(2, channels, 48, 64)


def answer(network, x):
    with torch.inference_mode():
        return network(x).float()


@pytest.mark.parametrize(("name", "arguments"), NETWORKS)
def test_packed_float32_answers_the_same(name, arguments):
    network, x = ready(name, arguments)
    expected = answer(network, x)
    assert can_pack(network)
    packed = pack_convolutions(network, FLOAT32)
    assert not any(type(m) in (nn.Conv2d, nn.ConvTranspose2d) for m in packed.modules())
    scale = float(expected.abs().max())
    assert torch.allclose(answer(packed, x), expected, rtol=1e-3, atol=1e-4 * scale)


@pytest.mark.parametrize(("name", "arguments"), NETWORKS)
def test_shorter_precisions_are_near_and_mixed_is_nearer(name, arguments):
    network, x = ready(name, arguments)
    expected = answer(network, x)
    off = {
        precision: float((answer(pack_convolutions(copy.deepcopy(network), precision), x) - expected).std())
        for precision in (MIXED, BFLOAT16)
    }
    assert 0 < off[MIXED] < off[BFLOAT16] < 0.05 * float(expected.std() + expected.abs().mean())


def test_frames_of_other_sizes_and_layouts_are_answered_too():
    network, x = ready("x-unet", {"base_width": 4})
    others = [x, x[:1], torch.rand(1, 3, 32, 16), x.contiguous(memory_format=torch.channels_last)]
    expected = [answer(network, other) for other in others]
    packed = pack_convolutions(network)
    for other, right in zip(others, expected, strict=True):
        assert torch.allclose(answer(packed, other), right, rtol=1e-3, atol=1e-4)
        assert torch.equal(answer(packed, other), answer(packed, other))


@pytest.mark.parametrize(
    "source",
    [
        nn.Conv2d(6, 5, 3, stride=2, padding=1),
        nn.Conv2d(6, 4, 3, dilation=2, groups=2, bias=False),
        nn.Conv2d(6, 3, (1, 3), padding=(0, 1)),
    ],
)
@pytest.mark.parametrize("then_relu", [False, True])
def test_any_convolution_with_its_relu(source, then_relu):
    x = torch.randn(2, 6, 9, 11)
    with torch.inference_mode():
        right = source(x).relu() if then_relu else source(x)
        found = PackedConvolution(source, torch.float32, then_relu=then_relu)(x)
    assert torch.allclose(found, right, atol=1e-5)
    assert bool((found < 0).any()) != then_relu


@pytest.mark.parametrize("kernel", [(2, 2), (1, 3)])
@pytest.mark.parametrize("bias", [False, True])
def test_ups_whose_kernels_do_not_overlap(kernel, bias):
    source = nn.ConvTranspose2d(6, 5, kernel, stride=kernel, bias=bias)
    x = torch.randn(2, 6, 4, 7)
    with torch.inference_mode():
        assert torch.allclose(PackedUp(source, torch.float32)(x), source(x), atol=1e-5)


def test_a_relu_behind_a_normalisation_stays():
    network = pack_convolutions(ready("lus-unet", {"base_width": 2})[0])
    assert isinstance(network.b1[0][2], nn.ReLU)
    network = pack_convolutions(ready("x-unet", {"base_width": 2})[0])
    assert isinstance(network.b1[0][1], nn.Identity)


@pytest.mark.parametrize(
    ("name", "mixed", "short"),
    [
        ("b1.0.0", torch.float32, torch.bfloat16),
        ("fine.b3.1.0", torch.float32, torch.bfloat16),
        ("encoder.e2.0.0", torch.float32, torch.bfloat16),
        ("b4.0.0", torch.bfloat16, torch.bfloat16),
        ("b9.conv.1.0", torch.bfloat16, torch.bfloat16),
        ("coarse.head", torch.float32, torch.float32),
        ("head.2", torch.float32, torch.float32),
    ],
)
def test_which_convolutions_are_short(name, mixed, short):
    assert precision_of(name, FLOAT32) is torch.float32
    assert precision_of(name, MIXED) is mixed
    assert precision_of(name, BFLOAT16) is short


def test_what_is_unknown_is_not_packed(monkeypatch):
    assert not can_pack(nn.ReLU())
    assert not can_pack(nn.Sequential(nn.Conv2d(1, 1, 3, padding="same")))
    assert not can_pack(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect")))
    assert not can_pack(nn.Sequential(nn.ConvTranspose2d(1, 1, 3, stride=2)))
    assert not can_pack(nn.Sequential(nn.Conv2d(1, 1, 1), nn.Conv3d(1, 1, 1)))
    network = build("lus-unet", base_width=2)
    assert can_pack(network)
    monkeypatch.setattr(packing, "_NEEDED", ("_an_operator_of_another_torch",))
    assert not can_pack(network)


def test_adapted_convolutions_are_left_alone():
    network = build("lus-unet", base_width=2)
    add_adapters(network, 1)
    assert not can_pack(network)
