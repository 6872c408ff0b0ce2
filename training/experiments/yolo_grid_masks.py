"""Masks inside the box that was found, against masks from the whole image."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from training.augment import AugmentSettings
from training.experiments.yolo_grid_lab import LABEL, split_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.nn.predictor import Predictor
    from training.data.boxes import Box
    from training.dataset import Sample
    from training.experiments.yolo_grid_lab import Lab, Variant
    from training.trials import Trial

WHOLE, INSIDE, TRUE_BOX = "whole image", "inside the box found", "inside the true box"

VIEWS = AugmentSettings(
    rotation_deg=8.0,
    zoom=(0.75, 1.3),
    stretch=1.15,
    shear=0.05,
    shift=0.12,
    elastic=0.0,
    gray=0.5,
    burnt_in=0.0,
    fill="nearest",
)
"""Of both segmenters; shift and zoom also stand for boxes that are a little off."""


def segment_in_boxes(lab: Lab, variant: Variant, seed: int) -> list[dict[str, Any]] | None:
    """Compare both ways on the test frames of a seed.

    Both are the same network, at the same size of input, for the same steps.

    Parameters
    ----------
    lab : Lab
        Knows frames, settings and detectors.
    variant : Variant
        The detector whose boxes are used.
    seed : int
        Of the split and of both trainings.

    Returns
    -------
    list of dict or None
        One row a test frame and way; None if there is no time left.
    """
    named = replace(variant, name=f"S = {variant.grid}")
    detector = lab.detector(named, seed)
    if detector is None:
        return None
    s = lab.settings
    more = {"masks": [s.mask_side, s.mask_width, s.mask_steps, s.margin], "views": asdict(VIEWS)}
    found = lab.kept("masks", seed, more, lambda: _both(lab, named, seed))
    return None if found is None else [{**row, "seed": seed} for row in found["rows"]]


def _both(lab: Lab, variant: Variant, seed: int) -> dict[str, Any]:
    from lusgui.nn.checkpoint import load_model
    from lusgui.nn.predictor import Predictor
    from training.data.boxes import boxes_in
    from training.detection.decode import DecodeSettings
    from training.detection.predict import Detector
    from training.metrics.frame import score_mask
    from training.trials import run_trial

    started = time.process_time()
    every = lab.frames.all
    fold = split_of(lab.settings, lab.frames, seed)
    learnt = replace(fold, validation=(), test=())
    trial = trial_of(lab, seed)
    cut = [cut_out(sample, lab.settings.margin) for sample in every]
    predictors = {
        WHOLE: Predictor(run_trial(trial, every, learnt).model, "cpu"),
        INSIDE: Predictor(run_trial(trial, cut, learnt).model, "cpu"),
    }
    detector = Detector(load_model(lab.weights(variant.name, seed)), "cpu", DecodeSettings(threshold=0.0))
    simulated = {sample.name for sample in lab.frames.simulated}
    rows = []
    for i in fold.test:
        sample = every[i]
        gray = sample.gray()
        boxes = detector.detect_in(gray)
        true = boxes_in(sample, LABEL) or ()
        masks = {
            WHOLE: predictors[WHOLE].predict(gray, LABEL) >= trial.threshold,
            INSIDE: inside(predictors[INSIDE], gray, boxes[0].box if boxes else None, lab.settings.margin),
            TRUE_BOX: inside(predictors[INSIDE], gray, true[0] if true else None, lab.settings.margin),
        }
        for way, mask in masks.items():
            score = score_mask(mask, sample.masks[LABEL], mask.astype(np.float32), sample)
            rows.append(
                {
                    "way": way,
                    "data": "simulated" if sample.name in simulated else "real",
                    "name": sample.name,
                    "group": sample.group,
                    "dice": None if score["dice"] is None else round(float(score["dice"]), 5),
                }
            )
    return {"rows": rows, "seconds": round(time.process_time() - started, 1)}


def trial_of(lab: Lab, seed: int) -> Trial:
    """Return how both segmenters are trained."""
    from training.engine.settings import FitSettings
    from training.trials import Trial

    s = lab.settings
    return Trial(
        architecture="lus-unet",
        arguments={"base_width": s.mask_width},
        label=LABEL,
        input_shape=(s.mask_side, s.mask_side),
        loss="dice-ce",
        augment=VIEWS,
        fit=FitSettings(
            epochs=1,
            steps_per_epoch=s.mask_steps,
            batch_size=8,
            optimiser="adamw",
            learning_rate=1e-3,
            weight_decay=1e-3,
            schedule="cosine",
            warm_up=min(20, s.mask_steps),
            seed=seed,
            device="cpu",
        ),
        name="in-the-box",
    )


def cut_out(sample: Sample, margin: float) -> Sample:
    """Return the inside of a sample's true box with a margin; the sample itself where there is no box."""
    from training.data.boxes import boxes_in
    from training.detection.predict import widened

    boxes = boxes_in(sample, LABEL)
    if not boxes:
        return sample
    rows, columns = widened(boxes[0], margin, (sample.frame.shape[0], sample.frame.shape[1]))
    return replace(
        sample,
        frame=np.ascontiguousarray(sample.frame[rows, columns]),
        masks={LABEL: np.ascontiguousarray(sample.masks[LABEL][rows, columns])},
        boxes={},
        points={},
    )


def inside(
    predictor: Predictor, gray: NDArray[np.float32], box: Box | None, margin: float
) -> NDArray[np.bool_]:
    """Return the mask (H, W) found inside a box with a margin; empty without a box."""
    from training.detection.predict import widened

    mask = np.zeros(gray.shape, bool)
    if box is not None:
        rows, columns = widened(box, margin, (gray.shape[0], gray.shape[1]))
        piece = np.ascontiguousarray(gray[rows, columns])
        mask[rows, columns] = predictor.predict(piece, LABEL) >= predictor.card.threshold
    return mask


def dice_of(rows: Sequence[dict[str, Any]], way: str, part: str) -> dict[int, dict[str, float]]:
    """Return by seed the Dice of each test frame."""
    values: dict[int, dict[str, float]] = {}
    for row in rows:
        if row["way"] == way and row["data"] == part and row["dice"] is not None:
            values.setdefault(int(row["seed"]), {})[str(row["name"])] = float(row["dice"])
    return values
