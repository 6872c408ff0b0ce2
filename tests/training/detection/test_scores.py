from __future__ import annotations

import pytest
import torch

from training.data.boxes import Box
from training.detection.decode import Found
from training.detection.scores import image_rows, score_found, to_detections, true_boxes
from training.detection.stack import BoxStack
from training.metrics.detection import ap50


def stack(boxes):
    edges = torch.tensor(boxes)[:, None]
    n = len(boxes)
    labels = torch.zeros(n, 1, dtype=torch.int64)
    names = tuple(f"f{i}" for i in range(n))
    return BoxStack(
        torch.zeros(n, 1, 8, 8, dtype=torch.uint8), edges, labels, names, names, ((100, 200),) * n, ("rib",)
    )


def found(*rows):
    values = torch.tensor(rows).reshape(-1, 5)
    return Found(values[:, :4], values[:, 4], torch.zeros(len(values), dtype=torch.int64))


TRUTH = stack([[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]])


def test_true_boxes_are_in_pixels():
    box = true_boxes(TRUTH)[1]["rib"][0]
    assert (box.row0, box.col0, box.row1, box.col1) == (50, 100, 100, 200)


def test_all_right():
    scores = score_found([found([0.0, 0.0, 0.5, 0.5, 0.9]), found([0.5, 0.5, 1.0, 1.0, 0.8])], TRUTH, 0.2)
    assert scores == {
        "ap_as_ramos": 1.0,
        "ap50": 1.0,
        "ap75": 1.0,
        "ap50_95": 1.0,
        "f1": 1.0,
        "f1_as_published": 1.0,
        "false_positives": 0.0,
    }


def test_published_f1_asks_for_no_overlap():
    wrong = found([0.0, 0.5, 0.5, 1.0, 0.9])
    scores = score_found([wrong, wrong], TRUTH, 0.2)
    assert scores["f1_as_published"] == 1.0
    assert scores["f1"] == 0.0
    assert scores["ap_as_ramos"] == 0.0
    assert scores["false_positives"] == 2


def test_overlap_of_the_surest_box_counts_however_unsure_it_is():
    # half of the first box, seen with a score below the threshold; nothing in the second frame
    scores = score_found([found([0.0, 0.0, 0.5, 0.25, 0.05]), found()], TRUTH, 0.2)
    assert scores["ap_as_ramos"] == pytest.approx(0.25)
    assert scores["f1"] == 0.0


def test_one_row_a_frame():
    rows = image_rows([found([0.0, 0.0, 0.5, 0.25, 0.6]), found()], TRUTH)
    assert rows == [
        {"name": "f0", "group": "f0", "label": "rib", "iou": 0.5, "score": 0.6},
        {"name": "f1", "group": "f1", "label": "rib", "iou": 0.0, "score": 0.0},
    ]


def test_limited_scores_are_shown_and_raw_ones_order_the_boxes_of_all_images():
    box = torch.tensor([[0.1, 0.1, 0.5, 0.5]])
    one, zero = torch.ones(1), torch.zeros(1, dtype=torch.int64)
    surer, less_sure = (Found(box, one, zero, one * rank) for rank in (9e9, 2.0))
    truth = [[Box(1.0, 1.0, 5.0, 5.0)], []]  # nothing is in the second image
    found = [to_detections(part, (10, 10), ["a"]) for part in (surer, less_sure)]
    assert [image[0].score for image in found] == [1.0, 1.0]
    assert ap50(found, truth) == 1.0
    swapped = [to_detections(part, (10, 10), ["a"]) for part in (less_sure, surer)]
    assert ap50(swapped, truth) == 0.5
