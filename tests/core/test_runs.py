from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from lusgui.core.runs import Runs

tiny = hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))
masks = tiny | tiny.map(lambda mask: np.pad(mask, ((0, 0), (0, 300))))
"""Dense ones and, padded, such as are joined by their runs."""
EIGHT = np.ones((3, 3), bool)


def numbered(mask, runs):
    """Return the numbers of the components (H, W), from 1, as `scipy.ndimage.label` does."""
    out = np.zeros(mask.shape, int)
    for row, start, stop, number in zip(runs.rows, runs.starts, runs.stops, runs.numbers, strict=True):
        out[row, start:stop] = number + 1
    return out


@given(masks, st.booleans())
def test_components_and_their_order_are_those_of_a_labelling(mask, corners):
    expected, count = ndimage.label(mask, structure=EIGHT if corners else None)
    runs = Runs(mask, corners=corners)
    assert runs.count == count
    assert np.array_equal(numbered(mask, runs), expected)
    assert np.array_equal(runs.areas, np.bincount(expected.ravel(), minlength=count + 1)[1:])


@given(masks, st.integers(0, 2**16 - 1))
def test_pixels_of_wanted_components(mask, bits):
    runs = Runs(mask)
    wanted = np.array([bits >> n & 1 for n in range(runs.count)], bool)
    found = np.zeros(mask.size, bool)
    found[runs.pixels_of(wanted)] = True
    numbers = numbered(mask, runs)
    assert np.array_equal(found.reshape(mask.shape), (numbers > 0) & np.append(False, wanted)[numbers])


@given(masks)
def test_components_of_pixels_and_at_the_edge(mask):
    runs = Runs(mask)
    rows, cols = np.nonzero(mask)
    numbers = numbered(mask, runs)
    assert np.array_equal(runs.of(rows, cols), numbers[rows, cols] - 1)
    rim = np.ones(mask.shape, bool)
    rim[1:-1, 1:-1] = False
    assert set(np.flatnonzero(runs.touching_edges()) + 1) == set(numbers[rim & mask])


def test_a_winding_piece_is_one():
    mask = np.ones((41, 30), bool)
    mask[1::4, :-1] = mask[3::4, 1:] = False
    assert Runs(mask, corners=False).count == 1
    comb = np.pad(mask, ((0, 0), (0, 600)))
    assert Runs(comb, corners=False).count == 1
    noise = np.random.default_rng(1).random((200, 150)) < 0.41
    for each in (noise, np.pad(noise, ((0, 0), (0, 3000)))):
        assert Runs(each).count == ndimage.label(each, structure=EIGHT)[1]


def test_nothing_has_no_components():
    runs = Runs(np.zeros((3, 4), bool))
    assert runs.count == 0
    assert runs.areas.size == 0
    assert not runs.touching_edges().size
    assert not runs.pixels_of(np.zeros(0, bool)).size
