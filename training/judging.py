"""Scores of a trained network on frames it never saw, on their raw grid, and whether it learnt anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.nn.predictor import Predictor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample
    from training.trials import Trial

FAILED_DICE = 0.01
"""Up to this mean Dice over frames with the label a network is no better than all background (our bound)."""


def judge(model: LoadedModel, samples: Sequence[Sample], trial: Trial) -> list[dict[str, Any]]:
    """Score a model on the raw grid, through the very predictor that the window uses.

    Returns
    -------
    list of dict
        ``name``, ``group`` and what ``training.metrics.frame.score_mask`` measures, one a frame.
    """
    from training.metrics.frame import score_mask

    if not samples:
        return []
    predictor = Predictor(model, trial.fit.device)
    rows = []
    for sample in samples:
        probability = predictor.predict(sample.gray(trial.despeckle), trial.label)
        found = probability >= trial.threshold
        scores = score_mask(found, sample.masks[trial.label], probability, sample)
        rows.append({"name": sample.name, "group": sample.group, **scores})
    return rows


def found_nothing(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the mean Dice over frames that show the label is no better than an empty mask's."""
    mean = mean_of(rows, "dice")
    return bool(rows) and not np.isnan(mean) and mean <= FAILED_DICE


def mean_of(rows: Sequence[Mapping[str, Any]], metric: str) -> float:
    """Return the mean of a metric over the rows where it is a number; NaN where it is in none."""
    values = [float(row[metric]) for row in rows if row.get(metric) is not None]
    finite = [value for value in values if not np.isnan(value)]
    return float(np.mean(finite)) if finite else float("nan")
