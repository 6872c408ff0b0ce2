"""Tests of lusgui.nn.click.zoom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.nn.click.maps import Marks
from lusgui.nn.click.zoom import LEAST_SIDE, MARGIN, canvas_aspect, object_box, view_around

corners = st.floats(0, 1, allow_nan=False)


def two_squares():
    coarse = np.zeros((40, 40))
    coarse[4:12, 4:12] = 0.9
    coarse[24:36, 20:32] = 0.9
    return coarse


def test_silly_frames_have_no_silly_canvas():
    assert canvas_aspect((512, 512)) == 1
    assert canvas_aspect((960, 128)) == 2
    assert canvas_aspect((960, 128), 1 / 6) == pytest.approx(1.25)
    assert canvas_aspect((100, 1000)) == 0.5


def test_only_what_is_clicked_on_counts():
    coarse = two_squares()
    assert object_box(coarse, Marks().with_click(0.2, 0.2, True), None) == (0.1, 0.1, 0.3, 0.3)
    both = Marks().with_click(0.2, 0.2, True).with_click(0.7, 0.6, True)
    assert object_box(coarse, both, None) == (0.1, 0.1, 0.9, 0.8)
    # a click a little off still means it; a negative click does not
    assert object_box(coarse, Marks().with_click(0.34, 0.2, True), None) == (0.1, 0.1, 0.34, 0.3)
    assert object_box(coarse, Marks().with_click(0.2, 0.2, False), None) is None


def test_the_mask_there_before_and_boxes_and_scribbles_count_too():
    coarse = np.zeros((40, 40))
    before = two_squares() > 0
    assert object_box(coarse, Marks().with_click(0.2, 0.2, False), before) == (0.1, 0.1, 0.3, 0.3)
    assert object_box(coarse, Marks().with_click(0.5, 0.9, True), before) == (0.5, 0.9, 0.5, 0.9)
    assert object_box(coarse, Marks(box=(0.3, 0.2, 0.4, 0.6)), None) == (0.3, 0.2, 0.4, 0.6)
    line = np.array([[0.1, 0.2], [0.5, 0.6]])
    assert object_box(coarse, Marks(strokes=((line, True),)), None) == (0.1, 0.2, 0.5, 0.6)
    assert object_box(coarse, Marks(), before) is None


@given(st.tuples(corners, corners, corners, corners), st.floats(0.5, 2.0))
def test_a_view_holds_the_box_lies_in_the_frame_and_is_no_strip(four, aspect):
    row0, row1 = sorted((four[0], four[1]))
    col0, col1 = sorted((four[2], four[3]))
    view = view_around((row0, col0, row1, col1), aspect)
    assert -1e-9 <= view[0] <= row0 + 1e-9
    assert row1 - 1e-9 <= view[2] <= 1 + 1e-9
    assert -1e-9 <= view[1] <= col0 + 1e-9
    assert col1 - 1e-9 <= view[3] <= 1 + 1e-9
    high, wide = (view[2] - view[0]) * aspect, view[3] - view[1]
    least = min(LEAST_SIDE * max(aspect, 1), aspect, 1)
    assert high >= least - 1e-9
    assert wide >= least - 1e-9
    # no longer than twice, but where the frame ends
    assert high <= 2 * wide + 1e-9 or wide > 1 - 1e-9
    assert wide <= 2 * high + 1e-9 or high > aspect - 1e-9


def test_a_view_has_a_margin():
    view = view_around((0.4, 0.3, 0.6, 0.7), 1.0)
    assert view[3] - view[1] == pytest.approx(0.4 * MARGIN)
    assert view[2] - view[0] == pytest.approx(0.2 * MARGIN)
    assert view_around((0.0, 0.3, 0.2, 0.7), 1.0)[0] == 0
