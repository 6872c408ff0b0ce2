from __future__ import annotations

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS
from lusgui.core.strategies import AMIRI, STRATEGIES, strategies_for
from lusgui.nn.freezing import (
    apply_strategy,
    block_fingerprints,
    find_heads,
    fingerprint,
    learning_parameters,
    named_blocks,
    set_training_mode,
)
from lusgui.nn.registry import build, count_parameters

# counted by hand from the layers, without and with a convolution to two channels before the head
PLAIN = {
    "all": 31_030_593,
    "contracting": 9_403_840,
    "expanding": 21_626_753,
    "except-5": 16_872_769,
    "5": 14_157_824,
    "1289": 976_449,
    "3-7": 30_054_144,
    "1": 37_568,
    "9": 143_617,
    "19": 181_185,
    "12": 259_008,
    "34": 4_425_216,
    "scratch": 31_030_593,
}
TWO_CHANNELS = PLAIN | {
    "all": 31_031_685,
    "expanding": 21_627_845,
    "except-5": 16_873_861,
    "1289": 977_541,
    "9": 144_709,
    "19": 182_277,
    "scratch": 31_031_685,
}
# Amiri et al. 2020, Table II: parameters and their fraction of the whole
TABLE_II = {
    "all": ("3.1e+07", "1"),
    "contracting": ("9.4e+06", "0.303"),
    "expanding": ("2.2e+07", "0.697"),
    "except-5": ("1.7e+07", "0.544"),
    "5": ("1.4e+07", "0.456"),
    "1289": ("9.8e+05", "0.032"),
    "3-7": ("3.0e+07", "0.968"),
    "1": ("3.8e+04", "0.0012"),
    "9": ("1.4e+05", "0.0047"),
    "19": ("1.8e+05", "0.0059"),
    "12": ("2.6e+05", "0.0083"),
    "34": ("4.4e+06", "0.142"),
}


def counts_of(network):
    return {
        name: count_parameters(apply_strategy(network, name), trainable_only=True)
        for name in STRATEGIES
        if not STRATEGIES[name].rank
    }


@pytest.mark.parametrize(
    ("head", "expected", "missed"),
    [
        ("plain", PLAIN, {("1289", 1), ("3-7", 1), ("9", 1), ("19", 1), ("34", 1)}),
        ("2ch", TWO_CHANNELS, {("34", 1)}),
    ],
)
def test_every_column_of_table_two_is_counted_to_the_last_digit(head, expected, missed):
    with torch.device("meta"):
        network = build("amiri-unet", head=head)
    counts = counts_of(network)
    assert {name: counts[name] for name in AMIRI} == expected
    wrong = set()
    for name, (number, fraction) in TABLE_II.items():
        share = counts[name] / counts["all"]
        digits = len(fraction.partition(".")[2])
        wrong |= {(name, 0)} if f"{counts[name]:.1e}" != number else set()
        wrong |= {(name, 1)} if f"{share:.{digits}f}" != fraction else set()
    # cells that the layers cannot give: of the 24 one with two channels before the head, five without
    assert wrong == missed


@pytest.mark.parametrize("head", ["plain", "2ch"])
def test_exact_fractions(head):
    with torch.device("meta"):
        counts = counts_of(build("amiri-unet", head=head))
    share = {name: counts[name] / counts["all"] for name in AMIRI}
    assert round(share["contracting"] + share["expanding"], 12) == 1
    assert round(share["except-5"] + share["5"], 12) == 1
    assert round(share["1289"] + share["3-7"], 12) == 1
    assert f"{share['34']:.4f}" == "0.1426"
    assert f"{share['1289']:.5f}" == ("0.03147" if head == "plain" else "0.03150")


def test_x_unet_with_its_bottleneck_frozen():
    with torch.device("meta"):
        counts = counts_of(build("x-unet"))
    assert counts["5"] == 14_157_824
    assert counts["except-5"] == 16_873_921
    assert counts["all"] == 31_031_745


def test_v_unet_trains_its_decoder_alone_in_transfer():
    with torch.device("meta"):
        counts = counts_of(build("v-unet"))
    assert counts["encoder-frozen"] == counts["expanding"] == 14_089_857
    assert counts["contracting"] == 14_714_688
    assert counts["all"] == 28_804_545


SMALL = {
    "lus-unet": {"norm": "batch"},
    "amiri-unet": {},
    "v-unet": {"norm": "batch"},
    "hu-unet": {},
    "hu-localizer": {"input_side": 32},
    "yolo-tiny": {"input_side": 64},
    "zoom-unet": {"coarse_side": 32, "fine_side": 32, "norm": "batch"},
}


def learn(network, shape, steps=2, statistics_move=False):
    torch.manual_seed(0)
    set_training_mode(network, statistics_move=statistics_move)
    optimiser = torch.optim.AdamW(learning_parameters(network), lr=0.01, weight_decay=0.1)
    for _ in range(steps):
        optimiser.zero_grad()
        network(torch.rand(2, *shape)).square().mean().backward()
        optimiser.step()
    return network.eval()


def shape_of(network):
    side = network.init_args.get("input_side", 32)
    return (network.init_args["in_channels"], side, side)


@pytest.mark.parametrize(
    ("name", "strategy"), [(name, strategy) for name in SMALL for strategy in strategies_for(name)]
)
def test_frozen_blocks_are_unchanged_to_the_bit_and_the_others_learn(name, strategy):
    torch.manual_seed(1)
    network = build(name, **NETWORKS[name].at_width(2), **SMALL[name])
    before = block_fingerprints(network)
    state = {key: value.clone() for key, value in network.state_dict().items()}
    network = apply_strategy(network, strategy)
    learns = {
        block
        for block, modules in named_blocks(network).items()
        if any(p.requires_grad for m in modules for p in m.parameters())
    }
    learn(network, shape_of(network))
    if STRATEGIES[strategy].rank:
        own = network.state_dict()
        head = {key for key in state if "head" in key.split(".")}
        assert all(torch.equal(own[key], state[key]) for key in state.keys() - head)
        assert any(not torch.equal(own[key], state[key]) for key in head)
        return
    after = block_fingerprints(network)
    assert {block for block in before if before[block] != after[block]} == learns
    assert learns


@pytest.mark.parametrize("moves", [False, True])
def test_a_frozen_encoder_keeps_its_statistics_unless_told_otherwise(moves):
    torch.manual_seed(2)
    network = build("hu-unet", base_width=2)
    apply_strategy(network, "encoder-frozen")
    weights = {name: p.detach().clone() for name, p in network.encoder.named_parameters()}
    before = fingerprint(network.encoder)
    learn(network, (1, 32, 32), statistics_move=moves)
    assert (fingerprint(network.encoder) != before) == moves
    assert all(torch.equal(p, weights[name]) for name, p in network.encoder.named_parameters())


def test_what_is_frozen_does_not_drop_elements_and_what_learns_does():
    network = build("hu-unet", base_width=2)
    set_training_mode(network)
    assert network.encoder.dropout.training
    set_training_mode(apply_strategy(network, "encoder-frozen"))
    assert not network.encoder.dropout.training
    assert network.decoder["d1"].training
    network = build("amiri-unet", base_width=2)
    set_training_mode(apply_strategy(network, "5"))
    assert network.dropout.training


def test_one_strategy_after_another_leaves_no_trace_of_the_first():
    network = build("lus-unet", base_width=2)
    apply_strategy(network, "9")
    apply_strategy(network, "all")
    assert all(p.requires_grad for p in network.parameters())


def test_heads_are_found_where_they_are():
    assert list(find_heads(build("lus-unet", base_width=2))) != []
    network = build("zoom-unet", coarse_width=2, fine_width=2)
    assert list(find_heads(network)) == [network.coarse.head, network.fine.head]


def test_what_makes_no_sense_is_one_clear_error():
    with pytest.raises(ModelError, match="no strategy called 'most'"):
        apply_strategy(build("lus-unet", base_width=2), "most")
    with pytest.raises(ModelError, match="without an expanding path"):
        apply_strategy(build("hu-localizer", base_width=2, input_side=32), "9")
    with pytest.raises(ModelError, match="no named blocks"):
        apply_strategy(torch.nn.Linear(1, 1), "all")
    network = apply_strategy(build("lus-unet", base_width=2), "convlora")
    with pytest.raises(ModelError, match="adapters"):
        apply_strategy(network, "all")


def test_fingerprints_tell_one_changed_bit():
    network = build("lus-unet", base_width=2)
    before = block_fingerprints(network)
    with torch.no_grad():
        weight = network.b3[0][0].weight
        weight[0, 0, 0, 0] = torch.nextafter(weight[0, 0, 0, 0], torch.tensor(10.0))
    after = block_fingerprints(network)
    assert [name for name in before if before[name] != after[name]] == ["b3"]
