from __future__ import annotations

import numpy as np
import pytest
import torch

from training.dataset import Sample
from training.localization.points import LocalizationError, has_points, make_point_stack, point_in


def sample(**values):
    return Sample("a", "g", np.zeros((40, 20), np.uint8), **values)


def test_given_point_comes_first_then_the_middle_of_the_mask():
    mask = np.zeros((40, 20), bool)
    mask[10:14, 4:6] = True
    assert point_in(sample(masks={"rib": mask}), "rib") == (11.5, 4.5)
    assert point_in(sample(masks={"rib": mask}, points={"rib": (1.0, 2.0)}), "rib") == (1.0, 2.0)


def test_empty_mask_and_missing_label_have_no_point():
    assert point_in(sample(masks={"rib": np.zeros((40, 20), bool)}), "rib") is None
    assert not has_points(sample(), ["rib"])


def test_points_are_fractions_from_the_edge():
    stack = make_point_stack(
        [sample(points={"rib": (19.5, 9.5)}), sample(points={"rib": (0.0, 0.0)})], ["rib"], 32
    )
    assert torch.allclose(stack.points[0, 0], torch.tensor([0.5, 0.5]))
    assert torch.allclose(stack.points[1, 0], torch.tensor([0.5 / 40, 0.5 / 20]))
    assert stack.gray.shape == (2, 1, 32, 32)
    assert stack.shapes.tolist() == [[40, 20], [40, 20]]


def test_frames_without_a_point_are_named():
    with pytest.raises(LocalizationError, match="'a'"):
        make_point_stack([sample()], ["rib"], 32)
    with pytest.raises(LocalizationError, match="no frames"):
        make_point_stack([], ["rib"], 32)
