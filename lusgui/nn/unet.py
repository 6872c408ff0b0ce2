"""The U-Net with named blocks b1 to b9: published widths and our own small one.

Widths double from block to block, so `base_width` scales the whole network. The bottleneck is split in
two (b5a, b5b) because one fine-tuning strategy of Amiri et al. (doi:10.1109/TUFFC.2020.3015081) ends there.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lusgui.core.networks import SIZE_STEP, UNET_BLOCKS


def _norm(kind: str, channels: int) -> list[nn.Module]:
    if kind == "group":
        return [nn.GroupNorm(math.gcd(8, channels), channels)]
    if kind == "instance":
        return [nn.GroupNorm(channels, channels)]
    if kind == "batch":
        return [nn.BatchNorm2d(channels)]
    return []


def initialise(network: nn.Module) -> None:
    """Draw the weights of every convolution after He et al. 2015 (doi:10.1109/ICCV.2015.123)."""
    for module in network.modules():
        # laid out without memory, for a checkpoint: drawing numbers there costs a second of imports
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)) and not module.weight.is_meta:
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def check_sides(x: Tensor) -> None:
    """Refuse an input (N, C, H, W) that four poolings cannot halve.

    Raises
    ------
    ValueError
        If H or W is not a multiple of 16.
    """
    if x.shape[-2] % SIZE_STEP or x.shape[-1] % SIZE_STEP:
        raise ValueError(f"rows and columns must be multiples of {SIZE_STEP}, not {tuple(x.shape[-2:])}")


class ConvUnit(nn.Sequential):
    """3 x 3 convolution, optional normalisation, ReLU; keeps rows and columns."""

    def __init__(self, in_channels: int, out_channels: int, norm: str) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, padding=1),
            *_norm(norm, out_channels),
            nn.ReLU(inplace=True),
        )


class Up(nn.Sequential):
    """Double rows and columns and halve the channels."""

    def __init__(self, in_channels: int, kind: str) -> None:
        out_channels = in_channels // 2
        if kind == "transposed":
            super().__init__(nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2))
        else:
            # a 2 x 2 kernel cannot sit in the middle: the row and column are added behind, as Keras does
            super().__init__(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
                nn.ZeroPad2d((0, 1, 0, 1)),
                nn.Conv2d(in_channels, out_channels, 2),
                nn.ReLU(inplace=True),
            )


class UpBlock(nn.Module):
    """Up, join with the skip, convolutions.

    Parameters
    ----------
    in_channels : int
        Channels that come up, twice those of the skip.
    norm, up : str
        As for `UNet`.
    """

    def __init__(self, in_channels: int, norm: str, up: str) -> None:
        super().__init__()
        self.up = Up(in_channels, up)
        self.conv = nn.Sequential(
            ConvUnit(in_channels, in_channels // 2, norm), ConvUnit(in_channels // 2, in_channels // 2, norm)
        )

    def forward(self, skip: Tensor, deep: Tensor) -> Tensor:
        """Join (N, C, H, W) with (N, 2C, H/2, W/2) to (N, C, H, W)."""
        joined: Tensor = self.conv(torch.cat([skip, self.up(deep)], dim=1))
        return joined


class UNet(nn.Module):
    """U-Net of five levels; the output is logits.

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    out_channels : int
        One for each label.
    base_width : int
        Channels of the first block; 64 as published.
    norm : {"none", "group", "instance", "batch"}
        Normalisation after each 3 x 3 convolution; Cheng & Lam 2021 tried batches and dropped them.
    up : {"transposed", "bilinear"}
        Transposed 2 x 2 convolution, or bilinear doubling and a 2 x 2 convolution.
    head : {"plain", "2ch"}
        1 x 1 convolution alone, or a 3 x 3 convolution to two channels before it.
    dropout : float
        Probability of dropping an element after the bottleneck, in training only.

    Notes
    -----
    With 3 input channels, base width 64 and no normalisation it has exactly 31,031,745 parameters.
    """

    def __init__(
        self,
        *,
        in_channels: int = 1,
        out_channels: int = 1,
        base_width: int = 16,
        norm: str = "group",
        up: str = "transposed",
        head: str = "plain",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        w = base_width
        self.init_args = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "base_width": base_width,
            "norm": norm,
            "up": up,
            "head": head,
            "dropout": dropout,
        }

        def double(i: int, o: int) -> nn.Sequential:
            return nn.Sequential(ConvUnit(i, o, norm), ConvUnit(o, o, norm))

        self.b1 = double(in_channels, w)
        self.b2 = double(w, 2 * w)
        self.b3 = double(2 * w, 4 * w)
        self.b4 = double(4 * w, 8 * w)
        self.b5a = ConvUnit(8 * w, 16 * w, norm)
        self.b5b = ConvUnit(16 * w, 16 * w, norm)
        self.b6 = UpBlock(16 * w, norm, up)
        self.b7 = UpBlock(8 * w, norm, up)
        self.b8 = UpBlock(4 * w, norm, up)
        self.b9 = UpBlock(2 * w, norm, up)
        self.head: nn.Module
        if head == "plain":
            self.head = nn.Conv2d(w, out_channels, 1)
        else:
            self.head = nn.Sequential(
                nn.Conv2d(w, 2, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(2, out_channels, 1)
            )
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)
        initialise(self)

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each block b1 to b9; the head belongs to b9."""
        blocks: dict[str, list[nn.Module]] = {name: [self.get_submodule(name)] for name in UNET_BLOCKS}
        blocks["b9"].append(self.head)
        return blocks

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, out_channels, H, W) for input (N, in_channels, H, W).

        Raises
        ------
        ValueError
            If H or W is not a multiple of 16.
        """
        check_sides(x)
        x1 = self.b1(x)  # (N, w, H, W)
        x2 = self.b2(self.pool(x1))  # (N, 2w, H/2, W/2)
        x3 = self.b3(self.pool(x2))  # (N, 4w, H/4, W/4)
        x4 = self.b4(self.pool(x3))  # (N, 8w, H/8, W/8)
        deep = self.dropout(self.b5b(self.b5a(self.pool(x4))))  # (N, 16w, H/16, W/16)
        deep = self.b6(x4, deep)
        deep = self.b7(x3, deep)
        deep = self.b8(x2, deep)
        deep = self.b9(x1, deep)
        logits: Tensor = self.head(deep)  # (N, L, H, W)
        return logits
