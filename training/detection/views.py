"""Random views for detectors as darknet makes them; boxes move with the image.

Each edge of the frame is moved in or out by up to `jitter` of the side and the rest is stretched back
(``load_data_region`` in darknet); then hue, saturation and exposure of the viridis colours are varied. Depth
has a direction: flips are horizontal only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample


@dataclass(frozen=True)
class ViewSettings:
    """How far a view may stray; the defaults are those of darknet's YOLO files, used by Ramos et al.

    Parameters
    ----------
    jitter : float
        Largest move of each edge, as a share of the side.
    saturation, exposure : float
        Largest factor, and its inverse the smallest.
    hue : float
        Largest turn of the hue, as a share of the circle.
    flip : bool
        Whether half of the views are mirrored left to right.
    """

    jitter: float = 0.2
    saturation: float = 1.5
    exposure: float = 1.5
    hue: float = 0.1
    flip: bool = True


STILL = ViewSettings(0.0, 1.0, 1.0, 0.0, flip=False)
"""Views that are the frames themselves."""


def move(
    images: Tensor, boxes: Tensor, generator: torch.Generator, settings: ViewSettings
) -> tuple[Tensor, Tensor]:
    """Move the edges of every frame, and mirror half of them.

    Parameters
    ----------
    images : (N, C, H, W) float tensor
        Frames.
    boxes : (N, K, 4) float tensor
        Edges in fractions of the image.
    generator : torch.Generator
        On the CPU; the source of every draw.
    settings : ViewSettings
        How far.

    Returns
    -------
    tuple of Tensor
        Images and boxes of the views. Beyond the frame its border is repeated; boxes are clipped to the
        view and lose their area when they leave it.
    """
    n = len(images)
    moved = (torch.rand((n, 4), generator=generator) * 2 - 1) * settings.jitter  # top, left, bottom, right
    mirrored = torch.rand((n,), generator=generator) < (0.5 if settings.flip else 0.0)
    start = moved[:, :2]  # (N, 2) in fractions: row, column
    size = 1 - moved[:, 2:] - start
    viewed = (boxes.reshape(n, -1, 2, 2) - start[:, None, None]) / size[:, None, None]
    viewed = viewed.reshape(boxes.shape)
    flipped = viewed.clone()
    flipped[..., 1], flipped[..., 3] = 1 - viewed[..., 3], 1 - viewed[..., 1]
    viewed = torch.where(mirrored[:, None, None], flipped, viewed).clamp(0, 1)
    if settings.jitter == 0 and not settings.flip:
        return images, viewed
    return _sample(images, start, size, mirrored), viewed


def _sample(images: Tensor, start: Tensor, size: Tensor, mirrored: Tensor) -> Tensor:
    rows, columns = images.shape[2:]
    v = (torch.arange(rows) + 0.5) / rows
    u = (torch.arange(columns) + 0.5) / columns
    across = torch.where(mirrored[:, None], 1 - u, u)  # (N, W)
    row = (start[:, :1] + v * size[:, :1]) * 2 - 1  # (N, H)
    column = (start[:, 1:] + across * size[:, 1:]) * 2 - 1
    full = (len(images), rows, columns)
    grid = torch.stack([column[:, None].expand(full), row[:, :, None].expand(full)], dim=-1)
    return grid_sample(
        images, grid.to(images.device), mode="bilinear", padding_mode="border", align_corners=False
    )


def recolour(images: Tensor, generator: torch.Generator, settings: ViewSettings) -> Tensor:
    """Vary hue, saturation and exposure of each image, (N, 3, H, W) in [0, 1] to the same."""
    n = len(images)
    turn = (torch.rand((n,), generator=generator) * 2 - 1) * settings.hue
    saturation = _factor(n, settings.saturation, generator)
    exposure = _factor(n, settings.exposure, generator)
    if settings.hue == 0 and settings.saturation == 1 and settings.exposure == 1:
        return images

    def each(values: Tensor) -> Tensor:
        return values.to(images.device)[:, None, None]

    hue, strength, value = to_hsv(images).unbind(1)
    hue = (hue + each(turn)) % 1.0
    changed = torch.stack([hue, strength * each(saturation), value * each(exposure)], dim=1)
    return from_hsv(changed).clamp(0, 1)


def _factor(n: int, largest: float, generator: torch.Generator) -> Tensor:
    """Draw factors between 1 and `largest`, half of them inverted (darknet's ``rand_scale``)."""
    factor = 1 + torch.rand((n,), generator=generator) * (largest - 1)
    return torch.where(torch.rand((n,), generator=generator) < 0.5, factor, 1 / factor)


def to_hsv(rgb: Tensor) -> Tensor:
    """Turn red, green, blue (N, 3, H, W) in [0, 1] into hue in [0, 1), saturation and value in [0, 1]."""
    value, most = rgb.max(1)
    span = value - rgb.amin(1)
    red, green, blue = rgb.unbind(1)
    safe = span.clamp_min(1e-12)
    candidates = torch.stack([(green - blue) / safe, (blue - red) / safe + 2, (red - green) / safe + 4])
    hue = candidates.gather(0, most[None])[0]
    hue = torch.where(span > 0, hue / 6 % 1.0, torch.zeros_like(hue))
    saturation = torch.where(value > 0, span / value.clamp_min(1e-12), torch.zeros_like(value))
    return torch.stack([hue, saturation, value], dim=1)


def from_hsv(hsv: Tensor) -> Tensor:
    """Turn hue, saturation, value (N, 3, H, W) back into red, green, blue; not clipped."""
    hue, saturation, value = hsv.unbind(1)

    def channel(offset: float) -> Tensor:
        k = (offset + hue * 6) % 6
        return value - value * saturation * torch.minimum(k, 4 - k).clamp(0, 1)

    return torch.stack([channel(5.0), channel(3.0), channel(1.0)], dim=1)
