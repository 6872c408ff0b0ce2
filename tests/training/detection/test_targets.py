from __future__ import annotations

import torch

from training.detection.grid import GridShape, place, split_output
from training.detection.targets import responsible

SHAPE = GridShape(2, boxes=2, classes=1)
TRUTH = place(torch.tensor([[[0.1, 0.1, 0.3, 0.3]]]), torch.tensor([[0]]), SHAPE)  # cell (0, 0)


def answer(*boxes):
    """An output whose cell (0, 0) holds boxes given as (row, column, height, width) of the image."""
    output = split_output(torch.zeros(1, SHAPE.outputs), SHAPE)
    for k, (row, column, height, width) in enumerate(boxes):
        output.boxes[0, 0, 0, k] = torch.tensor([row * 2, column * 2, height**0.5, width**0.5])
    return output


def test_the_best_overlap_answers():
    chosen, overlap = responsible(answer((0.2, 0.2, 0.4, 0.4), (0.2, 0.2, 0.2, 0.25)), TRUTH)
    assert chosen[0, 0, 0].tolist() == [False, True]
    assert torch.allclose(overlap[0, 0, 0], torch.tensor([0.04 / 0.16, 0.04 / 0.05]))


def test_any_overlap_beats_a_nearer_box_without():
    # the first is close in place and size but empty, the second huge and yet overlapping
    chosen, _ = responsible(answer((0.2, 0.2, 0.0, 0.2), (0.5, 0.5, 1.0, 1.0)), TRUTH)
    assert chosen[0, 0, 0].tolist() == [False, True]


def test_without_overlap_the_nearest_answers():
    chosen, overlap = responsible(answer((0.9, 0.9, 0.1, 0.1), (0.45, 0.45, 0.1, 0.1)), TRUTH)
    assert not overlap.any()
    assert chosen[0, 0, 0].tolist() == [False, True]


def test_cells_without_an_object_answer_for_nothing():
    chosen, overlap = responsible(answer((0.2, 0.2, 0.2, 0.2), (0.2, 0.2, 0.2, 0.2)), TRUTH)
    assert int(chosen.sum()) == 1
    assert not overlap[0, 1].any()


def test_no_gradient_flows_through_the_choice():
    numbers = torch.rand(1, SHAPE.outputs, requires_grad=True)
    _, overlap = responsible(split_output(numbers, SHAPE), TRUTH)
    assert not overlap.requires_grad
