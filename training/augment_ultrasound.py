"""What another setting of the machine would make of a frame: gain, TGC, dynamic range, speckle, shadow, haze.

All work on gray (N, 1, H, W) in [0, 1] after log compression, batch-wise and on the device of the frames,
with draws by a CPU generator. Gray 1 is taken for 0 dB and gray 0 for 60 dB below it, the machines' usual
range: what is a factor on the amplitude is then an offset in gray. Where nothing at all was received (gray 0)
no knob brings anything up. Ranges are ours: what a person turns during an examination.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from training.augment_views import uniform

if TYPE_CHECKING:
    from collections.abc import Callable

RANGE_DB = 60.0
"""Decibels between gray 0 and gray 1."""

CHANCE = 0.5
"""How often each of the six is drawn for a frame."""

GAIN_DB = 6.0
TGC_SLIDERS = 8
TGC_DB = 5.0
LEAST_RANGE_DB, MOST_RANGE_DB = 40.0, 80.0
SHADOW_DB = (8.0, 30.0)
HAZE_DB = (-42.0, -24.0)
_RAYLEIGH_MEAN = math.sqrt(math.pi / 2)


def change_gain(images: Tensor, generator: torch.Generator, amount: float = 1.0) -> Tensor:
    """Turn the gain by up to 6 dB either way; (N, 1, H, W) in [0, 1] to the same."""
    gain = uniform((len(images), 1, 1, 1), -GAIN_DB, GAIN_DB, generator).to(images.device)
    return _keep_black(images, images + gain * (amount / RANGE_DB))


def change_tgc(images: Tensor, generator: torch.Generator, amount: float = 1.0) -> Tensor:
    """Move eight sliders of the depth gain by up to 5 dB; (N, 1, H, W) in [0, 1] to the same."""
    sliders = uniform((len(images), 1, TGC_SLIDERS, 1), -TGC_DB, TGC_DB, generator).to(images.device)
    curve = interpolate(
        sliders.expand(-1, -1, -1, 2), size=images.shape[-2:], mode="bilinear", align_corners=True
    )
    return _keep_black(images, images + curve * (amount / RANGE_DB))


def change_dynamic_range(images: Tensor, generator: torch.Generator, amount: float = 1.0) -> Tensor:
    """Show 40 to 80 dB instead of 60; the brightest stays; (N, 1, H, W) in [0, 1] to the same."""
    spread = uniform((len(images), 1, 1, 1), math.log(LEAST_RANGE_DB), math.log(MOST_RANGE_DB), generator)
    factor = torch.exp((math.log(RANGE_DB) - spread) * amount).to(images.device)
    return _keep_black(images, 1 - (1 - images) * factor)


def resynthesise_speckle(images: Tensor, generator: torch.Generator, amount: float = 1.0) -> Tensor:
    """Put other speckle over the same anatomy; (N, 1, H, W) in [0, 1] to the same.

    The amplitude is the local mean times speckle. A part of the old speckle (up to four fifths, in
    decibels) gives way to the envelope of a new complex Gaussian field of random grain, which is Rayleigh
    distributed as fully developed speckle is; what stands far above its surroundings is no speckle and stays.
    """
    n, _, rows, columns = images.shape
    # drawn on a grid of the grain's size and spread: a field correlated over a grain
    grain = uniform((2,), 1.2, 3.0, generator)
    coarse = (max(int(rows / float(grain[0])), 2), max(int(columns / float(grain[1])), 2))
    noise = torch.randn((n, 2, *coarse), generator=generator)
    share = uniform((n, 1, 1, 1), 0.2, 0.8, generator).to(images.device) * amount
    field = interpolate(
        noise.to(images.device), size=(rows, columns), mode="bicubic", align_corners=False
    )  # (N, 2, H, W)
    field = field / field.std((1, 2, 3), keepdim=True).clamp_min(1e-6)
    fresh = field.square().sum(1, keepdim=True).sqrt() / _RAYLEIGH_MEAN  # mean 1
    amplitude = _amplitude(images)
    mean = avg_pool2d(amplitude, 7, stride=1, padding=3, count_include_pad=False)
    old = (amplitude / mean.clamp_min(1e-6)).clamp_min(1e-3)
    is_structure = torch.sigmoid((old - 2.2) / 0.15)
    weight = share * (1 - is_structure)
    mixed = mean * old ** (1 - weight) * fresh.clamp_min(1e-3) ** weight
    return _keep_black(images, _gray(mixed))


def cast_shadow(images: Tensor, generator: torch.Generator, amount: float = 1.0) -> Tensor:
    """Darken a column with soft edges from a random depth on, by 8 to 30 dB; same shape and range."""
    n, _, height, width = images.shape
    device = images.device
    rows = torch.linspace(0, 1, height, device=device).view(1, 1, -1, 1)
    columns = torch.linspace(0, 1, width, device=device).view(1, 1, 1, -1)
    centre, half, top, loss, spread = (
        uniform((n, 1, 1, 1), low, high, generator).to(device)
        for low, high in ((0.0, 1.0), (0.03, 0.18), (0.0, 0.7), SHADOW_DB, (-0.1, 0.25))
    )
    widened = half * (1 + spread * (rows - top))  # a sector's shadow grows with depth
    across = torch.sigmoid((widened - (columns - centre).abs()) / 0.015)
    below = torch.sigmoid((rows - top) / 0.015)
    return _keep_black(images, images - across * below * loss * (amount / RANGE_DB))


def add_haze(images: Tensor, generator: torch.Generator, amount: float = 1.0) -> Tensor:
    """Lay reverberation of the near field over the frame, 42 to 24 dB below the brightest; same shape.

    Powers add; the haze is smooth across and fades with depth.
    """
    n, _, rows, columns = images.shape
    level = uniform((n, 1, 1, 1), *HAZE_DB, generator).to(images.device)
    reach = uniform((n, 1, 1, 1), 0.1, 0.6, generator).to(images.device)
    patches = uniform((n, 1, 6, 4), 0.3, 1.0, generator).to(images.device)
    cloud = interpolate(patches, size=(rows, columns), mode="bilinear", align_corners=False)
    depth = torch.linspace(0, 1, rows, device=images.device).view(1, 1, -1, 1)
    haze = 10 ** (level / 20) * cloud * torch.exp(-depth / reach) * amount
    return _keep_black(images, _gray((_amplitude(images).square() + haze.square()).sqrt()))


KNOBS: dict[str, Callable[[Tensor, torch.Generator, float], Tensor]] = {
    "haze": add_haze,
    "speckle": resynthesise_speckle,
    "shadow": cast_shadow,
    "tgc": change_tgc,
    "gain": change_gain,
    "dynamic range": change_dynamic_range,
}
"""In the order in which a machine would do it: what is received, then how it is shown."""


def turn_knobs(images: Tensor, generator: torch.Generator, amount: float = 1.0) -> Tensor:
    """Do each of the six to a random half of the frames.

    Parameters
    ----------
    images : (N, 1, H, W) float32 tensor in [0, 1]
        Gray after log compression, on any device.
    generator : torch.Generator
        On the CPU.
    amount : float
        1 is the full range of every knob, 0 none of it.

    Returns
    -------
    (N, 1, H, W) float32 tensor in [0, 1]
    """
    for knob in KNOBS.values():
        chosen = (torch.rand((len(images), 1, 1, 1), generator=generator) < CHANCE).to(images.device)
        images = torch.where(chosen, knob(images, generator, amount), images)
    return images


def _amplitude(images: Tensor) -> Tensor:
    return torch.pow(10.0, (images - 1) * (RANGE_DB / 20))


def _gray(amplitude: Tensor) -> Tensor:
    return 1 + 20 * torch.log10(amplitude.clamp_min(1e-9)) / RANGE_DB


def _keep_black(before: Tensor, after: Tensor) -> Tensor:
    """Keep to [0, 1], and keep black what no echo ever reached."""
    return torch.where(before <= 0, torch.zeros((), device=before.device), after.clamp(0, 1))
