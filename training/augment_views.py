"""One random geometry for a whole frame: image, mask, box and point go through the same grid.

The draws are made by a CPU generator and are small (a matrix and six by six displacements a frame); the grid
itself is made on the device of the frames, so that a GPU gets the views a CPU would get.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

if TYPE_CHECKING:
    from training.augment import AugmentSettings

PADDING = {"black": "zeros", "nearest": "border"}
"""What lies beyond the frame, in torch's words."""

_EDGE_POINTS = 17
_INVERSION_STEPS = 12


def uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    """Draw float32 numbers of a shape evenly between two bounds."""
    return torch.rand(shape, generator=generator) * (high - low) + low


@dataclass(frozen=True)
class View:
    """Where each pixel of N views comes from.

    Parameters
    ----------
    theta : (N, 2, 3) float32 tensor
        From (x, y, 1) of the view to (x, y) of the frame, both -1 to 1 from edge to edge.
    bend : (N, 2, 6, 6) float32 tensor or None
        Smooth displacements (x, y) in the frame, in the same units, spread over the view bicubically.
    """

    theta: Tensor
    bend: Tensor | None = None

    def to(self, device: torch.device) -> View:
        """Return the view on a device."""
        return View(self.theta.to(device), None if self.bend is None else self.bend.to(device))

    def grid(self, shape: tuple[int, int]) -> Tensor:
        """Return the grid (N, rows, columns, 2) that ``grid_sample`` takes."""
        grid = affine_grid(self.theta, [len(self.theta), 1, *shape], align_corners=False)
        if self.bend is not None:
            grid = grid + self._spread(shape).permute(0, 2, 3, 1)
        return grid

    def _spread(self, shape: tuple[int, int]) -> Tensor:
        assert self.bend is not None
        field: Tensor = interpolate(self.bend, size=shape, mode="bicubic", align_corners=False)
        return field  # (N, 2, H, W)

    def move(self, points: Tensor, shape: tuple[int, int]) -> Tensor:
        """Return where points of the frame appear in the view.

        Parameters
        ----------
        points : (N, P, 2) float32 tensor
            x and y in the frame, -1 to 1.
        shape : tuple of int
            Rows and columns of the view; the displacements are spread over them.

        Returns
        -------
        (N, P, 2) float32 tensor
            x and y in the view, -1 to 1; beyond that where the point left it.
        """
        inverse = torch.linalg.inv(self.theta[:, :, :2])  # (N, 2, 2)
        offset = self.theta[:, None, :, 2]
        moved: Tensor = (points - offset) @ inverse.mT
        if self.bend is None:
            return moved
        field = self._spread(shape)
        for _ in range(_INVERSION_STEPS):  # the displacements are small and smooth: this contracts
            bend = grid_sample(field, moved[:, :, None], padding_mode="border", align_corners=False)
            moved = (points - offset - bend[..., 0].mT) @ inverse.mT
        return moved


def draw_view(n: int, generator: torch.Generator, settings: AugmentSettings) -> View:
    """Draw the geometry of N views, on the CPU; there is a left-right mirror and never an up-down one."""
    turn = uniform((n,), -settings.rotation_deg, settings.rotation_deg, generator) * (math.pi / 180)
    scale = torch.exp(-uniform((n,), math.log(settings.zoom[0]), math.log(settings.zoom[1]), generator))
    half = math.log(settings.stretch) / 2
    stretch = torch.exp(uniform((n,), -half, half, generator))
    flip = torch.where(torch.rand((n,), generator=generator) < settings.flip, -1.0, 1.0)
    shear = uniform((n,), -settings.shear, settings.shear, generator)
    cos, sin = torch.cos(turn), torch.sin(turn)
    theta = torch.empty(n, 2, 3)
    theta[:, 0, 0] = cos * scale * stretch * flip
    theta[:, 0, 1] = (-sin + shear) * scale * stretch
    theta[:, 1, 0] = (sin + shear) * scale / stretch * flip
    theta[:, 1, 1] = cos * scale / stretch
    theta[:, :, 2] = uniform((n, 2), -2 * settings.shift, 2 * settings.shift, generator)
    if settings.elastic <= 0:
        return View(theta)
    return View(theta, torch.randn((n, 2, 6, 6), generator=generator) * (2 * settings.elastic))


def move_points(points: Tensor, view: View, frame: tuple[int, int], shape: tuple[int, int]) -> Tensor:
    """Move points with their frames.

    Parameters
    ----------
    points : (N, P, 2) float32 tensor
        Row and column in pixels of the frame, counted from its upper left edge: the middle of the first
        pixel is (0.5, 0.5). NaN stays NaN.
    view : View
        Of the same N frames, on the same device.
    frame, shape : tuple of int
        Rows and columns of the frames and of the views.

    Returns
    -------
    (N, P, 2) float32 tensor
        Row and column in pixels of the view; outside of it where the point left it.
    """
    size = points.new_tensor([frame[1], frame[0]])
    moved = view.move(points.flip(-1) / size * 2 - 1, shape)
    return ((moved + 1) / 2 * points.new_tensor([shape[1], shape[0]])).flip(-1)


def move_boxes(boxes: Tensor, view: View, frame: tuple[int, int], shape: tuple[int, int]) -> Tensor:
    """Move boxes with their frames and return the upright boxes around what became of them.

    Parameters
    ----------
    boxes : (N, B, 4) float32 tensor
        row0, column0, row1, column1 in pixels, half-open; NaN where a frame has fewer boxes.
    view : View
        Of the same N frames, on the same device.
    frame, shape : tuple of int
        Rows and columns of the frames and of the views.

    Returns
    -------
    (N, B, 4) float32 tensor
        Cut off at the edges of the view; without area where the box left it, NaN where it was NaN.
    """
    n, b, _ = boxes.shape
    along = torch.linspace(0, 1, _EDGE_POINTS, device=boxes.device)
    zeros, ones = torch.zeros_like(along), torch.ones_like(along)
    rows = torch.cat([zeros, ones, along, along])
    columns = torch.cat([along, along, zeros, ones])
    top, left, bottom, right = boxes[..., None, :].unbind(-1)  # (N, B, 1) each
    outline = torch.stack([top + rows * (bottom - top), left + columns * (right - left)], -1)
    moved = move_points(outline.reshape(n, -1, 2), view, frame, shape).reshape(n, b, -1, 2)
    limit = boxes.new_tensor(shape)
    low = torch.minimum(moved.amin(2).clamp_min(0), limit)
    high = torch.minimum(moved.amax(2).clamp_min(0), limit)
    return torch.cat([low, high], -1)
