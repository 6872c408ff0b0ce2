"""Frames and the points to find in them, at a localizer's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lusgui.base.errors import LusguiError
from lusgui.nn.preprocess import resize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.despeckle import DespeckleSettings
    from training.dataset import Sample


class LocalizationError(LusguiError):
    """A localizer cannot be trained or judged as asked."""


def point_in(sample: Sample, label: str) -> tuple[float, float] | None:
    """Return (row, column) of a label's centre in pixels, the middle of the first pixel being (0, 0).

    The centre of its mask's area where no point is given; None where there is neither, or the mask is empty.
    """
    if label in sample.points:
        return sample.points[label]
    mask = sample.masks.get(label)
    if mask is None or not mask.any():
        return None
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())


def has_points(sample: Sample, labels: Sequence[str]) -> bool:
    """Whether the centre of every label is known."""
    return all(point_in(sample, label) is not None for label in labels)


@dataclass(frozen=True)
class PointStack:
    """Frames of one size with one point a label.

    Parameters
    ----------
    gray : (N, 1, S, S) uint8 tensor
        Gray times 255.
    points : (N, L, 2) float32 tensor
        Row and column in fractions of the image, counted from its upper left edge.
    names, groups : tuple of str
        Of the frames.
    shapes : (N, 2) float32 tensor
        Rows and columns of the raw frames.
    """

    gray: Tensor
    points: Tensor
    names: tuple[str, ...]
    groups: tuple[str, ...]
    shapes: Tensor

    def __len__(self) -> int:
        return len(self.gray)

    def images(self, index: Tensor) -> Tensor:
        """Return gray (n, 1, S, S) float32 in [0, 1] of some frames."""
        return self.gray[index].float() / 255


def make_point_stack(
    samples: Sequence[Sample],
    labels: Sequence[str],
    side: int,
    settings: DespeckleSettings | None = None,
) -> PointStack:
    """Bring frames and points to a localizer's size.

    Parameters
    ----------
    samples : sequence of Sample
        At least one; see `has_points`.
    labels : sequence of str
        Whose centres.
    side : int
        Rows and columns of the network's input; frames are stretched to it.
    settings : DespeckleSettings, optional
        What is done to the frames first; None for nothing.

    Raises
    ------
    LocalizationError
        If there is no frame, or one lacks a centre.
    """
    if not samples:
        raise LocalizationError("there are no frames with a centre to learn from")
    points = torch.zeros(len(samples), len(labels), 2)
    shapes = torch.tensor([sample.frame.shape[:2] for sample in samples]).float()
    planes = []
    for i, sample in enumerate(samples):
        for k, label in enumerate(labels):
            at = point_in(sample, label)
            if at is None:
                raise LocalizationError(
                    f"the centre of '{label}' is not known in the frame '{sample.name}'",
                    remedy="Leave such frames out",
                )
            points[i, k] = torch.tensor(at)
        plane = torch.from_numpy(sample.gray(settings).copy())[None, None]
        planes.append((resize(plane, (side, side)) * 255).round().clamp(0, 255).byte())
    return PointStack(
        torch.cat(planes),
        (points + 0.5) / shapes[:, None],
        tuple(sample.name for sample in samples),
        tuple(sample.group for sample in samples),
        shapes,
    )
