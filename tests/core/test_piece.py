"""Moving, turning and mirroring a piece: lusgui.core.piece."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.mask_operations import flipped
from lusgui.core.piece import Placement, middle_of, placed

SHAPE = (60, 80)


def bar(height, width, row=30, col=40):
    mask = np.zeros(SHAPE, bool)
    mask[row - height // 2 : row - height // 2 + height, col - width // 2 : col - width // 2 + width] = True
    return mask


@given(st.integers(-15, 15), st.integers(-15, 15), st.integers(0, 2**32))
def test_a_move_keeps_the_very_pixels(rows, cols, seed):
    piece = np.zeros(SHAPE, bool)
    piece[20:40, 20:60] = np.random.default_rng(seed).random((20, 40)) > 0.5
    wanted = np.zeros_like(piece)
    wanted[20 + rows : 40 + rows, 20 + cols : 60 + cols] = piece[20:40, 20:60]
    assert np.array_equal(placed(piece, Placement(rows, cols)), wanted)


def test_what_leaves_the_frame_is_cut_off():
    piece = bar(10, 20)
    half = placed(piece, Placement(0, 40))
    assert half.sum() == 10 * 10
    assert not placed(piece, Placement(500, 0)).any()
    assert not placed(np.zeros(SHAPE, bool), Placement(3, 3, 20.0)).any()


def test_a_quarter_turn_is_exact_and_clockwise():
    piece = bar(4, 20)
    piece[28, 30:34] = False  # the upper left end
    turned = placed(piece, Placement(degrees=90.0))
    assert turned.sum() == piece.sum()
    assert np.array_equal(turned[20:40, 38:42], np.rot90(piece[28:32, 30:50], -1))


def test_a_turn_is_rigid_in_millimetres():
    spacing = (0.1, 0.3)
    piece = bar(30, 8)  # 3.0 mm by 2.4 mm
    turned = placed(piece, Placement(degrees=90.0), spacing)
    rows, cols = np.flatnonzero(turned.any(axis=1)), np.flatnonzero(turned.any(axis=0))
    assert (rows[-1] - rows[0] + 1) * spacing[0] == pytest.approx(2.4, abs=0.21)
    assert (cols[-1] - cols[0] + 1) * spacing[1] == pytest.approx(3.0, abs=0.31)


@given(st.floats(-360, 360), st.sampled_from([(1.0, 1.0), (0.5, 1.0)]))
def test_a_turn_keeps_area_and_middle(degrees, spacing):
    piece = bar(13, 21)
    turned = placed(piece, Placement(degrees=degrees), spacing)
    assert turned.sum() == pytest.approx(piece.sum(), rel=0.1)
    middle = np.argwhere(turned).mean(axis=0) + 0.5
    assert middle == pytest.approx(middle_of(piece, Placement()), abs=0.35)


def test_mirrored_is_mirrored_and_comes_before_the_turn():
    piece = bar(10, 20)
    piece[25:30, 30:40] = False
    assert np.array_equal(placed(piece, Placement(mirrored=True)), flipped(piece))
    both = placed(piece, Placement(degrees=180.0, mirrored=True))
    assert np.array_equal(both[25:35, 30:50], piece[25:35, 30:50][::-1])


def test_the_middle_moves_along():
    assert middle_of(bar(10, 20), Placement(3, -4, 30.0)) == (33.0, 36.0)
