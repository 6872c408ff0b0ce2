"""The frames that the ablation judges, who is held out together, and who makes the networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.dataset import Sample
from training.experiments.sets import DataSet
from training.recipes import cerebellum, rib
from training.recipes.cerebellum_options import train_cerebellum
from training.recipes.drawn_ribs import load_all_drawn
from training.recipes.rib_options import train_rib

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import nn

    Train = Callable[[Any, Path, Sequence[Sample], Sequence[str], int, Path], nn.Module]

MOST_NEGATIVES = 24
"""Ribless frames, drawn evenly over groups, on which cerebella are looked for in vain."""


@dataclass(frozen=True)
class Judged:
    """Frames of one label, dealt into folds.

    Parameters
    ----------
    data : DataSet
        What is judged when its group is held out.
    folds : sequence of sequence of str
        Groups held out together; a group of `data` that is in none is not judged.
    learnt : sequence of Sample
        What trainings draw from, each without the groups that it holds out.
    negatives : sequence of Sample
        Frames of other anatomy without the label, judged by the networks of the first fold.
    """

    data: DataSet
    folds: Sequence[Sequence[str]]
    learnt: Sequence[Sample]
    negatives: Sequence[Sample] = ()

    def test_of(self, fold: int) -> list[Sample]:
        """Return what the networks of a fold are judged on."""
        held_out = set(self.folds[fold])
        mine = [sample for sample in self.data.samples if sample.group in held_out]
        return mine + (list(self.negatives) if fold == 0 else [])


@dataclass(frozen=True)
class Maker:
    """How networks for one label are made.

    Parameters
    ----------
    label : str
        What is judged.
    reference : dataclass
        The options that are shipped.
    train : callable
        ``train(options, data, samples, held_out, seed, work)`` returns a network in eval mode, the same one
        without training if `work` holds it already.
    """

    label: str
    reference: Any
    train: Train

    def input_shape(self, options: Any) -> tuple[int, int]:  # noqa: ANN401
        """Return rows and columns of the network's input."""
        shape: tuple[int, int] = (
            options.frame_shape if hasattr(options, "frame_shape") else options.input_shape
        )
        return shape

    def labels(self, options: Any) -> tuple[str, ...]:  # noqa: ANN401
        """Return the labels of the network's channels."""
        labels: tuple[str, ...] = getattr(options, "labels", (self.label,))
        return labels

    def architecture(self, options: Any) -> str:  # noqa: ANN401
        """Return the network's name in the list of networks."""
        name: str = getattr(options, "architecture", "lus-unet")
        return name


def maker_of(label: str) -> Maker:
    """Return how the networks of the shipped models are made."""
    if label == "rib":
        return Maker("rib", rib.OPTIONS, train_rib)
    return Maker("cerebellum", cerebellum.OPTIONS, train_cerebellum)


def judged_of(label: str, data: Path | None, frames: int | None = None) -> Judged | None:
    """Return the frames of a label, or None where the data is not there.

    Parameters
    ----------
    label : {"rib", "cerebellum"}
        Which.
    data : Path or None
        Folder of the data sets; ribs come with the program.
    frames : int or None
        About so many, evenly over groups, with and without the label; all if None.
    """
    from lusgui.base.paths import resources_dir

    folder = resources_dir() / "datasets" if data is None else data
    return _ribs(folder, frames) if label == "rib" else _cerebella(folder, frames)


def _ribs(data: Path, frames: int | None) -> Judged:
    samples = load_all_drawn(data)
    kept = _thinned(samples, "rib", frames)
    what = (
        "Frames of lung clips with the rib's surface drawn in two passes, and ribless ones; doubtful frames"
        " are left out, and so are boxes in which a further rib is likely."
    )
    return Judged(DataSet("ribs", "rib", tuple(kept), what), rib.folds(samples, 0), samples)


def _cerebella(data: Path, frames: int | None) -> Judged | None:
    if not (data / "fetal_cerebellum").is_dir():
        return None
    # the recipe's own lung frames are a fixed share; here as many are negatives as was asked for
    planes = [sample for sample in cerebellum.load(data) if not sample.group.startswith(cerebellum.LUNG)]
    samples = [sample for sample in planes if "cerebellum" in sample.masks]
    folds = cerebellum.folds(samples, 0)
    ribless = [sample for sample in load_all_drawn(data) if not sample.masks["rib"].any()]
    negatives = [
        Sample(s.name, s.group, s.frame, {"cerebellum": np.zeros(s.frame.shape, bool)})
        for s in _thinned(ribless, "rib", MOST_NEGATIVES if frames is None else frames)
    ]
    kept = _thinned(samples, "cerebellum", frames)
    what = "Transcerebellar planes; the group is the patient."
    return Judged(DataSet("cerebellum", "cerebellum", tuple(kept), what), folds, samples, negatives)


def _thinned(samples: Sequence[Sample], label: str, frames: int | None) -> list[Sample]:
    """Return about so many frames, as evenly over groups as they allow, with and without the label."""
    if frames is None or len(samples) <= frames:
        return list(samples)
    parts: dict[tuple[str, bool], list[Sample]] = {}
    for sample in samples:
        parts.setdefault((sample.group, bool(sample.masks[label].any())), []).append(sample)
    share = max(frames // len(parts), 1)
    return [part[i] for part in parts.values() for i in range(0, len(part), -(-len(part) // share))]
