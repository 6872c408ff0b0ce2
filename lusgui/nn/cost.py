"""What a network costs: parameters, multiply-adds, and how many parameters learn under each strategy.

Everything is counted on networks laid out without memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lusgui.core.networks import check_arguments, spec_of
from lusgui.core.strategies import STRATEGIES, strategies_for
from lusgui.nn.freezing import apply_strategy, named_blocks
from lusgui.nn.registry import build, count_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTED_SIDE = 256
"""Rows and columns of the input for which networks are compared."""


@dataclass(frozen=True)
class NetworkCost:
    """What an architecture costs.

    Parameters
    ----------
    name, title, task : str
        As in ``lusgui.core.networks``.
    arguments : mapping
        Every argument.
    parameters : int
        Parameters of the network; statistics of normalisations are not among them.
    multiply_adds : int
        Multiplications with an addition for one input of `side` x `side`, in convolutions and dense layers.
    side : int
        Rows and columns of that input.
    blocks : mapping
        Parameters of each named block.
    learning : mapping
        Parameters that learn under each strategy that makes sense for the network.
    """

    name: str
    title: str
    task: str
    arguments: Mapping[str, Any]
    parameters: int
    multiply_adds: int
    side: int
    blocks: Mapping[str, int]
    learning: Mapping[str, int]


def count_multiply_adds(network: nn.Module, shape: tuple[int, ...]) -> int:
    """Return the multiply-adds of convolutions and dense layers for an input (N, C, H, W).

    Raises
    ------
    ValueError
        If the network takes no such input.
    """
    from torch.utils.flop_counter import FlopCounterMode

    parameter = next(network.parameters())
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.empty(shape, device=parameter.device, dtype=parameter.dtype))
    return int(counter.get_total_flops()) // 2


def learning_counts(name: str, arguments: Mapping[str, Any] | None = None) -> dict[str, int]:
    """Return the number of parameters that learn under each strategy of an architecture.

    Raises
    ------
    ModelError
        If the architecture or an argument is unknown or out of bounds.
    """
    counts = {}
    with torch.device("meta"):
        network = build(name, **(arguments or {}))
        for strategy in strategies_for(name):
            fresh = build(name, **(arguments or {})) if STRATEGIES[strategy].rank else network
            counts[strategy] = count_parameters(apply_strategy(fresh, strategy), trainable_only=True)
    return counts


def cost_of(name: str, arguments: Mapping[str, Any] | None = None, side: int = COUNTED_SIDE) -> NetworkCost:
    """Return what an architecture costs.

    Parameters
    ----------
    name : str
        Architecture.
    arguments : mapping, optional
        Arguments that differ from the defaults.
    side : int
        Rows and columns of the input for which multiply-adds are counted. A network with a dense layer is
        built for that input to count them; its parameters are those of its own.

    Raises
    ------
    ModelError
        If the architecture or an argument is unknown or out of bounds.
    """
    spec = spec_of(name)
    checked = check_arguments(name, arguments or {})
    counted = checked | ({"input_side": side} if "input_side" in checked else {})
    with torch.device("meta"):
        network = build(name, **checked)
        operations = count_multiply_adds(
            build(name, **counted).eval(), (1, int(checked["in_channels"]), side, side)
        )
    blocks = {
        block: sum(p.numel() for module in modules for p in module.parameters())
        for block, modules in named_blocks(network).items()
    }
    return NetworkCost(
        name,
        spec.title,
        spec.task,
        checked,
        count_parameters(network),
        operations,
        side,
        blocks,
        learning_counts(name, checked),
    )
