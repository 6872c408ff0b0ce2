"""The model that a run starts from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from lusgui.base.errors import ModelError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel, load_model
from lusgui.nn.registry import build

if TYPE_CHECKING:
    from lusgui.core.learning.job import LearnJob

SIDE = 192
WIDTH = 16
"""Of a network from random weights: that of the default rib model."""


def starting_model(job: LearnJob) -> LoadedModel:
    """Return the base of a job; a network with random weights where it names none.

    Raises
    ------
    ModelError
        If the file cannot be used, or is not the model that the job was made for.
    """
    if not job.base_path:
        return random_model(job.labels, job.seed)
    path = Path(job.base_path)
    model = load_model(path)
    model.card.require_task("segment", path)
    if job.base_key and model.card.key != job.base_key:
        raise ModelError(
            f"it holds {model.card.key}, but the run is to start from {job.base_key}",
            path=path,
            remedy="Start the run anew",
        )
    return model


def random_model(labels: tuple[str, ...], seed: int) -> LoadedModel:
    """Return a network of the default rib model's kind that knows nothing yet."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build("lus-unet", base_width=WIDTH, norm="group", out_channels=len(labels))
    card = ModelCard(
        "random",
        "0",
        "lus-unet",
        labels,
        (SIDE, SIDE),
        dict(network.init_args),  # type: ignore[arg-type]
        notes="Random weights; it has learnt nothing. Research use only, not a medical device.",
    )
    return LoadedModel(network.eval().requires_grad_(False), card)
