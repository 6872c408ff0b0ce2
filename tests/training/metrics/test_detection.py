from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.base.errors import LusguiError
from training.data.boxes import Box
from training.metrics.detection import (
    Counts,
    Detection,
    ap50,
    ap50_95,
    ap_as_ramos,
    average_precision,
    best_iou,
    count_detections,
    iou_of_boxes,
    of_label,
    score_class,
    score_classes,
)

EDGES = st.integers(0, 12)
BOXES = st.tuples(EDGES, EDGES, st.integers(1, 8), st.integers(1, 8)).map(
    lambda t: Box(float(t[0]), float(t[1]), float(t[0] + t[2]), float(t[1] + t[3]))
)
# every score once, for pycocotools and we break ties differently
SCORES = st.permutations([i / 20 for i in range(1, 20)])


@st.composite
def images(draw):
    scores = iter(draw(SCORES))
    found, truth = [], []
    for _ in range(draw(st.integers(1, 4))):
        boxes = draw(st.lists(BOXES, max_size=3))
        guesses = draw(st.lists(st.one_of(BOXES, st.sampled_from(boxes or [Box(0, 0, 1, 1)])), max_size=4))
        found.append([Detection(box, next(scores)) for box in guesses])
        truth.append(boxes)
    return found, truth


def _square(row, column, side=10):
    return Box(float(row), float(column), float(row + side), float(column + side))


def test_iou_by_hand():
    assert iou_of_boxes(_square(0, 0), _square(0, 5)) == pytest.approx(50 / 150)
    assert iou_of_boxes(_square(0, 0), _square(0, 0)) == 1
    assert iou_of_boxes(_square(0, 0), _square(0, 10)) == 0
    assert iou_of_boxes(Box(2, 2, 2, 5), Box(2, 2, 2, 5)) == 0


@given(BOXES, BOXES)
def test_iou_is_that_of_the_masks(first, second):
    from lusgui.core.overlap import iou
    from training.data.boxes import mask_of

    masks = [mask_of([box], (24, 24)) for box in (first, second)]
    assert iou_of_boxes(first, second) == pytest.approx(iou(*masks)) == iou_of_boxes(second, first)


def test_ap_as_ramos_is_the_mean_iou_of_the_surest_box():
    truth = [[_square(0, 0)], [_square(0, 0)], [_square(3, 3)], []]
    found = [
        [Detection(_square(0, 5), 0.9), Detection(_square(0, 0), 0.3)],  # a better box, but less sure
        [Detection(_square(0, 0), 0.2)],
        [],  # missed: counts 0
        [Detection(_square(0, 0), 0.9)],  # nothing to find: not counted
    ]
    assert best_iou(found[0], truth[0]) == pytest.approx(1 / 3)
    assert ap_as_ramos(found, truth) == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert ap_as_ramos([[]], [[]]) is None


def test_f1_as_published_asks_for_no_overlap():
    truth = [[_square(0, 0)], [_square(0, 0)]]
    found = [
        [Detection(_square(50, 50), 0.9)],
        [Detection(_square(0, 0), 0.8), Detection(_square(9, 9), 0.7)],
    ]
    published, tested = count_detections(found, truth, None), count_detections(found, truth)
    assert published == Counts(2, 1, 0)
    assert published.f1 == pytest.approx(0.8)
    assert tested == Counts(1, 2, 1)
    assert (tested.precision, tested.recall, tested.f1) == (pytest.approx(1 / 3), 0.5, pytest.approx(0.4))
    nothing = count_detections([[]], [[]])
    assert (nothing.precision, nothing.recall, nothing.f1) == (None, None, None)


def test_average_precision_by_hand():
    # in the order of scores: right, wrong, right; three true boxes
    truth = [[_square(0, 0), _square(30, 30)], [_square(0, 0)]]
    found = [
        [Detection(_square(0, 0), 0.9), Detection(_square(60, 60), 0.8)],
        [Detection(_square(0, 0), 0.7)],
    ]
    assert ap50(found, truth) == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)
    assert ap50([[]], [[_square(0, 0)]]) == 0
    assert ap50([[Detection(_square(0, 0), 1)]], [[]]) is None
    assert ap50_95([[]], [[]]) is None


def test_a_second_box_on_one_object_is_wrong():
    truth = [[_square(0, 0)]]
    found = [[Detection(_square(0, 0), 0.9), Detection(_square(0, 1), 0.8)]]
    assert count_detections(found, truth) == Counts(1, 1, 0)
    assert ap50(found, truth) == 1  # the wrong one comes after all is found
    surer = [[Detection(_square(0, 0), 0.8), Detection(_square(0, 1), 0.9)]]
    assert average_precision(surer, truth, 0.9) == pytest.approx(0.5)


def _coco(found, truth):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def xywh(box):
        return [box.col0, box.row0, box.width, box.height]

    coco = COCO()
    annotations = [
        {"image_id": i, "category_id": 1, "bbox": xywh(box), "area": box.area, "iscrowd": 0}
        for i, boxes in enumerate(truth)
        for box in boxes
    ]
    coco.dataset = {
        "images": [{"id": i} for i in range(len(truth))],
        "categories": [{"id": 1, "name": "x"}],
        "annotations": [a | {"id": n + 1} for n, a in enumerate(annotations)],
        "info": {},
    }
    results = [
        {"image_id": i, "category_id": 1, "bbox": xywh(d.box), "score": d.score}
        for i, image in enumerate(found)
        for d in image
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(results), "bbox")
        judge.evaluate()
        judge.accumulate()
    # (thresholds, recalls, classes, areas, most): all areas, a hundred boxes an image
    return judge.eval["precision"][:, :, 0, 0, -1].mean(1)


@settings(max_examples=60)
@given(images())
def test_agrees_with_pycocotools(case):
    pytest.importorskip("pycocotools")
    found, truth = case
    if not any(found) or not any(truth):
        return
    wanted = _coco(found, truth)
    assert average_precision(found, truth, 0.5, points=101) == pytest.approx(wanted[0], abs=1e-9)
    assert average_precision(found, truth, 0.75, points=101) == pytest.approx(wanted[5], abs=1e-9)
    assert ap50_95(found, truth, points=101) == pytest.approx(wanted.mean(), abs=1e-9)


@given(images())
def test_the_whole_curve_is_the_limit_of_many_points(case):
    found, truth = case
    whole = ap50(found, truth)
    if whole is None:
        return
    assert 0 <= whole <= 1
    assert average_precision(found, truth, 0.5, points=100_001) == pytest.approx(whole, abs=1e-3)
    # never more than the recall it reaches
    recall = count_detections(found, truth).recall
    assert whole <= recall + 1e-12


def test_scores_of_a_class():
    truth = [[_square(0, 0)], [_square(0, 0)]]
    found = [
        [Detection(_square(0, 0), 0.9)],
        [Detection(_square(0, 2), 0.4), Detection(_square(70, 70), 0.1)],
    ]
    row = score_class(found, truth, threshold=0.2)
    assert row["ap50"] == 1
    assert row["ap75"] == 0.5
    assert (row["precision"], row["recall"], row["f1"], row["false_positives"], row["missed"]) == (
        1,
        1,
        1,
        0,
        0,
    )
    assert score_class(found, truth)["false_positives"] == 1
    assert (row["images"], row["boxes"]) == (2, 2)
    assert row["ap_as_ramos"] == pytest.approx((1 + 80 / 120) / 2)


def test_classes_are_judged_apart_and_only_where_somebody_looked():
    truth = [{"a": [_square(0, 0)], "b": []}, {"b": [_square(20, 20)]}]
    found = [
        [Detection(_square(0, 0), 0.9, "a"), Detection(_square(0, 0), 0.8, "b")],
        [Detection(_square(0, 0), 0.9, "a")],
    ]
    table = score_classes(found, truth, ["a", "b", "c"])
    assert of_label(found, "b") == [[found[0][1]], []]
    assert (table["a"]["ap50"], table["a"]["images"], table["a"]["false_positives"]) == (1, 1, 0)
    assert (table["b"]["ap50"], table["b"]["false_positives"], table["b"]["missed"]) == (0, 1, 1)
    assert table["c"]["ap50"] is None
    assert table["mean"]["ap50"] == 0.5
    assert score_classes([], [], []) == {"mean": {}}


def test_lists_of_different_images_are_refused():
    with pytest.raises(LusguiError, match="1 images cannot be judged by 2"):
        ap50([[]], [[], []])


def test_numpy_scores_are_fine():
    assert ap50([[Detection(_square(0, 0), np.float32(0.5))]], [[_square(0, 0)]]) == 1
