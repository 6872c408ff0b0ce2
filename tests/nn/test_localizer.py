from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS
from lusgui.nn.freezing import fingerprint
from lusgui.nn.localizer import HuLocalizer, HuUNet, transfer_encoder
from lusgui.nn.registry import build, count_parameters


def test_parameters_are_those_of_the_layers():
    # two 3 x 3 convolutions and their normalisation a level; 16, 32, 64, 128, 256 channels
    widths = [1, 16, 32, 64, 128, 256]
    encoder = sum(i * o * 9 + o + o * o * 9 + o + 4 * o for i, o in pairwise(widths))
    with torch.device("meta"):
        localizer, unet = build("hu-localizer"), build("hu-unet")
    assert count_parameters(localizer.encoder) == count_parameters(unet.encoder) == encoder
    assert count_parameters(localizer) == encoder + 256 * 16 * 16 * 2 + 2
    up = sum(2 * o * o * 4 + o + 2 * o * o * 9 + o + o * o * 9 + o + 4 * o for o in (128, 64, 32, 16))
    assert count_parameters(unet) == encoder + up + 17


@pytest.mark.parametrize("points", [1, 3])
def test_every_label_gets_a_row_and_a_column_and_they_are_linear(points):
    torch.manual_seed(0)  # random weights reach further now and then
    network = HuLocalizer(base_width=2, out_channels=points, input_side=32).eval()
    with torch.inference_mode():
        found = network(torch.rand(4, 1, 32, 32))
        assert found.shape == (4, 2 * points)
        assert ((found - 0.5).abs() < 0.5).all()
        network.head.bias.fill_(7.0)
        assert (network(torch.zeros(1, 1, 32, 32)) > 5).all()
    with pytest.raises(ValueError, match="32 x 32"):
        network(torch.rand(1, 1, 64, 64))


def test_a_localizer_learns_where_a_thing_is_row_before_column():
    torch.manual_seed(0)
    network = HuLocalizer(base_width=4, input_side=32, dropout=0.0).train()
    optimiser = torch.optim.RMSprop(network.parameters(), lr=1e-3)

    def draw(n):
        places = torch.randint(4, 28, (n, 2))
        images = torch.zeros(n, 1, 32, 32)
        for image, (row, column) in zip(images, places, strict=True):
            image[0, row - 2 : row + 3, column - 2 : column + 3] = 1.0
        return images, (places + 0.5) / 32

    for _ in range(120):
        images, truth = draw(16)
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(network(images), truth).backward()
        optimiser.step()
    images, truth = draw(64)
    with torch.inference_mode():
        found = network.eval()(images)
    error = (found - truth).abs().mean()
    assert error < 0.1 < (found - truth.flip(1)).abs().mean()


@pytest.mark.parametrize("shape", [(16, 16), (64, 16), (80, 112)])
def test_any_size_divisible_by_sixteen_comes_out_as_it_went_in(shape):
    network = HuUNet(base_width=2, out_channels=2).eval()
    with torch.inference_mode():
        assert network(torch.rand(1, 1, *shape)).shape == (1, 2, *shape)
    with pytest.raises(ValueError, match="multiples of 16"):
        network(torch.rand(1, 1, 17, 16))


def test_the_encoder_moves_from_one_to_the_other_with_its_statistics():
    torch.manual_seed(0)
    localizer = HuLocalizer(base_width=2, input_side=32)
    localizer(torch.rand(4, 1, 32, 32))
    unet = HuUNet(base_width=2)
    decoder = fingerprint([unet.decoder, unet.head])
    assert fingerprint(unet.encoder) != fingerprint(localizer.encoder)
    transfer_encoder(localizer, unet)
    assert fingerprint(unet.encoder) == fingerprint(localizer.encoder)
    assert fingerprint([unet.decoder, unet.head]) == decoder
    assert {k for k in localizer.state_dict() if k.startswith("encoder.")} == {
        k for k in unet.state_dict() if k.startswith("encoder.")
    }
    with torch.no_grad():
        unet.encoder.e1[0][0].weight.add_(1.0)
    assert fingerprint(unet.encoder) != fingerprint(localizer.encoder)


@pytest.mark.parametrize("arguments", [{"base_width": 4}, {"in_channels": 3}, {"norm": "group"}])
def test_an_encoder_of_another_shape_is_refused_and_nothing_is_changed(arguments):
    unet = HuUNet(**{"base_width": 2} | arguments)
    before = fingerprint(unet)
    with pytest.raises(ModelError, match="not of one shape"):
        transfer_encoder(HuLocalizer(base_width=2, input_side=32), unet)
    assert fingerprint(unet) == before
    with pytest.raises(ModelError, match="no encoder"):
        transfer_encoder(build("lus-unet", base_width=2), unet)


def test_blocks_together_are_the_whole_network():
    for name, arguments in {"hu-localizer": {"input_side": 32}, "hu-unet": {}}.items():
        network = build(name, base_width=2, **arguments)
        blocks = network.named_blocks()
        assert tuple(blocks) == NETWORKS[name].blocks
        inside = {id(p) for modules in blocks.values() for m in modules for p in m.parameters()}
        assert inside == {id(p) for p in network.parameters()}
