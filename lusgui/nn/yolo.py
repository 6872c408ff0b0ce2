"""YOLO v1 and tiny YOLO for any grid, number of boxes and classes.

Layers as in Darknet's ``yolov1.cfg`` and ``yolov1-tiny.cfg`` (Redmon et al. 2016, doi:10.1109/CVPR.2016.91),
used on the fetal cerebellum by Ramos et al. 2020. Every convolution has batch normalisation and a leaky ReLU
of slope 0.1; strided ones pad by half the kernel. Scales and biases are counted, statistics are not.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

from lusgui.base.errors import ModelError

SLOPE = 0.1
"""Slope of the leaky ReLU below zero."""

_V1 = (
    ("7/2 1", "M"),
    ("3 3", "M"),
    ("1 2", "3 4", "1 4", "3 8", "M"),
    (*("1 4", "3 8") * 4, "1 8", "3 16", "M"),
    ("1 8", "3 16") * 2,
    ("3 16", "3/2 16", "3 16", "3 16"),
)
_TINY = (
    ("3 1", "M"),
    ("3 2", "M"),
    ("3 4", "M"),
    ("3 8", "M"),
    ("3 16", "M"),
    ("3 32", "M"),
    ("3 64",),
    ("3 16",),
)
"""Stages of layers: kernel[/stride] and channels in units of the base width, or M for a pooling."""


class DarknetConv(nn.Sequential):
    """Convolution without bias, batch normalisation, leaky ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.LeakyReLU(SLOPE, inplace=True),
        )


class LocallyConnected(nn.Module):
    """3 x 3 convolution with weights of its own at every place.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels.
    side : int
        Rows and columns, of the input and of the output.
    """

    def __init__(self, in_channels: int, out_channels: int, side: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(side * side, out_channels, in_channels * 9))
        self.bias = nn.Parameter(torch.zeros(out_channels, side, side))
        if not self.weight.is_meta:
            bound = (2 / (in_channels * 9)) ** 0.5
            nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        """Turn (N, in, side, side) into (N, out, side, side)."""
        patches = unfold(x, 3, padding=1)  # (N, in * 9, side * side)
        found = torch.einsum("nip,poi->nop", patches, self.weight)  # (N, out, side * side)
        joined: Tensor = found.unflatten(2, self.bias.shape[1:]) + self.bias
        return joined


class Yolo(nn.Module):
    """A Darknet detector.

    Parameters
    ----------
    is_tiny : bool
        8 convolutions instead of 24.
    in_channels : int
        Channels of the input; 3 for a colour map of gray.
    base_width : int
        Channels of the first convolution: 64 as published, 16 for the tiny network.
    input_side : int
        Rows and columns of the input: 448 as published, 224 for the tiny network.
    grid, boxes, classes : int
        The image is cut into grid x grid cells; each proposes so many boxes and one class of so many.
    head : {"fc2", "local", "connected"}
        Two dense layers (YOLO's paper), a locally connected and a dense one (Darknet's file), or one dense.
    hidden : int
        Units of the first of two dense layers, 0 for 4096 at the published width, and in proportion to it.
    dropout : float
        Probability of dropping an element before the last layer, in training only.
    """

    def __init__(
        self,
        is_tiny: bool,
        *,
        in_channels: int,
        base_width: int,
        input_side: int,
        grid: int,
        boxes: int,
        classes: int,
        head: str,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.init_args = {
            "in_channels": in_channels,
            "base_width": base_width,
            "input_side": input_side,
            "grid": grid,
            "boxes": boxes,
            "classes": classes,
            "head": head,
            "hidden": hidden,
            "dropout": dropout,
        }
        self.input_side, self.grid, self.boxes, self.classes = input_side, grid, boxes, classes
        self.stages = nn.ModuleDict()
        channels, side = in_channels, input_side
        for number, layers in enumerate(_TINY if is_tiny else _V1, 1):
            stage = nn.Sequential()
            for layer in layers:
                if layer == "M":
                    # Darknet pads where a side is odd
                    stage.append(nn.MaxPool2d(2, ceil_mode=True))
                    side = -(-side // 2)
                else:
                    kind, width = layer.split()
                    kernel, _, stride = kind.partition("/")
                    out_channels = int(width) * base_width
                    stage.append(DarknetConv(channels, out_channels, int(kernel), int(stride or 1)))
                    channels, side = out_channels, -(-side // int(stride or 1))
            self.stages[f"s{number}"] = stage
        self.out_size = grid * grid * (boxes * 5 + classes)
        inputs = channels * side * side
        drop = nn.Dropout(dropout)
        self.head: nn.Sequential
        if head == "fc2":
            units = hidden or max(4096 * base_width // (16 if is_tiny else 64), 1)
            self.head = nn.Sequential(
                nn.Flatten(),
                nn.Linear(inputs, units),
                nn.LeakyReLU(SLOPE, inplace=True),
                drop,
                nn.Linear(units, self.out_size),
            )
        elif head == "local":
            filters = (16 if is_tiny else 4) * base_width
            self.head = nn.Sequential(
                LocallyConnected(channels, filters, side),
                nn.LeakyReLU(SLOPE, inplace=True),
                nn.Flatten(),
                drop,
                nn.Linear(filters * side * side, self.out_size),
            )
        else:
            self.head = nn.Sequential(nn.Flatten(), drop, nn.Linear(inputs, self.out_size))
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
                nn.init.kaiming_normal_(module.weight, SLOPE, nonlinearity="leaky_relu")

    def named_blocks(self) -> dict[str, list[nn.Module]]:
        """Return the modules of each stage of convolutions, s1 and so on, and of the head."""
        blocks: dict[str, list[nn.Module]] = {name: [stage] for name, stage in self.stages.items()}
        return blocks | {"head": [self.head]}

    def convolutions(self) -> list[DarknetConv]:
        """Return the convolutions with their normalisations, in the order of the data."""
        return [unit for unit in self.stages.modules() if isinstance(unit, DarknetConv)]

    def forward(self, x: Tensor) -> Tensor:
        """Return the answers of all cells (N, S S (5 B + C)) for input (N, in_channels, side, side).

        Laid out as Darknet does: S S C classes (cell by cell, row after row of cells), then S S B
        confidences, then S S B boxes of column and row of the centre within the cell and the square roots of
        width and height as fractions of the image. All linear.

        Raises
        ------
        ValueError
            If the input is not as large as the network was built for.
        """
        if tuple(x.shape[-2:]) != (self.input_side, self.input_side):
            raise ValueError(f"the input must be {self.input_side} x {self.input_side}")
        for stage in self.stages.values():
            x = stage(x)
        answers: Tensor = self.head(x)
        return answers


def yolo_v1(**arguments: object) -> Yolo:
    """Build the network of 24 convolutions; see `Yolo`."""
    return Yolo(False, **arguments)  # type: ignore[arg-type]


def yolo_tiny(**arguments: object) -> Yolo:
    """Build the network of 8 convolutions; see `Yolo`."""
    return Yolo(True, **arguments)  # type: ignore[arg-type]


def transfer_convolutions(source: Yolo, target: Yolo) -> None:
    """Copy the convolutions with their statistics from one detector to one of another grid, say.

    Raises
    ------
    ModelError
        If they have not the same layers and widths.
    """
    state = {name: value.detach().clone() for name, value in source.stages.state_dict().items()}
    wanted = {name: value.shape for name, value in target.stages.state_dict().items()}
    if wanted != {name: value.shape for name, value in state.items()}:
        raise ModelError(
            "the convolutions of the two detectors are not of one shape",
            remedy="Build both with the same base_width and in_channels",
        )
    target.stages.load_state_dict(state)
