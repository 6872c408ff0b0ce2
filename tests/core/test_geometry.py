from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as arrays

from lusgui.core.geometry import EMPTY_BOX, Box, area_mm2, bounding_box


@given(arrays.arrays(bool, (7, 9)))
def test_bounding_box_holds_every_pixel_and_is_tight(mask):
    box = bounding_box(mask)
    assert mask[box.slices].sum() == mask.sum()
    if not box.is_empty:
        inside = mask[box.slices]
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


def test_union_and_clip():
    box = Box(-2, 3, 4, 20)
    assert box.clipped((10, 10)) == Box(0, 3, 4, 10)
    assert EMPTY_BOX.union(box) == box
    assert box.union(EMPTY_BOX) == box
    assert Box(0, 0, 1, 1).union(Box(5, 6, 7, 8)) == Box(0, 0, 7, 8)
    assert Box(3, 3, 1, 9).shape == (0, 6)


def test_area_needs_spacing():
    mask = np.ones((4, 5), bool)
    assert area_mm2(mask, (0.1, 0.2)) == 4 * 5 * 0.1 * 0.2
    assert area_mm2(mask, None) is None
