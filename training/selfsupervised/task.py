"""The lesson without masks: rebuild a frame, raw and despeckled, from a version that hides or spoils it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss

from training.augment import AugmentSettings, augment
from training.augment_views import uniform
from training.selfsupervised.spoil import BLACK, hide_squares, speckle_anew

if TYPE_CHECKING:
    from training.selfsupervised.stack import FrameStack

LABELS = ("rebuilt_despeckled", "rebuilt_raw")
"""Outputs of the network while it learns: what is to be added to the frame it sees, in units of that frame's
spread; the head that gives them is thrown away afterwards.

A network that normalises by groups does not know how bright a frame is, so that it cannot give gray itself:
after 400 steps its squares were worse than the mean gray that filled them.
"""

LEAST_SPREAD = 0.03
"""Of gray in what is visible of a frame: a nearly empty one would else weigh most."""

CANVAS = 1.25
"""Frames are kept larger than views by this factor, so that zooming in shows something."""

SQUARES = 10
"""Squares along a side of the view."""

VIEWS = AugmentSettings(
    rotation_deg=10.0,
    zoom=(0.7, 1.5),
    stretch=1.4,
    shear=0.1,
    shift=0.15,
    elastic=0.01,
    gray=0.0,
    burnt_in=0.0,
)
"""How far views stray. Gray is left to gamma and gain, which raw and despeckled frame must share."""

KINDS = (0.5, 0.75)
"""Below the first a frame has squares hidden; below the second it is raw and to be despeckled; above it,
the despeckled frame gets new speckle."""

VALIDATION_SEED = 20_000_101
VALIDATION_PART = 8


@dataclass(frozen=True)
class RebuildBatch:
    """What the network sees, and what was there before.

    Parameters
    ----------
    images : (N, 1, H, W) tensor
        Spoiled gray in [0, 1].
    targets : (N, 2, H, W) tensor
        Gray as it was, in the order of `LABELS`.
    weights : (N, 2, H, W) tensor
        What the error of each pixel counts for.
    hidden : (N, 1, H, W) tensor
        1 where the network sees nothing.
    spread : (N, 1, 1, 1) tensor
        Standard deviation of gray in what is visible.
    """

    images: Tensor
    targets: Tensor
    weights: Tensor
    hidden: Tensor
    spread: Tensor

    def rebuilt(self, answers: Tensor) -> Tensor:
        """Return gray (N, 2, H, W) from the network's answers of that shape."""
        return self.images + self.spread * answers.float()


class RebuildTask:
    """Rebuild frames, as ``training.engine.fit`` asks for it.

    Parameters
    ----------
    train : FrameStack
        On a canvas `CANVAS` times as large as the view.
    validation : FrameStack or None
        Frames that are not learnt from; always spoiled in the same way.
    side : int
        Rows and columns of the view.
    steps_per_epoch : int
        Between two judgements.
    """

    def __init__(
        self, train: FrameStack, validation: FrameStack | None, side: int, steps_per_epoch: int = 50
    ) -> None:
        self.steps_per_epoch = steps_per_epoch
        self._train = train
        self._validation = validation
        self._side = side
        self._members = train.members()

    def batch(self, step: int, size: int, generator: torch.Generator, device: torch.device) -> RebuildBatch:
        """Return spoiled views of `size` frames, drawn evenly over sources, and over groups in them."""
        index = [self._draw(generator) for _ in range(size)]
        return self._spoiled(self._train.select(index), generator, device)

    def loss(self, network: nn.Module, batch: RebuildBatch) -> Tensor:
        """Return the weighted mean error in units of each frame's spread, squared where it is small."""
        wanted = (batch.targets - batch.images) / batch.spread
        error = smooth_l1_loss(network(batch.images).float(), wanted, reduction="none", beta=0.3)
        return (error * batch.weights).sum() / batch.weights.sum().clamp_min(1e-6)

    def weight(self, batch: RebuildBatch) -> Tensor:
        """Return what the loss is a mean over."""
        return batch.weights.sum()

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return the loss, and the mean error in gray of the despeckled frame beneath hidden squares.

        ``hidden`` is the network's, ``filled`` that of the mean gray that fills the squares.
        """
        if self._validation is None or len(self._validation) == 0:
            return {}
        generator = torch.Generator().manual_seed(VALIDATION_SEED)
        sums = torch.zeros(5)
        for start in range(0, len(self._validation), VALIDATION_PART):
            part = range(start, min(start + VALIDATION_PART, len(self._validation)))
            batch = self._spoiled(self._validation.select(part), generator, device)
            count = batch.weights.sum()
            lit = batch.hidden * (batch.targets[:, :1] > BLACK)
            found = batch.rebuilt(network(batch.images))[:, :1]
            loss = self.loss(network, batch)
            sums += torch.stack(
                [
                    loss * count,
                    count,
                    ((found - batch.targets[:, :1]).abs() * lit).sum(),
                    ((batch.images - batch.targets[:, :1]).abs() * lit).sum(),
                    lit.sum(),
                ]
            ).cpu()
        loss, count, hidden, filled, pixels = sums.tolist()
        return {
            "loss": loss / max(count, 1e-6),
            "hidden": hidden / max(pixels, 1.0),
            "filled": filled / max(pixels, 1.0),
        }

    def _draw(self, generator: torch.Generator) -> int:
        def one(count: int) -> int:
            return int(torch.randint(count, (), generator=generator))

        source = self._members[one(len(self._members))]
        group = source[one(len(source))]
        return group[one(len(group))]

    def _spoiled(self, frames: FrameStack, generator: torch.Generator, device: torch.device) -> RebuildBatch:
        raw = frames.raw.to(device).float() / 255
        despeckled = frames.despeckled.to(device).float() / 255
        raw, despeckled = augment(raw, despeckled, generator, VIEWS, (self._side, self._side))
        n = len(frames)
        gamma = torch.exp(uniform((n, 1, 1, 1), -0.35, 0.35, generator)).to(device)
        gain = uniform((n, 1, 1, 1), 0.85, 1.15, generator).to(device)
        raw, despeckled = ((x.clamp(0, 1) ** gamma * gain).clamp(0, 1) for x in (raw, despeckled))
        kind = torch.rand((n,), generator=generator)
        hides = kind < KINDS[0]
        anew = (kind >= KINDS[1]).view(n, 1, 1, 1).to(device)
        filtered = (torch.rand((n,), generator=generator) < 0.5) & hides
        seen = torch.where(filtered.view(n, 1, 1, 1).to(device), despeckled, raw)
        seen = torch.where(anew, speckle_anew(despeckled, generator), seen)
        draw = torch.rand((n,), generator=generator)
        share = torch.where(hides, 0.3 + 0.4 * draw, 0.2 * draw)
        seen, hidden = hide_squares(seen, share, max(self._side // SQUARES, 1), generator)
        # what is in plain sight teaches little, and what no echo reached teaches nothing
        clear = (raw > BLACK).float() * 0.9 + 0.1
        plain = torch.where(anew, 0.5, 0.1) * torch.ones_like(hidden)
        to_filter = torch.where(filtered.view(n, 1, 1, 1).to(device), 0.1, 0.5) * torch.ones_like(hidden)
        weights = torch.cat([torch.maximum(hidden, to_filter), torch.maximum(hidden, plain) * 0.5], 1) * clear
        lit = (1 - hidden) * (seen > BLACK)
        pixels = lit.sum((1, 2, 3), keepdim=True).clamp_min(1)
        mean = (seen * lit).sum((1, 2, 3), keepdim=True) / pixels
        variance = ((seen - mean).square() * lit).sum((1, 2, 3), keepdim=True) / pixels
        spread = variance.sqrt().clamp_min(LEAST_SPREAD)
        return RebuildBatch(seen, torch.cat([despeckled, raw], 1), weights, hidden, spread)
