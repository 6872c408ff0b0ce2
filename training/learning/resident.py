"""The whole data set of a run as one stack on the device: bytes, and as large as what is drawn from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lusgui.core.contrast import PLAIN, equalise
from lusgui.core.despeckle import FAST
from lusgui.core.margins import find_content
from lusgui.nn.cropping import crop, is_found, locate, widen
from lusgui.nn.preprocess import resize
from training.batches import DESPECKLED_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample

IGNORED = "ignore"
"""Label whose mask marks pixels that carry no loss."""

ROOM = 1.3
"""Frames are held so much larger than views of them, that a view may look closer."""


@dataclass(frozen=True)
class Resident:
    """Frames on a canvas, all on one device.

    Parameters
    ----------
    raw, despeckled : (N, 1, H, W) uint8 tensor
        Gray times 255, as stored and after the filter.
    masks : (N, L, H, W) uint8 tensor
        Coverage times 255.
    known : (N, L) float32 tensor
        1 where a label was looked for.
    doubtful : (N, 1, H, W) uint8 tensor
        Coverage times 255 of pixels that carry no loss.
    groups : tuple of str
        Recording of each frame; recordings are drawn evenly.
    """

    raw: Tensor
    despeckled: Tensor
    masks: Tensor
    known: Tensor
    doubtful: Tensor
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.raw.shape[0])

    def to(self, device: torch.device) -> Resident:
        """Return the stack on a device."""
        planes = {name: getattr(self, name).to(device) for name in _PLANES}
        return replace(self, **planes)

    def select(self, chosen: Sequence[int]) -> Resident:
        """Return the stack of some frames, in that order."""
        where = torch.as_tensor(list(chosen), dtype=torch.long, device=self.raw.device)
        planes = {name: getattr(self, name)[where] for name in _PLANES}
        return Resident(**planes, groups=tuple(self.groups[i] for i in chosen))

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Draw frames: any recording, then any frame of it, half of them despeckled.

        Parameters
        ----------
        count : int
            How many.
        generator : torch.Generator
            On the CPU.

        Returns
        -------
        tuple of Tensor
            Gray (n, 1, H, W) in [0, 1]; coverage (n, L + 1, H, W) in [0, 1] of the labels and, last, of what
            carries no loss; known (n, L).
        """
        members = self._members()
        which = torch.randint(len(members), (count,), generator=generator).tolist()
        draws = torch.rand((count,), generator=generator, dtype=torch.float64).tolist()
        chosen = [members[g][int(x * len(members[g]))] for g, x in zip(which, draws, strict=True)]
        where = torch.as_tensor(chosen, dtype=torch.long, device=self.raw.device)
        filtered = torch.rand((count, 1, 1, 1), generator=generator) < DESPECKLED_SHARE
        gray = torch.where(filtered.to(self.raw.device), self.despeckled[where], self.raw[where])
        planes = torch.cat([self.masks[where], self.doubtful[where]], 1)
        return gray.float() / 255, planes.float() / 255, self.known[where]

    def _members(self) -> list[list[int]]:
        names = dict.fromkeys(self.groups)
        return [[i for i, group in enumerate(self.groups) if group == name] for name in names]

    def cut(self, squares: Tensor, side: int) -> Resident:
        """Return squares (N, 4) of the frames, each with so many rows and columns."""

        def look(planes: Tensor) -> Tensor:
            return crop(planes.float(), squares, side).round().clamp(0, 255).to(torch.uint8)

        return replace(
            self,
            raw=look(self.raw),
            despeckled=look(self.despeckled),
            masks=look(self.masks),
            doubtful=look(self.doubtful),
        )


_PLANES = ("raw", "despeckled", "masks", "known", "doubtful")


def make_resident(
    samples: Sequence[Sample], labels: Sequence[str], canvas: tuple[int, int], card: ModelCard
) -> Resident:
    """Bring frames and masks onto one canvas, in register as ``nn.preprocess`` does it.

    Parameters
    ----------
    samples : sequence of Sample
        At least one. Pixels of `Sample.ignored` or of a mask called ``ignore`` carry no loss.
    labels : sequence of str
        Channels of the masks; what a sample does not have is unknown.
    canvas : tuple of int
        Rows and columns.
    card : ModelCard
        Says which dynamic range and contrast the network is used to.
    """
    raw, despeckled, masks, doubtful = [], [], [], []
    for sample in samples:
        fed = replace(sample, mapping=card.mapping_for(sample.mapping))
        empty = np.zeros(sample.frame.shape, bool)
        gray = fed.gray()
        # what the predictor cuts off is never seen
        seen = find_content(gray, card.crops_margins).slices
        raw.append(_to_canvas(_equalised(gray[seen], card), canvas))
        despeckled.append(_to_canvas(_equalised(fed.gray(FAST)[seen], card), canvas))
        drawn = [sample.masks.get(label, empty)[seen] for label in labels]
        masks.append(torch.cat([_to_canvas(mask, canvas) for mask in drawn]))
        doubtful.append(_to_canvas(doubt_of(sample)[seen], canvas))
    return Resident(
        torch.stack(raw),
        torch.stack(despeckled),
        torch.stack(masks),
        torch.tensor([[float(label in sample.masks) for label in labels] for sample in samples]),
        torch.stack(doubtful),
        tuple(sample.group for sample in samples),
    )


def doubt_of(sample: Sample) -> NDArray[np.bool_]:
    """Return where a sample (H, W) is neither learnt from nor judged."""
    doubt = np.zeros(sample.frame.shape, bool)
    if sample.ignored is not None:
        doubt |= sample.ignored
    if IGNORED in sample.masks:
        doubt |= sample.masks[IGNORED]
    return doubt


def squares_around(frames: Resident, found: Tensor, margin: float) -> Tensor:
    """Return the squares (N, 4) that a fine network shall learn from.

    Parameters
    ----------
    frames : Resident
        Whole frames.
    found : (N, 4) tensor
        Where the base finds the first label; all zero where it finds nothing.
    margin : float
        Side of the square over the longer extent of the structure; it may reach beyond the frame.

    Returns
    -------
    (N, 4) tensor
        Around the mask of the first label; where that is empty or not known around what the base finds; else
        the largest square in the middle.
    """
    shape = (int(frames.raw.shape[-2]), int(frames.raw.shape[-1]))
    drawn = locate(frames.masks[:, 0].float() / 255)
    boxes = torch.where(is_found(drawn)[:, None], drawn, found.to(drawn))
    # not moved into the frame: the structure stays in the middle, as the coarse network would have it
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    lengths = boxes.new_tensor(shape)
    half = ((boxes[:, 2:] - boxes[:, :2]) * lengths).amax(1, keepdim=True) * margin / 2 / lengths
    around = torch.cat([middle - half, middle + half], 1)
    return torch.where(is_found(boxes)[:, None], around, widen(boxes, shape, margin))


def _equalised(gray: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
    contrast = card.contrast_settings
    return gray if contrast == PLAIN else equalise(gray, contrast)


def _to_canvas(plane: NDArray[np.float32] | NDArray[np.bool_], canvas: tuple[int, int]) -> Tensor:
    planes = torch.from_numpy(np.asarray(plane, np.float32).copy())[None, None]
    return (resize(planes, canvas)[0] * 255).round().clamp(0, 255).to(torch.uint8)  # (1, H, W)
