"""The look of other machines by Fourier amplitudes: the frame keeps its phases, which hold the anatomy.

After Yang and Soatto 2020 (doi:10.1109/CVPR42600.2020.00414), who swap the amplitudes of the lowest spatial
frequencies, and Xu et al. 2021 (doi:10.1109/CVPR46437.2021.01415), who mix them; reach and share are drawn
anew for every frame.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from training.augment_views import uniform

REACH = (0.01, 0.10)
"""Cycles a pixel up to which amplitudes are mixed, drawn evenly between these."""


def mix_amplitudes(images: Tensor, donors: Tensor, generator: torch.Generator, chance: float) -> Tensor:
    """Give frames the low-frequency amplitudes of others, in part.

    Parameters
    ----------
    images : (N, 1, H, W) float32 tensor in [0, 1]
        Gray.
    donors : (D, 1, H, W) uint8 tensor
        Gray times 255 of frames whose look is taken; any size.
    generator : torch.Generator
        Source of every draw, on the CPU.
    chance : float
        How often a frame is changed.

    Returns
    -------
    (N, 1, H, W) float32 tensor in [0, 1]
    """
    n, _, rows, columns = images.shape
    chosen = torch.randint(len(donors), (n,), generator=generator)
    reach = uniform((n, 1, 1, 1), *REACH, generator)
    share = uniform((n, 1, 1, 1), 0.0, 1.0, generator)
    changed = torch.rand((n, 1, 1, 1), generator=generator) < chance
    if not changed.any():
        return images
    look = donors[chosen].float() / 255
    if look.shape[-2:] != images.shape[-2:]:
        look = interpolate(look, (rows, columns), mode="bilinear", align_corners=False, antialias=True)
    frequency = torch.maximum(torch.fft.fftfreq(rows).abs()[:, None], torch.fft.rfftfreq(columns).abs()[None])
    weight = (frequency < reach) * share  # (N, 1, H, W // 2 + 1)
    # the mean belongs to the gain, which other knobs turn
    weight[..., 0, 0] = 0
    own, other = torch.fft.rfft2(images), torch.fft.rfft2(look)
    amplitude = own.abs() * (1 - weight) + other.abs() * weight
    mixed = torch.fft.irfft2(torch.polar(amplitude, own.angle()), s=(rows, columns)).clamp(0, 1)
    return torch.where(changed, mixed, images)
