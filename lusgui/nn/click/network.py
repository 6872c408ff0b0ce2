"""The click network: an image encoder run once a frame, a light decoder a click, a fine network on a crop.

Maps of marks and the mask there before are planes beside the image (Sofiiuk et al. 2021, arXiv:2102.06583);
the second look at a crop around the object is that of Chen et al. 2022 (arXiv:2204.02574). The encoder sees
the image alone, so that its answer can be kept; the decoder also compares the features everywhere with those
under the marks, which needs no knowledge of the structure.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    avg_pool2d,
    interpolate,
    max_pool2d,
    normalize,
    pixel_shuffle,
    pixel_unshuffle,
)

from lusgui.base.errors import ModelError
from lusgui.core.networks import CLICK_BLOCKS
from lusgui.nn.preprocess import resize
from lusgui.nn.unet import ConvUnit, UNet, initialise

MARK_CHANNELS = 5
"""Positive clicks, negative clicks, box, positive scribbles, negative scribbles (`lusgui.nn.click.maps`)."""

PROMPT_CHANNELS = MARK_CHANNELS + 1
"""The marks, then the mask there before."""

FINE_EXTRA = PROMPT_CHANNELS + 1
"""What the fine network sees beside the image: the marks, the mask before, the coarse answer."""

FOLDED = 2
"""The fine network gets squares of so many pixels as channels and answers with as many: less work at full
size, and the answer still has a value for every pixel."""

FINE_STEP = 16 * FOLDED
"""Rows and columns of the crop are multiples of this."""

DECODER_STRIDE = 2
"""The coarse answer has half as many rows and columns as the coarse grid."""

_POSITIVE, _NEGATIVE = (0, 3), (1, 4)
_LIKENESS = 2
_TINY = 1e-4


@dataclass(frozen=True)
class Features:
    """What the encoder says of a frame, from half its rows and columns to a sixteenth.

    Parameters
    ----------
    levels : tuple of tensor
        (N, w, S/2, S/2), (N, 2w, S/4, S/4), (N, 4w, S/8, S/8), (N, 6w, S/16, S/16).
    """

    levels: tuple[Tensor, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return sum(each.numel() * each.element_size() for each in self.levels)

    def repeat(self, times: int) -> Features:
        """Return each frame's features `times` times in a row: (N * times, ...)."""
        return Features(tuple(each.repeat_interleave(times, 0) for each in self.levels))


class ClickNet(nn.Module):
    """Encoder, decoder and fine network; every answer is logits.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the image, and of the answer.
    base_width : int
        Channels of the first level of the encoder.
    fine_width : int
        Channels of the first block of the fine network, a `lusgui.nn.unet.UNet`.
    coarse_side, fine_side : int
        Rows and columns of the grid that each sees.
    norm : str
        As for `lusgui.nn.unet.UNet`.

    Raises
    ------
    ModelError
        If the crop's side is no multiple of `FINE_STEP`.
    """

    def __init__(
        self,
        *,
        in_channels: int = 1,
        out_channels: int = 1,
        base_width: int = 16,
        fine_width: int = 12,
        coarse_side: int = 144,
        fine_side: int = 128,
        norm: str = "group",
    ) -> None:
        super().__init__()
        if fine_side % FINE_STEP:
            raise ModelError(
                f"'fine_side' of a click network must be a multiple of {FINE_STEP}, not {fine_side}"
            )
        self.init_args = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "base_width": base_width,
            "fine_width": fine_width,
            "coarse_side": coarse_side,
            "fine_side": fine_side,
            "norm": norm,
        }
        self.coarse_side, self.fine_side = coarse_side, fine_side
        self.encoder = ImageEncoder(in_channels, base_width, norm)
        self.decoder = MarkDecoder(base_width, out_channels, norm)
        self.fine = UNet(
            in_channels=(in_channels + FINE_EXTRA) * FOLDED**2,
            out_channels=out_channels * FOLDED**2,
            base_width=fine_width,
            norm=norm,
        )

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each block."""
        return {name: [self.get_submodule(name)] for name in CLICK_BLOCKS}

    def encode(self, image: Tensor) -> Features:
        """Return the features of images (N, in_channels, S, S) on the coarse grid."""
        features: Features = self.encoder(image)
        return features

    def decode(self, features: Features, prompt: Tensor) -> Tensor:
        """Return coarse logits (N, out_channels, S/2, S/2) for a prompt (N, PROMPT_CHANNELS, S/2, S/2)."""
        logits: Tensor = self.decoder(features, prompt)
        return logits

    def refine(self, image: Tensor, coarse: Tensor, prompt: Tensor) -> Tensor:
        """Return fine logits (N, out_channels, F, F).

        Parameters
        ----------
        image : (N, in_channels, F, F) tensor
            The crop.
        coarse : (N, 1, F, F) tensor in [0, 1]
            The coarse probability there.
        prompt : (N, PROMPT_CHANNELS, F, F) tensor
            Marks and the mask before, drawn on the crop.
        """
        planes = torch.cat([image, coarse, prompt], dim=1)
        return pixel_shuffle(self.fine(pixel_unshuffle(planes, FOLDED)), FOLDED)

    def forward(self, x: Tensor) -> Tensor:
        """Return the answer to no mark at all: (N, in_channels, H, W) to logits (N, out_channels, H, W).

        Clicks go through `lusgui.nn.click.engine`; this way is for counting and comparing networks.
        """
        image = resize(x, (self.coarse_side, self.coarse_side))
        half = self.coarse_side // DECODER_STRIDE
        coarse = self.decode(self.encode(image), x.new_zeros(len(x), PROMPT_CHANNELS, half, half))
        side = (self.fine_side, self.fine_side)
        seen = torch.sigmoid(resize(coarse[:, :1], side))
        fine = self.refine(resize(x, side), seen, x.new_zeros(len(x), PROMPT_CHANNELS, *side))
        return resize(fine, (int(x.shape[-2]), int(x.shape[-1])))


class ImageEncoder(nn.Module):
    """Five levels down from half the grid, and back up, so that fine features know what lies around."""

    def __init__(self, in_channels: int, width: int, norm: str) -> None:
        super().__init__()
        w = width
        self.stem = nn.Sequential(nn.Conv2d(in_channels, w, 4, stride=2, padding=1), nn.ReLU(inplace=True))
        self.down1 = ConvUnit(w, w, norm)
        self.down2 = nn.Sequential(ConvUnit(w, 2 * w, norm), ConvUnit(2 * w, 2 * w, norm))
        self.down3 = nn.Sequential(ConvUnit(2 * w, 4 * w, norm), ConvUnit(4 * w, 4 * w, norm))
        self.down4 = nn.Sequential(ConvUnit(4 * w, 6 * w, norm), ConvUnit(6 * w, 6 * w, norm))
        self.deep = nn.Sequential(ConvUnit(6 * w, 6 * w, norm), ConvUnit(6 * w, 6 * w, norm))
        self.up4 = ConvUnit(12 * w, 6 * w, norm)
        self.side4 = nn.Conv2d(6 * w, 4 * w, 1)
        self.up3 = ConvUnit(4 * w, 4 * w, norm)
        self.side3 = nn.Conv2d(4 * w, 2 * w, 1)
        self.up2 = ConvUnit(2 * w, 2 * w, norm)
        initialise(self)

    def forward(self, image: Tensor) -> Features:
        """Return the features of images (N, C, S, S)."""
        x1 = self.down1(self.stem(image))  # (N, w, S/2, S/2)
        x2 = self.down2(max_pool2d(x1, 2))  # (N, 2w, S/4, S/4)
        x3 = self.down3(max_pool2d(x2, 2))
        x4 = self.down4(max_pool2d(x3, 2))
        deep = self.deep(avg_pool2d(x4, 2))  # (N, 6w, S/32, S/32)
        x4 = self.up4(torch.cat([x4, _to_size(deep, x4)], dim=1))
        x3 = self.up3(x3 + _double(self.side4(x4)))
        x2 = self.up2(x2 + _double(self.side3(x3)))
        return Features((x1, x2, x3, x4))


class MarkDecoder(nn.Module):
    """From features and marks to the coarse answer; marks are told to every level."""

    def __init__(self, width: int, out_channels: int, norm: str) -> None:
        super().__init__()
        w, told = width, PROMPT_CHANNELS + _LIKENESS
        self.project = nn.Conv2d(2 * w, 2 * w, 1)
        self.sample = nn.Linear(4 * w, 2 * w)
        self.level4 = nn.Sequential(ConvUnit(8 * w + told, 4 * w, norm), ConvUnit(4 * w, 4 * w, norm))
        self.level3 = nn.Sequential(ConvUnit(8 * w + told, 3 * w, norm), ConvUnit(3 * w, 3 * w, norm))
        self.level2 = nn.Sequential(ConvUnit(5 * w + told, 2 * w, norm), ConvUnit(2 * w, 3 * w // 2, norm))
        self.level1 = ConvUnit(w + 3 * w // 2 + told, w, norm)
        self.head = nn.Conv2d(w, out_channels, 1)
        initialise(self)

    def forward(self, features: Features, prompt: Tensor) -> Tensor:
        """Return logits (N, out_channels, S/2, S/2) for a prompt (N, PROMPT_CHANNELS, S/2, S/2)."""
        x1, x2, x3, x4 = features.levels
        halved = _halve(prompt)
        likeness, samples = self._compare(x2, halved)  # (N, 2, S/4, S/4), (N, 4w)
        told2 = torch.cat([halved, likeness], dim=1)
        told3 = torch.cat([_halve(halved), avg_pool2d(likeness, 2)], dim=1)
        told4 = torch.cat([_halve(told3[:, :PROMPT_CHANNELS]), avg_pool2d(likeness, 4)], dim=1)
        told1 = torch.cat([prompt, _double(likeness)], dim=1)
        under = self.sample(samples)[:, :, None, None].expand(-1, -1, *x4.shape[-2:])
        deep = self.level4(torch.cat([x4, under, told4], dim=1))
        deep = self.level3(torch.cat([x3, _double(deep), told3], dim=1))
        deep = self.level2(torch.cat([x2, _double(deep), told2], dim=1))
        deep = self.level1(torch.cat([x1, _double(deep), told1], dim=1))
        logits: Tensor = self.head(deep)
        return logits

    def _compare(self, x: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        """Return how like the features under positive and negative marks a place is, and those features."""
        x = self.project(x)
        directions = normalize(x, dim=1)
        likeness, samples = [], []
        for first, second in (_POSITIVE, _NEGATIVE):
            weight = prompt[:, first] + prompt[:, second]  # (N, h, w)
            weight = weight / (weight.sum((1, 2), keepdim=True) + _TINY)
            under = torch.einsum("nchw,nhw->nc", x, weight)
            likeness.append(torch.einsum("nchw,nc->nhw", directions, normalize(under, dim=1)))
            samples.append(under)
        return torch.stack(likeness, dim=1), torch.cat(samples, dim=1)


def _to_size(x: Tensor, like: Tensor) -> Tensor:
    return interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


def _double(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _halve(prompt: Tensor) -> Tensor:
    """Halve rows and columns of a prompt: marks must not fade, masks and boxes may."""
    marks, filled = max_pool2d(prompt, 2), avg_pool2d(prompt, 2)
    keeps = prompt.new_tensor([1.0, 1.0, 0.0, 1.0, 1.0, 0.0])[None, :, None, None]
    return marks * keeps + filled * (1 - keeps)
