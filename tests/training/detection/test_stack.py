from __future__ import annotations

import numpy as np
import pytest
import torch

from training.data.boxes import Box
from training.dataset import Sample
from training.detection.stack import DetectionError, make_box_stack


def test_boxes_are_fractions_of_frames_of_any_size():
    mask = np.zeros((40, 20), bool)
    mask[10:20, 5:10] = True
    frame = np.full((40, 20), 51, np.uint8)
    both = [
        Sample("a", "g", frame, {"rib": mask}),
        Sample("b", "h", frame[:20], boxes={"rib": (Box(0, 0, 10, 10), Box(10, 10, 20, 20))}),
    ]
    stack = make_box_stack(both, ["rib"], 32)
    assert torch.allclose(stack.boxes[0, 0], torch.tensor([0.25, 0.25, 0.5, 0.5]))
    assert torch.allclose(stack.boxes[1, 1], torch.tensor([0.5, 0.5, 1.0, 1.0]))
    assert stack.labels.tolist() == [[0, -1], [0, 0]]
    assert stack.gray.shape == (2, 1, 32, 32)
    assert torch.allclose(stack.images(torch.tensor([0])), torch.tensor(0.2), atol=1e-6)
    assert stack.shapes == ((40, 20), (20, 20))


def test_two_hemispheres_are_one_box_or_two():
    mask = np.zeros((40, 20), bool)
    mask[2:4, 2:4] = mask[30:34, 10:14] = True
    sample = Sample("a", "g", np.zeros((40, 20), np.uint8), {"rib": mask})
    assert make_box_stack([sample], ["rib"], 32).labels.tolist() == [[0]]
    assert make_box_stack([sample], ["rib"], 32, union=False).labels.tolist() == [[0, 0]]


def test_empty_mask_is_a_frame_without_boxes():
    sample = Sample("a", "g", np.zeros((40, 20), np.uint8), {"rib": np.zeros((40, 20), bool)})
    assert make_box_stack([sample], ["rib"], 32).labels.tolist() == [[-1]]


def test_frames_nobody_looked_through_are_named():
    with pytest.raises(DetectionError, match="'a'"):
        make_box_stack([Sample("a", "g", np.zeros((8, 8), np.uint8))], ["rib"], 32)
    with pytest.raises(DetectionError, match="no frames"):
        make_box_stack([], ["rib"], 32)
