"""Rules of descent, falling rates, early stopping and averaged weights."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from training.engine.settings import TrainingError

if TYPE_CHECKING:
    from torch import nn

    from training.engine.settings import FitSettings

LEAST_FACTOR = 0.01
"""Where the half cosine ends, as a share of the highest rate."""

POLY_POWER = 0.9
"""Exponent of nnU-Net's polynomial decay (Isensee et al. 2021, doi:10.1038/s41592-020-01008-z)."""

RMSPROP_DECAY = 0.9
"""Decay of the mean square, as Hinton's lecture and Keras have it (torch's own default is 0.99)."""


def make_optimiser(network: nn.Module, settings: FitSettings) -> torch.optim.Optimizer:
    """Return the optimiser of the parameters that learn; frozen ones get no state in it.

    Raises
    ------
    TrainingError
        If every parameter is frozen.
    """
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not learning:
        raise TrainingError("every weight of the network is frozen", remedy="Choose a strategy that learns")
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimiser == "adam":
        return torch.optim.Adam(learning, lr=rate, weight_decay=decay)
    if settings.optimiser == "adamw":
        return torch.optim.AdamW(learning, lr=rate, weight_decay=decay)
    if settings.optimiser == "rmsprop":
        return torch.optim.RMSprop(learning, lr=rate, alpha=RMSPROP_DECAY, weight_decay=decay)
    return torch.optim.SGD(
        learning,
        lr=rate,
        momentum=settings.momentum,
        weight_decay=decay,
        nesterov=settings.nesterov and settings.momentum > 0,
    )


def rate_factor(step: int, steps: int, settings: FitSettings) -> float:
    """Return what the highest rate is multiplied by at a step, what a plateau does left aside.

    Parameters
    ----------
    step : int
        From 0.
    steps : int
        Of the whole training.
    settings : FitSettings
        Schedule, milestones and warm-up.
    """
    if settings.schedule == "steps":
        # Darknet counts its milestones from the first batch, warm-up or not
        factor = math.prod(scale for milestone, scale in settings.milestones if step >= milestone)
    elif step < settings.warm_up:
        factor = 1.0
    else:
        done = min((step - settings.warm_up) / max(steps - settings.warm_up, 1), 1.0)
        factor = {
            "cosine": LEAST_FACTOR + (1 - LEAST_FACTOR) * 0.5 * (1 + math.cos(math.pi * done)),
            "poly": (1 - done) ** POLY_POWER,
        }.get(settings.schedule, 1.0)
    if step < settings.warm_up:
        factor *= (step + 1) / settings.warm_up
    return factor


@dataclass
class Watch:
    """Follows the validation loss: which epoch was best, when to lower the rate, when to stop.

    Parameters
    ----------
    best : float
        Least loss so far.
    best_epoch : int
        Its epoch, from 1; 0 before any.
    since_best : int
        Epochs since then.
    waited : int
        Epochs since then or since the rate was last lowered.
    factor : float
        What plateaus have made of the rate.
    """

    best: float = math.inf
    best_epoch: int = 0
    since_best: int = 0
    waited: int = 0
    factor: float = 1.0

    def see(self, loss: float, epoch: int, settings: FitSettings) -> bool:
        """Take note of the loss of an epoch and return whether it is the best so far."""
        if loss < self.best:
            self.best, self.best_epoch, self.since_best, self.waited = loss, epoch, 0, 0
            return True
        self.since_best += 1
        self.waited += 1
        if settings.schedule == "plateau" and self.waited > settings.plateau_patience:
            self.factor *= settings.plateau_factor
            self.waited = 0
        return False

    def is_over(self, settings: FitSettings) -> bool:
        """Whether patience has run out."""
        return settings.patience is not None and self.since_best >= settings.patience


class Average:
    """Exponential moving average of a network's weights and statistics.

    The decay rises from 0.1 to its value over the first steps, so that the random weights of the beginning
    are soon forgotten. Counters (``num_batches_tracked``) are copied: there is no average of whole numbers.

    Parameters
    ----------
    network : torch.nn.Module
        Copied.
    decay : float
        In [0, 1).
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def follow(self, network: nn.Module, step: int) -> None:
        """Move towards the weights after a step (from 0)."""
        decay = min(self._decay, (1 + step) / (10 + step))
        pairs = zip(self.network.state_dict().values(), network.state_dict().values(), strict=True)
        for slow, fast in pairs:
            if slow.is_floating_point():
                slow.lerp_(fast, 1 - decay)
            else:
                slow.copy_(fast)
