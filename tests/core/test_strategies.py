from __future__ import annotations

import pytest

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS, UNET_BLOCKS
from lusgui.core.strategies import (
    AMIRI,
    CHENG,
    STRATEGIES,
    choose_blocks,
    learning_blocks,
    strategies_for,
    strategy_of,
)


def test_the_thirteen_and_the_three_are_there_by_name():
    assert (
        *("all", "contracting", "expanding", "except-5", "5", "1289", "3-7"),
        *("1", "9", "19", "12", "34", "scratch"),
    ) == AMIRI
    assert set(CHENG) <= set(STRATEGIES)
    assert STRATEGIES["convlora"].rank == 4
    assert STRATEGIES["convlora-8"].rank == 8
    assert [name for name, strategy in STRATEGIES.items() if not strategy.needs_base] == ["scratch"]


@pytest.mark.parametrize(("one", "other"), [("contracting", "expanding"), ("5", "except-5"), ("1289", "3-7")])
@pytest.mark.parametrize("network", ["x-unet", "v-unet", "hu-unet"])
def test_complements_share_no_block_and_leave_none_out(one, other, network):
    a, b = set(learning_blocks(one, network)), set(learning_blocks(other, network))
    assert not a & b
    assert a | b == set(NETWORKS[network].blocks)


def test_the_bottleneck_is_split_between_the_paths():
    assert learning_blocks("contracting", "amiri-unet")[-1] == "b5a"
    assert learning_blocks("expanding", "amiri-unet")[0] == "b5b"
    assert learning_blocks("5", "amiri-unet") == ("b5a", "b5b")


@pytest.mark.parametrize(
    ("strategy", "blocks"),
    [
        ("encoder-frozen", ("d4", "d3", "d2", "d1")),
        ("contracting", ("e1", "e2", "e3", "e4", "e5")),
        ("except-5", ("e1", "e2", "e3", "e4", "d4", "d3", "d2", "d1")),
        ("1289", ("e1", "e2", "d2", "d1")),
        ("3-7", ("e3", "e4", "e5", "d4", "d3")),
        ("9", ("d1",)),
        ("convlora", ()),
    ],
)
def test_strategies_go_over_to_encoders_by_level(strategy, blocks):
    assert learning_blocks(strategy, "v-unet") == learning_blocks(strategy, "hu-unet") == blocks


def test_every_strategy_that_is_offered_applies_and_every_other_is_refused():
    for network, spec in NETWORKS.items():
        for strategy in STRATEGIES:
            if strategy in strategies_for(network):
                assert set(learning_blocks(strategy, network)) <= set(spec.blocks)
            else:
                with pytest.raises(ModelError, match="makes no sense"):
                    learning_blocks(strategy, network)
    assert learning_blocks("encoder-frozen", "yolo-v1") == ("head",)
    assert learning_blocks("encoder-frozen", "x-unet") == ("b6", "b7", "b8", "b9")


def test_unknown_names_are_refused_with_what_there_is():
    with pytest.raises(ModelError, match="Known: all, contracting"):
        strategy_of("most")
    with pytest.raises(ModelError, match="no network called"):
        learning_blocks("all", "resnet")
    with pytest.raises(ModelError, match="no network called"):
        strategies_for("resnet")
    assert choose_blocks("all", UNET_BLOCKS) == UNET_BLOCKS
