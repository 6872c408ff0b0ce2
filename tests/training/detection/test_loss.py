from __future__ import annotations

import pytest
import torch

from training.detection.grid import GridShape, place, split_output
from training.detection.loss import YoloLossSettings, yolo_loss

SHAPE = GridShape(2, boxes=2, classes=1)
TRUTH = place(torch.tensor([[[0.1, 0.1, 0.3, 0.3]]]), torch.tensor([[0]]), SHAPE)
# the object: middle (0.2, 0.2), so (0.4, 0.4) within cell (0, 0); sides 0.2


def answer():
    return split_output(torch.zeros(1, SHAPE.outputs), SHAPE)


def test_empty_image_costs_only_confidence():
    empty = place(torch.zeros(1, 1, 4), torch.tensor([[-1]]), SHAPE)
    output = answer()
    output.confidence[:] = 0.3
    output.classes[:] = 9.0
    # 8 boxes, each 0.5 * 0.3², halved
    assert float(yolo_loss(output, empty)) == pytest.approx(8 * 0.5 * 0.09 / 2)


def test_computed_by_hand_with_rescore():
    output = answer()
    output.classes[0, 0, 0, 0] = 0.7
    output.confidence[0, 0, 0] = torch.tensor([0.2, 0.6])
    output.confidence[0, 1, 1, 0] = 0.4
    # box 1 sits on the object but is twice as wide: overlap 1/2; box 0 stays at the corner with no area
    output.boxes[0, 0, 0, 1] = torch.tensor([0.4, 0.4, 0.2**0.5, 0.4**0.5])
    by_hand = (
        1.0 * (1 - 0.7) ** 2  # class
        + 0.5 * 0.2**2  # box 0 answers for nothing
        + 0.5 * 0.4**2  # nor does the box of cell (1, 1)
        + 1.0 * (0.5 - 0.6) ** 2  # box 1 should be as confident as it overlaps
        + 5.0 * (0.4**0.5 - 0.2**0.5) ** 2  # its width
    )
    assert float(yolo_loss(output, TRUTH)) == pytest.approx(by_hand / 2, rel=1e-5)


def test_computed_by_hand_without_rescore():
    output = answer()
    output.classes[0, 0, 0, 0] = 1.0
    output.confidence[0, 0, 0, 0] = 0.6
    output.boxes[0, 0, 0, 0] = torch.tensor([0.5, 0.4, 0.2**0.5, 0.2**0.5])
    by_hand = 1.0 * (1 - 0.6) ** 2 + 5.0 * 0.1**2
    assert float(yolo_loss(output, TRUTH, YoloLossSettings(rescore=False))) == pytest.approx(by_hand / 2)


def test_perfect_answer_costs_nothing():
    output = answer()
    output.classes[0, 0, 0, 0] = 1.0
    output.confidence[0, 0, 0, 0] = 1.0
    output.boxes[0, 0, 0, 0] = torch.tensor([0.4, 0.4, 0.2**0.5, 0.2**0.5])
    assert float(yolo_loss(output, TRUTH)) == pytest.approx(0.0, abs=1e-9)


def test_gradient_is_darknets_delta():
    torch.manual_seed(0)
    numbers = torch.rand(1, SHAPE.outputs, requires_grad=True)
    yolo_loss(split_output(numbers, SHAPE), TRUTH).backward()
    gradient = split_output(numbers.grad, SHAPE)
    values = split_output(numbers.detach(), SHAPE)
    assert torch.allclose(gradient.classes[0, 0, 0], values.classes[0, 0, 0] - 1)
    assert torch.allclose(gradient.confidence[0, 1, 1], 0.5 * values.confidence[0, 1, 1])
    assert not gradient.classes[0, 1].any()
    assert not gradient.boxes[0, 1].any()


def test_loss_is_an_average_over_images():
    torch.manual_seed(0)
    numbers = torch.rand(1, SHAPE.outputs)
    twice = place(torch.tensor([[[0.1, 0.1, 0.3, 0.3]]] * 2), torch.tensor([[0]] * 2), SHAPE)
    one = yolo_loss(split_output(numbers, SHAPE), TRUTH)
    assert torch.allclose(yolo_loss(split_output(numbers.repeat(2, 1), SHAPE), twice), one)
