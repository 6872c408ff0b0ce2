"""The network that learns: the base's, with an output for every label that it shall know."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from lusgui.nn.registry import build
from training.bases import Base, take_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from lusgui.nn.checkpoint import LoadedModel


def outputs_for(known: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that the network shall answer.

    A base that knows any of the wanted ones keeps all it knows and is given the others; one that knows none
    gives up its own.
    """
    if not set(known) & set(wanted):
        return tuple(wanted)
    return (*known, *(label for label in wanted if label not in known))


def network_for(base: LoadedModel, outputs: Sequence[str], seed: int) -> nn.Module:
    """Return a copy of the base's network with these outputs; those it does not know begin at random.

    Raises
    ------
    ModelError
        If nothing of the base fits.
    """
    card = base.card
    if tuple(outputs) == tuple(card.labels):
        return copy.deepcopy(base.network).requires_grad_(True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(card.architecture, **{**card.arguments, "out_channels": len(outputs)})
        source = Base(card.key, base.network.state_dict(), card.architecture, dict(card.arguments), card)
        take_over(network, source, outputs)
    return network.requires_grad_(True)
