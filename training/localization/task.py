"""What the trainer must know to teach a localizer: mean squared error of points (Hu et al. 2018)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import grid_sample, mse_loss

from training.augment import AugmentSettings, change_gray
from training.augment_ultrasound import turn_knobs
from training.augment_views import PADDING, draw_view, move_points

if TYPE_CHECKING:
    from torch import Tensor, nn

    from training.localization.points import PointStack

CHUNK = 32


@dataclass(frozen=True)
class PointBatch:
    """Frames and where the points are.

    Parameters
    ----------
    images : (N, C, S, S) float32 tensor in [0, 1]
        Gray, repeated in every channel.
    points : (N, L, 2) float32 tensor
        Row and column in fractions of the image.
    """

    images: Tensor
    points: Tensor


class LocalizationTask:
    """Teach a localizer, as `training.engine.fit` asks for it.

    Every epoch goes once through all frames in a new order.

    Parameters
    ----------
    train : PointStack
        Frames to learn from.
    validation : PointStack or None
        Frames that decide which weights are best.
    batch_size : int
        As in the fit's settings; only to count the steps of an epoch.
    augment : AugmentSettings, optional
        How far views stray; None for the frames as they are.
    channels : int
        Of the network's input.
    """

    def __init__(
        self,
        train: PointStack,
        validation: PointStack | None,
        *,
        batch_size: int,
        augment: AugmentSettings | None = None,
        channels: int = 1,
    ) -> None:
        self.steps_per_epoch = max(math.ceil(len(train) / batch_size), 1)
        self._train = train
        self._validation = validation
        self._augment = augment
        self._channels = channels

    def batch(self, step: int, size: int, generator: torch.Generator, device: torch.device) -> PointBatch:
        """Return views of `size` frames; a function of step and generator."""
        n = len(self._train)
        epoch, place = divmod(step * size, n) if size <= n else (step, 0)
        order = torch.randperm(n, generator=torch.Generator().manual_seed(epoch))
        after = torch.randperm(n, generator=torch.Generator().manual_seed(epoch + 1))
        index = torch.cat([order, after]).repeat(-(-size // n))[place : place + size]
        images, points = self._train.images(index).to(device), self._train.points[index].to(device)
        if self._augment is not None:
            images, points = augment_points(images, points, generator, self._augment)
        return PointBatch(images.expand(-1, self._channels, -1, -1), points)

    def loss(self, network: nn.Module, batch: PointBatch) -> Tensor:
        """Return the mean squared error of row and column in fractions of the image."""
        return mse_loss(network(batch.images).float(), batch.points.flatten(1))

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return loss, and distance and squared error in pixels of the raw frames."""
        if self._validation is None:
            return {}
        return judge_points(network, self._validation, self._channels, device)


def augment_points(
    images: Tensor, points: Tensor, generator: torch.Generator, settings: AugmentSettings
) -> tuple[Tensor, Tensor]:
    """Draw one random view of every frame; its points move with it.

    Parameters
    ----------
    images : (N, 1, H, W) float32 tensor in [0, 1]
        Frames, on any device.
    points : (N, L, 2) float32 tensor
        Row and column in fractions of the image.
    generator : torch.Generator
        On the CPU; the source of every draw.
    settings : AugmentSettings
        How far. Margins and burnt-in marks are left out.
    """
    rows, columns = images.shape[2:]
    view = draw_view(len(images), generator, settings).to(images.device)
    padding = PADDING[settings.fill]
    moved = grid_sample(
        images, view.grid((rows, columns)), mode="bilinear", padding_mode=padding, align_corners=False
    )
    size = points.new_tensor([rows, columns])
    moved_points = move_points(points * size, view, (rows, columns), (rows, columns)) / size
    if settings.ultrasound > 0:
        moved = turn_knobs(moved, generator, settings.ultrasound)
    if settings.gray > 0:
        moved = change_gray(moved, generator, settings.gray)
    return moved, moved_points


def find_points(network: nn.Module, stack: PointStack, channels: int, device: torch.device) -> Tensor:
    """Return the points (N, L, 2) in fractions of the image that a network in eval mode gives."""
    found = []
    # points in bfloat16 would be rounded to half a pixel
    with torch.inference_mode(), torch.autocast(device.type, enabled=False):
        for start in range(0, len(stack), CHUNK):
            index = torch.arange(start, min(start + CHUNK, len(stack)))
            images = stack.images(index).to(device).expand(-1, channels, -1, -1)
            found.append(network(images).float().cpu())
    return torch.cat(found).view(stack.points.shape)


def judge_points(
    network: nn.Module, stack: PointStack, channels: int, device: torch.device
) -> dict[str, float]:
    """Return ``loss`` and, in pixels of the raw frames, ``distance_px`` and ``mse_px2``.

    ``distance_px`` is the mean Euclidean distance of points, ``mse_px2`` the mean over rows and columns of
    the squared error, which Hu et al. give (132.16 for validation, 206.15 for test, on their own data).
    """
    found = find_points(network, stack, channels, device)
    error = (found - stack.points) * stack.shapes[:, None]  # (N, L, 2) in pixels
    return {
        "loss": float(mse_loss(found, stack.points)),
        "distance_px": float(error.square().sum(-1).sqrt().mean()),
        "mse_px2": float(error.square().mean()),
    }
