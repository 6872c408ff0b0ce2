"""What a network learns from in each step: views of resident frames, and what its answers cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from training.augment import AugmentSettings, augment
from training.loop import segmentation_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.learning.resident import Resident

WHOLE_VIEWS = AugmentSettings(
    rotation_deg=6.0,
    zoom=(0.85, 1.2),
    stretch=1.15,
    shear=0.05,
    shift=0.08,
    elastic=0.008,
    gray=0.4,
    burnt_in=0.0,
)
"""Of networks that see the frame whole: mild, for what is learnt comes from the machine that it is used on.
With the wide views that the default model was taught with, the same steps gave half of the gain."""

ZOOM_VIEWS = AugmentSettings(
    rotation_deg=30.0,
    zoom=(0.75, 1.5),
    stretch=1.25,
    shear=0.12,
    shift=0.12,
    elastic=0.015,
    gray=0.7,
    burnt_in=0.1,
)
"""Of networks that look closer, as the default cerebellum model was taught; mirrored up and down too."""


@dataclass(frozen=True)
class View:
    """What a network sees (N, C, H, W), what it should say (N, L, H, W), which pixels count (N, L, H, W)."""

    images: Tensor
    masks: Tensor
    known: Tensor


@dataclass(frozen=True)
class ZoomView:
    """Whole planes for the coarse network, squares for the fine one; the same number of each."""

    coarse: View
    fine: View


@dataclass(frozen=True)
class Source:
    """Frames of one kind of network input, those to learn and those that the base learnt.

    Parameters
    ----------
    learned : Resident
        To learn.
    replayed : Resident or None
        Of the base's own.
    shape : tuple of int
        Rows and columns of a view.
    views : AugmentSettings
        How far views stray.
    up_down : bool
        Whether every other view is mirrored up and down.
    """

    learned: Resident
    replayed: Resident | None
    shape: tuple[int, int]
    views: AugmentSettings
    up_down: bool = False

    def draw(self, size: int, replayed: int, generator: torch.Generator) -> View:
        """Return views of so many frames, `replayed` of them the base's own."""
        parts = [self.learned.draw(size - replayed, generator)] if replayed < size else []
        if replayed and self.replayed is not None:
            parts.append(self.replayed.draw(replayed, generator))
        gray, planes, known = (torch.cat(values) for values in zip(*parts, strict=True))
        images, planes = augment(gray, planes, generator, self.views, self.shape)
        if self.up_down:
            turned = (torch.rand((size, 1, 1, 1), generator=generator) < 0.5).to(images.device)
            images, planes = (torch.where(turned, value.flip(2), value) for value in (images, planes))
        # a pixel that touches doubt is left out whole
        certain = (planes[:, -1:] < 1 / 255).float()
        return View(images, planes[:, :-1], known[:, :, None, None] * certain)


class WholeTask:
    """Learn masks from whole frames.

    Parameters
    ----------
    source : Source
        Frames.
    replay : float
        Share of the base's own in a batch.
    feed : callable
        What is done to gray in [0, 1] last, (N, 1, H, W) to (N, C, H, W).
    """

    def __init__(self, source: Source, replay: float, feed: Callable[[Tensor], Tensor]) -> None:
        self._source, self._replay, self._feed = source, replay, feed

    def batch(self, size: int, generator: torch.Generator) -> View:
        """Return a batch on the device of the frames; a function of the generator alone."""
        replayed = draw_replayed(size, self._replay, generator) if self._source.replayed is not None else 0
        view = self._source.draw(size, replayed, generator)
        return View(self._feed(view.images), view.masks, view.known)

    def loss(self, network: nn.Module, batch: View) -> Tensor:
        """Return the loss of a batch or of a part of it."""
        return segmentation_loss(network(batch.images).float(), batch.masks, batch.known)


class ZoomTask:
    """Learn to find from whole planes and to outline from squares; as `WholeTask` but for two sources."""

    def __init__(self, coarse: Source, fine: Source, replay: float, feed: Callable[[Tensor], Tensor]) -> None:
        self._coarse, self._fine, self._replay, self._feed = coarse, fine, replay, feed

    def batch(self, size: int, generator: torch.Generator) -> ZoomView:
        """Return a batch on the device of the frames; a function of the generator alone."""
        views = []
        for source in (self._coarse, self._fine):
            replayed = draw_replayed(size, self._replay, generator) if source.replayed is not None else 0
            view = source.draw(size, replayed, generator)
            views.append(View(self._feed(view.images), view.masks, view.known))
        return ZoomView(views[0], views[1])

    def loss(self, network: nn.Module, batch: ZoomView) -> Tensor:
        """Return the loss of both networks, each on its own frames."""
        total = torch.zeros((), device=batch.coarse.images.device)
        for name, view in (("coarse", batch.coarse), ("fine", batch.fine)):
            part = network.get_submodule(name)
            if any(parameter.requires_grad for parameter in part.parameters()):
                total = total + segmentation_loss(part(view.images).float(), view.masks, view.known)
        return total


def draw_replayed(size: int, share: float, generator: torch.Generator) -> int:
    """Draw how many frames of a batch are the base's own: on average `share`, of several never all."""
    drawn = int((torch.rand((size,), generator=generator) < share).sum())
    return drawn if size == 1 else min(drawn, size - 1)
