"""The loss of clicks: normalised focal loss with soft Dice, so that thin arcs count as much as heads."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

ALPHA, GAMMA = 0.5, 2.0
DICE_WEIGHT = 0.5
SMOOTH = 4.0
"""Pixels added above and below: an answer that is rightly empty costs little."""


def normalised_focal(logits: Tensor, truth: Tensor) -> Tensor:
    """Return the normalised focal loss of each mask (N,).

    Focal loss whose weights sum to the number of pixels, so that it does not vanish as the answer gets good
    (Sofiiuk et al. 2019, arXiv:1909.07829; the settings are those of Sofiiuk et al. 2021).

    Parameters
    ----------
    logits, truth : (N, 1, h, w) tensor
        Answers, and coverage in [0, 1].
    """
    entropy = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    off = (torch.sigmoid(logits) - truth).abs()
    weight = off.detach().pow(GAMMA)
    scale = weight.new_tensor(float(weight[0].numel())) / weight.sum((1, 2, 3), keepdim=True).clamp_min(1e-4)
    share = torch.where(truth > ALPHA, ALPHA, 1 - ALPHA)
    return (share * scale.clamp_max(50.0) * weight * entropy).mean((1, 2, 3))


def soft_dice(logits: Tensor, truth: Tensor) -> Tensor:
    """Return 1 - soft Dice of each mask (N,)."""
    probability = torch.sigmoid(logits)
    both = (probability * truth).sum((1, 2, 3))
    total = probability.sum((1, 2, 3)) + truth.sum((1, 2, 3))
    return 1 - (2 * both + SMOOTH) / (total + SMOOTH)


def click_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Return the mean over masks of normalised focal loss and soft Dice."""
    return (normalised_focal(logits, truth) + DICE_WEIGHT * soft_dice(logits, truth)).mean()
