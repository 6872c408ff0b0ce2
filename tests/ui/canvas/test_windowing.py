from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lusgui.ui.canvas.windowing import screen_gray


def test_the_whole_range_is_black_to_white():
    gray = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    shown = screen_gray(gray, 1.0, 0.5)
    assert shown.dtype == np.uint8
    assert shown[0, 0] == 0
    assert shown[-1, -1] == 255
    assert gray[-1, -1] == 1  # what was given is not written to


@given(st.floats(0.05, 2), st.floats(0, 1), st.floats(0, 1))
def test_it_grows_with_gray_and_ends_at_the_window(window, level, value):
    at = np.array([[value, value + 0.01, level - window, level + window]], np.float32)
    shown = screen_gray(at, window, level)
    assert shown[0, 0] <= shown[0, 1]
    assert shown[0, 2] == 0
    assert shown[0, 3] == 255
