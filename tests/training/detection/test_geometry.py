from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from training.detection.geometry import iou, rmse, to_edges, to_middle

side = st.floats(0.05, 0.5)
place = st.floats(0.0, 1.0)
box = st.tuples(place, place, side, side)


def test_known_overlaps():
    a = torch.tensor([0.0, 0.0, 2.0, 2.0])
    others = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3], [2, 2, 3, 3], [0, 0, 0, 2]])
    assert torch.allclose(iou(a, others), torch.tensor([1.0, 1 / 7, 0.0, 0.0]))


def test_box_turned_inside_out_overlaps_nothing():
    assert float(iou(torch.tensor([1.0, 1, 0, 0]), torch.tensor([0.0, 0, 2, 2]))) == 0.0


def test_distance_is_the_root_of_summed_squares():
    assert float(rmse(torch.tensor([0.0, 0, 1, 1]), torch.tensor([3.0, 4, 1, 1]))) == 5.0


@given(box, box)
def test_overlap_is_symmetric_and_a_share(a, b):
    first, second = to_edges(torch.tensor(a)), to_edges(torch.tensor(b))
    value = float(iou(first, second))
    assert 0.0 <= value <= 1.0 + 1e-6
    assert value == float(iou(second, first))
    assert abs(float(iou(first, first)) - 1) < 1e-5


@given(box)
def test_edges_and_middle_are_inverse(values):
    middle = torch.tensor(values)
    assert torch.allclose(to_middle(to_edges(middle)), middle, atol=1e-6)
