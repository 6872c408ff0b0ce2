"""A model against a data set, on the raw grid: masks, boxes or points, whichever it gives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.networks import DETECT, LOCATE
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from training.metrics.calibration import ReliabilityBin, ece_of, pool, reliability
from training.metrics.detection import best_iou, count_detections, score_classes
from training.metrics.frame import measures_of, score_mask, summarise_rows
from training.metrics.localization import score_point, summarise_points
from training.statistics.values import clean, finite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.model_card import ModelCard
    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample
    from training.metrics.detection import Detection

    Tell = Callable[[int, int, str], None]

MANY_BOXES = 20
"""Boxes of a label kept in a frame where some frame has more than one."""


class EvaluationError(LusguiError):
    """A model cannot be judged on the data that were named."""


@dataclass(frozen=True)
class EvaluationSettings:
    """How a model is fed and read.

    Parameters
    ----------
    labels : tuple of str
        What is judged; empty for all that model and data have in common.
    despeckle : DespeckleSettings, optional
        What is done to a frame first; the card's if not given.
    threshold : float, optional
        Least probability of a pixel, or score of a box that is counted; the card's if not given.
    keeps_largest : bool
        Whether a mask is cleaned as ``lusgui segment`` does: only the largest pieces of a label that has few.
    one_box : bool
        Whether a mask stands for one box, or each of its pieces for one.
    most_boxes : int, optional
        Boxes of a label kept in a frame; 1 if not given and no frame has more, else 20.
    device : str
        As ``lusgui.nn.devices.choose_device`` understands it.
    """

    labels: tuple[str, ...] = ()
    despeckle: DespeckleSettings | None = None
    threshold: float | None = None
    keeps_largest: bool = False
    one_box: bool = True
    most_boxes: int | None = None
    device: str = "auto"


@dataclass(frozen=True)
class Evaluation:
    """What a model scored.

    Parameters
    ----------
    card : ModelCard
        The model's.
    labels : tuple of str
        What was judged.
    rows : tuple of dict
        One a frame and label: ``name``, ``group``, ``label`` and the measures.
    overall : dict
        By label, measures that only all frames together have: average precision, share within a radius, the
        calibration error of all pixels.
    threshold : float
        That was applied.
    despeckle : dict or None
        What was done to the frames.
    device : str
        What people read of it.
    left_out : int
        Frames of which none of the labels is known.
    notes : tuple of str
        What a reader must know.
    reliability : dict
        By label, the reliability curve of all pixels; for masks only.
    """

    card: ModelCard
    labels: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    overall: dict[str, dict[str, float | None]]
    threshold: float
    despeckle: dict[str, Any] | None
    device: str
    left_out: int = 0
    notes: tuple[str, ...] = ()
    reliability: dict[str, list[ReliabilityBin]] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Return ``training.metrics.frame.summarise_rows`` by label.

        With ``overall`` where there is any, and for masks ``reliability``: mean probability, share that is
        true (None in an empty bin) and pixels of each bin.
        """
        found = {}
        for label in self.labels:
            found[label] = summarise_rows([row for row in self.rows if row["label"] == label])
            if label in self.overall:
                found[label]["overall"] = self.overall[label]
            if label in self.reliability:
                found[label]["reliability"] = [
                    [part.mean_probability, part.share_true if part.pixels else None, part.pixels]
                    for part in self.reliability[label]
                ]
        return found

    def mean(self) -> dict[str, float | None]:
        """Return the mean of each measure over the rows where it is defined, None where it is nowhere."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        known = set(measures_of(self.rows))
        means: dict[str, float | None] = {}
        for name in names:
            if name in known:
                means[name] = clean(float(np.mean(finite([row.get(name) for row in self.rows]))))
            elif name not in ("name", "group", "label"):
                means[name] = None
        return means

    def to_json(self) -> dict[str, Any]:
        """Return plain values as ``training.metrics.scores`` describes them."""
        return {
            "task": self.card.task,
            "model": self.card.key,
            "architecture": self.card.architecture,
            "labels": list(self.labels),
            "threshold": self.threshold,
            "despeckle": self.despeckle,
            "device": self.device,
            "frames": len({(row["group"], row["name"]) for row in self.rows}),
            "groups": len({row["group"] for row in self.rows}),
            "left_out": self.left_out,
            "notes": list(self.notes),
            "mean": self.mean(),
            "summary": self.summary(),
            "images": [dict(row) for row in self.rows],
        }


def evaluate_model(
    model: LoadedModel,
    samples: Sequence[Sample],
    settings: EvaluationSettings | None = None,
    tell: Tell | None = None,
) -> Evaluation:
    """Judge a model on frames with truth.

    Parameters
    ----------
    model : LoadedModel
        Of any task.
    samples : sequence of Sample
        Frames on their raw grid. Those of which no wanted label is known are left out.
    settings : EvaluationSettings, optional
        How.
    tell : callable, optional
        ``tell(done, total, name)`` before each frame and at the end.

    Returns
    -------
    Evaluation

    Raises
    ------
    EvaluationError
        If there is no frame, or the model or the data do not know the label.
    """
    settings = settings or EvaluationSettings()
    card = model.card
    labels = choose_labels(card, samples, settings.labels)
    threshold = card.threshold if settings.threshold is None else settings.threshold
    despeckle = card.despeckle_settings if settings.despeckle is None else settings.despeckle
    settings = replace(settings, labels=labels, threshold=threshold, despeckle=despeckle)
    known = [sample for sample in samples if any(knows(sample, label, card.task) for label in labels)]
    judge = {DETECT: _judge_boxes, LOCATE: _judge_points}.get(card.task, _judge_masks)
    judged = judge(model, known, settings, tell or (lambda done, total, name: None))
    notes = judged.notes
    if all(sample.spacing_mm is None for sample in known):
        notes = [*notes, "the size of a pixel is not known: distances are in pixels of the raw grid"]
    return Evaluation(
        card,
        labels,
        tuple(judged.rows),
        judged.overall,
        threshold,
        despeckle.to_json(),
        judged.device,
        len(samples) - len(known),
        tuple(notes),
        judged.reliability,
    )


def knows(sample: Sample, label: str, task: str) -> bool:
    """Whether the truth of a label is known in a sample, as masks, boxes or a point."""
    if task == DETECT:
        return label in sample.boxes or label in sample.masks
    if task == LOCATE:
        return label in sample.points or (label in sample.masks and bool(sample.masks[label].any()))
    return label in sample.masks


def choose_labels(card: ModelCard, samples: Sequence[Sample], asked: Sequence[str]) -> tuple[str, ...]:
    """Return what is judged: what was asked for, else all that model and data have in common.

    Raises
    ------
    EvaluationError
        If there is no frame, or the model or the data know nothing of it.
    """
    if not samples:
        raise EvaluationError("there is no frame to judge the model on")
    for label in asked:
        if label not in card.labels:
            raise EvaluationError(
                f"the model {card.name} knows no label '{label[:60]}'",
                remedy=f"It knows: {', '.join(card.labels)}",
            )
    wanted = tuple(dict.fromkeys(asked)) or card.labels
    found = tuple(label for label in wanted if any(knows(sample, label, card.task) for sample in samples))
    if not found or (asked and len(found) < len(wanted)):
        missing = next(label for label in wanted if label not in found)
        there = sorted({key for s in samples for key in (*s.masks, *s.boxes, *s.points)})
        raise EvaluationError(
            f"no frame of the data has the label '{missing}'",
            remedy=f"The data know: {', '.join(there) or 'no labels'}",
        )
    return found


def gray_of(sample: Sample, card: ModelCard, settings: DespeckleSettings | None) -> NDArray[np.float32]:
    """Return gray (H, W) as the window would give it to this model."""
    return replace(sample, mapping=card.mapping_for(sample.mapping)).gray(settings)


class Judged(NamedTuple):
    """What one way of judging gives; the fields are those of an Evaluation."""

    rows: list[dict[str, Any]]
    overall: dict[str, dict[str, float | None]]
    device: str
    notes: list[str]
    reliability: dict[str, list[ReliabilityBin]]


def _judge_masks(
    model: LoadedModel, samples: Sequence[Sample], settings: EvaluationSettings, tell: Tell
) -> Judged:
    from lusgui.core.label import most_components
    from lusgui.nn.predictor import Predictor

    predictor = Predictor(model, settings.device)
    curves: dict[str, list[list[ReliabilityBin]]] = {label: [] for label in settings.labels}
    rows = []
    for i, sample in enumerate(samples):
        tell(i, len(samples), sample.name)
        planes = predictor.predict_all(gray_of(sample, model.card, settings.despeckle))
        for label in settings.labels:
            if label not in sample.masks:
                continue
            probability = planes[model.card.labels.index(label)]
            keep = most_components(label) if settings.keeps_largest else None
            wanted = ThresholdSettings(float(settings.threshold or 0.0), keep_largest=keep)
            found = apply_threshold(probability, wanted)
            scores = score_mask(found, sample.masks[label], probability, sample)
            rows.append({"name": sample.name, "group": sample.group, "label": label, **scores})
            curves[label].append(reliability(probability, sample.masks[label]))
    tell(len(samples), len(samples), "")
    pooled = {label: pool(found) for label, found in curves.items()}
    overall = {label: {"ece_of_all_pixels": ece_of(curve)} for label, curve in pooled.items()}
    return Judged(rows, overall, predictor.description, [predictor.note] if predictor.note else [], pooled)


def _judge_boxes(
    model: LoadedModel, samples: Sequence[Sample], settings: EvaluationSettings, tell: Tell
) -> Judged:
    from lusgui.nn.devices import choose_device, describe_device
    from training.data.boxes import boxes_in
    from training.detection.decode import DecodeSettings
    from training.detection.predict import Detector

    truth = []
    for sample in samples:
        boxes = {label: boxes_in(sample, label, settings.one_box) for label in settings.labels}
        truth.append({label: list(found) for label, found in boxes.items() if found is not None})
    has_many = any(len(found) > 1 for boxes in truth for found in boxes.values())
    most = settings.most_boxes or (MANY_BOXES if has_many else 1)
    # the whole curve needs the unsure boxes too; what is counted is chosen by the threshold afterwards
    detector = Detector(model, settings.device, DecodeSettings(threshold=0.0, most=most))
    every: list[list[Detection]] = []
    rows: list[dict[str, Any]] = []
    for i, sample in enumerate(samples):
        tell(i, len(samples), sample.name)
        found = list(detector.detect_in(gray_of(sample, model.card, settings.despeckle)))
        every.append(found)
        for label, there in truth[i].items():
            kept = [f for f in found if f.label == label and f.score >= float(settings.threshold or 0.0)]
            counts = count_detections([kept], [there])
            row = {
                "iou": best_iou(kept, there),
                "boxes": len(there),
                "found": len(kept),
                "score": max((part.score for part in kept), default=None),
                "right": counts.right,
                "wrong": counts.wrong,
                "missed": counts.missed,
            }
            rows.append({"name": sample.name, "group": sample.group, "label": label, **row})
    tell(len(samples), len(samples), "")
    overall = score_classes(every, truth, settings.labels, settings.threshold)
    note = f"at most {most} box(es) of a label in a frame"
    return Judged(rows, overall, describe_device(choose_device(settings.device)), [note], {})


def _judge_points(
    model: LoadedModel, samples: Sequence[Sample], settings: EvaluationSettings, tell: Tell
) -> Judged:
    from lusgui.nn.devices import choose_device, describe_device
    from training.localization.points import point_in
    from training.localization.predict import Localizer

    localizer = Localizer(model, settings.device)
    rows = []
    for i, sample in enumerate(samples):
        tell(i, len(samples), sample.name)
        found = localizer.locate_in(gray_of(sample, model.card, settings.despeckle))
        shape = (int(sample.frame.shape[0]), int(sample.frame.shape[1]))
        for label in settings.labels:
            truth = point_in(sample, label)
            if truth is None:
                continue
            scores = score_point(found[label], truth, shape, sample.spacing_mm)
            rows.append({"name": sample.name, "group": sample.group, "label": label, **scores})
    tell(len(samples), len(samples), "")
    overall = {
        label: summarise_points([row for row in rows if row["label"] == label]) for label in settings.labels
    }
    return Judged(rows, overall, describe_device(choose_device(settings.device)), [], {})
