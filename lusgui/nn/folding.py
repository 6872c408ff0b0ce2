"""Networks rewritten for answering only: the same numbers up to rounding, with less to compute."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


def fold_batch_norms(network: nn.Module) -> nn.Module:
    """Put the statistics of batch normalisation into the convolution before it, in place.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode. Other normalisations depend on the frame and stay.

    Returns
    -------
    torch.nn.Module
        The same network; its answers differ by rounding only.

    Raises
    ------
    ValueError
        If a batch normalisation is in training mode, where it depends on the batch.
    """
    for block in [module for module in network.modules() if isinstance(module, nn.Sequential)]:
        for i in range(len(block) - 1):
            before, norm = block[i], block[i + 1]
            if isinstance(before, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                if norm.training:
                    raise ValueError("batch normalisation can be folded in eval mode only")
                block[i] = fuse_conv_bn_eval(before, norm)
                block[i + 1] = nn.Identity()
    return network


def shorten_convolutions(network: nn.Module) -> nn.Module:
    """Store the weights of convolutions in bfloat16, in place.

    Under ``torch.autocast`` they are rounded so anyway, but at every frame anew. Normalisations keep
    single precision.
    """
    for module in network.modules():
        if isinstance(module, _CONVOLUTIONS):
            module.to(torch.bfloat16)
    return network
