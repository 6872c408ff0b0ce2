"""The layout of a YOLO network's answer, and the same layout for the truth.

Redmon et al. (doi:10.1109/CVPR.2016.91) cut the image into S x S cells. Each cell gives C class scores and B
boxes with a confidence each; darknet's detection layer orders the S * S * (B * 5 + C) numbers as all classes,
then all confidences, then all boxes (x, y, root of width, root of height), cell by cell in reading order.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.detection.geometry import to_edges, to_middle

LEAST_SIDE = 0.005
"""Boxes narrower or lower than this share of the image are no targets (darknet, src/data.c)."""


@dataclass(frozen=True)
class GridShape:
    """Size of the grid.

    Parameters
    ----------
    side : int
        S: cells in a row and in a column.
    boxes : int
        B: boxes a cell may answer with.
    classes : int
        C.
    """

    side: int
    boxes: int
    classes: int

    @property
    def outputs(self) -> int:
        """Numbers the network gives: S * S * (B * 5 + C)."""
        return self.side**2 * (self.boxes * 5 + self.classes)


@dataclass(frozen=True)
class GridOutput:
    """A network's answer, cell by cell.

    Parameters
    ----------
    classes : (N, S, S, C) tensor
        Class scores.
    confidence : (N, S, S, B) tensor
        How much each box is believed in.
    boxes : (N, S, S, B, 4) tensor
        Row and column of the middle within the cell in [0, 1], then the roots of height and width in
        fractions of the image; nothing keeps them from straying beyond.
    """

    classes: Tensor
    confidence: Tensor
    boxes: Tensor

    def edges(self) -> Tensor:
        """Return the boxes (N, S, S, B, 4) as edges in fractions of the image."""
        return to_edges(self.middles())

    def middles(self) -> Tensor:
        """Return the boxes (N, S, S, B, 4) as (row, column, height, width) in fractions of the image."""
        side = self.boxes.shape[1]
        centre = (self.boxes[..., :2] + _cells(side, self.boxes)[:, :, None]) / side
        return torch.cat([centre, self.boxes[..., 2:].square()], dim=-1)


@dataclass(frozen=True)
class GridTruth:
    """What a perfect answer would be.

    Parameters
    ----------
    present : (N, S, S) bool tensor
        Cells in which the middle of an object lies.
    classes : (N, S, S, C) float32 tensor
        1 for the class of that object.
    boxes : (N, S, S, 4) float32 tensor
        Row and column within the cell, height and width in fractions of the image; 0 without an object.
    """

    present: Tensor
    classes: Tensor
    boxes: Tensor

    def to(self, device: torch.device) -> GridTruth:
        """Return the same on a device."""
        return GridTruth(self.present.to(device), self.classes.to(device), self.boxes.to(device))

    def middles(self) -> Tensor:
        """Return the boxes (N, S, S, 4) as (row, column, height, width) in fractions of the image."""
        side = self.boxes.shape[1]
        return torch.cat(
            [(self.boxes[..., :2] + _cells(side, self.boxes)) / side, self.boxes[..., 2:]], dim=-1
        )


def split_output(output: Tensor, shape: GridShape) -> GridOutput:
    """Take a network's answer apart.

    Parameters
    ----------
    output : (N, S * S * (B * 5 + C)) tensor
        In darknet's order.
    shape : GridShape
        What the network was built for.

    Raises
    ------
    ValueError
        If the sizes differ.
    """
    if output.ndim != 2 or output.shape[1] != shape.outputs:
        raise ValueError(f"expected (N, {shape.outputs}) numbers, not {tuple(output.shape)}")
    cells = shape.side**2
    grid = (len(output), shape.side, shape.side)
    classes, confidence, boxes = output.split(
        [cells * shape.classes, cells * shape.boxes, cells * shape.boxes * 4], dim=1
    )
    ordered = boxes.view(*grid, shape.boxes, 4)[..., [1, 0, 3, 2]]  # x, y, w, h to row, column, height, width
    return GridOutput(classes.view(*grid, -1), confidence.view(*grid, -1), ordered)


def join_output(output: GridOutput) -> Tensor:
    """Return the numbers (N, S * S * (B * 5 + C)) in darknet's order: the inverse of `split_output`."""
    n = len(output.classes)
    return torch.cat(
        [
            output.classes.reshape(n, -1),
            output.confidence.reshape(n, -1),
            output.boxes[..., [1, 0, 3, 2]].reshape(n, -1),
        ],
        dim=1,
    )


def place(boxes: Tensor, labels: Tensor, shape: GridShape) -> GridTruth:
    """Give every object to the cell in which its middle lies.

    A cell holds one object: of several, the first one (as darknet's ``fill_truth_region``).

    Parameters
    ----------
    boxes : (N, K, 4) float tensor
        Edges in fractions of the image.
    labels : (N, K) integer tensor
        Class of each box; negative where there is none.
    shape : GridShape
        Cells and classes.
    """
    n, side = len(boxes), shape.side
    present = torch.zeros(n, side, side, dtype=torch.bool)
    classes = torch.zeros(n, side, side, shape.classes)
    targets = torch.zeros(n, side, side, 4)
    middles = to_middle(boxes.float())
    for image in range(n):
        for k in range(boxes.shape[1]):
            label, middle = int(labels[image, k]), middles[image, k]
            if label < 0 or float(middle[2:].min()) < LEAST_SIDE:
                continue
            at = middle[:2] * side
            row, column = (int(v) for v in at.floor().clamp(0, side - 1))
            if bool(present[image, row, column]):
                continue
            present[image, row, column] = True
            classes[image, row, column, label] = 1.0
            targets[image, row, column, :2] = at - torch.tensor([row, column])
            targets[image, row, column, 2:] = middle[2:]
    return GridTruth(present, classes, targets)


def _cells(side: int, like: Tensor) -> Tensor:
    """Return row and column of each cell, (S, S, 2)."""
    steps = torch.arange(side, device=like.device, dtype=like.dtype)
    return torch.stack(torch.meshgrid(steps, steps, indexing="ij"), dim=-1)
