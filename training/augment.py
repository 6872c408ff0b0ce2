"""Random views of a batch: geometry moves image and mask together, gray touches the image alone.

Flips are horizontal only: depth has a direction. Every draw comes from the generator that is passed in, so a
batch is a function of its seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate


@dataclass(frozen=True)
class AugmentSettings:
    """How far a view may stray from its frame.

    Parameters
    ----------
    rotation_deg : float
        Largest rotation in either direction.
    zoom : tuple of float
        Smallest and largest magnification.
    stretch : float
        Largest factor between the magnifications of rows and columns; frames come in any aspect.
    shear, shift : float
        Largest shear, and largest shift in fractions of the image.
    elastic : float
        Size of smooth random displacements in fractions of the image.
    gray : float
        0 leaves the gray values alone, 1 is the full range of gain, gamma, TGC, noise and shadow.
    burnt_in : float
        Chance of black margins and of marks such as a machine's text.
    """

    rotation_deg: float = 10.0
    zoom: tuple[float, float] = (0.85, 1.3)
    stretch: float = 1.25
    shear: float = 0.1
    shift: float = 0.12
    elastic: float = 0.015
    gray: float = 1.0
    burnt_in: float = 0.25


def augment(
    images: Tensor,
    masks: Tensor,
    generator: torch.Generator,
    settings: AugmentSettings,
    shape: tuple[int, int] | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw one random view of every frame.

    Parameters
    ----------
    images : (N, 1, H, W) float32 tensor in [0, 1]
        Gray.
    masks : (N, L, H, W) float32 tensor in [0, 1]
        Coverage of each label.
    generator : torch.Generator
        Source of every draw.
    settings : AugmentSettings
        How far.
    shape : tuple of int, optional
        Rows and columns of the views; those of the frames if not given.

    Returns
    -------
    tuple of Tensor
        Views, image and masks in register.
    """
    rows, columns = shape or (images.shape[2], images.shape[3])
    grid = _random_grid(images.shape[0], (rows, columns), generator, settings)
    moved = grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    moved_masks = grid_sample(masks, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    if settings.gray > 0:
        moved = change_gray(moved, generator, settings.gray)
    if settings.burnt_in > 0:
        moved, moved_masks = _burn_in(moved, moved_masks, generator, settings.burnt_in)
    return moved, moved_masks


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator) * (high - low) + low


def _chance(n: int, p: float, generator: torch.Generator) -> Tensor:
    return (torch.rand((n, 1, 1, 1), generator=generator) < p).float()


def _random_grid(
    n: int, shape: tuple[int, int], generator: torch.Generator, settings: AugmentSettings
) -> Tensor:
    turn = _uniform((n,), -settings.rotation_deg, settings.rotation_deg, generator) * (math.pi / 180)
    scale = torch.exp(-_uniform((n,), math.log(settings.zoom[0]), math.log(settings.zoom[1]), generator))
    half = math.log(settings.stretch) / 2
    stretch = torch.exp(_uniform((n,), -half, half, generator))
    flip = torch.where(torch.rand((n,), generator=generator) < 0.5, -1.0, 1.0)
    shear = _uniform((n,), -settings.shear, settings.shear, generator)
    cos, sin = torch.cos(turn), torch.sin(turn)
    theta = torch.empty(n, 2, 3)
    theta[:, 0, 0] = cos * scale * stretch * flip
    theta[:, 0, 1] = (-sin + shear) * scale * stretch
    theta[:, 1, 0] = (sin + shear) * scale / stretch * flip
    theta[:, 1, 1] = cos * scale / stretch
    theta[:, :, 2] = _uniform((n, 2), -2 * settings.shift, 2 * settings.shift, generator)
    grid = affine_grid(theta, [n, 1, *shape], align_corners=False)  # (N, H, W, 2)
    if settings.elastic > 0:
        coarse = torch.randn((n, 2, 6, 6), generator=generator) * (2 * settings.elastic)
        bend = interpolate(coarse, size=shape, mode="bicubic", align_corners=False)
        grid = grid + bend.permute(0, 2, 3, 1)
    return grid


def change_gray(images: Tensor, generator: torch.Generator, amount: float) -> Tensor:
    """Vary what the machine's knobs and another probe would vary; (N, 1, H, W) in [0, 1] to the same.

    In turn: lateral and axial resolution (a frame of 128 lines has little of the former), speckle, dynamic
    range, gain over depth and over lines, shadow, gamma and offset.
    """
    n, _, rows, columns = images.shape
    black = images <= 0.004
    images = _lower_resolution(images, generator)
    texture = torch.randn((n, 1, rows, columns // 2), generator=generator)
    texture = interpolate(texture, size=(rows, columns), mode="bilinear", align_corners=False)
    sigma = _uniform((n, 1, 1, 1), 0.0, 0.12 * amount, generator) * _chance(n, 0.6, generator)
    # log-compressed speckle is additive and of one strength wherever there is signal
    images = images + sigma * texture * (images / 0.15).clamp(0, 1)
    compress = 1 + _uniform((n, 1, 1, 1), -0.3, 0.45, generator) * amount
    images = 1 - (1 - images) * compress
    depth_gain = torch.randn((n, 1, 4, 1), generator=generator) * (0.09 * amount)
    line_gain = torch.randn((n, 1, 1, 5), generator=generator) * (0.04 * amount)
    for gain in (depth_gain, line_gain):
        full = interpolate(
            gain.expand(-1, -1, max(gain.shape[2], 2), max(gain.shape[3], 2)),
            size=(rows, columns),
            mode="bilinear",
            align_corners=True,
        )
        images = images + full
    images = images - _shadow(n, (rows, columns), generator) * amount
    images = images + _uniform((n, 1, 1, 1), -0.12, 0.12, generator) * amount
    images = images.clamp(0, 1)
    gamma = torch.exp(_uniform((n, 1, 1, 1), -0.55, 0.45, generator) * amount)
    images = images.clamp_min(1e-4) ** gamma
    # what no echo ever reached stays black
    return torch.where(black, torch.zeros(()), images.clamp(0, 1))


def _lower_resolution(images: Tensor, generator: torch.Generator) -> Tensor:
    n, _, rows, columns = images.shape
    result = images.clone()
    for i in range(n):
        draw = torch.rand((3,), generator=generator)
        if draw[0] < 0.4:
            small = (rows, max(int(columns * (0.35 + 0.5 * float(draw[1]))), 8))
        elif draw[0] < 0.55:
            factor = 0.4 + 0.5 * float(draw[1])
            small = (max(int(rows * factor), 8), max(int(columns * factor), 8))
        else:
            continue
        low = interpolate(images[i : i + 1], size=small, mode="bilinear", antialias=True)
        result[i : i + 1] = interpolate(low, size=(rows, columns), mode="bilinear", align_corners=False)
    return result


def _shadow(n: int, shape: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Return a soft dark column below a random depth, in a third of the frames."""
    rows = torch.linspace(0, 1, shape[0]).view(1, 1, -1, 1)
    columns = torch.linspace(0, 1, shape[1]).view(1, 1, 1, -1)
    centre = _uniform((n, 1, 1, 1), 0.0, 1.0, generator)
    width = _uniform((n, 1, 1, 1), 0.04, 0.2, generator)
    top = _uniform((n, 1, 1, 1), -0.1, 0.7, generator)
    depth = _uniform((n, 1, 1, 1), 0.05, 0.3, generator) * _chance(n, 0.33, generator)
    across = torch.sigmoid((width - (columns - centre).abs()) / 0.02)
    return depth * across * torch.sigmoid((rows - top) / 0.04)


def _burn_in(
    images: Tensor, masks: Tensor, generator: torch.Generator, chance: float
) -> tuple[Tensor, Tensor]:
    """Add black margins, which also hide the mask, and small bright marks, which do not."""
    n, _, rows, columns = images.shape
    for i in range(n):
        if float(torch.rand((), generator=generator)) < chance:
            left, right = (torch.rand((2,), generator=generator) * 0.15 * columns).long().tolist()
            top = int(torch.rand((), generator=generator) * 0.08 * rows)
            keep = torch.zeros(rows, columns)
            keep[top:, left : columns - right] = 1
            images[i] = images[i] * keep
            masks[i] = masks[i] * keep
        if float(torch.rand((), generator=generator)) < chance:
            for _ in range(int(torch.randint(1, 8, (), generator=generator))):
                r, c = (
                    torch.rand((2,), generator=generator) * torch.tensor([rows - 4.0, columns - 20.0])
                ).long()
                length = int(torch.randint(3, 18, (), generator=generator))
                images[i, 0, r : r + 2, c : c + length : 2] = 0.5 + 0.5 * float(
                    torch.rand((), generator=generator)
                )
    return images, masks
