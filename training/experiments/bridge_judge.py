"""How networks of the ablation are judged: on the raw grid, raw and despeckled, by the window's own path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.despeckle import FAST
from lusgui.core.label import most_components
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from training.experiments.cells import pack_mask
from training.judging_defaults import JudgedFrame, judge_mask
from training.metrics.calibration import ReliabilityBin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray
    from torch import nn

    from lusgui.nn.predictor import Predictor
    from training.dataset import Sample
    from training.experiments.bridge_data import Judged, Maker
    from training.experiments.bridge_variants import Inference

INPUTS = {"raw": None, "despeckled": FAST}
THRESHOLD = 0.5

SCHEME = 1
"""Counts up when the judging changes, so that kept results of another are not taken for it."""


def predictor_of(maker: Maker, network: nn.Module, options: Any) -> Predictor:  # noqa: ANN401
    """Return the window's own predictor for a network that has no file yet."""
    from lusgui.core.model_card import ModelCard
    from lusgui.nn.checkpoint import LoadedModel
    from lusgui.nn.predictor import Predictor

    card = ModelCard(
        maker.label,
        "0",
        maker.architecture(options),
        maker.labels(options),
        maker.input_shape(options),
        dict(network.init_args),  # type: ignore[arg-type]
    )
    return Predictor(LoadedModel(network, card), "cpu", "float32")


def answer(
    predictor: Predictor, gray: NDArray[np.floating], label: str, inference: Inference
) -> NDArray[np.float32]:
    """Return the probability (H, W) of a label for gray (H, W) in [0, 1], with what is done at test time."""
    if inference.stretched:
        gray = stretch(gray)
    answers = [predictor.predict(gray, label)]
    if inference.mirrored:
        answers.append(predictor.predict(gray[:, ::-1], label)[:, ::-1])
    if inference.flipped:
        answers.append(predictor.predict(gray[::-1], label)[::-1])
    return np.asarray(np.mean(answers, axis=0), np.float32)


def stretch(gray: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return gray (H, W) whose 1st percentile is 0 and whose 99th is 1; a flat frame stays as it is."""
    low, high = np.percentile(gray, [1, 99])
    if high - low < 1e-3:
        return np.asarray(gray, np.float32)
    return np.asarray(np.clip((gray - low) / (high - low), 0, 1), np.float32)


def judge(
    maker: Maker,
    network: nn.Module,
    options: Any,  # noqa: ANN401
    judged: Judged,
    fold: int,
    inference: Inference,
) -> dict[str, Any]:
    """Judge a network on the frames of its fold.

    Returns
    -------
    dict
        ``rows``: those of ``training.judging_defaults`` with ``input`` and ``curve``, one a frame and input;
        ``masks``: by frame, what was found in the raw input.
    """
    predictor = predictor_of(maker, network, options)
    shape = maker.input_shape(options)
    rows: list[dict[str, Any]] = []
    masks = {}
    for sample in judged.test_of(fold):
        for kind, settings in INPUTS.items():
            probability = answer(predictor, sample.gray(settings), maker.label, inference)
            row, found = judge_frame(probability, sample, maker.label, shape)
            rows.append({"input": kind} | row.to_json() | {"curve": [list(part) for part in row.curve]})
            if kind == "raw":
                masks[sample.name] = pack_mask(found)
    return {"rows": rows, "masks": masks}


def frames_of(rows: Iterable[Mapping[str, Any]]) -> list[JudgedFrame]:
    """Return rows that `judge` gave, and a file kept, as what ``training.judging_defaults`` summarises."""
    return [
        JudgedFrame(
            **{key: value for key, value in row.items() if key not in ("input", "curve")},
            curve=tuple(ReliabilityBin(*part) for part in row["curve"]),
        )
        for row in rows
    ]


def judge_frame(
    probability: NDArray[np.floating], sample: Sample, label: str, network_shape: tuple[int, int]
) -> tuple[JudgedFrame, NDArray[np.bool_]]:
    """Measure one frame and return what was found (H, W), too.

    Parameters
    ----------
    probability : (H, W) ndarray in [0, 1]
        Of the label, on the raw grid.
    sample : Sample
        Frame with truth; where it is to be ignored nothing counts as found.
    label : str
        Which truth.
    network_shape : tuple of int
        Rows and columns that lengths are given in.
    """
    if sample.ignored is not None:
        probability = np.where(sample.ignored, 0.0, probability)
    found = apply_threshold(probability, ThresholdSettings(THRESHOLD, keep_largest=most_components(label)))
    return judge_mask(found, probability, sample, label, network_shape), found
