import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.annotation import PlaneKey
from lusgui.core.edits import MarkChange
from lusgui.core.marks import box_mark, centre_of, changed, fits, mark_at, place_of, point_mark

KEY = PlaneKey(1, 2, "rib")
SHAPE = (30, 20)
anywhere = st.floats(-1e3, 1e3, allow_nan=False)


@given(anywhere, anywhere)
def test_a_point_always_lies_on_the_frame(row, col):
    mark = point_mark(KEY, row, col, SHAPE)
    assert fits(mark, 3, SHAPE)
    assert not fits(mark, 2, SHAPE)
    assert place_of(mark) == KEY
    if 0 <= row <= 29:
        assert centre_of(mark)[0] == pytest.approx(row, abs=0.006)


@given(anywhere, anywhere, anywhere, anywhere)
def test_a_box_is_cut_to_the_frame_whatever_its_corners(a, b, c, d):
    mark = box_mark(KEY, (a, b), (c, d), SHAPE)
    assert mark == box_mark(KEY, (c, d), (a, b), SHAPE)
    if mark is not None:
        assert fits(mark, 3, SHAPE)
        assert mark.row1 - mark.row0 >= 2
        assert mark.col1 - mark.col0 >= 2


def test_a_slip_is_no_box():
    assert box_mark(KEY, (3, 3), (3.5, 9), SHAPE) is None
    assert box_mark(KEY, (-9, 3), (-2, 9), SHAPE) is None


def test_the_nearest_mark_within_reach_is_found_in_screen_distance():
    near, far = point_mark(KEY, 10, 10, SHAPE), point_mark(KEY, 10, 14, SHAPE)
    box = box_mark(KEY, (2, 2), (26, 18), SHAPE)
    marks = (near, far, box)
    assert mark_at(marks, 10, 11, reach=3) == near
    assert mark_at(marks, 10, 13, reach=3) == far
    assert mark_at(marks, 14, 10, reach=3) is None  # inside a box is not at its edge
    assert mark_at(marks, 3, 9, reach=3) == box
    assert mark_at(marks, 0.5, 9, reach=3) == box
    assert mark_at(marks, 10, 12, reach=3, spacing=(1, 2)) is None


def test_changes_done_twice_change_nothing_more():
    one, other = point_mark(KEY, 1, 1, SHAPE), point_mark(KEY, 5, 5, SHAPE)
    moved = [MarkChange(one, other)]
    assert changed((one,), moved) == (other,)
    assert changed(changed((one,), moved), moved) == (other,)
    assert changed((other,), [each.reversed() for each in moved]) == (one,)
