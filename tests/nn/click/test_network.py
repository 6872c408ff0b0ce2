"""Tests of lusgui.nn.click.network."""

from __future__ import annotations

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.networks import CLICK_BLOCKS
from lusgui.nn.click.network import DECODER_STRIDE, PROMPT_CHANNELS, Features
from lusgui.nn.registry import build, count_parameters

SMALL = {"base_width": 4, "fine_width": 4, "coarse_side": 96, "fine_side": 64}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return build("click-net", **SMALL).eval()


def test_every_part_answers_on_its_own_grid(network):
    image = torch.rand(2, 1, 96, 96)
    with torch.inference_mode():
        features = network.encode(image)
        assert [tuple(each.shape[1:]) for each in features.levels] == [
            (4, 48, 48),
            (8, 24, 24),
            (16, 12, 12),
            (24, 6, 6),
        ]
        prompt = torch.zeros(2, PROMPT_CHANNELS, 48, 48)
        assert network.decode(features, prompt).shape == (2, 1, 96 // DECODER_STRIDE, 96 // DECODER_STRIDE)
        crop = torch.rand(2, 1, 64, 64)
        assert network.refine(crop, crop, torch.zeros(2, PROMPT_CHANNELS, 64, 64)).shape == crop.shape
        assert network(torch.rand(1, 1, 50, 70)).shape == (1, 1, 50, 70)


def test_features_of_several_targets_in_one_frame_are_repeated_in_order():
    features = Features((torch.arange(2.0).reshape(2, 1, 1, 1),))
    assert features.repeat(3).levels[0].flatten().tolist() == [0, 0, 0, 1, 1, 1]
    assert features.nbytes == 8


@pytest.mark.parametrize("channel", range(PROMPT_CHANNELS))
def test_every_plane_of_the_prompt_changes_the_answer(network, channel):
    features = network.encode(torch.rand(1, 1, 96, 96))
    empty = torch.zeros(1, PROMPT_CHANNELS, 48, 48)
    told = empty.clone()
    told[0, channel, 20:24, 30:34] = 1
    with torch.inference_mode():
        assert not torch.allclose(network.decode(features, told), network.decode(features, empty))


def test_a_click_tells_the_decoder_what_lies_under_it(network):
    """Marks at places that look alike are answered alike far away; marks on something else are not."""
    image = torch.zeros(1, 1, 96, 96)
    image[..., 48:] = 1
    features = network.encode(image)
    shares = []
    for col in (10, 40):
        prompt = torch.zeros(1, PROMPT_CHANNELS, 48, 48)
        prompt[0, 0, 20:24, col - 2 : col + 2] = 1
        likeness, _ = network.decoder._compare(features.levels[1], prompt[:, :, ::2, ::2])
        shares.append(likeness[0, 0, :, 18:22].mean() - likeness[0, 0, :, 3:7].mean())
    assert shares[0] < 0 < shares[1]


def test_learning_reaches_every_parameter(network):
    learner = build("click-net", **SMALL)
    features = learner.encode(torch.rand(1, 1, 96, 96))
    coarse = learner.decode(features, torch.rand(1, PROMPT_CHANNELS, 48, 48))
    crop = torch.rand(1, 1, 64, 64)
    fine = learner.refine(crop, crop, torch.rand(1, PROMPT_CHANNELS, 64, 64))
    (coarse.square().mean() + fine.square().mean()).backward()
    assert [name for name, each in learner.named_parameters() if each.grad is None] == []


def test_blocks_are_all_there_is_and_the_default_network_is_small(network):
    assert tuple(network.named_blocks()) == CLICK_BLOCKS
    with torch.device("meta"):
        assert count_parameters(build("click-net")) < 3_000_000


def test_a_crop_that_cannot_be_folded_is_refused():
    with pytest.raises(ModelError, match="multiple of 32"):
        build("click-net", fine_side=48)
