"""Weights of VGG16's convolutions from files that others make, for the encoder of the V-Unet.

Torchvision taught its network on red, green, blue in [0, 1] with the mean and deviation of ImageNet; Keras
took over the original one, which wants blue, green, red in [0, 255] less their means. Whatever the source,
the first convolution is brought to red, green, blue, and the network's `input_mean` and `input_std` to an
input in [0, 1], so that nobody else has to know.
"""

from __future__ import annotations

import pickle
import re
import struct
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from lusgui.base.errors import ModelError

if TYPE_CHECKING:
    import h5py

    from lusgui.nn.vunet import VUNet


@dataclass(frozen=True)
class VggSource:
    """What the weights of one origin expect of their input.

    Parameters
    ----------
    name : str
        Origin.
    is_bgr : bool
        Whether the channels are blue, green, red.
    mean, std : tuple of float
        Of red, green and blue of an input in [0, 1]: the weights want (input - mean) / std.
    """

    name: str
    is_bgr: bool
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def _caffe(name: str, blue: float, green: float, red: float) -> VggSource:
    return VggSource(name, True, (red / 255, green / 255, blue / 255), (1 / 255, 1 / 255, 1 / 255))


SOURCES: dict[str, VggSource] = {
    source.name: source
    for source in (
        VggSource("torchvision", False, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        _caffe("keras", 103.939, 116.779, 123.68),
        _caffe("hed", 104.00699, 116.66877, 122.67892),
    )
}
"""Origins by name: torchvision, Keras' applications, holistically-nested edges (arXiv:1504.06375)."""

TORCHVISION_PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
"""Numbers of the convolutions among torchvision's ``features``."""

MAX_ENTRIES = 10_000
_PLACES = [(block, conv) for block, count in enumerate((2, 2, 3, 3, 3), 1) for conv in range(1, count + 1)]
_NAMED = re.compile(r"block([1-5])_conv([1-3])")
_BY_BLOCK = re.compile(r"(?:^|/)block([1-5])/layers/conv2d(?:_(\d{1,2}))?/vars$")
_IN_ORDER = re.compile(r"(?:^|^.*/)layers/conv2d(?:_(\d{1,2}))?/vars$")

Place = tuple[int, int]
Pair = tuple[Tensor, Tensor]


def load_vgg16(network: nn.Module, path: Path, source: str | None = None) -> VggSource:
    """Load VGG16's thirteen convolutions into a V-Unet's encoder, and set what its input is shifted by.

    What these convolutions give is in the hundreds, so that a fresh decoder would begin dead certain and
    wrong; the head is made smaller until the answers to noise have a deviation of 1. Nothing else changes.

    Parameters
    ----------
    network : lusgui.nn.vunet.VUNet
        Of base width 64; left as it is if anything is wrong with the file.
    path : Path
        A torchvision state dict (``.pth``, ``.pt`` or ``.safetensors``), whole or of the ``features`` alone,
        or a Keras file (``.h5``, ``.hdf5``) of any version.
    source : str, optional
        Name in `SOURCES`, if it is not to be told from the file.

    Returns
    -------
    VggSource
        Where the weights came from.

    Raises
    ------
    ModelError
        If the file is missing, damaged or of another network, or a weight is not finite. The message names
        the file and the tensor.
    """
    path = Path(path)
    if source is not None and source not in SOURCES:
        raise ModelError(f"there is no source called '{source:.40}'", remedy=f"Known: {', '.join(SOURCES)}")
    encoder = getattr(network, "encoder", None)
    if not isinstance(encoder, nn.ModuleDict) or not hasattr(network, "input_mean"):
        raise ModelError("only a v-unet takes VGG16's weights")
    target = cast("VUNet", network)
    convs = {
        (number, place): cast("nn.Conv2d", cast("nn.Sequential", unit)[0])
        for number, block in enumerate(target.encoder.values(), 1)
        for place, unit in enumerate(block.children(), 1)
    }
    shapes = {place: tuple(conv.weight.shape) for place, conv in convs.items()}
    try:
        if path.suffix.lower() in (".h5", ".hdf5"):
            found, told = _read_keras(path, shapes)
        else:
            found, told = _read_torchvision(path, shapes), "torchvision"
    except ModelError as error:
        raise ModelError(
            error.cause, path=path, variable=error.variable, shape=error.shape, remedy=error.remedy
        ) from error
    except OSError as error:
        raise ModelError(f"the weights cannot be read ({error.strerror or error})", path=path) from error
    chosen = SOURCES[source or told]
    with torch.no_grad():
        for place, (weight, bias) in found.items():
            if chosen.is_bgr and place == (1, 1):
                weight = weight.flip(1)
            convs[place].weight.copy_(weight)
            cast("Tensor", convs[place].bias).copy_(bias)
        target.input_mean.copy_(torch.tensor(chosen.mean))
        target.input_std.copy_(torch.tensor(chosen.std))
    settle_head(target)
    return chosen


@torch.no_grad()
def settle_head(network: VUNet) -> None:
    """Make the head smaller until the answers to noise have a deviation of 1 at most.

    For a V-Unet that takes its encoder from elsewhere and has a fresh decoder. Nothing else changes.
    """
    device, learns = network.input_mean.device, network.training
    noise = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(0)).expand(-1, 3, -1, -1)
    spread = float(network.eval()(noise.to(device)).std())
    network.train(learns)
    if spread > 1:
        network.head.weight /= spread


def _checked(name: str, values: Tensor, shape: tuple[int, ...]) -> Tensor:
    if tuple(values.shape) != shape:
        raise ModelError(
            f"its shape is not {' x '.join(map(str, shape))}, as in VGG16",
            variable=name,
            shape=tuple(values.shape),
            remedy="Build the network with base_width 64",
        )
    if not values.is_floating_point() or not bool(torch.isfinite(values).all()):
        raise ModelError("a weight is not a finite number", variable=name)
    return values.float()


def _read_torchvision(path: Path, shapes: dict[Place, tuple[int, ...]]) -> dict[Place, Pair]:
    state = _read_state(path)
    for wrapper in ("state_dict", "model"):
        if isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if "features.1.running_mean" in state:
        raise ModelError("this is a VGG16 with batch normalisation", remedy="Take one without")
    prefix = "features." if any(str(key).startswith("features.") for key in state) else ""
    found = {}
    for place, number in zip(_PLACES, TORCHVISION_PLACES, strict=True):
        pair = []
        for kind, shape in (("weight", shapes[place]), ("bias", shapes[place][:1])):
            name = f"{prefix}{number}.{kind}"
            values = state.get(name)
            if not isinstance(values, Tensor):
                raise ModelError("this tensor of VGG16 is missing", variable=name)
            pair.append(_checked(name, values, shape))
        found[place] = (pair[0], pair[1])
    return found


def _read_state(path: Path) -> dict[str, Any]:
    if path.suffix.lower() == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            state: object = load(path.read_bytes())
        except (SafetensorError, ValueError, TypeError, RuntimeError, KeyError) as error:
            raise ModelError("this is no safetensors file, or it is damaged") from error
    else:
        damaged = (
            *(
                pickle.UnpicklingError,
                zipfile.BadZipFile,
                struct.error,
                EOFError,
                LookupError,
                AttributeError,
            ),
            *(RuntimeError, ValueError, TypeError, AssertionError, ArithmeticError, MemoryError, OSError),
        )
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch remarks on how old a file is, or how damaged
            try:
                state = torch.load(stream, map_location="cpu", weights_only=True)
            except damaged as error:
                raise ModelError("this is no state dict of torch, or it is damaged") from error
    if not isinstance(state, dict):
        raise ModelError("this file holds no state dict")
    return state


def _read_keras(path: Path, shapes: dict[Place, tuple[int, ...]]) -> tuple[dict[Place, Pair], str]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            groups = _groups_of_weights(file)
            kernels = {place: _kernel_and_bias(file[name], name) for name, place in _places(groups)}
            missing = [place for place in _PLACES if place not in kernels]
            if missing:
                raise ModelError("this convolution of VGG16 is missing", variable=_label(missing[0]))
            found = {}
            for place in _PLACES:
                kernel, bias = kernels[place]
                out, into, rows, cols = shapes[place]
                weight = _checked(
                    kernel.name, _read(kernel, (rows, cols, into, out)), (rows, cols, into, out)
                )
                found[place] = (
                    weight.permute(3, 2, 0, 1).contiguous(),
                    _checked(bias.name, _read(bias, (out,)), (out,)),
                )
            return found, "hed" if "dsn1" in file else "keras"
    except (RuntimeError, LookupError, ValueError, TypeError, AttributeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ModelError("this is no Keras file, or it is damaged") from error


def _groups_of_weights(file: h5py.File) -> list[str]:
    """Return the groups that hold a kernel; links to elsewhere are not followed."""
    import h5py

    names: list[str] = []

    def look(name: str, item: object) -> None:
        if len(names) > MAX_ENTRIES:
            raise ModelError("the file holds too many tensors")
        if isinstance(item, h5py.Dataset) and item.ndim == 4 and not name.startswith("optimizer"):
            names.append(name.rpartition("/")[0])

    file.visititems(look)
    return names


def _places(groups: list[str]) -> list[tuple[str, Place]]:
    """Say which convolution each group holds, by its path alone.

    The attributes are left alone: on a damaged one of variable length the HDF5 library never comes back.
    """
    found: dict[Place, str] = {}
    for group in groups:
        place = _place(group)
        if place is None:
            continue
        if place in found:
            raise ModelError("the file holds this convolution twice", variable=_label(place))
        found[place] = group
    return [(group, place) for place, group in found.items()]


def _label(place: Place) -> str:
    return f"block{place[0]}_conv{place[1]}"


def _place(group: str) -> Place | None:
    if named := _NAMED.search(group):
        return int(named[1]), int(named[2])
    if by_block := _BY_BLOCK.search(group):
        return int(by_block[1]), int(by_block[2] or 0) + 1
    if in_order := _IN_ORDER.search(group):
        number = int(in_order[1] or 0)
        return _PLACES[number] if number < len(_PLACES) else None
    return None


def _kernel_and_bias(group: h5py.Group, name: str) -> tuple[h5py.Dataset, h5py.Dataset]:
    import h5py

    datasets = [item for item in group.values() if isinstance(item, h5py.Dataset)]
    kernels = [item for item in datasets if item.ndim == 4]
    biases = [item for item in datasets if item.ndim == 1]
    if len(kernels) != 1 or len(biases) != 1:
        raise ModelError("there is not one kernel and one bias", variable=name)
    return kernels[0], biases[0]


def _read(dataset: h5py.Dataset, shape: tuple[int, ...]) -> Tensor:
    """Read a dataset of the shape that is wanted; of any other only the shape is looked at."""
    if dataset.external is not None or dataset.is_virtual:
        raise ModelError("the weights lie in another file", variable=dataset.name)
    if dataset.dtype.kind != "f":
        raise ModelError("these are not floating-point numbers", variable=dataset.name)
    if tuple(dataset.shape) != shape:
        return torch.empty(dataset.shape, device="meta")
    return torch.from_numpy(np.asarray(dataset[()], dtype=np.float32))
