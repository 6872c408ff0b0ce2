from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.base.errors import LusguiError
from lusgui.core.centre_line import centre_line, centre_lines, line_distance, line_length

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 10), st.integers(1, 10)))


def _arc(radius, thickness, opening, turn, shape=(200, 200), spacing=(1.0, 1.0), *, tapers=False):
    """A circular arc and its true centre line; lengths in the unit of the spacing, angles in radians."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    middle = [(size - 1) / 2 * step for size, step in zip(shape, spacing, strict=True)]
    y = rows * spacing[0] - middle[0] - radius * math.cos(turn)
    x = columns * spacing[1] - middle[1] - radius * math.sin(turn)
    angle = (np.arctan2(-x, -y) - turn + np.pi) % (2 * np.pi) - np.pi
    share = np.clip(1 - (2 * angle / opening) ** 2, 0, 1)
    half = thickness / 2 * (np.sqrt(share) if tapers else (share > 0))
    mask = (np.abs(np.hypot(x, y) - radius) <= half) & (share > 0)
    angles = np.linspace(-opening / 2, opening / 2, 300) + turn
    line = np.stack([-np.cos(angles), -np.sin(angles)], axis=1) * radius
    line += (radius * math.cos(turn) + middle[0], radius * math.sin(turn) + middle[1])
    return mask, line / spacing


@given(
    turn=st.floats(0, 2 * math.pi),
    thickness=st.floats(2.5, 14),
    opening=st.floats(0.9, 2.2),
    tapers=st.booleans(),
)
@hypothesis_settings(max_examples=15)
def test_an_arc_has_its_own_line_however_it_is_turned(turn, thickness, opening, tapers):
    mask, truth = _arc(55, thickness, opening, turn, tapers=tapers)
    found = centre_line(mask)
    # the last bit at each end, about as long as the arc is thick, is taken for straight
    assert line_distance([found], [truth]) < 0.3 + 0.05 * thickness
    # what tapers to less than a pixel is not drawn
    tips = 1 - math.sqrt(1 - (1.3 / thickness) ** 2) if tapers else 0.0
    length = line_length(truth)
    assert line_length(found) == pytest.approx(length, abs=0.6 * thickness + 2 + tips * length)


@pytest.mark.parametrize("turn", [0, 0.5, 1.3, 2.6])
@pytest.mark.parametrize("tapers", [False, True])
def test_pixels_that_are_no_squares(turn, tapers):
    spacing = (0.1, 0.4)
    mask, truth = _arc(9, 1.2, 1.6, turn, (300, 75), spacing, tapers=tapers)
    found = centre_line(mask, spacing)
    assert line_distance([found], [truth], spacing) < 0.06
    assert line_length(found, spacing) == pytest.approx(14.4, abs=0.6)


def test_a_bar_runs_from_edge_to_edge():
    mask = np.zeros((40, 60), bool)
    mask[18:23, 10:50] = True
    line = centre_line(mask)
    assert line[:, 0] == pytest.approx(20, abs=1e-6)
    assert sorted([line[0, 1], line[-1, 1]]) == pytest.approx([9.5, 49.5], abs=0.3)
    steps = np.hypot(*np.diff(line, axis=0).T)
    assert steps.max() < 0.6
    assert (np.diff(line[:, 1]) > 0).all() or (np.diff(line[:, 1]) < 0).all()


def test_a_spur_is_no_part_of_the_line():
    mask = np.zeros((60, 100), bool)
    mask[28:33, 5:95] = True
    plain = centre_line(mask)
    mask[20:28, 48:51] = True
    assert line_distance([centre_line(mask)], [plain]) < 0.4


def test_an_ellipse_that_is_no_arc_has_its_axis():
    rows, columns = np.mgrid[:80, :80]
    x, y = columns - 40, rows - 40
    along, across = x * 0.8 + y * 0.6, y * 0.8 - x * 0.6
    line = centre_line((along / 24) ** 2 + (across / 15) ** 2 <= 1)
    assert line_distance([line], [np.array([[40 - 14.4, 40 - 19.2], [40 + 14.4, 40 + 19.2]])]) < 0.5


def test_each_component_has_a_line_the_largest_first():
    mask = np.zeros((50, 90), bool)
    mask[10, 5:20] = True
    mask[30:33, 30:80] = True
    lines = centre_lines(mask)
    assert [round(line_length(line)) for line in lines] == [50, 15]
    assert lines[1][:, 0] == pytest.approx(10)
    assert np.array_equal(centre_line(mask), lines[0])


def test_an_empty_mask_has_no_line():
    assert centre_lines(np.zeros((5, 5), bool)) == []
    assert centre_line(np.zeros((5, 5), bool)) is None


@given(MASKS, st.none() | st.tuples(st.floats(0.05, 2), st.floats(0.05, 2)))
@hypothesis_settings(max_examples=30)
def test_whatever_the_mask_its_lines_lie_in_its_box(mask, spacing):
    lines = centre_lines(mask, spacing)
    assert bool(lines) == bool(mask.any())
    for line in lines:
        assert len(line) >= 2
        assert np.isfinite(line).all()
        # a ray goes on to the outline between pixels, half a pixel from the last centre
        assert (line >= -1.01).all()
        assert (line <= np.array(mask.shape) + 0.01).all()


@pytest.mark.parametrize("shift", [0.5, 3.0, 20.0])
def test_a_shift_is_measured_along_its_own_axis(shift):
    line = np.stack([np.full(50, 10.0), np.linspace(0, 80, 50)], axis=1)
    other = line + np.array([shift, 0])
    assert line_distance([line], [other]) == pytest.approx(shift)
    assert line_distance([line], [other], (0.1, 0.7)) == pytest.approx(0.1 * shift)


def test_the_distance_is_symmetric_and_counts_length():
    long = np.stack([np.zeros(90), np.linspace(0, 90, 90)], axis=1)
    half = long[:46]
    # the missing half lies 0 to 44.5 off, the other direction 0
    both = [line_distance([long], [half]), line_distance([half], [long])]
    assert both[0] == both[1] == pytest.approx((44.5 / 2 * 44.5 / 90) / 2, rel=0.05)
    dense = np.stack([np.zeros(2000), np.linspace(0, 90, 2000) ** 2 / 90], axis=1)
    assert line_distance([dense], [half]) == pytest.approx(both[0], rel=0.02)


def test_several_lines_are_compared_together():
    first = np.array([[0.0, 0.0], [0.0, 30.0]])
    second = first + np.array([20, 0])
    assert line_distance([first, second], [second, first]) == 0
    assert line_distance([first, second], [first]) == pytest.approx((20 / 2 + 0) / 2)
    assert line_distance([], [first]) is None
    assert line_distance([first], []) is None
    lone = np.array([[3.0, 10.0]])
    assert line_distance([lone], [lone]) == 0


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(LusguiError, match="measures nothing"):
        centre_lines(np.ones((3, 3), bool), (0, 1))
    with pytest.raises(LusguiError, match="measures nothing"):
        line_distance([], [], (math.inf, 1))
    with pytest.raises(LusguiError, match="3 dimensions"):
        centre_line(np.ones((3, 3, 3), bool))
