"""What the making of a default model needs to know about one label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from training.batches import Mixture
    from training.dataset import Sample


@dataclass(frozen=True)
class Recipe:
    """How one default model is made.

    Parameters
    ----------
    name : str
        Card name and file stem.
    label : str
        The label that is kept and judged.
    labels : tuple of str
        All labels learnt, `label` among them.
    input_shape : tuple of int
        Rows and columns of the network's input.
    arguments : mapping
        Arguments of ``lus-unet``, without the channels.
    steps : int
        Batches of each training.
    load : callable
        ``load(data)`` returns the frames that are judged.
    folds : callable
        ``folds(samples, seed)`` returns the groups held out in each training; the first is the one shipped.
    batches : callable
        ``batches(data, samples, held_out, seed)`` returns what the loop draws from.
    before : callable, optional
        ``before(seed)`` returns batches of a first training that all folds start from; it must not touch
        anything that is judged.
    steps_before : int
        Batches of that.
    learning_rate : float
        Highest rate of the folds' training.
    data, licence, notes : str
        For the card.
    """

    name: str
    label: str
    labels: tuple[str, ...]
    input_shape: tuple[int, int]
    arguments: Mapping[str, Any]
    steps: int
    load: Callable[[Path], list[Sample]]
    folds: Callable[[Sequence[Sample], int], list[list[str]]]
    batches: Callable[[Path, Sequence[Sample], Sequence[str], int], Mixture]
    data: str
    licence: str
    notes: str
    before: Callable[[int], Mixture] | None = None
    steps_before: int = 0
    learning_rate: float = 2e-3
