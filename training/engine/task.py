"""What a training is given, and what it gives back."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class StopReason(enum.StrEnum):
    """Why a training ended."""

    FINISHED = "finished"
    EARLY = "early"
    TIME = "time"
    CANCELLED = "cancelled"


class Task(Protocol):
    """What is learnt: where batches come from, what they cost, and how the network is judged.

    A task may also have ``weight(batch)``, a number or scalar tensor: what the loss of a part counts for
    among the parts of a batch, when its loss is a mean over something else than the items.
    """

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch, unless the settings say otherwise."""

    def batch(self, step: int, size: int, generator: torch.Generator, device: torch.device) -> Any:  # noqa: ANN401
        """Return a batch: any tuple, dataclass or mapping of tensors on the device, items first.

        It must be a function of its arguments. The generator lives on the CPU and is seeded by (seed, step).
        """

    def loss(self, network: nn.Module, batch: Any) -> Tensor:  # noqa: ANN401
        """Return the loss of a batch or of a part of it, a scalar."""

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return scores with at least ``loss``; empty when there is nothing to validate on.

        The network is in eval mode and no gradients are kept.
        """


@dataclass(frozen=True)
class FitResult:
    """What came out of a training.

    Parameters
    ----------
    network : torch.nn.Module
        The best weights (of the average where there is one), or the last where nothing could be validated;
        in eval mode, on the CPU.
    history : tuple of dict
        One row an epoch: ``epoch`` (from 1), ``step``, ``loss``, ``rate``, ``seconds``, ``part`` (items that
        went through at once), and ``val_loss``, ``val_...`` as the task gives them.
    best_epoch : int
        From 1; 0 when no epoch was finished.
    epochs : int
        Finished epochs; one that time cut short is in the history and not counted here.
    seconds : float
        Of the whole run, what went before a resumption included.
    reason : StopReason
        Why it ended.
    """

    network: nn.Module
    history: tuple[dict[str, float], ...]
    best_epoch: int
    epochs: int
    seconds: float
    reason: StopReason
