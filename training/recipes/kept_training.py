"""Trainings that are found again: what was finished is read, what was begun goes on."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from training.loop import LoopSettings, train

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import torch
    from torch import nn

    from training.loop import Batch, BatchMaker

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Course:
    """One training.

    Parameters
    ----------
    stem : str
        First part of the file's name, for people.
    settings : LoopSettings
        Of the loop.
    key : mapping
        All else that the result depends on; plain values.
    """

    stem: str
    settings: LoopSettings
    key: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the file without its ending: another for any other option."""
        text = json.dumps([asdict(self.settings), dict(self.key)], sort_keys=True, default=str)
        return f"{self.stem[:120]}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def run_course(
    course: Course,
    work: Path,
    make_batches: Callable[[], BatchMaker],
    make_network: Callable[[], nn.Module],
) -> nn.Module:
    """Train, or read what was trained before.

    Parameters
    ----------
    course : Course
        Which.
    work : Path
        Folder of states.
    make_batches, make_network : callable
        Called only when there is something left to train; the network is what the training starts from.

    Returns
    -------
    torch.nn.Module
        In eval mode, with averaged weights.
    """
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"{course.name}.state"
    network = make_network()
    steps = course.settings.steps

    def report(step: int, loss: float) -> None:
        if (step + 1) % 50 == 0:
            log.info("%s: step %d of %d, loss %.3f", course.stem, step + 1, steps, loss)

    made: list[BatchMaker] = []

    def batches(step: int, generator: torch.Generator) -> Batch:
        if not made:
            made.append(make_batches())
        return made[0](step, generator)

    return train(network, batches, course.settings, path, report)
