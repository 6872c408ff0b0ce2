"""The frames of the experiment on localization before segmentation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from training.experiments.sets import DataSet, cerebella, heads, simulated_heads

if TYPE_CHECKING:
    from pathlib import Path

    from training.data.splits import Fold
    from training.dataset import Sample
    from training.experiments.localize_first import Settings


def gather(settings: Settings, data: Path | None) -> list[tuple[DataSet, tuple[Sample, ...]]]:
    """Return each set with further frames of which only centres are used."""
    names = settings.sets if data is not None else ("simulated",)
    return [_set(settings, name, data) for name in names]


def _set(settings: Settings, name: str, data: Path | None) -> tuple[DataSet, tuple[Sample, ...]]:
    if name == "hc18" and data is not None:
        return _fewer(settings, heads(data, settings.longest)), ()
    if name == "cerebellum" and data is not None:
        return _fewer(settings, cerebella(data, settings.longest)), _level_heads(settings)
    every = simulated_heads(settings.simulated, 21, settings.longest)
    return _fewer(settings, every), ()


def _fewer(settings: Settings, part: DataSet) -> DataSet:
    if settings.frames is None:
        return part
    step = max(len(part.samples) // settings.frames, 1)
    return DataSet(part.name, part.label, part.samples[::step], part.what)


def _level_heads(settings: Settings) -> tuple[Sample, ...]:
    """Return simulated heads that lie as planes are stored, within 30 degrees of level."""
    from training.simulate.head import simulate_sample

    chosen: list[Sample] = []
    index = 0
    while len(chosen) < settings.simulated:
        sample = simulate_sample(78, index, (settings.longest, settings.longest))
        index += 1
        if abs(math.sin(math.radians(sample.facts["angle_deg"]))) < 0.5:
            chosen.append(sample)
    return tuple(chosen)


def fold_of(settings: Settings, part: DataSet, seed: int) -> Fold:
    """Return the fold of a seed, by group, without validation: no mask and no frame chooses anything."""
    from training.data.splits import k_folds

    folds = k_folds(part.samples, settings.folds, seed=0, by="group", validation=0.0)
    return folds[seed % settings.folds]
