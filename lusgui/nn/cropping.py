"""Find a structure in a probability, cut a box around it out of an image, and paste an answer back.

Every resampling is a product with two matrices of triangular weights, one for the rows and one for the
columns, widened where the image shrinks (antialiased bilinear, edges of both grids aligned, as
``lusgui.nn.preprocess.resize``). So a box need not lie on pixels, gradients pass, and the same few operators
serve torch and ONNX.

Boxes are (N, 4): row0, col0, row1, col1 as fractions of the image, 0 its first edge and 1 its last.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor

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
    with _full_precision(probability):
        p = probability.float()
        height, width = int(p.shape[1]), int(p.shape[2])
        weight = (p - FLOOR).clamp(min=0).square()
        planes = torch.stack([weight, weight.square(), weight * p], dim=1)  # (N, 3, h, w)
        # rows and columns side by side: where each lies, and which of the two it is
        rows, cols = _middles(height, p), _middles(width, p)
        places = torch.cat([rows, cols])  # (h + w,)
        axis = torch.arange(height + width, device=p.device).ge(height).long()
        is_axis = torch.nn.functional.one_hot(axis, 2).float()  # (h + w, 2)
        radius = _radius(planes.sum((2, 3)), height, width)
        near_rows = _gauss(rows, radius)
        near_cols = near_rows if height == width else _gauss(cols, radius)
        peak = (near_rows @ weight @ near_cols).flatten(1).argmax(1)
        centres = torch.stack([rows[peak // width], cols[peak % width]], dim=1)  # (N, 2)
        variances, sums = centres, centres
        for inner, outer in _REACH:
            distances = (places - centres[:, axis]).abs() / radius[:, None]
            windows = ((outer - distances) / (outer - inner)).clamp(0, 1)  # (N, h + w)
            above, beside = windows[:, None, None, :height], windows[:, None, height:, None]
            by_row = planes @ beside  # (N, 3, h, 1)
            sums = (above @ by_row)[:, :, 0, 0]  # (N, 3)
            margins = torch.cat([by_row[:, 0, :, 0], (above[:, 0] @ weight)[:, 0]], dim=1)
            parts = windows * margins / sums[:, :1].clamp(min=_TINY)
            centres = (parts * places) @ is_axis
            variances = (parts * (places - centres[:, axis]).square()) @ is_axis
            radius = _radius(sums, height, width)
        mass, typical = sums[:, 0] / (height * width), sums[:, 2] / sums[:, 0].clamp(min=_TINY)
        found = (mass >= LEAST_MASS) & (typical >= LEAST_PROBABILITY)
        # a pixel is as wide as it is; half the axis of a uniform ellipse is twice its deviation
        half = 2 * (variances + p.new_tensor([height, width]).square().reciprocal() / 12).sqrt()
        boxes = torch.cat([centres - half, centres + half], dim=1).clamp(0, 1)
        return torch.where(found[:, None], boxes, 0.0)


def is_found(boxes: Tensor) -> Tensor:
    """Return (N,) whether boxes (N, 4) hold anything."""
    return (boxes[:, 2:] > boxes[:, :2]).all(1)


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
    longer = float(max(shape))
    start, stop = boxes[:, :2].float(), boxes[:, 2:].float()
    lengths = start.new_tensor(shape)
    found = is_found(boxes)[:, None]
    side = (margin * (stop - start) * lengths).amax(1, keepdim=True)  # pixels
    half = torch.where(found, side.clamp(LEAST_SIDE * longer, longer), longer) / (2 * lengths)  # (N, 2)
    # where the square is larger than the image it lies in the middle
    inset = half.clamp(max=0.5)
    centres = torch.where(found, (start + stop) / 2, 0.5)
    centres = torch.minimum(torch.maximum(centres, inset), 1 - inset)
    return torch.cat([centres - half, centres + half], dim=1)


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
    inside, share = _inside(logits, boxes, shape, (0, 0, *shape))
    if around is None:
        return CEILING + share * (inside - CEILING)
    return torch.lerp(around.float(), inside, share)


def paste_into(around: Tensor, logits: Tensor, box: Tensor) -> None:
    """Put logits (L, s, s) of one box (4,) into their surroundings (L, H, W), in place, as `paste` does.

    Only the pixels of the box are touched.
    """
    shape = (int(around.shape[-2]), int(around.shape[-1]))
    top, left, bottom, right = (box * box.new_tensor([*shape, *shape])).tolist()
    row0, row1 = max(math.floor(top), 0), min(math.ceil(bottom), shape[0])
    col0, col1 = max(math.floor(left), 0), min(math.ceil(right), shape[1])
    if row0 >= row1 or col0 >= col1:
        return
    inside, share = _inside(logits[None], box[None], shape, (row0, col0, row1, col1))
    around[:, row0:row1, col0:col1].lerp_(inside[0], share[0])


def _inside(
    logits: Tensor, boxes: Tensor, shape: tuple[int, int], window: tuple[int, int, int, int]
) -> tuple[Tensor, Tensor]:
    """Return logits in a window (pixels) of the image, and the part of each pixel that the box covers."""
    looks, shares = [], []
    for axis in (0, 1):
        first, last, length = window[axis], window[axis + 2], shape[axis]
        start, stop = boxes[:, axis], boxes[:, axis + 2]
        ends = [(end / length - start) / (stop - start) for end in (first, last)]
        looks.append(_weights(ends[0], ends[1], last - first, logits.shape[2 + axis]))
        edges = torch.arange(first, last, device=boxes.device, dtype=torch.float32)
        start, stop = start[:, None] * length, stop[:, None] * length
        shares.append((torch.minimum(edges + 1, stop) - torch.maximum(edges, start)).clamp(0, 1))
    return _resample(logits, looks[0], looks[1]), shares[0][:, None, :, None] * shares[1][:, None, None, :]


def _radius(sums: Tensor, height: int, width: int) -> Tensor:
    """Return (N,) the radius of a disc as large as what carries the mass, whatever its probability.

    `sums` (N, 3) are of the weight, of its square, and of its product with the probability.
    """
    area = sums[:, 0].square() / sums[:, 1].clamp(min=_TINY) / (height * width)
    return (area / math.pi).sqrt().clamp(min=0.5 / max(height, width))


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
