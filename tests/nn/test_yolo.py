from __future__ import annotations

import pytest
import torch
from torch import nn

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS
from lusgui.nn.freezing import fingerprint
from lusgui.nn.registry import build, count_parameters
from lusgui.nn.yolo import DarknetConv, LocallyConnected, transfer_convolutions

OUTPUTS = {7: 539, 9: 891, 11: 1331, 13: 1859}


@pytest.mark.parametrize(
    ("head", "totals"),
    [
        ("fc2", {7: 267_902_427, 9: 269_344_571, 11: 271_147_251, 13: 273_310_467}),
        ("local", {7: 182_548_955, 9: 186_964_795, 11: 192_484_595, 13: 199_108_355}),
    ],
)
def test_yolo_counts_as_published_for_every_grid(head, totals):
    for grid, total in totals.items():
        with torch.device("meta"):
            network = build("yolo-v1", grid=grid, head=head)
            assert network(torch.empty(1, 3, 448, 448)).shape == (1, OUTPUTS[grid])
        assert count_parameters(network) == total
        assert count_parameters(network.stages) == 60_169_152
        assert len(network.convolutions()) == 24


def test_tiny_yolo_counts_as_published_for_every_grid():
    for grid, outputs in OUTPUTS.items():
        with torch.device("meta"):
            network = build("yolo-tiny", grid=grid)
            assert network(torch.empty(1, 3, 224, 224)).shape == (1, outputs)
            deep = torch.empty(1, 3, 224, 224)
            for stage in network.stages.values():
                deep = stage(deep)
        assert deep.shape == (1, 256, 4, 4)  # the sixth pooling, of 7 x 7, pads
        assert count_parameters(network.stages) == 8_654_224
        assert count_parameters(network) == 8_654_224 + 4096 * outputs + outputs
        assert len(network.convolutions()) == 8
    with torch.device("meta"):
        assert count_parameters(build("yolo-tiny")) == 10_862_507


@pytest.mark.parametrize(("boxes", "classes"), [(1, 1), (2, 1), (3, 4), (5, 20)])
def test_boxes_and_classes_are_free(boxes, classes):
    with torch.device("meta"):
        network = build("yolo-tiny", grid=5, boxes=boxes, classes=classes)
        assert network(torch.empty(2, 3, 224, 224)).shape == (2, 25 * (5 * boxes + classes))


@pytest.mark.parametrize("name", ["yolo-v1", "yolo-tiny"])
@pytest.mark.parametrize("head", ["fc2", "local", "connected"])
@pytest.mark.parametrize("side", [32, 96, 208])
def test_any_head_answers_at_any_side_and_width(name, head, side):
    network = build(name, base_width=1, input_side=side, head=head, grid=3).eval()
    with torch.inference_mode():
        found = network(torch.rand(2, 3, side, side))
    assert found.shape == (2, 99)
    assert found.isfinite().all()
    with pytest.raises(ValueError, match=f"{side} x {side}"):
        network(torch.rand(1, 3, side, side + 16))


def test_one_argument_scales_every_width():
    with torch.device("meta"):
        full, half = build("yolo-v1"), build("yolo-v1", base_width=32)
    widths = [
        [
            m.out_features if isinstance(m, nn.Linear) else m.out_channels
            for m in network.modules()
            if isinstance(m, (nn.Conv2d, nn.Linear))
        ][:-1]
        for network in (full, half)
    ]
    assert widths[0] == [2 * width for width in widths[1]]
    assert widths[0][-1] == 4096
    with torch.device("meta"):
        assert build("yolo-v1", base_width=4, hidden=100).head[1].out_features == 100


def test_every_convolution_has_normalisation_and_a_leak_of_a_tenth():
    for name in ("yolo-v1", "yolo-tiny"):
        for unit in build(name, base_width=1, input_side=32).convolutions():
            conv, norm, leak = unit
            assert conv.bias is None
            assert isinstance(norm, nn.BatchNorm2d)
            assert leak.negative_slope == 0.1


def test_kernels_and_strides_are_darknets():
    with torch.device("meta"):
        convs = [unit[0] for unit in build("yolo-v1").convolutions()]
    assert [(c.kernel_size[0], c.stride[0], c.out_channels) for c in convs] == [
        (7, 2, 64),
        (3, 1, 192),
        *[(1, 1, 128), (3, 1, 256), (1, 1, 256), (3, 1, 512)],
        *[(1, 1, 256), (3, 1, 512)] * 4,
        *[(1, 1, 512), (3, 1, 1024)],
        *[(1, 1, 512), (3, 1, 1024)] * 2,
        *[(3, 1, 1024), (3, 2, 1024), (3, 1, 1024), (3, 1, 1024)],
    ]


def test_a_locally_connected_layer_with_one_kernel_everywhere_is_a_convolution():
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 5, 3, padding=1)
    local = LocallyConnected(3, 5, 4)
    with torch.no_grad():
        local.weight.copy_(conv.weight.flatten(1).expand(16, -1, -1))
        local.bias.copy_(conv.bias[:, None, None].expand(-1, 4, 4))
        x = torch.rand(2, 3, 4, 4)
        assert torch.allclose(local(x), conv(x), atol=1e-5)
        local.weight[5] = 0  # row 1, column 1
        change = (local(x) - conv(x)).abs().amax((0, 1)) > 1e-5
    assert change.nonzero().tolist() == [[1, 1]]


def test_convolutions_move_to_another_grid():
    torch.manual_seed(0)
    many = build("yolo-tiny", base_width=1, input_side=64, grid=13)
    many(torch.rand(2, 3, 64, 64))
    few = build("yolo-tiny", base_width=1, input_side=32, grid=5)
    head = fingerprint(few.head)
    transfer_convolutions(many, few)
    assert fingerprint(few.stages) == fingerprint(many.stages)
    assert fingerprint(few.head) == head
    with pytest.raises(ModelError, match="not of one shape"):
        transfer_convolutions(many, build("yolo-tiny", base_width=2, input_side=32))


def test_blocks_together_are_the_whole_network():
    for name in ("yolo-v1", "yolo-tiny"):
        network = build(name, base_width=1, input_side=32)
        blocks = network.named_blocks()
        assert tuple(blocks) == NETWORKS[name].blocks
        inside = {id(p) for modules in blocks.values() for m in modules for p in m.parameters()}
        assert inside == {id(p) for p in network.parameters()}
        assert all(isinstance(unit, DarknetConv) for unit in network.convolutions())
