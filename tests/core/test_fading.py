from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lusgui.core.fading import FADED, FLOOR, fade_specks


def _plane():
    plane = np.zeros((50, 40), np.float32)
    plane[5:15, 5:25] = 0.6  # 120
    plane[30:33, 30:33] = 0.99  # 9
    plane[40:48, 2:12] = 0.3  # 24
    return plane


def test_small_and_faint_components_fade():
    plane = _plane()
    faded = fade_specks(plane, 50 / plane.size)
    assert np.array_equal(faded[5:15, 5:25], plane[5:15, 5:25])
    assert np.allclose(faded[30:33, 30:33], 0.99 * FADED)
    assert np.allclose(faded[40:48, 2:12], 0.3 * FADED)
    assert np.array_equal(plane, _plane())  # what was given stays


def test_a_large_faint_one_outlives_a_small_sure_one():
    plane = _plane()
    faded = fade_specks(plane, 15 / plane.size)
    assert faded[44, 5] == np.float32(0.3)
    assert faded[31, 31] < FLOOR


def test_nothing_is_copied_when_nothing_fades():
    plane = _plane()
    assert fade_specks(plane, 0.0) is plane
    assert fade_specks(plane, 5 / plane.size) is plane


def test_labels_are_told_apart():
    planes = np.stack([_plane(), _plane() * 0])
    faded = fade_specks(planes, 50 / planes[0].size)
    assert faded.shape == planes.shape
    assert np.array_equal(faded[0], fade_specks(_plane(), 50 / planes[0].size))
    assert not faded[1].any()


@given(
    npst.arrays(np.float32, (12, 9), elements=st.floats(0, 1, width=32)),
    st.floats(0, 0.5),
)
def test_it_never_adds(plane, least):
    faded = fade_specks(plane, least)
    assert np.all(faded <= plane)
    assert np.array_equal(faded[plane < FLOOR], plane[plane < FLOOR])
