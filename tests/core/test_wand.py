"""Regions by one click: lusgui.core.wand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.overlap import dice
from lusgui.core.wand import Wand, enclosed_at

frames = st.tuples(st.integers(0, 2**32), st.integers(1, 20), st.integers(1, 20)).map(
    lambda t: np.random.default_rng(t[0]).random(t[1:], dtype=np.float32)
)


def scene():
    rows, cols = np.ogrid[:100, :120]
    disk = np.hypot(rows - 45, cols - 60) <= 22
    noise = np.random.default_rng(2).normal(0, 0.05, disk.shape)
    return disk, np.clip(np.where(disk, 0.7, 0.25) + noise, 0, 1).astype(np.float32)


def test_a_click_takes_the_structure():
    disk, gray = scene()
    wand = Wand(gray, 45, 60)
    assert wand.reference == pytest.approx(0.7, abs=0.05)
    assert dice(wand.region(0.18), disk) > 0.96
    assert dice(Wand(gray, 5, 5).region(0.18), ~disk) < 0.96  # what it encloses is filled
    assert wand.region(1.0).all()


@given(frames, st.data())
def test_regions_grow_with_the_tolerance_and_hang_together(gray, data):
    from scipy import ndimage

    row = data.draw(st.integers(0, gray.shape[0] - 1))
    col = data.draw(st.integers(0, gray.shape[1] - 1))
    wand = Wand(gray, row, col)
    before = np.zeros(gray.shape, bool)
    for tolerance in (0.0, 0.1, 0.3, 1.0):
        region = wand.region(tolerance)
        assert region[row, col]
        assert not (before & ~region).any()
        assert ndimage.label(region, structure=np.ones((3, 3)))[1] == 1
        before = region
    assert before.all()


def test_nothing_beyond_the_reach_is_taken():
    gray = np.full((60, 80), 0.4, np.float32)
    wide, spacing = Wand(gray, 30, 20, 5.0, (0.5, 1.0)).region(0.1), (0.5, 1.0)
    rows, cols = np.ogrid[:60, :80]
    assert np.array_equal(wide, np.hypot((rows - 30) * spacing[0], (cols - 20) * spacing[1]) <= 5.0)
    disk, scenery = scene()
    near, whole = Wand(scenery, 45, 60, 40.0), Wand(scenery, 45, 60)
    assert near.reference == pytest.approx(whole.reference, abs=1e-6)
    assert np.array_equal(near.region(0.18), whole.region(0.18))
    assert dice(near.region(0.18), disk) > 0.96


@given(frames, st.floats(0, 1))
def test_holes_are_filled_as_in_the_whole_frame(gray, tolerance):
    from lusgui.core.threshold import fill_holes

    region = Wand(gray, gray.shape[0] // 2, gray.shape[1] // 2).region(tolerance)
    assert np.array_equal(fill_holes(region), region)


def test_a_click_outside_is_refused():
    with pytest.raises(ValueError, match="pixel"):
        Wand(np.zeros((4, 4), np.float32), 4, 0)


def test_what_an_outline_encloses():
    mask = np.zeros((30, 30), bool)
    mask[5:20, 5:20] = True
    mask[8:16, 8:16] = False
    hole = enclosed_at(mask, 10, 10)
    assert hole.sum() == 64
    assert enclosed_at(mask, 0, 0) is None
    assert np.array_equal(enclosed_at(mask, 5, 5), mask)
    # a gap at a corner is closed to the fill, as the ring's pixels touch there
    mask[5:8, 12] = False
    assert enclosed_at(mask, 10, 10) is None
