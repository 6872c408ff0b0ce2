"""Choose what learns: strategies on a network's blocks, and a training mode that leaves the rest unchanged.

A frozen batch normalisation still moves its running statistics in training mode, and so changes what the
frozen part answers. `set_training_mode` therefore keeps whatever is wholly frozen in evaluation mode.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from torch import nn

from lusgui.base.errors import ModelError
from lusgui.core.strategies import choose_blocks, strategy_of
from lusgui.nn.conv_lora import add_adapters, has_adapters

if TYPE_CHECKING:
    from collections.abc import Iterable


_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def named_blocks(network: nn.Module) -> dict[str, list[nn.Module]]:
    """Return the modules of each block of a network of ours, in the order of the data.

    Raises
    ------
    ModelError
        If the network has no named blocks.
    """
    blocks = getattr(network, "named_blocks", None)
    if not callable(blocks):
        raise ModelError("this network has no named blocks")
    found: dict[str, list[nn.Module]] = blocks()
    return found


def apply_strategy(network: nn.Module, name: str) -> nn.Module:
    """Freeze everything that does not learn under a strategy, and let the rest learn.

    Parameters
    ----------
    network : torch.nn.Module
        Built by ``lusgui.nn.registry.build``; changed in place. Under ``scratch`` its weights stay as they
        are: who asks for it builds a fresh network.
    name : str
        Strategy in ``lusgui.core.strategies.STRATEGIES``.

    Returns
    -------
    torch.nn.Module
        The same network. Under ``convlora`` its convolutions carry adapters until
        ``lusgui.nn.conv_lora.merge``.

    Raises
    ------
    ModelError
        If there is no such strategy, it makes no sense for this network, or the network carries adapters.
    """
    blocks = named_blocks(network)
    chosen = choose_blocks(name, tuple(blocks))
    if has_adapters(network):
        raise ModelError("the network still carries adapters", remedy="Merge them first")
    network.requires_grad_(False)
    for block in chosen:
        for module in blocks[block]:
            module.requires_grad_(True)
    rank = strategy_of(name).rank
    if rank:
        heads = find_heads(network)
        add_adapters(network, rank, leave_out=heads)
        heads.requires_grad_(True)
    return network


def find_heads(network: nn.Module) -> nn.ModuleList:
    """Return the head of a network, or those of its parts where it is made of several networks."""
    return nn.ModuleList(
        module for name, module in network.named_modules() if name.rpartition(".")[2] == "head"
    )


def learning_parameters(network: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that learn, for an optimiser."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def set_training_mode(network: nn.Module, *, statistics_move: bool = False) -> nn.Module:
    """Put a network into training mode, but what is wholly frozen into evaluation mode.

    Frozen parts then neither drop elements nor move running statistics, and stay exactly what they were.

    Parameters
    ----------
    network : torch.nn.Module
        Changed in place.
    statistics_move : bool
        Whether the batch normalisations of frozen parts normalise by the batch and follow it nevertheless,
        as they do where nobody takes care.

    Returns
    -------
    torch.nn.Module
        The same network.
    """
    network.train()
    _rest_where_frozen(network)
    if statistics_move:
        for module in network.modules():
            if isinstance(module, _BATCH_NORMS):
                module.train()
    return network


def _rest_where_frozen(module: nn.Module) -> None:
    parameters = list(module.parameters())
    if parameters and not any(parameter.requires_grad for parameter in parameters):
        module.eval()
        return
    for child in module.children():
        _rest_where_frozen(child)


def fingerprint(modules: nn.Module | Iterable[nn.Module]) -> str:
    """Return the SHA-256 of all weights and statistics, to show that a part is unchanged.

    Adapters are left out, so that a convolution under one has the fingerprint of its own weights.
    """
    digest = hashlib.sha256()
    for module in [modules] if isinstance(modules, nn.Module) else modules:
        for name, value in module.state_dict().items():
            if name.rpartition(".")[2] not in ("adapter_down", "adapter_up"):
                raw = value.detach().cpu().contiguous().flatten().view(torch.uint8)
                digest.update(name.encode() + raw.numpy().tobytes())
    return digest.hexdigest()


def block_fingerprints(network: nn.Module) -> dict[str, str]:
    """Return the `fingerprint` of each named block."""
    return {name: fingerprint(modules) for name, modules in named_blocks(network).items()}
