"""How well boxes are found: as Ramos et al. count it, and by average precision.

What Ramos et al. call "AP" is the mean IoU of one box an image, and their F1 of 1 beside an IoU of 0.4 shows
that it asks for no overlap. Both are here under their own names, beside the measures with a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.data.boxes import Box

COCO_THRESHOLDS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
"""IoU thresholds 0.50, 0.55, ... 0.95."""


@dataclass(frozen=True)
class Detection:
    """A box that was found.

    Parameters
    ----------
    box : Box
        In pixels of the raw frame.
    score : float
        How sure the detector is.
    label : str
        Its class.
    rank : float, optional
        What orders boxes where scores were limited to [0, 1] and so may tie; the score if not given.
    """

    box: Box
    score: float
    label: str = ""
    rank: float | None = None

    @property
    def order(self) -> float:
        """What boxes are ordered by, the higher the surer."""
        return self.score if self.rank is None else self.rank


@dataclass(frozen=True)
class Counts:
    """Detections against truth.

    Parameters
    ----------
    right : int
        Boxes found that are there (true positives).
    wrong : int
        Boxes found that are not (false positives).
    missed : int
        Boxes there that were not found (false negatives).
    """

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Share of the found that is right; None where nothing is found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """Share of the true that is found; None where nothing is true."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of the two, 2 right / (2 right + wrong + missed); None where both are empty."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else None

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)


def iou_of_boxes(first: Box, second: Box) -> float:
    """Return the area of the intersection over that of the union, in [0, 1]; 0 where a box is empty."""
    rows = min(first.row1, second.row1) - max(first.row0, second.row0)
    columns = min(first.col1, second.col1) - max(first.col0, second.col0)
    if rows <= 0 or columns <= 0:
        return 0.0
    both = rows * columns
    return both / (first.area + second.area - both)


def best_iou(found: Sequence[Detection], truth: Sequence[Box]) -> float | None:
    """Return the IoU of the surest detection of an image with the true box it covers best.

    0 where nothing is found; None where there is nothing to find.
    """
    if not truth:
        return None
    if not found:
        return 0.0
    surest = max(found, key=lambda detection: detection.order)
    return max(iou_of_boxes(surest.box, box) for box in truth)


def ap_as_ramos(found: Sequence[Sequence[Detection]], truth: Sequence[Sequence[Box]]) -> float | None:
    """Return what Ramos et al. report as "AP": the mean IoU of the surest box over the test images.

    Parameters
    ----------
    found : sequence of sequence of Detection
        By image, one class.
    truth : sequence of sequence of Box
        By image. Images without a true box are left out; an image in which nothing is found counts 0.

    Returns
    -------
    float in [0, 1] or None
        None without an image to count. This is no average precision, see `average_precision`.
    """
    values = [best_iou(f, t) for f, t in _images(found, truth)]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def count_detections(
    found: Sequence[Sequence[Detection]], truth: Sequence[Sequence[Box]], iou: float | None = 0.5
) -> Counts:
    """Count right, wrong and missed boxes.

    Parameters
    ----------
    found, truth : sequences by image
        One class; detections already thresholded.
    iou : float or None
        Least IoU of a detection with the box it stands for. None asks for none, as published by Ramos et al.:
        in an image any detection stands for a box as long as there are boxes left.
    """
    total = Counts(0, 0, 0)
    for detections, boxes in _images(found, truth):
        right = min(len(detections), len(boxes)) if iou is None else int(_match(detections, boxes, iou).sum())
        total += Counts(right, len(detections) - right, len(boxes) - right)
    return total


def average_precision(
    found: Sequence[Sequence[Detection]],
    truth: Sequence[Sequence[Box]],
    iou: float = 0.5,
    *,
    points: int | None = None,
) -> float | None:
    """Return the area under the precision-recall curve of one class.

    Parameters
    ----------
    found, truth : sequences by image
        All detections, with low scores too. In each image the surest detection takes first the free box it
        covers best (COCO's matching; PASCAL's own calls it wrong if its best box is taken already).
    iou : float
        Least IoU of a match.
    points : int, optional
        None integrates the whole curve, precision made monotone (PASCAL VOC since 2010, Everingham et al.
        2015, doi:10.1007/s11263-014-0733-5). 101 samples it at so many recalls, as COCO does.

    Returns
    -------
    float in [0, 1] or None
        None where there is no true box.
    """
    images = _images(found, truth)
    total = sum(len(boxes) for _, boxes in images)
    if not total:
        return None
    scores: list[float] = []
    hits: list[bool] = []
    for detections, boxes in images:
        ordered = _by_score(detections)
        scores += [detection.order for detection in ordered]
        hits += _match(ordered, boxes, iou).tolist()
    if not scores:
        return 0.0
    order = np.argsort(-np.array(scores), kind="stable")
    right = np.cumsum(np.array(hits)[order])
    precision = right / np.arange(1, right.size + 1)
    # from the right: the best precision at this recall or a higher one
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    recall = right / total
    if points is None:
        return float((np.diff(recall, prepend=0.0) * envelope).sum())
    index = np.searchsorted(recall, np.linspace(0, 1, points), side="left")
    return float(np.append(envelope, 0.0)[index].mean())


def ap50(found: Sequence[Sequence[Detection]], truth: Sequence[Sequence[Box]]) -> float | None:
    """Return the average precision at an IoU of 0.5, over the whole curve; see `average_precision`."""
    return average_precision(found, truth, 0.5)


def ap50_95(
    found: Sequence[Sequence[Detection]], truth: Sequence[Sequence[Box]], *, points: int | None = None
) -> float | None:
    """Return the mean of the average precisions at IoU 0.50, 0.55, ... 0.95; None without a true box."""
    values = [average_precision(found, truth, iou, points=points) for iou in COCO_THRESHOLDS]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def of_label(found: Sequence[Sequence[Detection]], label: str) -> list[list[Detection]]:
    """Return by image the detections of one class."""
    return [[detection for detection in image if detection.label == label] for image in found]


def score_class(
    found: Sequence[Sequence[Detection]], truth: Sequence[Sequence[Box]], threshold: float | None = None
) -> dict[str, float | None]:
    """Return every measure of one class.

    Parameters
    ----------
    found, truth : sequences by image
        All detections; curves stand on all of them.
    threshold : float, optional
        Least score of a detection that is counted in precision, recall, F1 and false positives.

    Returns
    -------
    dict
        ``ap_as_ramos``, ``ap50``, ``ap75``, ``ap50_95``, ``precision``, ``recall``, ``f1`` (IoU 0.5),
        ``f1_as_published`` (no IoU test), ``false_positives``, ``missed``, ``images``, ``boxes``.
    """
    kept = [
        [detection for detection in image if threshold is None or detection.score >= threshold]
        for image in found
    ]
    counts, published = count_detections(kept, truth), count_detections(kept, truth, None)
    return {
        "ap_as_ramos": ap_as_ramos(kept, truth),
        "ap50": ap50(found, truth),
        "ap75": average_precision(found, truth, 0.75),
        "ap50_95": ap50_95(found, truth),
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "f1_as_published": published.f1,
        "false_positives": counts.wrong,
        "missed": counts.missed,
        "images": len(truth),
        "boxes": sum(len(boxes) for boxes in truth),
    }


def score_classes(
    found: Sequence[Sequence[Detection]],
    truth: Sequence[Mapping[str, Sequence[Box]]],
    labels: Sequence[str],
    threshold: float | None = None,
) -> dict[str, dict[str, float | None]]:
    """Return `score_class` of each class, and under ``mean`` the means over the classes that have boxes.

    Parameters
    ----------
    found : sequence of sequence of Detection
        By image, of all classes.
    truth : sequence of mapping of str to sequence of Box
        By image. An image whose mapping lacks a class was not looked through for it and is left out there.
    labels : sequence of str
        The classes.
    threshold : float, optional
        As `score_class`.
    """
    table = {}
    for label in labels:
        known = [i for i, boxes in enumerate(truth) if label in boxes]
        table[label] = score_class(
            of_label([found[i] for i in known], label), [truth[i][label] for i in known], threshold
        )
    names = list(next(iter(table.values()))) if table else []
    mean: dict[str, float | None] = {}
    for name in names:
        values = [v for row in table.values() if row["boxes"] and (v := row[name]) is not None]
        mean[name] = float(np.mean(values)) if values else None
    return table | {"mean": mean}


def _images(
    found: Sequence[Sequence[Detection]], truth: Sequence[Sequence[Box]]
) -> list[tuple[Sequence[Detection], Sequence[Box]]]:
    if len(found) != len(truth):
        raise LusguiError(f"detections of {len(found)} images cannot be judged by {len(truth)}")
    return list(zip(found, truth, strict=True))


def _by_score(detections: Sequence[Detection]) -> list[Detection]:
    return sorted(detections, key=lambda detection: -detection.order)


def _match(detections: Sequence[Detection], boxes: Sequence[Box], iou: float) -> NDArray[np.bool_]:
    """Return for each detection, surest first, whether it takes a true box that no surer one took."""
    ordered = _by_score(detections)
    free = dict(enumerate(boxes))
    hits = np.zeros(len(ordered), bool)
    for i, detection in enumerate(ordered):
        overlaps = {key: iou_of_boxes(detection.box, box) for key, box in free.items()}
        if overlaps and max(overlaps.values()) >= min(iou, 1 - 1e-10):
            hits[i] = True
            del free[max(overlaps, key=lambda key: overlaps[key])]
    return hits
