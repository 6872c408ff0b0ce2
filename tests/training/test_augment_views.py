from __future__ import annotations

import torch

from training.augment import AugmentSettings
from training.augment_views import View, draw_view, move_boxes, move_points


def _view(n=6, seed=0, **changes):
    settings = AugmentSettings(**({"rotation_deg": 20, "elastic": 0.02} | changes))
    return draw_view(n, torch.Generator().manual_seed(seed), settings)


def test_points_move_where_the_grid_takes_them():
    shape = (80, 60)
    view = _view()
    grid = view.grid(shape)  # of each pixel of the view: where it comes from
    rows, columns = torch.tensor([10, 40, 70]), torch.tensor([12, 30, 50])
    came_from = grid[:, rows, columns]  # (N, 3, 2) x, y
    size = torch.tensor([50.0, 90.0])
    points = ((came_from + 1) / 2 * size).flip(-1)  # row, column in a frame of 90 x 50
    moved = move_points(points, view, (90, 50), shape)
    wanted = torch.stack([rows + 0.5, columns + 0.5], -1).expand(6, -1, -1)
    assert (moved - wanted).abs().max() < 0.25


def test_a_still_view_moves_nothing():
    view = View(torch.eye(2, 3).repeat(2, 1, 1))
    boxes = torch.tensor([[[3.0, 4.0, 9.0, 20.0]], [[0.0, 0.0, 40.0, 30.0]]])
    assert torch.allclose(move_boxes(boxes, view, (40, 30), (40, 30)), boxes, atol=1e-4)
    assert torch.allclose(move_boxes(boxes, view, (40, 30), (80, 15))[:, 0, 0], boxes[:, 0, 0] * 2, atol=1e-4)


def test_a_mirror_swaps_left_and_right_alone():
    theta = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
    box = torch.tensor([[[3.0, 4.0, 9.0, 10.0]]])
    moved = move_boxes(box, View(theta), (40, 30), (40, 30))
    assert torch.allclose(moved, torch.tensor([[[3.0, 20.0, 9.0, 26.0]]]), atol=1e-4)


def test_a_box_that_left_the_view_has_no_area():
    theta = torch.tensor([[[1.0, 0, 1.5], [0, 1, 0]]])  # three quarters of the width to the left
    box = torch.tensor([[[3.0, 2.0, 9.0, 10.0]]])
    moved = move_boxes(box, View(theta), (40, 40), (40, 40))[0, 0]
    assert float(moved[3] - moved[1]) == 0
    assert moved.min() >= 0


def test_rows_never_change_their_order():
    view = _view(64, rotation_deg=30, shear=0.2)
    points = torch.tensor([[20.0, 25.0], [30.0, 25.0]]).expand(64, -1, -1)
    moved = move_points(points, view, (50, 50), (50, 50))
    assert (moved[:, 1, 0] > moved[:, 0, 0]).all()
