"""What is done to a frame before it is to be rebuilt: squares are hidden, speckle is drawn anew.

Hiding squares and asking for what was there is masked-image modelling as SimMIM does it: Xie et al. 2022,
doi:10.1109/CVPR52688.2022.00943. That two draws of one noise teach to remove it is Lehtinen et al. 2018,
Noise2Noise (arXiv:1803.04189); here the second draw is a synthetic one over the despeckled frame.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad

from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB

BLACK = 0.004
"""Gray up to which no echo came back: it is left out of the mean, and out of the speckle."""


def hide_squares(
    images: Tensor, share: Tensor, square: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Fill random squares of a grid with the mean of what stays visible.

    Parameters
    ----------
    images : (N, 1, H, W) float32 tensor in [0, 1]
        Gray.
    share : (N,) float32 tensor in [0, 1)
        Part of the squares that is hidden in each image.
    square : int
        Side of a square in pixels.
    generator : torch.Generator
        Source of every draw, on the CPU.

    Returns
    -------
    tuple of (N, 1, H, W) float32 tensors
        Images, and 1 where they are hidden.
    """
    n, _, rows, columns = images.shape
    grid = (math.ceil(rows / square), math.ceil(columns / square))
    draw = torch.rand((n, 1, *grid), generator=generator)
    hidden = (draw < share.view(n, 1, 1, 1)).float()
    hidden = interpolate(hidden, scale_factor=square, mode="nearest")[:, :, :rows, :columns]
    hidden = hidden.to(images.device)
    counted = (1 - hidden) * (images > BLACK)
    mean = (images * counted).sum((1, 2, 3), keepdim=True) / counted.sum((1, 2, 3), keepdim=True).clamp_min(1)
    return images * (1 - hidden) + mean * hidden, hidden


def speckle_anew(images: Tensor, generator: torch.Generator) -> Tensor:
    """Lay fully developed speckle of a random grain over log-compressed gray.

    Speckle multiplies the amplitude, so that it adds to decibels; where no echo came back there is none.

    Parameters
    ----------
    images : (N, 1, H, W) float32 tensor in [0, 1]
        Despeckled gray, taken as `DEFAULT_DYNAMIC_RANGE_DB` decibels wide.
    generator : torch.Generator
        Source of every draw, on the CPU.
    """
    spoiled = []
    for image in images.split(1):
        widths = torch.rand((2,), generator=generator) * 1.4 + 0.4
        field = torch.randn((2, 1, *image.shape[-2:]), generator=generator)  # real and imaginary part
        for axis, width in enumerate(widths.tolist()):
            field = _blur(field, width, axis)
        amplitude = field.square().sum(0).sqrt()
        amplitude = amplitude / amplitude.mean().clamp_min(1e-6)
        decibels = 20 * torch.log10(amplitude.clamp_min(1e-3))
        added = (decibels / DEFAULT_DYNAMIC_RANGE_DB).to(image.device)
        spoiled.append((image + added * (image / 0.1).clamp(0, 1)).clamp(0, 1))
    return torch.cat(spoiled)


def _blur(field: Tensor, sigma: float, axis: int) -> Tensor:
    reach = max(math.ceil(3 * sigma), 1)
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (offsets / sigma).square())
    kernel = kernel / kernel.sum()
    shape = (1, 1, -1, 1) if axis == 0 else (1, 1, 1, -1)
    border = (0, 0, reach, reach) if axis == 0 else (reach, reach, 0, 0)
    return conv2d(pad(field, border, mode="circular"), kernel.view(shape))
