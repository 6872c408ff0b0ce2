from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from training.detection.decode import DecodeSettings, decode, suppress
from training.detection.geometry import iou
from training.detection.grid import GridShape, split_output

SHAPE = GridShape(2, boxes=2, classes=2)


def empty():
    return split_output(torch.zeros(1, SHAPE.outputs), SHAPE)


def test_covered_box_is_dropped_and_a_separate_one_kept():
    boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.1, 2.0, 2.1], [3.0, 3.0, 4.0, 4.0]])
    kept = suppress(boxes, torch.tensor([0.5, 0.9, 0.1]), overlap=0.4, most=10)
    assert kept.tolist() == [1, 2]


def test_no_more_than_asked_for():
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0], [2.0, 2.0, 3.0, 3.0], [4.0, 4.0, 5.0, 5.0]])
    assert suppress(boxes, torch.tensor([0.1, 0.3, 0.2]), 0.4, most=2).tolist() == [1, 2]


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 2, *[st.floats(0.05, 1)] * 3), max_size=12))
def test_kept_boxes_are_apart_and_dropped_ones_are_covered(rows):
    values = torch.tensor(rows).reshape(-1, 5)
    boxes = torch.cat([values[:, :2], values[:, :2] + values[:, 2:4]], dim=1)
    kept = suppress(boxes, values[:, 4], overlap=0.4, most=100)
    overlaps = iou(boxes[kept][:, None], boxes[kept][None]) - torch.eye(len(kept))
    assert not (overlaps > 0.4 + 1e-6).any()
    for k in set(range(len(boxes))) - set(kept.tolist()):
        rivals = [j for j in kept.tolist() if values[j, 4] >= values[k, 4]]
        assert float(iou(boxes[k], boxes[rivals]).max()) > 0.4


def test_box_and_score_of_one_object():
    output = empty()
    output.classes[0, 1, 0] = torch.tensor([0.1, 0.9])
    output.confidence[0, 1, 0, 1] = 0.8
    output.boxes[0, 1, 0, 1] = torch.tensor([0.5, 0.5, 0.4**0.5, 0.2**0.5])
    (found,) = decode(output)
    assert torch.allclose(found.boxes, torch.tensor([[0.55, 0.15, 0.95, 0.35]]))
    assert torch.allclose(found.scores, torch.tensor([0.72]))
    assert found.labels.tolist() == [1]


def test_nothing_found_is_an_empty_answer():
    (found,) = decode(empty())
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)


def test_boxes_are_clipped_to_the_image():
    output = empty()
    output.classes[0, 0, 0, 0] = 1.0
    output.confidence[0, 0, 0, 0] = 1.0
    output.boxes[0, 0, 0, 0] = torch.tensor([0.0, 0.0, 1.0, 1.0])
    (found,) = decode(output)
    assert found.boxes[0].tolist() == [0.0, 0.0, 0.5, 0.5]


def test_boxes_without_area_are_never_shown():
    output = empty()
    output.classes[:] = 1.0
    output.confidence[:] = 1.0
    (found,) = decode(output, DecodeSettings(threshold=0.0))
    assert len(found.boxes) == 0


def test_classes_do_not_suppress_each_other():
    output = empty()
    output.classes[0, 0, 0] = torch.tensor([1.0, 0.5])
    output.confidence[0, 0, 0, 0] = 1.0
    output.boxes[0, 0, 0, 0] = torch.tensor([0.5, 0.5, 0.5, 0.5])
    (found,) = decode(output)
    assert found.labels.tolist() == [0, 1]


def test_scores_stay_within_one_and_the_surer_box_first():
    output = empty()
    output.classes[0, :, :, 0] = 1e5
    output.confidence[0, 0, 0, 0], output.confidence[0, 1, 1, 0] = 1e5, 2e5
    output.boxes[0, 0, 0, 0] = output.boxes[0, 1, 1, 0] = torch.tensor([0.5, 0.5, 0.5, 0.5])
    (found,) = decode(output, DecodeSettings(most=2))
    assert found.scores.tolist() == [1.0, 1.0]
    assert found.ranks.tolist() == [2e10, 1e10]
    assert float(found.boxes[0, 0]) > 0.5  # the surer one lies below
