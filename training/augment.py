"""Random views of a batch: geometry moves image and mask together, gray touches the image alone.

Flips are horizontal only: depth has a direction. Every draw comes from the CPU generator that is passed in,
so a batch is a function of its seed, and the same on whatever device the frames lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate

from lusgui.base.errors import LusguiError
from training.augment_ultrasound import turn_knobs
from training.augment_views import PADDING, View, draw_view, move_boxes, uniform


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
    flip : float
        Chance of a left-right mirror. There is no up-down mirror.
    fill : {"black", "nearest"}
        What comes in from beyond the frame: nothing, or its edge drawn out as Keras does, mask included.
    ultrasound : float
        0 for none, 1 for the full range of the six knobs of ``augment_ultrasound``.
    """

    rotation_deg: float = 10.0
    zoom: tuple[float, float] = (0.85, 1.3)
    stretch: float = 1.25
    shear: float = 0.1
    shift: float = 0.12
    elastic: float = 0.015
    gray: float = 1.0
    burnt_in: float = 0.25
    flip: float = 0.5
    fill: str = "black"
    ultrasound: float = 0.0


def _geometry_only(**arguments: object) -> AugmentSettings:
    still = {"rotation_deg": 0.0, "zoom": (1.0, 1.0), "stretch": 1.0, "shear": 0.0, "shift": 0.0}
    still |= {"elastic": 0.0, "gray": 0.0, "burnt_in": 0.0}
    return AugmentSettings(**(still | arguments))  # type: ignore[arg-type]


AUGMENTS: dict[str, AugmentSettings | None] = {
    "none": None,
    # doi:10.1109/TUFFC.2020.3015081: shift 0.05, zoom 0.05, mirror; the fill is the public Keras network's
    "amiri": _geometry_only(shift=0.05, zoom=(0.95, 1.05), fill="nearest"),
    # Cheng and Lam 2021 name rotation, shifts, shear, zoom and mirror but give no values: these are ours
    "cheng": _geometry_only(rotation_deg=10.0, shift=0.05, shear=0.05, zoom=(0.9, 1.1), fill="nearest"),
    "mirror": _geometry_only(),
    "ultrasound": _geometry_only(
        rotation_deg=8.0, zoom=(0.85, 1.2), stretch=1.2, shear=0.08, shift=0.08, elastic=0.01, ultrasound=1.0
    ),
    "strong": AugmentSettings(),
}
"""Named settings; None for no change at all. ``strong`` is what the shipped models learnt with."""


def augment_settings(name: str) -> AugmentSettings | None:
    """Return named settings.

    Raises
    ------
    LusguiError
        If there are none of that name.
    """
    if name not in AUGMENTS:
        raise LusguiError(
            f"there is no augmentation '{name[:40]}'", remedy=f"Known: {', '.join(sorted(AUGMENTS))}"
        )
    return AUGMENTS[name]


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
        Gray, on any device.
    masks : (N, L, H, W) float32 tensor in [0, 1]
        Coverage of each label.
    generator : torch.Generator
        Source of every draw, on the CPU.
    settings : AugmentSettings
        How far.
    shape : tuple of int, optional
        Rows and columns of the views; those of the frames if not given.

    Returns
    -------
    tuple of Tensor
        Views, image and masks in register.
    """
    moved, moved_masks, _, _ = _augment(images, masks, generator, settings, shape)
    return moved, moved_masks


def augment_with_boxes(
    images: Tensor,
    masks: Tensor,
    boxes: Tensor,
    generator: torch.Generator,
    settings: AugmentSettings,
    shape: tuple[int, int] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw one random view of every frame with its boxes, the very view that `augment` draws.

    Parameters
    ----------
    images, masks, generator, settings, shape
        As `augment`.
    boxes : (N, B, 4) float32 tensor
        row0, column0, row1, column1 in pixels of the frames, half-open; NaN where a frame has fewer.

    Returns
    -------
    tuple of Tensor
        Images, masks, and boxes in pixels of the views: cut off at the edge and at black margins, without
        area where nothing is left of them.
    """
    moved, moved_masks, view, margins = _augment(images, masks, generator, settings, shape)
    size = (moved.shape[2], moved.shape[3])
    moved_boxes = move_boxes(boxes, view, (images.shape[2], images.shape[3]), size)
    low, high = margins[:, None, :2].to(boxes), margins[:, None, 2:].to(boxes)
    kept = (torch.maximum(moved_boxes[..., :2], low), torch.minimum(moved_boxes[..., 2:], high))
    return moved, moved_masks, torch.cat([torch.minimum(kept[0], high), torch.maximum(kept[1], low)], -1)


def _augment(
    images: Tensor,
    masks: Tensor,
    generator: torch.Generator,
    settings: AugmentSettings,
    shape: tuple[int, int] | None,
) -> tuple[Tensor, Tensor, View, Tensor]:
    n = images.shape[0]
    rows, columns = shape or (images.shape[2], images.shape[3])
    view = draw_view(n, generator, settings).to(images.device)
    grid = view.grid((rows, columns))
    padding = PADDING[settings.fill]
    moved = grid_sample(images, grid, mode="bilinear", padding_mode=padding, align_corners=False)
    moved_masks = grid_sample(masks, grid, mode="bilinear", padding_mode=padding, align_corners=False)
    if settings.ultrasound > 0:
        moved = turn_knobs(moved, generator, settings.ultrasound)
    if settings.gray > 0:
        moved = change_gray(moved, generator, settings.gray)
    margins = torch.tensor([[0, 0, rows, columns]]).repeat(n, 1)
    if settings.burnt_in > 0:
        moved, moved_masks, margins = _burn_in(moved, moved_masks, generator, settings.burnt_in)
    return moved, moved_masks, view, margins


def _chance(n: int, p: float, generator: torch.Generator) -> Tensor:
    return (torch.rand((n, 1, 1, 1), generator=generator) < p).float()


def change_gray(images: Tensor, generator: torch.Generator, amount: float) -> Tensor:
    """Vary what the machine's knobs and another probe would vary; (N, 1, H, W) in [0, 1] to the same.

    In turn: lateral and axial resolution (a frame of 128 lines has little of the former), speckle, dynamic
    range, gain over depth and over lines, shadow, gamma and offset.
    """
    n, _, rows, columns = images.shape
    device = images.device
    black = images <= 0.004
    images = _lower_resolution(images, generator)
    texture = torch.randn((n, 1, rows, columns // 2), generator=generator)
    texture = interpolate(texture.to(device), size=(rows, columns), mode="bilinear", align_corners=False)
    sigma = uniform((n, 1, 1, 1), 0.0, 0.12 * amount, generator) * _chance(n, 0.6, generator)
    # log-compressed speckle is additive and of one strength wherever there is signal
    images = images + sigma.to(device) * texture * (images / 0.15).clamp(0, 1)
    compress = 1 + uniform((n, 1, 1, 1), -0.3, 0.45, generator) * amount
    images = 1 - (1 - images) * compress.to(device)
    depth_gain = torch.randn((n, 1, 4, 1), generator=generator) * (0.09 * amount)
    line_gain = torch.randn((n, 1, 1, 5), generator=generator) * (0.04 * amount)
    for gain in (depth_gain, line_gain):
        full = interpolate(
            gain.to(device).expand(-1, -1, max(gain.shape[2], 2), max(gain.shape[3], 2)),
            size=(rows, columns),
            mode="bilinear",
            align_corners=True,
        )
        images = images + full
    images = images - _shadow(n, (rows, columns), generator).to(device) * amount
    images = images + uniform((n, 1, 1, 1), -0.12, 0.12, generator).to(device) * amount
    images = images.clamp(0, 1)
    gamma = torch.exp(uniform((n, 1, 1, 1), -0.55, 0.45, generator) * amount)
    images = images.clamp_min(1e-4) ** gamma.to(device)
    # what no echo ever reached stays black
    return torch.where(black, torch.zeros((), device=device), images.clamp(0, 1))


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
    centre = uniform((n, 1, 1, 1), 0.0, 1.0, generator)
    width = uniform((n, 1, 1, 1), 0.04, 0.2, generator)
    top = uniform((n, 1, 1, 1), -0.1, 0.7, generator)
    depth = uniform((n, 1, 1, 1), 0.05, 0.3, generator) * _chance(n, 0.33, generator)
    across = torch.sigmoid((width - (columns - centre).abs()) / 0.02)
    return depth * across * torch.sigmoid((rows - top) / 0.04)


def _burn_in(
    images: Tensor, masks: Tensor, generator: torch.Generator, chance: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Add black margins, which also hide the mask, and small bright marks, which do not.

    The third is (N, 4): row0, column0, row1, column1 of what no margin hides.
    """
    n, _, rows, columns = images.shape
    margins = torch.tensor([[0, 0, rows, columns]]).repeat(n, 1)
    for i in range(n):
        if float(torch.rand((), generator=generator)) < chance:
            left, right = (torch.rand((2,), generator=generator) * 0.15 * columns).long().tolist()
            top = int(torch.rand((), generator=generator) * 0.08 * rows)
            keep = torch.zeros(rows, columns, device=images.device)
            keep[top:, left : columns - right] = 1
            images[i] = images[i] * keep
            masks[i] = masks[i] * keep
            margins[i] = torch.tensor([top, left, rows, columns - right])
        if float(torch.rand((), generator=generator)) < chance:
            for _ in range(int(torch.randint(1, 8, (), generator=generator))):
                r, c = (
                    torch.rand((2,), generator=generator)
                    * torch.tensor([max(rows - 4.0, 1.0), max(columns - 20.0, 1.0)])
                ).long()
                length = int(torch.randint(3, 18, (), generator=generator))
                images[i, 0, r : r + 2, c : c + length : 2] = 0.5 + 0.5 * float(
                    torch.rand((), generator=generator)
                )
    return images, masks, margins
