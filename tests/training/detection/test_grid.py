from __future__ import annotations

import pytest
import torch

from training.detection.grid import GridShape, join_output, place, split_output


@pytest.mark.parametrize(("side", "outputs"), [(7, 539), (9, 891), (11, 1331), (13, 1859)])
def test_output_sizes_of_ramos(side, outputs):
    assert GridShape(side, boxes=2, classes=1).outputs == outputs


def test_numbers_lie_as_in_darknet():
    shape = GridShape(2, boxes=3, classes=2)
    output = split_output(torch.arange(float(shape.outputs))[None], shape)
    # 4 cells of 2 classes, then 4 of 3 confidences, then 4 of 3 boxes (x, y, w, h)
    assert output.classes[0, 1, 0].tolist() == [4, 5]
    assert output.confidence[0, 0, 1].tolist() == [11, 12, 13]
    first = 8 + 12
    assert output.boxes[0, 0, 0, 1].tolist() == [first + 5, first + 4, first + 7, first + 6]
    assert torch.equal(join_output(output)[0], torch.arange(float(shape.outputs)))


def test_wrong_number_of_outputs_is_refused():
    with pytest.raises(ValueError, match="expected"):
        split_output(torch.zeros(1, 10), GridShape(7, 2, 1))


def test_object_goes_to_the_cell_of_its_middle():
    shape = GridShape(4, boxes=2, classes=3)
    boxes = torch.tensor([[[0.5, 0.2, 0.8, 0.6]]])  # middle (0.65, 0.40)
    truth = place(boxes, torch.tensor([[2]]), shape)
    assert torch.nonzero(truth.present).tolist() == [[0, 2, 1]]
    assert truth.classes[0, 2, 1].tolist() == [0, 0, 1]
    assert torch.allclose(truth.boxes[0, 2, 1], torch.tensor([0.6, 0.6, 0.3, 0.4]))
    assert torch.allclose(truth.middles()[0, 2, 1], torch.tensor([0.65, 0.40, 0.3, 0.4]))


def test_of_two_objects_in_a_cell_the_first_stays():
    boxes = torch.tensor([[[0.0, 0.0, 0.2, 0.2], [0.0, 0.0, 0.3, 0.3]]])
    truth = place(boxes, torch.tensor([[0, 0]]), GridShape(2, 2, 1))
    assert truth.boxes[0, 0, 0, 2:].tolist() == pytest.approx([0.2, 0.2])


def test_missing_and_tiny_boxes_are_no_targets():
    boxes = torch.tensor([[[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.104, 0.5]]])
    truth = place(boxes, torch.tensor([[-1, 0]]), GridShape(7, 2, 1))
    assert not truth.present.any()
    assert not truth.boxes.any()


def test_middle_on_the_last_edge_stays_inside():
    truth = place(torch.tensor([[[0.9, 0.9, 1.1, 1.1]]]), torch.tensor([[0]]), GridShape(7, 2, 1))
    assert truth.present[0, 6, 6]


def test_perfect_answer_gives_the_boxes_back():
    shape = GridShape(7, boxes=1, classes=1)
    boxes = torch.tensor([[[0.31, 0.42, 0.6, 0.95]]])
    truth = place(boxes, torch.tensor([[0]]), shape)
    roots = torch.cat([truth.boxes[..., :2], truth.boxes[..., 2:].sqrt()], dim=-1)[..., None, :]
    output = split_output(torch.zeros(1, shape.outputs), shape)
    output.boxes.copy_(roots)
    assert torch.allclose(output.edges()[truth.present][0, 0], boxes[0, 0], atol=1e-6)
