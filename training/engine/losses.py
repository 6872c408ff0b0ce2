"""Losses of segmentation: means over the masks that are known, free of charge where pixels are to be ignored.

Each takes logits (N, L, H, W), coverage (N, L, H, W) in [0, 1], which masks are known (N, L) as 0 or 1, and
optionally a weight of each pixel (N, 1 or L, H, W) in [0, 1]. Every loss is first one number a mask, then the
mean over the known masks, so that a batch cut into parts costs what the whole costs.

Dice and focal loss are MONAI's. Binary cross-entropy is torch's own. MONAI is imported when first used: it
takes two seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from lusgui.base.errors import MissingLibraryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SMOOTH = 1.0
"""Added above and below the fraction of soft Dice, in pixels: a mask that is rightly empty costs nothing."""

FOCAL_GAMMA = 2.0
"""Focusing exponent found best by Lin et al. 2017 (doi:10.1109/ICCV.2017.324)."""


def bce(logits: Tensor, masks: Tensor, known: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the mean binary cross-entropy of pixels."""
    return _over_known(_over_pixels(_cross_entropy(logits, masks), weight), known)


def dice(logits: Tensor, masks: Tensor, known: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return 1 - soft Dice (Milletari et al. 2016, doi:10.1109/3DV.2016.79)."""
    return _over_known(_dice(logits, masks, weight), known)


def log_dice(logits: Tensor, masks: Tensor, known: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return -log of soft Dice, the loss Hu et al. 2018 segment with; steep where little is found."""
    return _over_known(-torch.log1p(-_dice(logits, masks, weight)), known)


def dice_ce(logits: Tensor, masks: Tensor, known: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return 1 - soft Dice plus cross-entropy, as in nnU-Net (doi:10.1038/s41592-020-01008-z)."""
    entropy = _over_pixels(_cross_entropy(logits, masks), weight)
    return _over_known(_dice(logits, masks, weight) + entropy, known)


def focal(logits: Tensor, masks: Tensor, known: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the focal loss: cross-entropy that easy pixels hardly count in."""
    loss = _monai().FocalLoss(gamma=FOCAL_GAMMA, reduction="none")(logits, masks)
    return _over_known(_over_pixels(loss, weight), known)


LOSSES: dict[str, Callable[..., Tensor]] = {
    "bce": bce,
    "dice": dice,
    "log-dice": log_dice,
    "dice-ce": dice_ce,
    "focal": focal,
}
"""Every loss by the name recipes call it."""


def _monai() -> ModuleType:
    try:
        import monai.losses
    except ImportError as error:
        raise MissingLibraryError(
            "this loss needs MONAI, which is not installed", remedy="Install lusgui with the extra 'train'"
        ) from error
    module: ModuleType = monai.losses
    return module


def _cross_entropy(logits: Tensor, masks: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, masks, reduction="none")


def _dice(logits: Tensor, masks: Tensor, weight: Tensor | None) -> Tensor:
    """Return 1 - soft Dice of each mask (N, L)."""
    probability = torch.sigmoid(logits)
    if weight is not None:
        probability, masks = probability * weight, masks * weight
    loss: Tensor = _monai().DiceLoss(reduction="none", smooth_nr=SMOOTH, smooth_dr=SMOOTH)(probability, masks)
    return loss.flatten(1)  # (N, L)


def _over_pixels(loss: Tensor, weight: Tensor | None) -> Tensor:
    """Return the mean of each mask (N, L) over the pixels that count."""
    if weight is None:
        return loss.mean((2, 3))
    weight = weight.expand_as(loss)
    return (loss * weight).sum((2, 3)) / weight.sum((2, 3)).clamp_min(1e-6)


def _over_known(loss: Tensor, known: Tensor) -> Tensor:
    # where instead of a product: a mask that nobody knows may cost anything, even infinity
    return torch.where(known > 0, loss, 0.0).sum() / (known > 0).sum().clamp_min(1)
