"""Networks that learning starts from: shipped models, files, or random weights, fitted to the task in hand.

Weights are taken over block by block where names and shapes match. Two parts may be made to match: the first
convolution, when the number of input channels differs, and the head, when the labels differ.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS, SEGMENT, spec_of
from lusgui.nn.freezing import named_blocks
from lusgui.nn.unet import UNet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lusgui.core.model_card import ModelCard

SCRATCH = "scratch:"

Head = Literal["auto", "keep", "new"]


@dataclass(frozen=True)
class Base:
    """What learning starts from.

    Parameters
    ----------
    name : str
        For reports: the key of a model's card, or what was asked for.
    state : mapping of str to Tensor
        Weights; empty for random ones.
    architecture : str
        Which network.
    arguments : mapping
        Its arguments.
    card : ModelCard or None
        Of the model the weights come from.
    """

    name: str
    state: Mapping[str, Tensor]
    architecture: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    card: ModelCard | None = None

    @property
    def is_scratch(self) -> bool:
        """Whether there are no weights to start from."""
        return not self.state


@dataclass(frozen=True)
class Taken:
    """Which parameters came from the base.

    Parameters
    ----------
    loaded : tuple of str
        As they were.
    adapted : tuple of str
        The first convolution, summed or spread over other input channels; rows of the head by label.
    fresh : tuple of str
        Random, because the base has nothing that fits.
    """

    loaded: tuple[str, ...]
    adapted: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say in one sentence what was taken over."""
        if not self.loaded and not self.adapted:
            return "all weights begin at random"
        total = len(self.loaded) + len(self.adapted) + len(self.fresh)
        parts = [f"{len(self.loaded)} of {total} tensors taken from the base"]
        if self.adapted:
            parts.append(f"adapted: {_short(self.adapted)}")
        if self.fresh:
            parts.append(f"new: {_short(self.fresh)}")
        return "; ".join(parts)


def find_base(text: str) -> Base:
    """Return what a person named: a model's card name, a file, or ``scratch:ARCHITECTURE``.

    Raises
    ------
    ModelError
        If there is no such model or architecture, the file is damaged, or it does another task than to
        find masks.
    """
    if text.startswith(SCRATCH):
        name = text.removeprefix(SCRATCH)
        refuse_other_task(name)
        return Base(text, {}, name)
    from lusgui.io.models import find_model

    return load_base_file(find_model(text))


def load_base_file(path: Path) -> Base:
    """Read a model file as a base; raises ModelError where it cannot be used as one."""
    from lusgui.nn.checkpoint import load_model

    model = load_model(Path(path))
    card = model.card
    return Base(card.key, model.network.state_dict(), card.architecture, dict(card.arguments), card)


def vgg16_base(path: Path, arguments: Mapping[str, Any]) -> Base:
    """Return VGG16's convolutions as the base of a V-Unet: its encoder and what its input is shifted by.

    Parameters
    ----------
    path : Path
        Weights as ``lusgui.nn.vgg_weights.load_vgg16`` takes them.
    arguments : mapping
        Of the V-Unet; its width must be VGG16's own, 64.

    Raises
    ------
    ModelError
        If the file is unsound or does not fit.
    """
    from lusgui.nn.registry import build
    from lusgui.nn.vgg_weights import load_vgg16

    network = build("v-unet", **arguments)
    source = load_vgg16(network, path)
    state = {
        name: value for name, value in network.state_dict().items() if name.startswith(("encoder.", "input_"))
    }
    return Base(f"VGG16 ({source.name})", state, "v-unet", dict(arguments))


def digest_of(base: Base) -> str:
    """Return the SHA-256 (hexadecimal) of a base's weights."""
    digest = hashlib.sha256(base.architecture.encode())
    for name in sorted(base.state):
        value = base.state[name].detach().cpu().contiguous()
        digest.update(name.encode() + value.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def refuse_other_task(architecture: str) -> None:
    """Raise ModelError unless a network gives masks."""
    task = spec_of(architecture).task
    if task != SEGMENT:
        known = ", ".join(name for name, spec in NETWORKS.items() if spec.task == SEGMENT)
        raise ModelError(
            f"{architecture} is made to {task}, not to find masks", remedy=f"Networks for masks: {known}"
        )


def take_over(
    network: nn.Module,
    base: Base,
    labels: Sequence[str] = (),
    *,
    head: Head = "auto",
    head_is_frozen: bool = False,
) -> Taken:
    """Copy the weights of a base into a network wherever they fit.

    Parameters
    ----------
    network : torch.nn.Module
        Freshly built; changed in place.
    base : Base
        Nothing happens for one without weights.
    labels : sequence of str
        What the network's outputs shall mean.
    head : {"auto", "keep", "new"}
        ``auto`` keeps the outputs of labels that the base knows and makes the others new, unless the head is
        frozen: a random head that never learns would find nothing. ``keep`` takes the base's head as it is
        (foreground is foreground, as the papers do it), ``new`` makes it new.
    head_is_frozen : bool
        Whether the strategy to come leaves the head as it is.

    Returns
    -------
    Taken
        What came from the base.

    Raises
    ------
    ModelError
        If a weight of the base is not a finite number, or no block of it fits.
    """
    if base.is_scratch:
        return Taken((), (), tuple(network.state_dict()))
    target = network.state_dict()
    firsts = _first_convolutions(network)
    head_names = {name for name in target if "head" in name.split(".")}
    if head == "auto" and head_is_frozen:
        head = "keep"
    loaded: list[str] = []
    adapted: list[str] = []
    fresh: list[str] = []
    new_state: dict[str, Tensor] = {}
    for name, value in target.items():
        source = base.state.get(name)
        if source is not None and not bool(torch.isfinite(source).all()):
            raise ModelError("a weight of the base is not a finite number", variable=name)
        fitted = None
        if source is not None and name in head_names:
            fitted = _head_rows(source, value, base, labels, head)
        elif source is not None and source.shape == value.shape:
            fitted = source
        elif source is not None and name in firsts and source.shape[0] == value.shape[0]:
            fitted = adapt_input(source, value.shape[1]) if source.shape[2:] == value.shape[2:] else None
        if fitted is None:
            fresh.append(name)
            continue
        new_state[name] = fitted.detach().clone().to(value.dtype)
        (loaded if source is not None and torch.equal(fitted, source) else adapted).append(name)
    if not _fits_a_block(network, head_names, set(new_state)):
        raise ModelError(f"no block of {base.name} fits this network", remedy=_why_not(base, network, target))
    network.load_state_dict(new_state, strict=False)
    return Taken(tuple(loaded), tuple(adapted), tuple(fresh))


def network_for_masks(base: Base) -> tuple[str, dict[str, object]]:
    """Return architecture and arguments of the network that finds masks with the base's weights.

    That is the base's own, or the U-Net on a localizer's encoder (Hu et al. 2018).

    Raises
    ------
    ModelError
        If the base's task is another and there is no such network.
    """
    if base.architecture == "hu-localizer":
        known = NETWORKS["hu-unet"].defaults
        return "hu-unet", {key: value for key, value in base.arguments.items() if key in known}
    refuse_other_task(base.architecture)
    return base.architecture, dict(base.arguments)


def adapt_input(weight: Tensor, channels: int) -> Tensor:
    """Return a first convolution for another number of input channels that answers alike on gray.

    Parameters
    ----------
    weight : (O, C, h, w) tensor
        As learnt on C channels.
    channels : int
        How many there shall be. Where all of them carry the same gray, the response stays the same: the sum
        over the old channels is spread evenly over the new ones.
    """
    total = weight.sum(1, keepdim=True)
    return (total / channels).expand(-1, channels, -1, -1).contiguous()


def _head_rows(source: Tensor, value: Tensor, base: Base, labels: Sequence[str], head: Head) -> Tensor | None:
    if head == "new":
        return None
    known = () if base.card is None else base.card.labels
    if head == "keep" or tuple(known) == tuple(labels):
        return source if source.shape == value.shape else None
    # one row an output only in the last layer; the layer before it serves all labels
    is_last = source.shape[0] == len(known) and value.shape[0] == len(labels)
    if not is_last or source.shape[1:] != value.shape[1:]:
        return source if source.shape == value.shape and not is_last else None
    if not set(known) & set(labels):
        return None
    rows = value.clone()
    for i, label in enumerate(labels):
        if label in known:
            rows[i] = source[known.index(label)]
    return rows


def _first_convolutions(network: nn.Module) -> set[str]:
    """Return the names of the weights that see the input, one in each of the networks that it is made of."""
    parts = [name for name, module in network.named_modules() if isinstance(module, UNet)] or [""]
    weights = [name for name, value in network.state_dict().items() if value.ndim == 4]
    return {next((name for name in weights if name.startswith(part)), "") for part in parts}


def _fits_a_block(network: nn.Module, head_names: set[str], taken: set[str]) -> bool:
    """Whether at least one block came over whole, the head aside."""
    owners: dict[str, set[str]] = {}
    by_id = {id(value): name for name, value in network.named_parameters()}
    for block, modules in named_blocks(network).items():
        names = {by_id[id(p)] for module in modules for p in module.parameters()} - head_names
        if names:
            owners[block] = names
    return any(names <= taken for names in owners.values())


def _why_not(base: Base, network: nn.Module, target: Mapping[str, Tensor]) -> str:
    ours = getattr(network, "init_args", {})
    key = spec_of(base.architecture).width_key
    width, wanted = base.arguments.get(key), ours.get(key)
    if set(base.state) & set(target) and width != wanted:
        return f"The base has the width {width}, this network {wanted}: take the same width"
    return f"The base is a {base.architecture}; take a base of the same architecture, or scratch:ARCHITECTURE"


def _short(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
