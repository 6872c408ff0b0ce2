"""What the making of a default model needs to know about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from torch import nn

    from training.dataset import Sample


@dataclass(frozen=True)
class DefaultModel:
    """How one default model is made.

    Parameters
    ----------
    name : str
        Card name and file stem.
    labels : tuple of str
        What the network answers; the first is the one that is judged and tuned for.
    architecture : str
        Name in ``lusgui.core.networks``.
    arguments : mapping
        Arguments of the architecture.
    input_shape : tuple of int
        Rows and columns of the network's input.
    load : callable
        ``load(data)`` returns the frames that are learnt from and judged.
    folds : callable
        ``folds(samples, seed)`` returns the groups held out in each training; the first is the one shipped.
    train : callable
        ``train(data, samples, held_out, seed, work)`` returns the network in eval mode; what was finished
        before is taken from `work`.
    options : mapping
        What the training depends on, for the card.
    data, licence, notes : str
        For the card.
    """

    name: str
    labels: tuple[str, ...]
    architecture: str
    arguments: Mapping[str, Any]
    input_shape: tuple[int, int]
    load: Callable[[Path], list[Sample]]
    folds: Callable[[Sequence[Sample], int], list[list[str]]]
    train: Callable[[Path, Sequence[Sample], Sequence[str], int, Path], nn.Module]
    options: Mapping[str, Any]
    data: str
    licence: str
    notes: str

    @property
    def label(self) -> str:
        """The label that is judged."""
        return self.labels[0]
