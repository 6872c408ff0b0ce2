"""Frames and their boxes at a detector's size, ready to be drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lusgui.base.errors import LusguiError
from lusgui.nn.preprocess import resize
from training.data.boxes import boxes_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.despeckle import DespeckleSettings
    from training.data.boxes import Box
    from training.dataset import Sample


class DetectionError(LusguiError):
    """A detector cannot be trained or judged as asked."""


@dataclass(frozen=True)
class BoxStack:
    """Frames of one size with their boxes.

    Parameters
    ----------
    gray : (N, 1, S, S) uint8 tensor
        Gray times 255. The frame is stretched to a square, as darknet does it.
    boxes : (N, K, 4) float32 tensor
        Edges in fractions of the image.
    labels : (N, K) int64 tensor
        Class of each box; -1 where a frame has fewer.
    names, groups : tuple of str
        Of the frames.
    shapes : tuple of (int, int)
        Rows and columns of the raw frames.
    classes : tuple of str
        Labels by their numbers.
    """

    gray: Tensor
    boxes: Tensor
    labels: Tensor
    names: tuple[str, ...]
    groups: tuple[str, ...]
    shapes: tuple[tuple[int, int], ...]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.gray)

    def images(self, index: Tensor) -> Tensor:
        """Return gray (n, 1, S, S) float32 in [0, 1] of some frames."""
        return self.gray[index].float() / 255


def to_square(sample: Sample, side: int, settings: DespeckleSettings | None = None) -> Tensor:
    """Return a sample's gray as float32 (1, 1, S, S) in [0, 1]."""
    return resize(torch.from_numpy(sample.gray(settings).copy())[None, None], (side, side))


def fractions_of(boxes: Sequence[Box], shape: tuple[int, int]) -> Tensor:
    """Return boxes in pixels as edges (K, 4) in fractions of an image of rows and columns."""
    edges = torch.tensor([[box.row0, box.col0, box.row1, box.col1] for box in boxes]).reshape(-1, 4)
    return edges / torch.tensor([shape[0], shape[1], shape[0], shape[1]])


def make_box_stack(
    samples: Sequence[Sample],
    labels: Sequence[str],
    side: int,
    settings: DespeckleSettings | None = None,
    *,
    union: bool = True,
) -> BoxStack:
    """Bring frames and boxes to a detector's size.

    Parameters
    ----------
    samples : sequence of Sample
        At least one; each with boxes or masks of every label.
    labels : sequence of str
        Classes, in the order of their numbers.
    side : int
        Rows and columns of the network's input.
    settings : DespeckleSettings, optional
        What is done to the frames first; None for nothing.
    union : bool
        One box for a whole mask, or one for each of its pieces.

    Raises
    ------
    DetectionError
        If there is no frame, or nobody looked for a label in one.
    """
    if not samples:
        raise DetectionError("there are no frames to learn from")
    found: list[tuple[Tensor, list[int]]] = []
    for sample in samples:
        edges, numbers = [], []
        for number, label in enumerate(labels):
            boxes = boxes_in(sample, label, union)
            if boxes is None:
                raise DetectionError(
                    f"nobody looked for '{label}' in the frame '{sample.name}'",
                    remedy="Leave such frames out, or choose another label",
                )
            edges.append(fractions_of(boxes, (sample.frame.shape[0], sample.frame.shape[1])))
            numbers += [number] * len(boxes)
        found.append((torch.cat(edges), numbers))
    most = max(1, *(len(numbers) for _, numbers in found))
    padded = torch.zeros(len(samples), most, 4)
    classes = torch.full((len(samples), most), -1, dtype=torch.int64)
    for i, (edges_of_one, numbers) in enumerate(found):
        padded[i, : len(numbers)] = edges_of_one
        classes[i, : len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
    gray = torch.cat([(to_square(s, side, settings) * 255).round().clamp(0, 255).byte() for s in samples])
    return BoxStack(
        gray,
        padded,
        classes,
        tuple(sample.name for sample in samples),
        tuple(sample.group for sample in samples),
        tuple((int(s.frame.shape[0]), int(s.frame.shape[1])) for s in samples),
        tuple(labels),
    )
