"""The training loop: all of it on one screen, a function of its seed, and able to go on where it stopped."""

from __future__ import annotations

import copy
import logging
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from lusgui.base.atomic import atomic_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Batch = tuple[Tensor, Tensor, Tensor]
    BatchMaker = Callable[[int, torch.Generator], Batch]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoopSettings:
    """How to train.

    Parameters
    ----------
    steps : int
        Number of batches.
    learning_rate : float
        Highest rate, reached after `warm_up` steps; a cosine takes it to a hundredth of that.
    weight_decay : float
        Of AdamW.
    warm_up : int
        Steps of linear warm-up.
    ema : float
        Decay of the moving average of the weights, which is what is returned.
    seed : int
        Seeds every batch.
    bfloat16 : bool
        Compute in bfloat16 where torch deems it safe; halves the time on CPUs that have it.
    save_every : int
        Steps between saved states.
    """

    steps: int
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warm_up: int = 50
    ema: float = 0.99
    seed: int = 0
    bfloat16: bool = True
    save_every: int = 250


def train(
    network: nn.Module,
    batch_maker: BatchMaker,
    settings: LoopSettings,
    state_path: Path | None = None,
    on_step: Callable[[int, float], None] | None = None,
) -> nn.Module:
    """Train a network and return the moving average of its weights.

    Parameters
    ----------
    network : torch.nn.Module
        Gives logits (N, L, H, W); changed in place.
    batch_maker : callable
        ``batch_maker(step, generator)`` returns images (N, 1, H, W), masks (N, L, H, W) in [0, 1] and, 0 or
        1, which labels are known, (N, L), or which pixels of them, (N, L, H, W). The generator is seeded by
        (seed, step) alone.
    settings : LoopSettings
        How to train.
    state_path : Path, optional
        Where the state is kept; if it is there and of the same settings, training goes on from it.
    on_step : callable, optional
        Told the step and its loss.

    Returns
    -------
    torch.nn.Module
        A copy of `network` in eval mode that holds the averaged weights.
    """
    # group normalisation of channels-last bfloat16 costs more on a CPU than all convolutions together
    network.requires_grad_(True).train()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    first = _restore(state_path, settings, network, average, optimiser)
    for step in range(first, settings.steps):
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + step)
        images, masks, known = batch_maker(step, generator)
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step, settings)
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
            logits = network(images)
        loss = segmentation_loss(logits.float(), masks, known)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        _follow(average, network, min(settings.ema, (1 + step) / (10 + step)))
        if on_step is not None:
            on_step(step, float(loss.detach()))
        if state_path is not None and ((step + 1) % settings.save_every == 0 or step + 1 == settings.steps):
            _save(state_path, step + 1, settings, network, average, optimiser)
    return average


def segmentation_loss(logits: Tensor, masks: Tensor, known: Tensor) -> Tensor:
    """Return soft Dice over the batch plus binary cross-entropy, over the labels or pixels that are known.

    Dice is pooled over the batch, so that a frame without the structure costs what is wrongly found there
    and not the whole of its term.
    """
    by_pixel = known.ndim == 4
    weight = known if by_pixel else known[:, :, None, None]  # (N, L, H, W) or (N, L, 1, 1)
    present = weight.sum((0, 2, 3)) > 0
    entropy = binary_cross_entropy_with_logits(logits, masks, reduction="none")
    if by_pixel:
        entropy = (entropy * weight).sum() / weight.sum().clamp_min(1)
    else:
        entropy = (entropy.mean((2, 3)) * known).sum() / known.sum().clamp_min(1)
    probability = torch.sigmoid(logits) * weight
    truth = masks * weight
    overlap = (probability * truth).sum((0, 2, 3))
    total = probability.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    dice = (2 * overlap + 1) / (total + 1)
    return entropy + (1 - dice)[present].mean()


def _schedule(step: int, settings: LoopSettings) -> float:
    if step < settings.warm_up:
        return (step + 1) / settings.warm_up
    done = (step - settings.warm_up) / max(settings.steps - settings.warm_up, 1)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    for slow, fast in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        slow.lerp_(fast, 1 - decay)


def _save(
    path: Path,
    step: int,
    settings: LoopSettings,
    network: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
) -> None:
    state: dict[str, Any] = {
        "step": step,
        "settings": asdict(settings),
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    with atomic_path(path, overwrite=True) as temporary:
        torch.save(state, temporary)


def _restore(
    path: Path | None,
    settings: LoopSettings,
    network: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
) -> int:
    if path is None or not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["settings"] != asdict(settings):
        log.info("the saved state belongs to other settings; training starts anew")
        return 0
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    step: int = state["step"]
    return step
