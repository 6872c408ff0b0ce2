from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.geometry import Box
from lusgui.core.margins import CROPPED_FROM, find_content

SHARES = st.integers(0, 30)


def framed(top: int, bottom: int, left: int, right: int, dark: float = 0.0) -> np.ndarray:
    return np.pad(np.full((50, 40), 0.5, np.float32), ((top, bottom), (left, right)), constant_values=dark)


@given(SHARES, SHARES, SHARES, SHARES)
def test_margins_are_found_where_they_take_enough_of_an_axis(top, bottom, left, right):
    gray = framed(top, bottom, left, right)
    found = find_content(gray, CROPPED_FROM)
    rows = (
        (top, top + 50)
        if top + bottom >= CROPPED_FROM * gray.shape[0] and top + bottom
        else (0, 50 + top + bottom)
    )
    cols = (
        (left, left + 40)
        if left + right >= CROPPED_FROM * gray.shape[1] and left + right
        else (0, 40 + left + right)
    )
    assert found == Box(rows[0], cols[0], rows[1], cols[1])


def test_what_compression_leaves_in_a_margin_is_black():
    assert find_content(framed(20, 20, 0, 0, dark=3 / 255), CROPPED_FROM) == Box(20, 0, 70, 40)
    assert find_content(framed(20, 20, 0, 0, dark=6 / 255), CROPPED_FROM) == Box(0, 0, 90, 40)


@pytest.mark.parametrize("share", [0.0, CROPPED_FROM])
def test_an_all_black_frame_stays_whole(share):
    assert find_content(np.zeros((30, 20), np.float32), share) == Box(0, 0, 30, 20)


def test_nothing_is_cut_off_where_nobody_asks():
    assert find_content(framed(30, 30, 30, 30), 0.0) == Box(0, 0, 110, 100)
