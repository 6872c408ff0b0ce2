"""Convolutions of a detector taught on masks first, where no weights learnt on photographs are at hand.

Ramos et al. started from convolutions trained on ImageNet, which cannot be had here. A detector from random
weights learns slowly, because one cell of the grid is right and all others are noise; coverage of each place
by the structure is a much denser lesson for the same convolutions. This step is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, binary_cross_entropy_with_logits

from training.augment import AugmentSettings, augment
from training.detection.viridis import to_input
from training.engine.segmentation import make_stack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from training.dataset import Sample
    from training.engine.segmentation import Stack
    from training.engine.settings import FitSettings

VIEWS = AugmentSettings(
    rotation_deg=10.0,
    zoom=(0.8, 1.25),
    stretch=1.2,
    shear=0.05,
    shift=0.1,
    elastic=0.0,
    gray=0.5,
    burnt_in=0.0,
)
"""How far frames stray while convolutions learn from masks."""

SMALL = 0.1
"""What a new head's weights are multiplied by on convolutions that know something already: large random
answers would send gradients through them that undo what they know."""

EMPTY_LOGIT = -3.0
"""Of a place's coverage before anything is learnt: most places hold nothing."""


@dataclass(frozen=True)
class CoverageBatch:
    """Frames as a detector sees them (N, C, S, S), and coverage (N, L, S, S) in [0, 1]."""

    images: Tensor
    masks: Tensor


class CoverageNetwork(nn.Module):
    """A detector's convolutions with a 1 x 1 convolution to coverage behind three of their stages.

    Parameters
    ----------
    detector : torch.nn.Module
        A ``Yolo``; its convolutions are shared, not copied.
    labels : int
        Masks.
    """

    def __init__(self, detector: nn.Module, labels: int) -> None:
        super().__init__()
        self.stages = detector.get_submodule("stages")
        names = [name for name, _ in self.stages.named_children()]
        self.heads = nn.ModuleDict()
        for name in (names[len(names) // 2 - 1], names[len(names) // 2], names[-1]):
            units = [
                unit for unit in self.stages.get_submodule(name).modules() if isinstance(unit, nn.Conv2d)
            ]
            head = nn.Conv2d(units[-1].out_channels, labels, 1)
            nn.init.normal_(head.weight, std=0.01)
            assert head.bias is not None
            nn.init.constant_(head.bias, EMPTY_LOGIT)
            self.heads[name] = head

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return logits (N, L, h, w) of coverage at three scales."""
        logits = []
        for name, stage in self.stages.named_children():
            x = stage(x)
            if name in self.heads:
                logits.append(self.heads[name](x))
        return logits


class CoverageTask:
    """Teach coverage, as `training.engine.fit` asks for it.

    Parameters
    ----------
    train : Stack
        Gray in one channel.
    validation : Stack or None
        Frames that decide which weights are best.
    channels : int
        Of the detector's input.
    steps_per_epoch : int
        Between two judgements.
    """

    def __init__(self, train: Stack, validation: Stack | None, channels: int, steps_per_epoch: int) -> None:
        self.steps_per_epoch = steps_per_epoch
        self._train = train
        self._validation = validation
        self._channels = channels

    def batch(self, step: int, size: int, generator: torch.Generator, device: torch.device) -> CoverageBatch:
        """Return random views of `size` frames."""
        index = torch.randint(len(self._train), (size,), generator=generator)
        images, masks = self._train.images[index].to(device), self._train.masks[index].to(device)
        images, masks = augment(images, masks, generator, VIEWS)
        return CoverageBatch(to_input(images, self._channels), masks)

    def loss(self, network: nn.Module, batch: CoverageBatch) -> Tensor:
        """Return the cross-entropy of coverage, summed over the scales."""
        return _coverage_loss(network(batch.images), batch.masks)

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return the loss on the validation frames."""
        if self._validation is None:
            return {}
        logits = network(to_input(self._validation.images.to(device), self._channels))
        return {"loss": float(_coverage_loss(logits, self._validation.masks.to(device)))}


def _coverage_loss(logits: Sequence[Tensor], masks: Tensor) -> Tensor:
    terms = []
    for part in logits:
        coverage = adaptive_avg_pool2d(masks, (part.shape[-2], part.shape[-1]))
        terms.append(binary_cross_entropy_with_logits(part.float(), coverage))
    return torch.stack(terms).sum()


def pretrain_convolutions(
    detector: nn.Module,
    train: Sequence[Sample],
    validation: Sequence[Sample],
    labels: Sequence[str],
    settings: FitSettings,
) -> dict[str, Tensor]:
    """Teach a detector's convolutions on masks.

    Parameters
    ----------
    detector : torch.nn.Module
        A ``Yolo`` with random weights; left as it is.
    train, validation : sequence of Sample
        Frames with masks; the latter may be empty.
    labels : sequence of str
        Masks.
    settings : FitSettings
        The loop.

    Returns
    -------
    mapping of str to Tensor
        Weights and statistics of the convolutions, by their names in the detector.
    """
    from training.engine.fit import fit

    given = detector.init_args
    assert isinstance(given, dict)
    shape = (int(given["input_side"]), int(given["input_side"]))
    stacks = [make_stack(part, labels, shape) if part else None for part in (train, validation)]
    assert stacks[0] is not None
    task = CoverageTask(stacks[0], stacks[1], int(given["in_channels"]), settings.steps_per_epoch or 50)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = CoverageNetwork(detector, len(labels))
    taught = fit(network, task, settings).network
    stages = taught.get_submodule("stages").state_dict()
    return {f"stages.{name}": value.clone() for name, value in stages.items()}


def take_convolutions(detector: nn.Module, state: Mapping[str, Tensor]) -> nn.Module:
    """Give a detector convolutions that know something, and a quiet head on them.

    Parameters
    ----------
    detector : torch.nn.Module
        Freshly built; changed in place.
    state : mapping of str to Tensor
        From `pretrain_convolutions`, or the ``stages`` of another detector of the same width.

    Returns
    -------
    torch.nn.Module
        The same network.
    """
    convolutions = {name: value for name, value in state.items() if name.startswith("stages.")}
    result = detector.load_state_dict(convolutions, strict=False)
    missing = [name for name in result.missing_keys if name.startswith("stages.")]
    if missing or result.unexpected_keys:
        raise ValueError(f"convolutions that do not fit: {(missing or result.unexpected_keys)[0]}")
    dense = [m for m in detector.get_submodule("head").modules() if isinstance(m, nn.Linear)][-1]
    with torch.no_grad():
        dense.weight.mul_(SMALL)
    return detector
