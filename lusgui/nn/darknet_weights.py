"""Darknet's weight files, read and written.

Three int32 for the version, a counter of images seen, then float32 to the end: of each convolution the
biases, the scales, means and variances of its normalisation, and the weights; of a dense or locally connected
layer the biases and the weights. The counter has 64 bits from version 0.2 on and 32 before. Everything is
little endian. A version above 1000 means transposed dense layers; nobody writes those any more.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import torch
from torch import Tensor, nn

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import ModelError
from lusgui.nn.yolo import LocallyConnected, Yolo

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_VERSION = 1000


@dataclass(frozen=True)
class DarknetHeader:
    """What a weight file says of itself.

    Parameters
    ----------
    version : tuple of int
        Major, minor, revision.
    seen : int
        Images that the network had learnt from.
    size : int
        Bytes of the header.
    """

    version: tuple[int, int, int]
    seen: int
    size: int


def read_darknet_header(stream: BinaryIO) -> DarknetHeader:
    """Read the header and leave the stream at the first weight.

    Raises
    ------
    ModelError
        If it is cut short or no header of Darknet's.
    """
    raw = stream.read(12)
    if len(raw) < 12:
        raise ModelError("this is no weight file of Darknet, or it is cut short")
    major, minor, revision = struct.unpack("<3i", raw)
    if min(major, minor, revision) < 0:
        raise ModelError("this is no weight file of Darknet: its version is negative")
    if max(major, minor, revision) > LARGEST_VERSION:
        raise ModelError(
            "this is no weight file of Darknet, or one with transposed layers, which are not read"
        )
    kind, size = ("<q", 8) if major * 10 + minor >= 2 else ("<i", 4)
    raw = stream.read(size)
    if len(raw) < size:
        raise ModelError("this is no weight file of Darknet, or it is cut short")
    (seen,) = struct.unpack(kind, raw)
    if seen < 0:
        raise ModelError("this is no weight file of Darknet: it has seen fewer than no images")
    return DarknetHeader((major, minor, revision), seen, 12 + size)


def load_darknet(network: Yolo, path: Path, *, convolutions: int | None = None) -> DarknetHeader:
    """Load a weight file into a detector.

    Parameters
    ----------
    network : Yolo
        Left as it is if anything is wrong with the file.
    path : Path
        ``*.weights``.
    convolutions : int, optional
        Load only so many of the first convolutions and ignore what follows, as for
        ``extraction.conv.weights``, which holds the first 20 of YOLO v1. The whole network if not given.

    Returns
    -------
    DarknetHeader

    Raises
    ------
    ModelError
        If the file is missing, damaged, not as long as the network wants, or holds numbers that are not
        finite. The message names the file and the layer.
    """
    path = Path(path)
    layers = _layers(network)
    if convolutions is not None:
        if not 1 <= convolutions <= len(network.convolutions()):
            raise ModelError(
                f"{convolutions} convolutions cannot be loaded into {len(network.convolutions())}"
            )
        layers = layers[:convolutions]
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            header = read_darknet_header(stream)
            _check_length(size - header.size, layers, network, exactly=convolutions is None)
            found = [_read_layer(stream, name, tensors) for name, tensors in layers]
    except ModelError as error:
        raise ModelError(error.cause, path=path, variable=error.variable, remedy=error.remedy) from error
    except OSError as error:
        raise ModelError(f"the weights cannot be read ({error.strerror or error})", path=path) from error
    with torch.no_grad():
        for (_, tensors), values in zip(layers, found, strict=True):
            for tensor, value in zip(tensors, values, strict=True):
                tensor.copy_(value.view_as(tensor))
    return header


def save_darknet(
    network: Yolo, path: Path, *, seen: int = 0, convolutions: int | None = None, overwrite: bool = False
) -> None:
    """Write a detector as a weight file of version 0.2.

    Parameters
    ----------
    network : Yolo
        What is written.
    path : Path
        ``*.weights``.
    seen : int
        Images that the network has learnt from.
    convolutions : int, optional
        Write only so many of the first convolutions.
    overwrite : bool
        Whether a file already there may be replaced.

    Raises
    ------
    OverwriteRefusedError, WriteFailedError
        As ``atomic_path``.
    """
    with atomic_path(Path(path), overwrite=overwrite) as temporary, temporary.open("wb") as stream:
        stream.write(struct.pack("<3iq", 0, 2, 0, seen))
        for _, tensors in _layers(network)[:convolutions]:
            for tensor in tensors:
                stream.write(tensor.detach().cpu().numpy().astype("<f4").tobytes())


Layer = tuple[str, list[Tensor]]


def _layers(network: Yolo) -> list[Layer]:
    """Return the layers with their tensors, both in Darknet's order."""
    layers: list[Layer] = []
    for number, unit in enumerate(network.convolutions(), 1):
        conv, norm = unit[0], unit[1]
        if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
            raise ModelError("the network still carries adapters", remedy="Merge them first")
        if norm.running_mean is None or norm.running_var is None:
            raise ModelError("the network has no statistics to read or write")
        tensors = [norm.bias, norm.weight, norm.running_mean, norm.running_var, conv.weight]
        layers.append((f"convolution {number}", tensors))
    for module in network.head.modules():
        if isinstance(module, LocallyConnected):
            layers.append(("locally connected layer", [module.bias, module.weight]))
        elif isinstance(module, nn.Linear):
            layers.append((f"dense layer to {module.out_features}", [module.bias, module.weight]))
    return layers


def _bytes(layers: Sequence[Layer]) -> int:
    return sum(4 * tensor.numel() for _, tensors in layers for tensor in tensors)


def _check_length(there: int, layers: Sequence[Layer], network: Yolo, *, exactly: bool) -> None:
    wanted = _bytes(layers)
    if there == wanted or (there > wanted and not exactly):
        return
    remedy = "Check the network's arguments (base_width, grid, boxes, classes, head, input_side)"
    every = _layers(network)
    for count in range(len(network.convolutions()), 0, -1):
        if _bytes(every[:count]) == there:
            remedy = f"It holds just the first {count} convolutions: load those alone"
            break
    raise ModelError(
        f"it holds {there / 4:g} numbers where the network wants {wanted // 4}"
        + (
            ", so it is cut short or of another network"
            if there < wanted
            else ", so it is of another network"
        ),
        remedy=remedy,
    )


def _read_layer(stream: BinaryIO, name: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    values = []
    for place, tensor in enumerate(tensors):
        raw = stream.read(4 * tensor.numel())
        if len(raw) < 4 * tensor.numel():
            raise ModelError("the file is cut short", variable=name)
        value = torch.from_numpy(np.frombuffer(raw, "<f4").astype(np.float32))
        if not bool(torch.isfinite(value).all()):
            raise ModelError("a weight is not a finite number", variable=name)
        if len(tensors) == 5 and place == 3 and bool((value < 0).any()):
            raise ModelError("a variance is negative", variable=name)
        values.append(value)
    return values
