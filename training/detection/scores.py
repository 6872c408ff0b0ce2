"""What boxes found on a stack are worth, in pixels of the raw frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from training.data.boxes import Box
from training.metrics.detection import Detection, ap_as_ramos, best_iou, of_label, score_classes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.detection.decode import Found
    from training.detection.stack import BoxStack

SCORES = ("ap_as_ramos", "ap50", "ap75", "ap50_95", "f1", "f1_as_published", "false_positives")
"""What `score_found` gives where it can be asked."""


def to_detections(found: Found, shape: tuple[int, int], labels: Sequence[str]) -> list[Detection]:
    """Return boxes found in fractions of an image as detections in its pixels."""
    edges = found.boxes * torch.tensor([*shape, *shape])
    ranks = found.scores if found.ranks is None else found.ranks
    columns = (found.labels, edges, found.scores, ranks)
    return [
        Detection(Box(*box), score, labels[label], rank)
        for label, box, score, rank in zip(*(column.tolist() for column in columns), strict=True)
    ]


def true_boxes(stack: BoxStack) -> list[dict[str, list[Box]]]:
    """Return by frame the true boxes of each class, in pixels of the raw frame."""
    truth = []
    for boxes, labels, shape in zip(stack.boxes, stack.labels.tolist(), stack.shapes, strict=True):
        edges = (boxes * torch.tensor([*shape, *shape])).tolist()
        here: dict[str, list[Box]] = {name: [] for name in stack.classes}
        for label, box in zip(labels, edges, strict=True):
            if label >= 0:
                here[stack.classes[label]].append(Box(*box))
        truth.append(here)
    return truth


def score_found(found: Sequence[Found], stack: BoxStack, threshold: float) -> dict[str, float]:
    """Return the scores of boxes found on every frame of a stack, averaged over the classes.

    Parameters
    ----------
    found : sequence of Found
        By frame, boxes with low scores too.
    stack : BoxStack
        The frames.
    threshold : float
        Least score of a box that counts in F1 and among the false positives. The overlap of the surest box,
        which is what Ramos et al. call AP, asks for no score.

    Returns
    -------
    dict
        `SCORES`; what cannot be asked (no true box at all) is left out.
    """
    detections = _detections(found, stack)
    truth = true_boxes(stack)
    mean = score_classes(detections, truth, stack.classes, threshold)["mean"]
    overlaps = [
        ap_as_ramos(of_label(detections, name), [boxes[name] for boxes in truth]) for name in stack.classes
    ]
    known = [value for value in overlaps if value is not None]
    mean["ap_as_ramos"] = sum(known) / len(known) if known else None
    return {name: float(value) for name in SCORES if (value := mean.get(name)) is not None}


def image_rows(found: Sequence[Found], stack: BoxStack) -> list[dict[str, Any]]:
    """Return one row a frame and class that is there: its surest box's score and overlap with the truth."""
    rows = []
    for i, (detections, truth) in enumerate(zip(_detections(found, stack), true_boxes(stack), strict=True)):
        for name in stack.classes:
            mine = of_label([detections], name)[0]
            overlap = best_iou(mine, truth[name])
            if overlap is not None:
                surest = max((detection.score for detection in mine), default=0.0)
                rows.append(
                    {
                        "name": stack.names[i],
                        "group": stack.groups[i],
                        "label": name,
                        "iou": round(overlap, 5),
                        "score": round(surest, 5),
                    }
                )
    return rows


def _detections(found: Sequence[Found], stack: BoxStack) -> list[list[Detection]]:
    return [to_detections(one, shape, stack.classes) for one, shape in zip(found, stack.shapes, strict=True)]
