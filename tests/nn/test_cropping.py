from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lusgui.nn.cropping import CEILING, crop, is_found, locate, paste, paste_into, widen
from lusgui.nn.preprocess import resize

WHOLE = torch.tensor([[0.0, 0.0, 1.0, 1.0]])


def ellipse(row, col, half_rows, half_cols, height=160, width=160, value=1.0):
    """Return an ellipse as (1, height, width), its place in fractions."""
    rows = ((torch.arange(height) + 0.5) / height - row) / half_rows
    cols = ((torch.arange(width) + 0.5) / width - col) / half_cols
    return value * (rows[:, None] ** 2 + cols[None, :] ** 2 < 1).float()[None]


def close(box, row0, col0, row1, col1, tolerance=0.01):
    return torch.allclose(box[0], torch.tensor([row0, col0, row1, col1]), atol=tolerance)


@given(st.floats(0.3, 0.7), st.floats(0.3, 0.7), st.floats(0.05, 0.2), st.floats(0.05, 0.2))
def test_an_ellipse_gets_the_box_that_touches_it(row, col, rows, cols):
    box = locate(ellipse(row, col, rows, cols, 128, 160))
    assert close(box, row - rows, col - cols, row + rows, col + cols, 0.012)


def test_two_halves_apart_are_one_structure():
    halves = ellipse(0.5, 0.38, 0.05, 0.05) + ellipse(0.5, 0.62, 0.05, 0.05)
    row0, col0, row1, col1 = locate(halves)[0].tolist()
    assert col0 < 0.33
    assert col1 > 0.67
    assert (row0 + row1) / 2 == pytest.approx(0.5, abs=1e-3)
    assert row1 - row0 < 0.15


def test_what_is_far_off_does_not_count():
    alone = ellipse(0.5, 0.4, 0.06, 0.12)
    with_blob = alone + ellipse(0.92, 0.93, 0.04, 0.04) + ellipse(0.05, 0.95, 0.03, 0.03, value=0.7)
    assert torch.allclose(locate(alone), locate(with_blob), atol=0.004)


def test_a_faint_veil_over_the_whole_image_does_not_move_the_box():
    alone = ellipse(0.4, 0.4, 0.06, 0.12, value=0.9)
    assert torch.allclose(locate(alone), locate(alone.clamp(min=0.05)), atol=0.01)


@given(st.floats(0, 0.2))
def test_where_there_is_nothing_the_box_is_empty(value):
    boxes = locate(torch.full((1, 40, 48), value))
    assert not is_found(boxes).any()
    assert torch.equal(boxes, torch.zeros(1, 4))


def test_a_few_pixels_are_no_structure():
    speck = torch.zeros(1, 160, 160)
    speck[0, 80:83, 80:83] = 1
    assert not is_found(locate(speck)).any()


@pytest.mark.parametrize(("row", "col"), [(0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)])
def test_a_structure_cut_by_the_border_is_found_whole(row, col):
    mask = ellipse(row, col, 0.15, 0.2)
    boxes = locate(mask)
    assert is_found(boxes).all()
    assert (boxes >= 0).all()
    assert (boxes <= 1).all()
    square = widen(boxes, (160, 160), 2.4)
    assert (square >= 0).all()
    assert (square <= 1).all()
    inside = paste(torch.ones(1, 1, 48, 48), square, (160, 160), torch.zeros(1, 1, 160, 160))
    assert float((inside[0] * mask).sum() / mask.sum()) > 0.999


def test_each_frame_has_a_box_of_its_own():
    frames = torch.cat([ellipse(0.3, 0.4, 0.1, 0.1), torch.zeros(1, 160, 160), ellipse(0.6, 0.7, 0.05, 0.2)])
    together = locate(frames)
    assert torch.allclose(together, torch.cat([locate(frames[i : i + 1]) for i in range(3)]), atol=1e-6)
    assert is_found(together).tolist() == [True, False, True]


@given(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.02, 0.6), st.floats(0.02, 0.6), st.floats(1, 5))
def test_squares_are_square_hold_the_box_and_stay_inside(row, col, rows, cols, margin):
    shape = (96, 128)
    box = torch.tensor([[row, col, min(row + rows, 1.0), min(col + cols, 1.0)]])
    square = widen(box, shape, margin)
    top, left, bottom, right = (float(v) for v in square[0])
    height, width = (bottom - top) * shape[0], (right - left) * shape[1]
    assert height == pytest.approx(width, abs=1e-2)
    assert 0.125 * 128 - 1e-3 <= height <= 128 + 1e-3
    assert left >= -1e-6
    assert right <= 1 + 1e-6
    if height <= shape[0]:
        assert top >= -1e-6
        assert bottom <= 1 + 1e-6
    assert top <= float(box[0, 0]) + 1e-6
    assert left <= float(box[0, 1]) + 1e-6
    assert bottom >= float(box[0, 2]) - 1e-6
    assert right >= float(box[0, 3]) - 1e-6


@pytest.mark.parametrize("side", [24, 48, 96])
def test_a_crop_of_everything_is_a_resize(side):
    x = torch.rand(2, 3, 48, 80)
    assert torch.allclose(crop(x, WHOLE, side), resize(x, (side, side)), atol=2e-6)


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_box_on_pixels_cuts_them_out_unchanged(row, col):
    x = torch.rand(1, 2, 40, 50)
    box = torch.tensor([[row / 40, col / 50, (row + 16) / 40, (col + 16) / 50]])
    assert torch.allclose(crop(x, box, 16), x[:, :, row : row + 16, col : col + 16], atol=1e-4)
    hole = torch.zeros_like(x)
    pasted = paste(crop(x, box, 16), box, (40, 50), hole)
    hole[:, :, row : row + 16, col : col + 16] = x[:, :, row : row + 16, col : col + 16]
    assert torch.allclose(pasted, hole, atol=1e-4)


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0.2, 0.5), st.sampled_from([16, 48, 96]))
def test_what_is_cut_out_and_pasted_back_is_the_image_as_far_as_its_detail_goes(row, col, extent, side):
    rows, cols = torch.meshgrid(torch.linspace(0, 3, 64), torch.linspace(0, 3, 80), indexing="ij")
    smooth = (torch.sin(rows) * torch.cos(cols))[None, None]
    box = torch.tensor([[row, col, row + extent, col + extent]])
    pasted = paste(crop(smooth, box, side), box, (64, 80), smooth)
    assert torch.allclose(pasted, smooth, atol=0.04)
    flat = torch.full((1, 1, 64, 80), 0.7)
    assert torch.allclose(paste(crop(flat, box, side), box, (64, 80), flat), flat, atol=1e-5)


def test_outside_the_box_nothing_changes_and_without_surroundings_there_is_no_mask():
    box = torch.tensor([[0.25, 0.25, 0.5, 0.75]])
    around = torch.randn(1, 2, 32, 32)
    pasted = paste(torch.zeros(1, 2, 16, 16), box, (32, 32), around)
    outside = torch.ones(32, 32, dtype=torch.bool)
    outside[8:16, 8:24] = False
    assert torch.equal(pasted[..., outside], around[..., outside])
    assert torch.equal(pasted[..., ~outside], torch.zeros_like(pasted[..., ~outside]))
    alone = paste(torch.zeros(1, 2, 16, 16), box, (32, 32))
    assert (alone[..., outside] == CEILING).all()


def test_beyond_the_border_the_border_is_repeated():
    x = torch.rand(1, 1, 16, 16)
    wide = crop(x, torch.tensor([[-0.5, 0.0, 1.5, 1.0]]), 32)
    rows = resize(x, (16, 32))
    assert torch.allclose(wide[:, :, 8:24], rows, atol=1e-6)
    assert torch.allclose(wide[:, :, :8], rows[:, :, :1].expand(-1, -1, 8, -1), atol=1e-6)


@given(st.floats(-0.2, 0.9), st.floats(-0.2, 0.9), st.floats(0.05, 1.2), st.floats(0.05, 1.2))
def test_pasting_into_one_image_is_pasting(row, col, rows, cols):
    box = torch.tensor([[row, col, row + rows, col + cols]])
    logits, around = torch.randn(1, 2, 16, 16), torch.randn(1, 2, 48, 32)
    together = paste(logits, box, (48, 32), around)
    paste_into(around[0], logits[0], box[0])
    assert torch.allclose(around, together, atol=1e-4)
