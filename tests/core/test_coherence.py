"""Coherence of masks over time: lusgui.core.coherence."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lusgui.core.coherence import MaskFacts, judge_coherence, mask_facts
from lusgui.core.overlap import iou


def masks(places):
    """Return one square mask a frame, at (row, column, half side)."""
    made = {}
    for frame, (row, col, half) in enumerate(places):
        mask = np.zeros((80, 80), bool)
        mask[row - half : row + half, col - half : col + half] = True
        made[frame] = mask
    return made


def judge(made):
    frames = sorted(made)
    overlaps = {(a, b): iou(made[a], made[b]) for a, b in pairwise(frames)}
    return judge_coherence({frame: mask_facts(mask) for frame, mask in made.items()}, overlaps)


def outliers(found):
    return {one.frame: one.reasons for one in found if one.is_outlier}


def test_facts_are_in_millimetres():
    mask = np.zeros((10, 10), bool)
    mask[2:4, 6:8] = True
    assert mask_facts(mask, (0.5, 2.0)) == MaskFacts(4.0, (1.25, 13.0))
    assert mask_facts(mask) == MaskFacts(4.0, (2.5, 6.5))
    assert mask_facts(np.zeros((4, 4), bool)) == MaskFacts(0.0, None)


def test_a_calm_movement_has_no_outliers():
    assert outliers(judge(masks([(30 + k, 40, 12) for k in range(12)]))) == {}


def test_one_that_jumps_is_named_and_the_next_is_not_blamed():
    places = [(30 + k // 2, 40, 10) for k in range(12)]
    places[5] = (60, 60, 10)
    found = outliers(judge(masks(places)))
    assert list(found) == [5]
    assert "it jumps" in found[5]


def test_one_that_is_much_larger_is_named():
    places = [(40, 40, 8)] * 10
    places[4] = (40, 40, 16)
    found = outliers(judge(masks(places)))
    assert list(found) == [4]
    assert "area is larger" in found[4]


def test_an_emptied_mask_is_named():
    made = masks([(40, 40, 8)] * 9)
    made[3][:] = False
    assert "area is smaller" in outliers(judge(made))[3]


def test_few_masks_are_not_judged_but_measured():
    found = judge(masks([(30, 30, 5), (60, 60, 10)]))
    assert outliers(found) == {}
    assert found[0].iou is None
    assert found[1].iou == 0
    assert found[1].shift == pytest.approx(np.hypot(30, 30))
    assert judge_coherence({}, {}) == ()
