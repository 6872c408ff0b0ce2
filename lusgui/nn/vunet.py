"""The V-Unet of Cheng & Lam 2021: the thirteen convolutions of VGG16 under a decoder that mirrors them.

VGG16 is Simonyan & Zisserman 2015 (arXiv:1409.1556). Its last pooling is dropped, so that its fifth block is
the bottleneck; the decoder has 3, 3, 2 and 2 convolutions, the reverse of the blocks it stands beside. It is
the one layout with the published 28,804,545 parameters.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from lusgui.core.networks import DECODER_BLOCKS, ENCODER_BLOCKS
from lusgui.nn.unet import ConvUnit, check_sides, initialise

VGG16_WIDTHS = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))
"""Channels of VGG16's convolutions, block by block, in units of the first."""


class MirrorBlock(nn.Module):
    """Transposed 2 x 2 convolution, join with the skip, as many convolutions as the block beside it.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels that come up, and those of the skip and of the result.
    convolutions : int
        How many.
    norm : str
        Normalisation after each, as for ``lusgui.nn.unet.UNet``.
    """

    def __init__(self, in_channels: int, out_channels: int, convolutions: int, norm: str) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
        widths = [2 * out_channels] + [out_channels] * convolutions
        self.conv = nn.Sequential(*(ConvUnit(i, o, norm) for i, o in pairwise(widths)))

    def forward(self, skip: Tensor, deep: Tensor) -> Tensor:
        """Join (N, C, H, W) with (N, D, H/2, W/2) to (N, C, H, W)."""
        joined: Tensor = self.conv(torch.cat([skip, self.up(deep)], dim=1))
        return joined


class VUNet(nn.Module):
    """VGG16 under a mirrored decoder; the output is logits.

    Parameters
    ----------
    in_channels : int
        Always 3: gray is repeated.
    out_channels : int
        One for each label.
    base_width : int
        Channels of the first block; 64 as published, and for VGG16's own weights.
    norm : {"none", "group", "instance", "batch"}
        Normalisation in the decoder; VGG16 has none.
    dropout : float
        Probability of dropping an element after the bottleneck, in training only.

    Attributes
    ----------
    input_mean, input_std : (3,) buffers
        The encoder sees (input - mean) / std, channels red, green, blue of an input in [0, 1]; 0 and 1 until
        ``lusgui.nn.vgg_weights.load_vgg16`` sets them.

    Notes
    -----
    With base width 64 and one label it has exactly 14,714,688 + 14,089,857 parameters.
    """

    input_mean: Tensor
    input_std: Tensor

    def __init__(
        self,
        *,
        in_channels: int = 3,
        out_channels: int = 1,
        base_width: int = 64,
        norm: str = "none",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.init_args = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "base_width": base_width,
            "norm": norm,
            "dropout": dropout,
        }
        w = base_width
        self.register_buffer("input_mean", torch.zeros(in_channels))
        self.register_buffer("input_std", torch.ones(in_channels))
        self.encoder = nn.ModuleDict()
        before = in_channels
        for name, widths in zip(ENCODER_BLOCKS, VGG16_WIDTHS, strict=True):
            sides = [before, *(k * w for k in widths)]
            self.encoder[name] = nn.Sequential(*(ConvUnit(i, o, "none") for i, o in pairwise(sides)))
            before = sides[-1]
        self.decoder = nn.ModuleDict()
        for name, widths in zip(DECODER_BLOCKS, VGG16_WIDTHS[3::-1], strict=True):
            self.decoder[name] = MirrorBlock(before, widths[0] * w, len(widths), norm)
            before = widths[0] * w
        self.head = nn.Conv2d(w, out_channels, 1)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)
        initialise(self)

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each block e1 to e5 and d4 to d1; the head belongs to d1."""
        blocks: dict[str, list[nn.Module]] = {name: [block] for name, block in self.encoder.items()}
        blocks |= {name: [block] for name, block in self.decoder.items()}
        blocks["d1"].append(self.head)
        return blocks

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, out_channels, H, W) for input (N, 3, H, W).

        Raises
        ------
        ValueError
            If H or W is not a multiple of 16.
        """
        check_sides(x)
        deep = (x - self.input_mean[:, None, None]) / self.input_std[:, None, None]
        skips = []
        for name, block in self.encoder.items():
            deep = block(deep if name == "e1" else self.pool(deep))  # (N, C, H/2^k, W/2^k)
            skips.append(deep)
        deep = self.dropout(skips.pop())  # (N, 8w, H/16, W/16)
        for block in self.decoder.values():
            deep = block(skips.pop(), deep)
        logits: Tensor = self.head(deep)  # (N, L, H, W)
        return logits
