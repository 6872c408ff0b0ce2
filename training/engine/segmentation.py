"""Learning masks: frames and masks as one stack on the device, augmented there a batch at a time."""

from __future__ import annotations

import dataclasses
import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lusgui.nn.devices import is_out_of_memory
from lusgui.nn.preprocess import Preprocess
from training.augment import AugmentSettings, augment
from training.engine.losses import LOSSES
from training.engine.settings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lusgui.core.despeckle import DespeckleSettings
    from training.dataset import Sample

    Augment = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]

log = logging.getLogger(__name__)

ORDERS = ("shuffled epochs", "random", "groups")

VALIDATION_PART = 8
"""Frames validated at once."""

IGNORED = "ignore"
"""Mask of a sample whose pixels carry no loss."""


@dataclass(frozen=True)
class Stack:
    """Frames with their masks on the network's grid.

    Parameters
    ----------
    images : (N, C, H, W) float32 tensor in [0, 1]
        Gray, repeated into the network's channels.
    masks : (N, L, H, W) float32 tensor in [0, 1]
        Coverage of each label.
    known : (N, L) float32 tensor
        1 where a label was looked for, else 0.
    names, groups : tuple of str
        Of each frame.
    ignored : (N, 1, H, W) float32 tensor in [0, 1], optional
        Coverage of what carries no loss.
    """

    images: Tensor
    masks: Tensor
    known: Tensor
    names: tuple[str, ...]
    groups: tuple[str, ...]
    ignored: Tensor | None = None

    def __len__(self) -> int:
        return int(self.images.shape[0])

    def to(self, device: torch.device) -> Stack:
        """Return the stack on a device."""
        return dataclasses.replace(
            self,
            # channels that are views of one gray plane stay one plane in memory
            images=_on(self.images, device),
            masks=self.masks.to(device),
            known=self.known.to(device),
            ignored=None if self.ignored is None else self.ignored.to(device),
        )

    def select(self, indices: Sequence[int]) -> Stack:
        """Return the stack of some frames, in that order."""
        chosen = torch.as_tensor(list(indices), dtype=torch.long, device=self.images.device)
        return Stack(
            _pick(self.images, chosen),
            self.masks[chosen],
            self.known[chosen],
            tuple(self.names[i] for i in indices),
            tuple(self.groups[i] for i in indices),
            None if self.ignored is None else self.ignored[chosen],
        )


@dataclass(frozen=True)
class SegmentationBatch:
    """What the network sees (N, C, H, W), what it should say (N, L, H, W), what is known (N, L).

    `weight` (N, 1, H, W) is 0 where a pixel carries no loss; None when all do.
    """

    images: Tensor
    masks: Tensor
    known: Tensor
    weight: Tensor | None = None


def make_stack(
    samples: Sequence[Sample],
    labels: Sequence[str],
    input_shape: tuple[int, int],
    settings: DespeckleSettings | None = None,
    in_channels: int = 1,
) -> Stack:
    """Bring frames and masks onto the network's grid, in register as ``nn.preprocess`` does it.

    Parameters
    ----------
    samples : sequence of Sample
        At least one.
    labels : sequence of str
        Channels of the masks; what a sample does not have is unknown. A mask called ``ignore`` marks pixels
        that carry no loss.
    input_shape : tuple of int
        Rows and columns.
    settings : DespeckleSettings or None
        What is done to the frames first; None for nothing.
    in_channels : int
        Gray is repeated into this many channels.

    Raises
    ------
    TrainingError
        If there are no samples or no labels.
    """
    if not samples:
        raise TrainingError("there are no frames to learn from", remedy="Look at the folder and its layout")
    if not labels:
        raise TrainingError("no label was named", remedy="Name the label to learn")
    preprocess = Preprocess(input_shape)
    # filled one by one: ten thousand natural images are gigabytes, and a list beside its stack doubles them
    images = torch.zeros(len(samples), 1, *input_shape)
    masks = torch.zeros(len(samples), len(labels), *input_shape)
    some_ignored = any(IGNORED in sample.masks for sample in samples)
    ignored = torch.zeros(len(samples), 1, *input_shape) if some_ignored else None
    for i, sample in enumerate(samples):
        images[i] = preprocess.forward(sample.gray(settings))[0]
        for j, label in enumerate(labels):
            if label in sample.masks:
                masks[i, j] = preprocess.forward_mask(sample.masks[label])[0, 0]
        if ignored is not None and IGNORED in sample.masks:
            ignored[i] = preprocess.forward_mask(sample.masks[IGNORED])[0]
    return Stack(
        images.clamp_(0, 1).expand(-1, in_channels, -1, -1),
        masks.clamp_(0, 1),
        torch.tensor([[float(label in sample.masks) for label in labels] for sample in samples]),
        tuple(sample.name for sample in samples),
        tuple(sample.group for sample in samples),
        None if ignored is None else ignored.clamp_(0, 1),
    )


class SegmentationTask:
    """Learn masks; a ``training.engine.fit.Task``.

    Parameters
    ----------
    train : Stack
        What is learnt from.
    validation : Stack, optional
        What is judged on.
    loss : str or callable
        Name in ``training.engine.losses.LOSSES``, or ``loss(logits, masks, known)``; a callable is also
        given ``weight=`` when pixels are to be ignored.
    augment : AugmentSettings or callable, optional
        How views stray, or ``f(images, masks, generator) -> (images, masks)`` on the device with a generator
        on the CPU; None shows frames as they are. What is to be ignored moves along as a last mask.
    batch_order : {"shuffled epochs", "random", "groups"}
        All frames in shuffled order, again and again, so that each is seen equally often; any frame at any
        time; or any group at any time and any of its frames.
    steps_per_epoch : int, optional
        Steps of an epoch: give the same for all shares of the data to compare them fairly. As many as see
        every frame once if not given.
    batch_size : int
        Only for counting the steps of an epoch.
    seed : int
        Of the shuffled order.
    prepare : callable, optional
        What is done to gray in [0, 1] after augmentation, (N, C, H, W) to the same: the mean, deviation or
        intensity that a model's card asks for (``Preprocess.normalise``).
    """

    def __init__(
        self,
        train: Stack,
        validation: Stack | None = None,
        loss: str | Callable[..., Tensor] = "bce",
        augment: AugmentSettings | Augment | None = None,
        batch_order: str = "shuffled epochs",
        *,
        steps_per_epoch: int | None = None,
        batch_size: int = 2,
        seed: int = 0,
        prepare: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        if isinstance(loss, str) and loss not in LOSSES:
            raise TrainingError(f"there is no loss '{loss[:40]}'", remedy=f"Known: {', '.join(LOSSES)}")
        if batch_order not in ORDERS:
            raise TrainingError(
                f"there is no order '{batch_order[:40]}'", remedy=f"Known: {', '.join(ORDERS)}"
            )
        if len(train) == 0:
            raise TrainingError("there are no frames to learn from")
        if not bool(train.known.any()):
            raise TrainingError("no frame to learn from has a mask of this label", remedy="Look at the label")
        self.train = train
        self.validation = validation if validation is not None and len(validation) else None
        self._loss = LOSSES[loss] if isinstance(loss, str) else loss
        self._augment = augment
        self._order = batch_order
        self._seed = seed
        self._prepare = prepare
        self.steps_per_epoch = steps_per_epoch or -(-len(train) // batch_size)
        self._members = [
            [i for i, group in enumerate(train.groups) if group == name]
            for name in dict.fromkeys(train.groups)
        ]
        self._is_gray = _is_gray(train.images)
        self._resident: dict[str, Stack] = {}

    def batch(
        self, step: int, size: int, generator: torch.Generator, device: torch.device
    ) -> SegmentationBatch:
        """Return an augmented batch on the device."""
        stack = self._on_device(device)
        part = stack.select(self._choose(step, size, generator)).to(device)
        images, masks, ignored = part.images, part.masks, part.ignored
        if self._augment is not None:
            planes = masks if ignored is None else torch.cat([masks, ignored], dim=1)
            images, planes = self._view(images, planes, generator)
            masks, ignored = planes[:, : masks.shape[1]], None if ignored is None else planes[:, -1:]
        if self._prepare is not None:
            images = self._prepare(images)
        return SegmentationBatch(images, masks, part.known, None if ignored is None else 1 - ignored)

    def loss(self, network: nn.Module, batch: SegmentationBatch) -> Tensor:
        """Return the loss of a batch or of a part of it."""
        return self._cost(network(batch.images).float(), batch)

    def weight(self, batch: SegmentationBatch) -> Tensor:
        """Return the number of known masks, over which the loss is the mean."""
        return batch.known.sum()

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return the loss and, at probability 0.5, the mean Dice of the known masks on the network's grid.

        A mask that is rightly empty has Dice 1, one that is wrongly not has 0.
        """
        if self.validation is None or not bool(self.validation.known.any()):
            return {}
        part = VALIDATION_PART
        while True:
            try:
                return self._judge(network, self.validation, part, device)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or part == 1:
                    raise
            part //= 2

    @torch.no_grad()
    def _judge(self, network: nn.Module, stack: Stack, part: int, device: torch.device) -> dict[str, float]:
        cost = overlap = count = 0.0
        for start in range(0, len(stack), part):
            piece = stack.select(range(start, min(start + part, len(stack)))).to(device)
            images = piece.images if self._prepare is None else self._prepare(piece.images)
            weight = None if piece.ignored is None else 1 - piece.ignored
            batch = SegmentationBatch(images, piece.masks, piece.known, weight)
            logits = network(images).float()
            known = float(self.weight(batch))
            if known == 0:
                continue
            cost += float(self._cost(logits, batch)) * known
            counts = torch.ones_like(piece.masks) if weight is None else (weight >= 0.5).float()
            found = (logits >= 0).float() * counts
            truth = (piece.masks >= 0.5).float() * counts
            total = (found + truth).sum((2, 3))
            scores = torch.where(total > 0, 2 * (found * truth).sum((2, 3)) / total.clamp_min(1), 1.0)
            overlap += float((scores * piece.known).sum())
            count += known
        return {"loss": cost / count, "dice": overlap / count}

    def _cost(self, logits: Tensor, batch: SegmentationBatch) -> Tensor:
        if logits.shape != batch.masks.shape:
            raise TrainingError(
                f"the network answers with {tuple(logits.shape[1:])} for masks of"
                f" {tuple(batch.masks.shape[1:])} (labels, rows, columns)",
                remedy="Give the network one output a label",
            )
        if batch.weight is None:
            return self._loss(logits, batch.masks, batch.known)
        return self._loss(logits, batch.masks, batch.known, weight=batch.weight)

    def _view(self, images: Tensor, planes: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        if not isinstance(self._augment, AugmentSettings):
            return self._augment(images, planes, generator)  # type: ignore[misc]
        # one gray plane is moved and then repeated: marks and noise are the same in every channel
        seen = images[:, :1] if self._is_gray else images
        moved, moved_planes = augment(seen, planes, generator, self._augment)
        return moved.expand(-1, images.shape[1], -1, -1), moved_planes

    def _choose(self, step: int, size: int, generator: torch.Generator) -> list[int]:
        if self._order == "random":
            return [int(i) for i in torch.randint(len(self.train), (size,), generator=generator)]
        if self._order == "groups":
            groups = torch.randint(len(self._members), (size,), generator=generator).tolist()
            draws = torch.rand((size,), generator=generator, dtype=torch.float64).tolist()
            return [
                self._members[g][int(x * len(self._members[g]))] for g, x in zip(groups, draws, strict=True)
            ]
        count = len(self.train)
        places = range(step * size, (step + 1) * size)
        return [_shuffled(count, place // count, self._seed)[place % count] for place in places]

    def _on_device(self, device: torch.device) -> Stack:
        if device.type == "cpu":
            return self.train
        if str(device) not in self._resident:
            try:
                self._resident[str(device)] = self.train.to(device)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                log.warning("the frames do not fit on the device; they go there a batch at a time")
                self._resident[str(device)] = self.train
        return self._resident[str(device)]


@functools.lru_cache(maxsize=8)
def _shuffled(count: int, epoch: int, seed: int) -> tuple[int, ...]:
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    return tuple(torch.randperm(count, generator=generator).tolist())


def _is_gray(images: Tensor) -> bool:
    if images.shape[1] == 1 or images.stride(1) == 0:
        return True
    return all(bool((image == image[:1]).all()) for image in images)


def _on(images: Tensor, device: torch.device) -> Tensor:
    if images.device == device or images.stride(1) != 0:
        return images.to(device)
    return images[:, :1].to(device).expand_as(images)


def _pick(images: Tensor, chosen: Tensor) -> Tensor:
    if images.stride(1) != 0:
        return images[chosen]
    return images[:, :1][chosen].expand(-1, images.shape[1], -1, -1)
