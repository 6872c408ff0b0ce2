from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.base.errors import LusguiError
from lusgui.core.overlap import components, dice, false_components, iou, precision, recall

EMPTY = np.zeros((6, 5), bool)
FULL = np.ones((6, 5), bool)
PAIRS = st.tuples(hnp.arrays(bool, (7, 9)), hnp.arrays(bool, (7, 9)))


def _square(row, column, side=4):
    mask = np.zeros((20, 20), bool)
    mask[row : row + side, column : column + side] = True
    return mask


def test_half_a_square():
    found, truth = _square(2, 2), _square(4, 2)
    assert dice(found, truth) == 0.5
    assert iou(found, truth) == pytest.approx(1 / 3)
    assert precision(found, truth) == recall(found, truth) == 0.5
    assert precision(found, found | truth) == 1
    assert recall(found, found | truth) == pytest.approx(2 / 3)


def test_conventions_for_empty_masks():
    assert (dice(EMPTY, EMPTY), iou(EMPTY, EMPTY)) == (1, 1)
    assert (precision(EMPTY, EMPTY), recall(EMPTY, EMPTY)) == (None, None)
    assert (dice(FULL, EMPTY), iou(FULL, EMPTY), precision(FULL, EMPTY), recall(FULL, EMPTY)) == (
        0,
        0,
        0,
        None,
    )
    assert (dice(EMPTY, FULL), iou(EMPTY, FULL), precision(EMPTY, FULL), recall(EMPTY, FULL)) == (
        0,
        0,
        None,
        0,
    )


def test_epsilon_guards_the_empty_pair_and_hardly_moves_the_rest():
    assert dice(EMPTY, EMPTY, epsilon=1e-7) == 1
    assert dice(_square(2, 2), _square(4, 2), epsilon=1e-7) == pytest.approx(0.5, abs=1e-8)
    # |A| = |B| = 16, 8 in common: (16 + 32) / (32 + 32)
    assert dice(_square(2, 2), _square(4, 2), epsilon=32) == 0.75


@given(PAIRS)
def test_dice_and_iou_are_one_measure_and_symmetric(pair):
    found, truth = pair
    d, i = dice(found, truth), iou(found, truth)
    assert d == pytest.approx(2 * i / (1 + i))
    assert d == dice(truth, found)
    assert precision(found, truth) == recall(truth, found)
    if d not in (0, 1):
        p, r = precision(found, truth), recall(found, truth)
        assert d == pytest.approx(2 * p * r / (p + r))


@settings(max_examples=40)
@given(PAIRS)
def test_agrees_with_monai(pair):
    pytest.importorskip("monai")
    import torch
    from monai.metrics import compute_dice, compute_iou

    found, truth = (torch.from_numpy(mask)[None, None].float() for mask in pair)
    wanted = compute_dice(found, truth, ignore_empty=False)
    assert dice(*pair) == pytest.approx(float(wanted))
    if pair[1].any():
        assert iou(*pair) == pytest.approx(float(compute_iou(found, truth)))


def test_components_touch_at_corners():
    assert components(np.eye(4, dtype=bool)) == 1
    assert components(_square(1, 1) | _square(10, 10)) == 2
    assert components(EMPTY) == 0


def test_false_components():
    truth = _square(2, 2)
    found = _square(3, 3) | _square(12, 12)
    assert false_components(found, truth) == 1
    assert false_components(truth, truth) == 0
    assert false_components(EMPTY, FULL) == 0
    assert false_components(found, np.zeros_like(truth)) == 2


def test_false_components_within_a_tolerance_on_an_anisotropic_grid():
    truth, below, beside = _square(2, 2), _square(9, 2), _square(2, 9)
    # both begin four pixels from the truth's last row or column
    assert false_components(below, truth, tolerance=3.9) == 1
    assert false_components(below, truth, tolerance=4) == 0
    assert false_components(below, truth, tolerance=0.5, spacing_mm=(0.1, 0.6)) == 0
    assert false_components(beside, truth, tolerance=0.5, spacing_mm=(0.1, 0.6)) == 1


def test_masks_of_different_frames_are_refused():
    with pytest.raises(LusguiError, match="6 x 5 pixels cannot be compared with one of 20 x 20"):
        dice(EMPTY, _square(0, 0))
    with pytest.raises(LusguiError):
        false_components(EMPTY[0], EMPTY[0])
