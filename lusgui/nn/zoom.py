"""The zoom U-Net: a coarse U-Net finds a structure, a fine one looks at a square around it.

Every resampling is a product with two matrices of triangular weights, one for the rows and one for the
columns, widened where the image shrinks (antialiased bilinear, edges of both grids aligned, as
``lusgui.nn.preprocess.resize``). So a box need not lie on pixels, gradients pass, and the same few operators
serve torch and ONNX.

Boxes are (N, 4): row0, col0, row1, col1 as fractions of the image, 0 its first edge and 1 its last.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lusgui.core.networks import UNET_BLOCKS
from lusgui.nn.unet import UNet

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

LEAST_MASS = 5e-4
"""A structure whose weight, see `locate`, sums to less than this part of the image is not there."""

LEAST_PROBABILITY = 0.25
"""A structure is not there either when the probability where its mass lies is less than this."""

FLOOR = 0.1
"""What lies below this probability is no part of the structure: a veil over the image has a mass too."""

LEAST_SIDE = 0.125
"""Least side of the square that the fine network sees, as a part of the image's longer side."""

CEILING = -4.0
"""Outside the square no logit lies above this: a probability of 0.018, no mask at any sensible threshold."""

_REACH = ((4.0, 5.0), (3.0, 4.0))
"""Windows of the passes, in radii of a disc of the structure's area: full weight up to, none beyond."""

_TINY = 1e-30


@dataclass(frozen=True)
class ZoomStages:
    """What each part of a `ZoomUNet` says, for losses of their own.

    Parameters
    ----------
    coarse : (N, L, s, s) tensor
        Logits of the coarse network on its own grid.
    fine : (N, L, f, f) tensor
        Logits of the fine network in the squares.
    squares : (N, 4) tensor
        What the fine network saw; the middle of the image where nothing was found.
    found : (N,) bool tensor
        Whether the coarse network found the structure.
    logits : (N, L, H, W) tensor
        The answer on the input's grid.
    """

    coarse: Tensor
    fine: Tensor
    squares: Tensor
    found: Tensor
    logits: Tensor


def locate(probability: Tensor) -> Tensor:
    """Return the box of the heaviest structure.

    Pixels weigh as the square of what their probability is above `FLOOR`. The structure is where that weight,
    smoothed to its own size, is highest. Its extent follows from mean and deviation of the weight within two
    windows of a few of its radii: the first around that place, the second around the mean of the first. What
    lies far off does not count, and a uniform ellipse gets exactly the box that touches it.

    Parameters
    ----------
    probability : (N, h, w) tensor in [0, 1]
        Of one label; a mask will do.

    Returns
    -------
    (N, 4) float32 tensor
        Within [0, 1]; all zero where there is no structure.
    """
    rows, cols, found = _find(probability)
    box = torch.stack([rows[:, 0], cols[:, 0], rows[:, 1], cols[:, 1]], dim=1)
    return torch.where(found[:, None], box, 0.0)


def is_found(boxes: Tensor) -> Tensor:
    """Return (N,) whether boxes (N, 4) hold anything."""
    return (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])


def widen(boxes: Tensor, shape: tuple[int, int], margin: float) -> Tensor:
    """Return squares of pixels around boxes, moved into the image where they fit.

    Parameters
    ----------
    boxes : (N, 4) tensor
        As `locate` gives them; an empty one gets the largest square in the middle of the image.
    shape : tuple of int
        Rows and columns of the image whose pixels are square.
    margin : float
        Side of the square over the longer extent of the box.

    Returns
    -------
    (N, 4) float32 tensor
        Of a side between `LEAST_SIDE` of the longer side of the image and that whole side; across a shorter
        side they may reach beyond the image.
    """
    height, width = shape
    longer = float(max(shape))
    row0, col0, row1, col1 = boxes.float().unbind(1)
    found = is_found(boxes)
    side = margin * torch.maximum((row1 - row0) * height, (col1 - col0) * width)
    side = torch.where(found, side.clamp(LEAST_SIDE * longer, longer), longer)  # pixels
    spans = []
    for start, stop, length in ((row0, row1, height), (col0, col1, width)):
        half = side / (2 * length)
        centre = torch.where(found, (start + stop) / 2, 0.5)
        # where the square is larger than the image it lies in the middle
        inset = half.clamp(max=0.5)
        centre = torch.minimum(torch.maximum(centre, inset), 1 - inset)
        spans.append((centre - half, centre + half))
    (top, bottom), (left, right) = spans
    return torch.stack([top, left, bottom, right], dim=1)


def crop(x: Tensor, boxes: Tensor, side: int) -> Tensor:
    """Resample boxes out of images.

    Parameters
    ----------
    x : (N, C, H, W) tensor
        Images, or coverages of masks.
    boxes : (N, 4) tensor
        May reach beyond the image, whose border is repeated there.
    side : int
        Rows and columns of the result.

    Returns
    -------
    (N, C, side, side) float32 tensor
    """
    height, width = x.shape[-2:]
    return _resample(
        x,
        _weights(boxes[:, 0], boxes[:, 2], side, height),
        _weights(boxes[:, 1], boxes[:, 3], side, width),
    )


def paste(logits: Tensor, boxes: Tensor, shape: tuple[int, int], around: Tensor | None = None) -> Tensor:
    """Put logits of boxes back where `crop` took them from.

    Parameters
    ----------
    logits : (N, L, s, s) tensor
        In the boxes.
    boxes : (N, 4) tensor
        None of them empty.
    shape : tuple of int
        Rows and columns (H, W) of the result.
    around : (N, L, H, W) tensor, optional
        What is outside the boxes; `CEILING` if left out. Pixels that a box covers in part get a mixture.

    Returns
    -------
    (N, L, H, W) float32 tensor
    """
    inside = _resample(logits, *(_back(boxes, axis, shape[axis], logits.shape[2 + axis]) for axis in (0, 1)))
    share = _share(boxes, 0, shape[0])[:, None, :, None] * _share(boxes, 1, shape[1])[:, None, None, :]
    if around is None:
        return CEILING + share * (inside - CEILING)
    return torch.lerp(around.float(), inside, share)


class ZoomUNet(nn.Module):
    """Two U-Nets, the second on a square around what the first found; the output is logits.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input, and one for each label. The first label is the structure to find.
    coarse_width, fine_width : int
        Channels of the first block of each.
    coarse_side, fine_side : int
        Rows and columns of the grid that each sees.
    margin : float
        Side of the square over the longer extent of the structure.
    norm, up : str
        As for `lusgui.nn.unet.UNet`.

    Notes
    -----
    In evaluation the logits outside the square are at most `CEILING`, and so are all of them where nothing
    was found. In training they are the coarse network's own, so that it learns from its mistakes there; no
    gradient passes through the place of the square.
    """

    def __init__(
        self,
        *,
        in_channels: int = 1,
        out_channels: int = 3,
        coarse_width: int = 8,
        fine_width: int = 16,
        coarse_side: int = 160,
        fine_side: int = 160,
        margin: float = 2.4,
        norm: str = "group",
        up: str = "transposed",
    ) -> None:
        super().__init__()
        self.init_args = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "coarse_width": coarse_width,
            "fine_width": fine_width,
            "coarse_side": coarse_side,
            "fine_side": fine_side,
            "margin": margin,
            "norm": norm,
            "up": up,
        }
        self.coarse_side, self.fine_side, self.margin = coarse_side, fine_side, margin
        self.coarse, self.fine = (
            UNet(in_channels=in_channels, out_channels=out_channels, base_width=width, norm=norm, up=up)
            for width in (coarse_width, fine_width)
        )

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each block b1 to b9, those of both networks; the heads belong to b9."""
        coarse, fine = self.coarse.named_blocks(), self.fine.named_blocks()
        return {name: coarse[name] + fine[name] for name in UNET_BLOCKS}

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, out_channels, H, W) for input (N, in_channels, H, W) of any size."""
        return self.stages(x).logits

    def stages(self, x: Tensor) -> ZoomStages:
        """Return what each part says of an input (N, in_channels, H, W), and the answer."""
        shape = (int(x.shape[-2]), int(x.shape[-1]))
        whole = x.new_tensor([[0.0, 0.0, 1.0, 1.0]], dtype=torch.float32)
        coarse: Tensor = self.coarse(crop(x, whole, self.coarse_side)).float()
        boxes = locate(torch.sigmoid(coarse[:, 0].detach()))
        found = is_found(boxes)
        squares = widen(boxes, shape, self.margin)
        fine: Tensor = self.fine(crop(x, squares, self.fine_side)).float()
        outside = coarse if self.training else coarse.clamp(max=CEILING)
        around = _resample(outside, *(_back(whole, axis, shape[axis], self.coarse_side) for axis in (0, 1)))
        logits = torch.where(found[:, None, None, None], paste(fine, squares, shape, around), around)
        return ZoomStages(coarse, fine, squares, found, logits)


def _find(probability: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return start and end of a structure, rows (N, 2) and columns (N, 2), and whether it is there (N,)."""
    with _full_precision(probability):
        p = probability.float()
        height, width = p.shape[-2:]
        weight = (p - FLOOR).clamp(min=0).square()  # (N, h, w)
        squared = weight.square()
        places = (_middles(height, p), _middles(width, p))
        mass = weight.sum((1, 2))  # (N,)
        radius = _radius(mass, squared.sum((1, 2)), (height, width))
        heat = _gauss(places[0], radius) @ weight @ _gauss(places[1], radius)
        peak = heat.flatten(1).argmax(1)
        centres = [places[0][peak // width], places[1][peak % width]]  # (N,) each
        deviations: list[Tensor] = []
        typical = mass
        for inner, outer in _REACH:
            windows = [
                ((outer - (place - centre[:, None]).abs() / radius[:, None]) / (outer - inner)).clamp(0, 1)
                for place, centre in zip(places, centres, strict=True)
            ]
            above, beside = windows[0][:, None, :], windows[1][:, :, None]  # (N, 1, h), (N, w, 1)
            margins = (windows[0] * (weight @ beside)[:, :, 0], windows[1] * (above @ weight)[:, 0, :])
            mass = margins[0].sum(1)
            parts = [margin / mass.clamp(min=_TINY)[:, None] for margin in margins]
            centres = [(part * place).sum(1) for part, place in zip(parts, places, strict=True)]
            # a pixel is as wide as it is: that adds a twelfth of the square of its side
            deviations = [
                ((part * (place - centre[:, None]).square()).sum(1) + 1 / (12 * len(place) ** 2)).sqrt()
                for part, place, centre in zip(parts, places, centres, strict=True)
            ]
            typical = (above @ ((weight * p) @ beside))[:, 0, 0] / mass.clamp(min=_TINY)
            radius = _radius(mass, (above @ (squared @ beside))[:, 0, 0], (height, width))
        found = (mass / (height * width) >= LEAST_MASS) & (typical >= LEAST_PROBABILITY)
        # half the axis of a uniform ellipse is twice its deviation
        rows, cols = (
            torch.stack([centre - 2 * deviation, centre + 2 * deviation], dim=1).clamp(0, 1)
            for centre, deviation in zip(centres, deviations, strict=True)
        )
    return rows, cols, found


def _radius(mass: Tensor, squares: Tensor, shape: tuple[int, int]) -> Tensor:
    """Return (N,) the radius of a disc as large as what carries the mass, whatever its probability."""
    area = mass.square() / squares.clamp(min=_TINY) / (shape[0] * shape[1])
    return (area / math.pi).sqrt().clamp(min=0.5 / max(shape))


def _middles(length: int, like: Tensor) -> Tensor:
    """Return the middles of pixels (length,) as fractions."""
    return (torch.arange(length, device=like.device, dtype=torch.float32) + 0.5) / length


def _gauss(places: Tensor, radius: Tensor) -> Tensor:
    """Return (N, length, length): how much pixels count for one another, a Gaussian of deviation `radius`."""
    distance = (places[:, None] - places[None, :]) / radius[:, None, None]
    return torch.exp(-0.5 * distance.square())


def _weights(start: Tensor, stop: Tensor, count: int, length: int) -> Tensor:
    """Return (N, count, length): how `count` samples from `start` to `stop` (N,) see `length` pixels."""
    with _full_precision(start):
        step = (stop - start).float() * length / count  # pixels a sample, (N,)
        order = torch.arange(count, device=start.device, dtype=torch.float32) + 0.5
        middles = start.float()[:, None] * length + order * step[:, None]  # (N, count)
        middles = middles.clamp(0.5, length - 0.5)
        pixels = torch.arange(length, device=start.device, dtype=torch.float32) + 0.5
        reach = step.clamp(min=1.0)[:, None, None]
        weights = (1 - (middles[:, :, None] - pixels).abs() / reach).clamp(min=0)
        return weights / weights.sum(-1, keepdim=True)


def _back(boxes: Tensor, axis: int, length: int, side: int) -> Tensor:
    """Return (N, length, side): how the `length` pixels of an image see the `side` samples of a box."""
    start, extent = boxes[:, axis], boxes[:, axis + 2] - boxes[:, axis]
    return _weights(-start / extent, (1 - start) / extent, length, side)


def _share(boxes: Tensor, axis: int, length: int) -> Tensor:
    """Return (N, length): which part of each pixel lies within a box."""
    edges = torch.arange(length, device=boxes.device, dtype=torch.float32)
    start, stop = boxes[:, axis, None] * length, boxes[:, axis + 2, None] * length
    return (torch.minimum(edges + 1, stop) - torch.maximum(edges, start)).clamp(0, 1)


def _resample(x: Tensor, rows: Tensor, cols: Tensor) -> Tensor:
    """Return (N, C, h, w) in float32: matrices (N, h, H) and (N, w, W) applied to (N, C, H, W)."""
    with _full_precision(x):
        x = x.float()
        return torch.matmul(torch.matmul(rows[:, None], x), cols[:, None].transpose(-1, -2))


def _full_precision(like: Tensor) -> AbstractContextManager[object]:
    """Switch autocast off: places in bfloat16 would be off by pixels."""
    kind = like.device.type
    if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
        return torch.autocast(kind, enabled=False)
    return nullcontext()
