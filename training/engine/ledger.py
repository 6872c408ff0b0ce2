"""What a training remembers: the values and tensors that a resumption starts from."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from training.engine.optimise import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

SAVE_SHARE = 0.1
"""Largest share of the time that may go into saving states."""

SAVE_EVERY_S = 60.0
"""Seconds after which a state is saved within an epoch."""


@dataclass
class Ledger:
    """The account of a training.

    Parameters
    ----------
    step, epoch : int
        Finished steps and epochs.
    rate : float
        Learning rate of the latest step.
    losses : list of Tensor or float
        One a step of the epoch under way; tensors are still on the device.
    history : list of dict
        One row a finished epoch.
    watch : Watch
        Follows the validation loss.
    best : dict of Tensor or None
        Weights to keep, on the CPU.
    best_epoch : int
        Their epoch.
    seconds_before : float
        Spent before the latest resumption.
    """

    step: int = 0
    epoch: int = 0
    rate: float = 0.0
    losses: list[Tensor | float] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    best: dict[str, Tensor] | None = None
    best_epoch: int = 0
    seconds_before: float = 0.0

    def fetch_losses(self) -> bool:
        """Bring the losses from the device and return whether all of them are numbers."""
        waiting = [i for i, loss in enumerate(self.losses) if isinstance(loss, Tensor)]
        if waiting:
            values = torch.stack([torch.as_tensor(self.losses[i]) for i in waiting]).tolist()
            for i, value in zip(waiting, values, strict=True):
                self.losses[i] = float(value)
        return all(math.isfinite(loss) for loss in self.losses)

    @property
    def latest_loss(self) -> float:
        """The latest loss that has been fetched; NaN before any."""
        known = [loss for loss in self.losses[-64:] if not isinstance(loss, Tensor)]
        if known:
            return known[-1]
        return self.history[-1]["loss"] if self.history else math.nan

    def keep(self, network: nn.Module, epoch: int) -> None:
        """Keep a copy of these weights as the best."""
        self.best = {
            name: value.detach().to("cpu", copy=True).contiguous()
            for name, value in network.state_dict().items()
        }
        self.best_epoch = epoch

    def to_state(self, seconds: float) -> dict[str, Any]:
        """Return plain values and tensors for a file."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "rate": self.rate,
            "losses": [float(loss) for loss in self.losses],
            "history": [dict(row) for row in self.history],
            "watch": asdict(self.watch),
            "best": self.best,
            "best_epoch": self.best_epoch,
            "seconds_before": seconds,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Ledger:
        """Build the account that `to_state` gave."""
        return cls(**{**state, "watch": Watch(**state["watch"])})


class SaveClock:
    """Says when a state is to be saved, so that saving never takes more than a tenth of the time.

    Parameters
    ----------
    now : callable
        Seconds on a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._saved = now()
        self._cost = 0.0

    def is_due(self, *, within_epoch: bool) -> bool:
        """Whether to save now, at the end of an epoch or within one."""
        wait = self._cost / SAVE_SHARE
        return self._now() - self._saved >= (max(wait, SAVE_EVERY_S) if within_epoch else wait)

    def timed(self, save: Callable[[], None]) -> None:
        """Save, and remember what it cost."""
        before = self._now()
        save()
        self._saved = self._now()
        self._cost = self._saved - before
