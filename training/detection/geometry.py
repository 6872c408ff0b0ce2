"""Boxes as tensors: edges (row0, col0, row1, col1), in pixels or in fractions of the image."""

from __future__ import annotations

import torch
from torch import Tensor


def to_middle(edges: Tensor) -> Tensor:
    """Turn edges (..., 4) into (row, column, height, width) with row and column of the middle."""
    start, stop = edges[..., :2], edges[..., 2:]
    return torch.cat([(start + stop) / 2, stop - start], dim=-1)


def to_edges(middle: Tensor) -> Tensor:
    """Turn (row, column, height, width) (..., 4) into edges (row0, col0, row1, col1)."""
    centre, half = middle[..., :2], middle[..., 2:] / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Return the intersection over union of boxes by their edges.

    Parameters
    ----------
    a, b : (..., 4) tensor
        Shapes broadcast. A box without area overlaps nothing.

    Returns
    -------
    (...) tensor in [0, 1]
    """
    start = torch.maximum(a[..., :2], b[..., :2])
    stop = torch.minimum(a[..., 2:], b[..., 2:])
    inside = (stop - start).clamp_min(0).prod(-1)
    union = _area(a) + _area(b) - inside
    return torch.where(inside > 0, inside / union.clamp_min(1e-12), torch.zeros_like(inside))


def rmse(a: Tensor, b: Tensor) -> Tensor:
    """Return the Euclidean distance between boxes given as (row, column, height, width), (..., 4)."""
    return (a - b).square().sum(-1).sqrt()


def _area(edges: Tensor) -> Tensor:
    return (edges[..., 2:] - edges[..., :2]).clamp_min(0).prod(-1)
