"""Looks at frames: moved, turned, stretched and regraded, on the coarse grid and on crops of that look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import avg_pool2d, grid_sample

from lusgui.nn.click.maps import WHOLE
from lusgui.nn.click.zoom import canvas_aspect

if TYPE_CHECKING:
    from torch import Tensor

    from lusgui.nn.click.maps import View
    from training.click.frames import Frame, Target

ROOM = 1.15
"""Sides of the window over those of the target, at least, unless it cuts the target on purpose."""


@dataclass(frozen=True)
class Look:
    """One augmented look at a frame.

    Parameters
    ----------
    planes : (1, C, H, W) float32 tensor
        The regraded frame in [0, 1], then masks.
    matrix : (2, 3) ndarray
        From column and row of the look, each in [-1, 1], to those of the frame.
    aspect : float
        How high the look is over how wide, in `lusgui.nn.click.zoom`'s sense.
    """

    planes: Tensor
    matrix: np.ndarray
    aspect: float

    def sample(self, side: int, view: View = WHOLE) -> Tensor:
        """Return (C, side, side): part of the look, resampled once from the frame."""
        low, high = np.array(view[:2]), np.array(view[2:])
        # columns before rows, as grid_sample wants them
        scale, shift = (high - low)[::-1], (high + low - 1)[::-1]
        matrix = self.matrix[:, :2] * scale
        offset = self.matrix[:, :2] @ shift + self.matrix[:, 2]
        theta = torch.from_numpy(np.column_stack([matrix, offset]).astype(np.float32))[None]
        planes = self.planes
        step = np.abs(matrix).sum(1).max() * max(planes.shape[-2:]) / side
        while step > 1.7 and min(planes.shape[-2:]) >= 32:
            planes, step = avg_pool2d(planes, 2, ceil_mode=True), step / 2
        grid = torch.nn.functional.affine_grid(theta, [1, 1, side, side], align_corners=False)
        return grid_sample(planes, grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]


def regrade(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Change gain, dynamic range and gamma of uint8 gray, and at times its grain; float32 in [0, 1]."""
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    levels = levels ** np.float32(np.exp(random.normal(0, 0.3)))
    levels = (levels - random.uniform(0, 0.12)) * random.uniform(0.7, 1.5)
    if random.random() < 0.04:
        levels = 1 - levels
    plane = np.clip(levels, 0, 1).astype(np.float32)[gray]
    if random.random() < 0.3:
        depth = np.linspace(-1, 1, gray.shape[0], dtype=np.float32)[:, None]
        plane = np.clip(plane * (1 + random.uniform(-0.4, 0.4) * depth), 0, 1)
    if random.random() < 0.25:
        noise = random.standard_normal(gray.shape, dtype=np.float32)
        plane = np.clip(plane * (1 + random.uniform(0.03, 0.2) * noise), 0, 1)
    return np.asarray(plane, np.float32)


def draw_look(
    frame: Frame, targets: list[Target], random: np.random.Generator, *, augments: bool = True
) -> Look:
    """Return a look at a frame in which the first target can be seen.

    Parameters
    ----------
    frame : Frame
        What is looked at.
    targets : list of Target
        Whose masks go along, in this order; may be empty.
    random : Generator
        Decides.
    augments : bool
        Whether anything is changed at all.
    """
    shape = frame.shape
    plane = regrade(frame.gray, random) if augments else frame.gray.astype(np.float32) / 255
    masks = [each.mask(shape).astype(np.float32) for each in targets]
    planes = torch.from_numpy(np.stack([plane, *masks]))[None]
    aspect = canvas_aspect(shape)
    if not augments:
        return Look(planes, np.eye(2, 3), aspect)
    size = np.array([1.0, 1.0])
    middle = random.uniform(0.3, 0.7, 2)
    least = np.full(2, 0.35)
    if targets:
        box = np.array(targets[0].box) / (*shape, *shape)
        extent, centre = box[2:] - box[:2], (box[2:] + box[:2]) / 2
        if random.random() < 0.85:
            least = np.maximum(least, np.minimum(extent * ROOM, 1.0))
        middle = centre + random.uniform(-0.5, 0.5, 2)
    if random.random() < 0.75:
        size = np.clip(
            np.exp(random.uniform(np.log(0.4), np.log(1.2)) + random.normal(0, 0.12, 2)), least, 1.3
        )
    if targets:
        # the target stays inside
        slack = np.maximum((size - extent) / 2, 0.0)
        middle = np.clip(middle, centre - slack, centre + slack)
    half = np.minimum(size, 1.0) / 2
    middle = np.where(size < 1, np.clip(middle, half, 1 - half), 0.5)
    angle = random.normal(0, 0.2) if random.random() < 0.5 else 0.0
    ratio = shape[0] / shape[1]  # turn on the screen, not on the stretched square
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin * ratio], [sin / ratio, cos]])
    flip = np.array([-1.0 if random.random() < 0.5 else 1.0, -1.0 if random.random() < 0.1 else 1.0])
    matrix = turn * (size[::-1] * flip)
    offset = 2 * middle[::-1] - 1
    stretch = np.exp(random.normal(0, 0.25))
    seen = float(np.clip(aspect * size[0] / size[1] * stretch, 0.5, 2.0))
    return Look(planes, np.column_stack([matrix, offset]), seen)
