"""Low-rank adapters on convolutions (ConvLoRA, arXiv:2402.04964).

The change of a convolution's weights, seen as a matrix of output channels by everything that one output
pixel sums over, is held to a small rank: ``weight + up @ down``. The sum is formed before the convolution,
so a merged network answers with the very same bits.
"""

from __future__ import annotations

import copy
import math
from typing import cast

import torch
from torch import Tensor, nn

from lusgui.base.errors import ModelError


class AdaptedConv2d(nn.Conv2d):
    """A frozen convolution with a low-rank change that learns.

    Parameters
    ----------
    base : torch.nn.Conv2d
        Its weights are taken over, not copied.
    rank : int
        Rank of the change; ``up`` begins at zero, so that nothing changes before anything is learnt.
    """

    def __init__(self, base: nn.Conv2d, rank: int) -> None:
        with torch.device("meta"):
            super().__init__(
                base.in_channels,
                base.out_channels,
                cast("tuple[int, int]", base.kernel_size),
                stride=cast("tuple[int, int]", base.stride),
                padding=cast("tuple[int, int]", base.padding),
                dilation=cast("tuple[int, int]", base.dilation),
                groups=base.groups,
                bias=base.bias is not None,
                padding_mode=base.padding_mode,
            )
        self.weight = base.weight
        self.bias = base.bias
        fan_in = base.weight[0].numel()
        device, dtype = base.weight.device, base.weight.dtype
        self.adapter_down = nn.Parameter(torch.empty(rank, fan_in, device=device, dtype=dtype))
        self.adapter_up = nn.Parameter(torch.zeros(base.out_channels, rank, device=device, dtype=dtype))
        if not self.adapter_down.is_meta:
            nn.init.uniform_(self.adapter_down, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))
        self.train(base.training)

    def adapted_weight(self) -> Tensor:
        """Return the weights (out, in, rows, columns) with the change added."""
        change: Tensor = (self.adapter_up @ self.adapter_down).view_as(self.weight)
        return self.weight + change

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, H, W) with the changed weights."""
        y: Tensor = self._conv_forward(x, self.adapted_weight(), self.bias)
        return y


def has_adapters(network: nn.Module) -> bool:
    """Return whether any convolution carries an adapter."""
    return any(isinstance(module, AdaptedConv2d) for module in network.modules())


def add_adapters(network: nn.Module, rank: int, leave_out: nn.Module | None = None) -> nn.Module:
    """Freeze a network and put an adapter on every convolution.

    Transposed convolutions, dense layers and normalisations are frozen without one.

    Parameters
    ----------
    network : torch.nn.Module
        Changed in place.
    rank : int
        Rank of each adapter, at least 1.
    leave_out : torch.nn.Module, optional
        Part that gets no adapters.

    Returns
    -------
    torch.nn.Module
        The same network.

    Raises
    ------
    ModelError
        If the rank is below 1, or the network has adapters or no convolutions.
    """
    if rank < 1:
        raise ModelError(f"the rank of an adapter must be at least 1, not {rank}")
    if has_adapters(network):
        raise ModelError("the network carries adapters already", remedy="Merge them first")
    left = set() if leave_out is None else set(leave_out.modules())
    network.requires_grad_(False)
    found = False
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv2d) and child not in left:
                setattr(parent, name, AdaptedConv2d(child, rank))
                found = True
    if not found:
        raise ModelError("the network has no convolution to adapt")
    return network


def merge(network: nn.Module) -> nn.Module:
    """Return a plain network that answers like the adapted one, bit for bit; the given one stays as it is.

    Without adapters it is a plain copy. Everything in it may learn again.
    """
    merged = copy.deepcopy(network)
    for parent in list(merged.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, AdaptedConv2d):
                setattr(parent, name, _plain(child))
    return merged.requires_grad_(True)


def _plain(adapted: AdaptedConv2d) -> nn.Conv2d:
    with torch.device("meta"):
        plain = nn.Conv2d(
            adapted.in_channels,
            adapted.out_channels,
            cast("tuple[int, int]", adapted.kernel_size),
            stride=cast("tuple[int, int]", adapted.stride),
            padding=cast("tuple[int, int]", adapted.padding),
            dilation=cast("tuple[int, int]", adapted.dilation),
            groups=adapted.groups,
            bias=adapted.bias is not None,
            padding_mode=adapted.padding_mode,
        )
    plain.weight = nn.Parameter(adapted.adapted_weight().detach().clone())
    plain.bias = adapted.bias
    return plain.train(adapted.training)
