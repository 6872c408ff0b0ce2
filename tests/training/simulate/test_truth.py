from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.boxes import Box
from training.simulate.truth import centre_of, to_sample


@given(st.integers(0, 10), st.integers(0, 10), st.integers(1, 9), st.integers(1, 9))
def test_the_box_and_centre_of_a_box_are_its_own(row, column, height, width):
    mask = np.zeros((20, 20), bool)
    mask[row : row + height, column : column + width] = True
    sample = to_sample("a", np.zeros((20, 20), np.float32), {"x": mask})
    assert sample.boxes == {"x": (Box(row, column, row + height, column + width),)}
    assert sample.points["x"] == pytest.approx((row + (height - 1) / 2, column + (width - 1) / 2))


def test_nothing_has_no_centre():
    assert centre_of(np.zeros((5, 5), bool)) is None


def test_parts_have_boxes_of_their_own_where_asked():
    mask = np.zeros((10, 10), bool)
    mask[1:3, 1:3] = True
    mask[6:9, 5:8] = True
    gray = np.full((10, 10), 0.5, np.float32)
    whole = to_sample("a", gray, {"x": mask})
    parts = to_sample("a", gray, {"x": mask}, by_part=frozenset({"x"}), facts={"n": 2.0}, group="g")
    assert whole.boxes["x"] == (Box(1, 1, 9, 8),)
    assert parts.boxes["x"] == (Box(1, 1, 3, 3), Box(6, 5, 9, 8))
    assert (whole.group, parts.group) == ("a", "g")
    assert parts.facts == {"n": 2.0}
    assert (whole.frame == 128).all()


def test_an_empty_mask_stays_a_known_absence():
    sample = to_sample("a", np.zeros((4, 4), np.float32), {"x": np.zeros((4, 4), bool)})
    assert sample.boxes == {"x": ()}
    assert sample.points == {}
    assert "x" in sample.masks
