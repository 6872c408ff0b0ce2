"""Batches drawn from several pools of frames, raw and despeckled, each as a random view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lusgui.nn.preprocess import resize
from training.augment import AugmentSettings, augment
from training.augment_fourier import mix_amplitudes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lusgui.core.despeckle import DespeckleSettings
    from training.dataset import Sample

DESPECKLED_SHARE = 0.5
"""Share of the frames shown despeckled, so that a model answers with the filter on and off."""


@dataclass(frozen=True)
class Pool:
    """Frames of one kind, ready on a canvas.

    Parameters
    ----------
    raw, despeckled : (N, 1, H, W) uint8 tensor
        Gray times 255, as stored and after the filter.
    masks : (N, L, H, W) uint8 tensor
        Coverage times 255.
    known : (N, L) float32 tensor
        1 where a label was looked for.
    starts : tuple of int
        First frame of each group; groups are drawn evenly, whatever their number of frames.
    ignored : (N, 1, H, W) uint8 tensor, optional
        Coverage times 255 of what nobody could tell.
    """

    raw: Tensor
    despeckled: Tensor
    masks: Tensor
    known: Tensor
    starts: tuple[int, ...]
    ignored: Tensor | None = None

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Return gray (n, 1, H, W) in [0, 1], coverage (n, L, H, W) in [0, 1] and known (n, L)."""
        gray, masks, known, _ = self.draw_all(count, generator)
        return gray, masks, known

    def draw_all(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what `draw` does and the coverage (n, 1, H, W) in [0, 1] of what nobody could tell."""
        ends = (*self.starts[1:], len(self.raw))
        chosen = []
        for _ in range(count):
            group = int(torch.randint(len(self.starts), (), generator=generator))
            chosen.append(int(torch.randint(self.starts[group], ends[group], (), generator=generator)))
        filtered = torch.rand((count, 1, 1, 1), generator=generator) < DESPECKLED_SHARE
        gray = torch.where(filtered, self.despeckled[chosen], self.raw[chosen]).float() / 255
        masks = self.masks[chosen].float() / 255
        ignored = torch.zeros_like(gray) if self.ignored is None else self.ignored[chosen].float() / 255
        return gray, masks, self.known[chosen], ignored


def make_pool(
    samples: Sequence[Sample],
    labels: Sequence[str],
    canvas: tuple[int, int],
    settings: DespeckleSettings,
) -> Pool:
    """Bring frames and masks onto one canvas, in register as ``nn.preprocess`` does it.

    Parameters
    ----------
    samples : sequence of Sample
        At least one.
    labels : sequence of str
        Channels of the masks; what a sample does not have is unknown.
    canvas : tuple of int
        Rows and columns.
    settings : DespeckleSettings
        The filter of the despeckled version.
    """
    ordered = sorted(samples, key=lambda sample: sample.group)
    raw, despeckled, masks, known, starts, ignored = [], [], [], [], [], []
    for i, sample in enumerate(ordered):
        if i == 0 or sample.group != ordered[i - 1].group:
            starts.append(i)
        raw.append(_to_canvas(sample.gray(), canvas))
        despeckled.append(_to_canvas(sample.gray(settings), canvas))
        empty = np.zeros(sample.frame.shape, bool)
        masks.append(torch.cat([_to_canvas(sample.masks.get(label, empty), canvas) for label in labels]))
        known.append([float(label in sample.masks) for label in labels])
        ignored.append(_to_canvas(empty if sample.ignored is None else sample.ignored, canvas))
    return Pool(
        torch.stack(raw),
        torch.stack(despeckled),
        torch.stack(masks),
        torch.tensor(known),
        tuple(starts),
        torch.stack(ignored) if any(sample.ignored is not None for sample in ordered) else None,
    )


def _to_canvas(plane: np.ndarray, canvas: tuple[int, int]) -> Tensor:
    planes = torch.from_numpy(plane.astype(np.float32))[None, None]
    return (resize(planes, canvas)[0] * 255).round().clamp(0, 255).to(torch.uint8)  # (1, H, W)


@dataclass(frozen=True)
class Mixture:
    """Gives the loop its batches: so many frames of each pool, all augmented.

    Parameters
    ----------
    pools : sequence of Pool
        Their canvases are of one size.
    counts : sequence of int
        Frames of each pool in a batch.
    input_shape : tuple of int
        Rows and columns of the network's input.
    settings : AugmentSettings
        How far views stray.
    donors : (D, 1, H, W) uint8 tensor, optional
        Frames whose low spatial frequencies others take on, see `augment_fourier.mix_amplitudes`.
    fourier : float
        Chance of that for a frame.
    """

    pools: Sequence[Pool]
    counts: Sequence[int]
    input_shape: tuple[int, int]
    settings: AugmentSettings
    donors: Tensor | None = None
    fourier: float = 0.0

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Return images, masks and known of one batch; known by pixel where a pixel is to be ignored."""
        drawn = [
            pool.draw_all(count, generator)
            for pool, count in zip(self.pools, self.counts, strict=True)
            if count > 0
        ]
        gray, masks, known, ignored = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        if self.donors is not None and self.fourier > 0:
            gray = mix_amplitudes(gray, self.donors, generator, self.fourier)
        if not any(pool.ignored is not None for pool in self.pools):
            images, masks = augment(gray, masks, generator, self.settings, self.input_shape)
            return images, masks, known
        images, both = augment(
            gray, torch.cat([masks, ignored], 1), generator, self.settings, self.input_shape
        )
        # a pixel that touches doubt is left out whole
        certain = (both[:, -1:] < 1 / 255).float()
        return images, both[:, :-1], known[:, :, None, None] * certain
