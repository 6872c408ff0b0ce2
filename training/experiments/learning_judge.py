"""What a model makes of the frames of a case, by the path the window uses, in plain rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.label import most_components
from lusgui.core.overlap import dice, false_components
from lusgui.core.surface_distance import hd95
from lusgui.core.threshold import ThresholdSettings, apply_threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.nn.checkpoint import LoadedModel
    from lusgui.nn.predictor import Predictor
    from training.dataset import Sample
    from training.experiments.learning_data import Case

SCHEME = 1
"""Counts up when the judging changes, so that kept results of another are not taken for it."""


def judge_all(model: LoadedModel, case: Case, tests: Sequence[Sample], device: str = "cpu") -> dict[str, Any]:
    """Judge a model on test frames, and on what it should not have forgotten.

    Parameters
    ----------
    model : LoadedModel
        Which; a label that it does not know is not found.
    case : Case
        Says label and what else.
    tests : sequence of Sample
        Frames with the label's masks; the masks of other labels that the model answers are judged too, as
        what should not be forgotten.
    device : str
        Where to compute.

    Returns
    -------
    dict
        ``rows``: of each frame ``name group is_there dice hd95_px false_components`` (Dice None where
        nothing is drawn; distances in pixels of the network's input, None where either mask is empty);
        ``elsewhere``: the same with ``what`` and ``label``.
    """
    from lusgui.nn.predictor import Predictor

    predictor = Predictor(model, device)
    rows: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for sample in tests:
        answers = _answers(predictor, model, sample)
        rows.append(_row(answers, sample, case.label, model.card.input_shape))
        for label in model.card.labels:
            if label != case.label and label in sample.masks:
                row = _row(answers, sample, label, model.card.input_shape)
                others.append({"what": f"{label}, same frames", "label": label} | row)
    for what, samples in case.elsewhere:
        for sample in samples:
            row = _row(_answers(predictor, model, sample), sample, case.label, model.card.input_shape)
            others.append({"what": what, "label": case.label} | row)
    return {"rows": rows, "elsewhere": others}


def _answers(predictor: Predictor, model: LoadedModel, sample: Sample) -> dict[str, NDArray[np.float32]]:
    planes = predictor.predict_all(sample.gray())
    return dict(zip(model.card.labels, planes, strict=True))


def _row(
    answers: dict[str, NDArray[np.float32]], sample: Sample, label: str, network_shape: tuple[int, int]
) -> dict[str, Any]:
    truth = sample.masks[label]
    probability = answers.get(label)
    if probability is None:
        found = np.zeros_like(truth)
    else:
        settings = ThresholdSettings(0.5, keep_largest=most_components(label))
        found = apply_threshold(probability, settings)
    if sample.ignored is not None:
        found, truth = found & ~sample.ignored, truth & ~sample.ignored
    is_there = bool(truth.any())
    step = (network_shape[0] / truth.shape[0], network_shape[1] / truth.shape[1])
    distance = hd95(found, truth, step)
    return {
        "name": sample.name,
        "group": sample.group,
        "is_there": is_there,
        "dice": round(float(dice(found, truth)), 5) if is_there else None,
        "hd95_px": None if distance is None or not math.isfinite(distance) else round(float(distance), 3),
        "false_components": int(false_components(found, truth)),
    }
