"""The networks that learning starts from, none of which knows what is judged or drawn."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from lusgui.base.errors import LusguiError
from lusgui.base.paths import resources_dir
from lusgui.nn.checkpoint import LoadedModel, load_model, save_model
from lusgui.nn.registry import build
from training.dataset import groups_of, load_fetal_planes
from training.recipes import cerebellum, rib
from training.recipes.cerebellum_options import train_cerebellum
from training.recipes.drawn_ribs import load_all_drawn

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample

log = logging.getLogger(__name__)

DEFAULT, SCRATCH, X_UNET = "default", "scratch", "x-unet"
"""What a training starts from: default weights rebuilt without who is judged, random weights of the same
network, or those of a full-width X-Unet."""

REPLAYED = 24
"""Frames of the base's own data that may be shown again."""


@dataclass(frozen=True)
class Bases:
    """Makes bases and keeps them.

    Parameters
    ----------
    data : Path or None
        Folder of the data sets.
    work : Path
        Folder of trained networks; what is there is not trained again.
    cerebellum_steps : tuple of int
        Batches of the coarse network, of the fine one, and of frames without.
    """

    data: Path | None
    work: Path
    cerebellum_steps: tuple[int, int, int]

    def get(self, name: str) -> LoadedModel:
        """Return a base by its name.

        Parameters
        ----------
        name : str
            ``rib:shipped``; ``rib:`` and the groups held out; ``cerebellum:`` and the patients learnt from,
            joined by plus signs.

        Raises
        ------
        LusguiError
            If it must be trained and its data is not there.
        """
        kind, _, groups = name.partition(":")
        path = self._path_of(name)
        if not path.is_file():
            log.info("the base %s is trained", name)
            shipped = load_model(self._path_of(f"{kind}:shipped")).card
            network = self._rib(groups) if kind == "rib" else self._cerebellum(groups)
            save_model(path, network, _card_of(shipped, name), overwrite=True)
        return load_model(path)

    def is_there(self, name: str) -> bool:
        """Whether a base is at hand without a training."""
        return self._path_of(name).is_file()

    def _path_of(self, name: str) -> Path:
        kind, _, groups = name.partition(":")
        if groups == "shipped":
            return resources_dir() / "weights" / f"{kind}.safetensors"
        tag = "x".join(map(str, self.cerebellum_steps)) if kind == "cerebellum" else "shipped"
        return self.work / f"base-{kind}-{groups.replace('+', '-')}-{tag}.safetensors"

    def _folder(self) -> Path:
        if self.data is None:
            raise LusguiError(
                "a base has to be trained, and its data is not there", remedy="Give --data and --work"
            )
        return self.data

    def _rib(self, groups: str) -> torch.nn.Module:
        data = self._folder()
        return rib.train(data, load_all_drawn(data), groups.split("+"), 0, self.work)

    def _cerebellum(self, groups: str) -> torch.nn.Module:
        data = self._folder()
        planes = load_fetal_planes(data / "fetal_cerebellum")
        held_out = sorted(set(groups_of(planes)) - set(groups.split("+")))
        coarse, fine, without = self.cerebellum_steps
        options = replace(cerebellum.OPTIONS, coarse_steps=coarse, fine_steps=fine, negative_steps=without)
        return train_cerebellum(options, data, planes, held_out, 0, self.work)

    def replay(self, name: str, label: str) -> list[Sample]:
        """Return frames that a base itself has learnt from: nobody who is drawn or judged.

        Parameters
        ----------
        name : str
            Of the base.
        label : str
            What is learnt now; frames that do not know it are left out.
        """
        kind, _, groups = name.partition(":")
        if kind == "cerebellum":
            if self.data is None:
                return []
            planes = load_fetal_planes(self.data / "fetal_cerebellum")
            found = [one for one in planes if one.group in groups.split("+")]
        else:
            found = _rib_replay(self.data)
        return [one for one in found if label in one.masks][:REPLAYED]


def _rib_replay(data: Path | None) -> list[Sample]:
    """Return simulated chests, and limbs as frames without ribs, which every rib base has learnt from."""
    from training.recipes.rib_options import limbs
    from training.simulate.lung import simulate_samples

    made = simulate_samples(REPLAYED * 3 // 8, 1) + simulate_samples(REPLAYED * 3 // 8, 1, "wide")
    if data is None or not (data / "usgra").is_dir():
        return made
    frames = limbs(data)
    return made + frames[:: max(len(frames) // (REPLAYED - len(made)), 1)]


def _card_of(shipped: ModelCard, name: str) -> ModelCard:
    """Return the shipped card for weights that learnt other frames; what was measured does not go along."""
    return replace(
        shipped, data=name, split="", scores={}, notes="", digest="", bfloat16_dice=0.0, mixed_dice=0.0
    )


def begin(base: LoadedModel, variant: str, label: str, seed: int) -> LoadedModel:
    """Return what a training of a variant starts from.

    Parameters
    ----------
    base : LoadedModel
        Of the case.
    variant : {"default", "scratch", "x-unet"}
        The base itself, the same network with random weights, or a full-width X-Unet with random weights.
    label : str
        The only label of a network with random weights.
    seed : int
        Of random weights.
    """
    if variant == DEFAULT:
        return base
    card = base.card
    if variant == X_UNET:
        name, arguments, shape = "x-unet", {"out_channels": 1}, (256, 256)
    else:
        name, shape = card.architecture, card.input_shape
        arguments = dict(card.arguments) | {"out_channels": 1}
    torch.manual_seed(seed)
    network = build(name, **arguments).eval().requires_grad_(False)
    new = replace(
        card,
        name=variant,
        architecture=name,
        labels=(label,),
        input_shape=shape,
        arguments=dict(getattr(network, "init_args", arguments)),
        temperature=1.0,
        bias=0.0,
        least_mass=0.0,
        scores={},
        digest="",
    )
    return LoadedModel(network, new)


def key_of(model: LoadedModel) -> str:
    """Return a digest of the weights, for what is kept under them."""
    from training.engine.run_folder import digest, hash_array

    state = model.network.state_dict()
    return digest([[name, hash_array(np.asarray(value))] for name, value in sorted(state.items())])
