from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import pdist
from skimage.measure import find_contours

from lusgui.base.errors import LusguiError
from lusgui.core.calliper import convex_hull, largest_calliper

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))
SPACINGS = st.tuples(st.floats(0.05, 2), st.floats(0.05, 2))


def _ellipse(half_length, half_width, degrees=0.0, spacing=(1.0, 1.0), shape=(260, 260)):
    """An ellipse with its half axes in the unit of the spacing, turned from the columns."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    y = (rows - (shape[0] - 1) / 2) * spacing[0]
    x = (columns - (shape[1] - 1) / 2) * spacing[1]
    turn = math.radians(degrees)
    along = x * math.cos(turn) + y * math.sin(turn)
    across = y * math.cos(turn) - x * math.sin(turn)
    return (along / half_length) ** 2 + (across / half_width) ** 2 <= 1


def test_one_pixel_and_a_row_of_pixels():
    mask = np.zeros((5, 9), bool)
    mask[2, 3] = True
    assert largest_calliper(mask).length == 1
    mask[2, 3:8] = True
    found = largest_calliper(mask)
    assert (found.length, found.ends, found.unit) == (5, ((2, 2.5), (2, 7.5)), "px")
    found = largest_calliper(mask, (0.1, 0.5))
    assert (found.length, found.unit) == (2.5, "mm")


def test_an_empty_mask_has_no_calliper():
    assert largest_calliper(np.zeros((4, 4), bool)) is None


@pytest.mark.parametrize("degrees", [0, 17, 45, 90, 133])
def test_an_ellipse_is_as_long_however_it_lies(degrees):
    found = largest_calliper(_ellipse(100, 40, degrees))
    assert found.length == pytest.approx(200, abs=1)
    (row0, col0), (row1, col1) = found.ends
    assert (math.degrees(math.atan2(row1 - row0, col1 - col0)) - degrees + 90) % 180 == pytest.approx(
        90, abs=6
    )


@pytest.mark.parametrize("degrees", [0, 30, 90])
def test_the_spacing_is_applied_before_anything_is_measured(degrees):
    spacing = (0.1, 0.35)
    mask = _ellipse(12, 5, degrees, spacing, (300, 120))
    assert largest_calliper(mask, spacing).length == pytest.approx(24, abs=0.35)
    # in pixels the upright one looks far longer than the lying one
    lengths = [largest_calliper(_ellipse(12, 5, turn, spacing, (300, 120))).length for turn in (0, 90)]
    assert lengths == [pytest.approx(100, abs=1), pytest.approx(240, abs=1)]


def test_two_hemispheres_are_one_measurement():
    rows, columns = np.mgrid[:100, :200]
    mask = (np.hypot(rows - 50, columns - 60) <= 30) | (np.hypot(rows - 50, columns - 130) <= 30)
    assert largest_calliper(mask).length == pytest.approx(131, abs=0.5)


@given(MASKS, st.none() | SPACINGS)
def test_no_two_points_of_the_outline_lie_farther_apart(mask, spacing):
    found = largest_calliper(mask, spacing)
    if not mask.any():
        assert found is None
        return
    contours = find_contours(np.pad(mask, 1).astype(float), 0.5)
    outline = (np.concatenate(contours) - 1) * (spacing or (1, 1))
    assert found.length == pytest.approx(pdist(outline).max())
    ends = np.array(found.ends)
    assert math.dist(*(ends * (spacing or (1, 1)))) == pytest.approx(found.length)
    for end in ends * (spacing or (1, 1)):
        assert np.linalg.norm(outline - end, axis=1).min() == pytest.approx(0, abs=1e-9)
    assert found.ends[0] <= found.ends[1]


@given(MASKS, SPACINGS, st.floats(0.1, 10))
def test_turned_mirrored_and_magnified(mask, spacing, zoom):
    if not mask.any():
        return
    length = largest_calliper(mask, spacing).length
    for other in (mask[::-1], mask[:, ::-1]):
        assert largest_calliper(other, spacing).length == pytest.approx(length)
    assert largest_calliper(mask.T, spacing[::-1]).length == pytest.approx(length)
    larger = (spacing[0] * zoom, spacing[1] * zoom)
    assert largest_calliper(mask, larger).length == pytest.approx(length * zoom)


def test_the_hull_leaves_out_what_lies_on_a_side():
    points = sorted([(0, 0), (0, 2), (0, 4), (4, 0), (4, 4), (2, 2), (2, 4)])
    assert sorted(convex_hull(points)) == [(0, 0), (0, 4), (4, 0), (4, 4)]
    assert convex_hull([(0, 0), (1, 1)]) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("spacing", [(0, 1), (1, -1), (math.nan, 1), (1, math.inf)])
def test_a_spacing_that_measures_nothing_is_refused(spacing):
    with pytest.raises(LusguiError, match="measures nothing"):
        largest_calliper(np.ones((2, 2), bool), spacing)
    with pytest.raises(LusguiError, match="3 dimensions"):
        largest_calliper(np.ones((2, 2, 2), bool))
