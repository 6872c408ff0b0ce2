"""Models on disk: half-precision safetensors whose header alone rebuilds the network.

Statistics of batch normalisation and of the input are kept in single precision.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import ModelError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.core.safetensors_header import read_header, replace_card
from lusgui.nn.conv_lora import has_adapters, merge
from lusgui.nn.registry import build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn


_POSITIVE = ("running_var", "input_std")


@dataclass(frozen=True)
class LoadedModel:
    """A network with its card, ready to predict (eval mode, float32, on the CPU)."""

    network: nn.Module
    card: ModelCard


def save_model(path: Path, network: nn.Module, card: ModelCard, *, overwrite: bool = False) -> ModelCard:
    """Write a model as safetensors, its weights in half precision, and its card as JSON beside it.

    Adapters are merged into their convolutions: a file holds plain networks only.

    Parameters
    ----------
    path : Path
        ``*.safetensors``; the card goes to the same name with ``.json``.
    network : torch.nn.Module
        As built by ``lusgui.nn.registry.build``.
    card : ModelCard
        Its arguments are taken from the network when it has ``init_args``; its digest is filled in.
    overwrite : bool
        Whether files already there may be replaced.

    Returns
    -------
    ModelCard
        The card as written.

    Raises
    ------
    ModelError
        If a weight is not finite in half precision or the card is unsound.
    OverwriteRefusedError, WriteFailedError
        As ``atomic_path``.
    """
    from safetensors.torch import save

    path = Path(path)
    if has_adapters(network):
        network = merge(network)
    state = _stored(network)
    bad = [name for name, value in state.items() if not bool(torch.isfinite(value).all())]
    if bad:
        raise ModelError("a weight is not a finite half-precision number", path=path, variable=bad[0])
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode() + state[name].numpy().tobytes())
    arguments = getattr(network, "init_args", card.arguments)
    card = replace(card, arguments=dict(arguments), digest=digest.hexdigest())
    card = ModelCard.from_json(card.to_json())
    raw = save(state, metadata={"format": "pt", CARD_KEY: card.dumps()})
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(raw)
    with atomic_path(path.with_suffix(".json"), overwrite=overwrite) as temporary:
        temporary.write_text(card.dumps(), encoding="utf-8")
    return card


def rewrite_card(path: Path, card: ModelCard) -> None:
    """Give a model file another card, in its header and beside it; the weights stay as they are.

    Parameters
    ----------
    path : Path
        A file written by `save_model`.
    card : ModelCard
        What to say from now on; of the same weights, network, name and version. Another temperature or bias
        makes another key, so that answers given before are not taken for the new ones.

    Raises
    ------
    ModelError
        If the file cannot be read, or the card is of another model.
    WriteFailedError
        As ``atomic_path``.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        old = read_header(io.BytesIO(raw), len(raw)).card
        card = ModelCard.from_json(card.to_json())
        parts = ("name", "version", "digest", "architecture", "arguments")
        if any(getattr(card, part) != getattr(old, part) for part in parts):
            raise ModelError("the card is of another model")
        raw = replace_card(raw, card)
    except ModelError as error:
        raise ModelError(error.cause, path=path, variable=error.variable, remedy=error.remedy) from error
    except OSError as error:
        raise ModelError(f"the model cannot be read ({error.strerror or error})", path=path) from error
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(raw)
    with atomic_path(path.with_suffix(".json"), overwrite=True) as temporary:
        temporary.write_text(card.dumps(), encoding="utf-8")


def load_model(path: Path) -> LoadedModel:
    """Rebuild a model from its file alone.

    Everything the header claims is checked before memory is taken: the network is first laid out without
    weights and compared with the stored shapes.

    Parameters
    ----------
    path : Path
        A safetensors file written by `save_model`.

    Returns
    -------
    LoadedModel

    Raises
    ------
    ModelError
        If the file is missing, damaged, not a model of ours, or its weights do not fit its network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = Path(path)
    try:
        with path.open("rb") as stream:
            header = read_header(stream, path.stat().st_size)
        card = header.card
        with torch.device("meta"):
            network = build(card.architecture, **card.arguments)
        _compare(network, header.shapes)
        counters = {
            name: torch.zeros((), dtype=torch.int64) for name in network.state_dict() if _counts(name)
        }
        state = {name: value.float() for name, value in load(path.read_bytes()).items()}
    except ModelError as error:
        raise ModelError(error.cause, path=path, variable=error.variable, remedy=error.remedy) from error
    except OSError as error:
        raise ModelError(f"the model cannot be read ({error.strerror or error})", path=path) from error
    except (SafetensorError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError("the model file is damaged", path=path) from error
    for name, value in state.items():
        if not bool(torch.isfinite(value).all()):
            raise ModelError("a weight is not a finite number", path=path, variable=name)
        if name.rpartition(".")[2] in _POSITIVE and bool((value < 0).any()):
            raise ModelError("a variance is negative", path=path, variable=name)
    network.load_state_dict(state | counters, strict=True, assign=True)
    network.requires_grad_(False)
    return LoadedModel(network.eval(), card)


def _counts(name: str) -> bool:
    """Return whether an entry only counts the batches that a normalisation saw, which nothing depends on."""
    return name.rpartition(".")[2] == "num_batches_tracked"


def _stored(network: nn.Module) -> dict[str, Tensor]:
    """Return weights in half precision and statistics, few and of any size, in single."""
    weights = {name for name, _ in network.named_parameters()}
    return {
        name: value.detach().to("cpu", torch.float16 if name in weights else torch.float32).contiguous()
        for name, value in network.state_dict().items()
        if not _counts(name)
    }


def _compare(network: nn.Module, stored: Mapping[str, tuple[int, ...]]) -> None:
    state = network.state_dict().items()
    expected = {name: tuple(value.shape) for name, value in state if not _counts(name)}
    for name in sorted(expected.keys() | stored.keys()):
        if name not in stored:
            raise ModelError("the weights of a block are missing", variable=name)
        if name not in expected:
            raise ModelError("the file holds weights that the network has not", variable=name[:80])
        if stored[name] != expected[name]:
            raise ModelError(
                f"the stored shape {stored[name]} is not the network's {expected[name]}", variable=name
            )
