from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.ui.canvas.contours import boundary_loops, edge_lines, outline_path


def shoelace(loop):
    rows, cols = loop[:, 0], loop[:, 1]
    return 0.5 * float(np.sum(cols * np.roll(rows, -1) - np.roll(cols, -1) * rows))


@given(hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_loops_enclose_exactly_the_mask(mask):
    loops = boundary_loops(mask)
    # Outer loops run clockwise, holes the other way: the signed areas add up to the pixels.
    assert sum(shoelace(loop) for loop in loops) == mask.sum()
    for loop in loops:
        steps = np.diff(np.concatenate((loop, loop[:1])), axis=0)
        assert ((steps == 0).sum(axis=1) == 1).all()  # along pixel edges only


@given(hnp.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_the_path_contains_the_centres_of_the_mask_and_no_others(mask):
    from PySide6.QtCore import QPointF

    path = outline_path(mask)
    for row, col in np.ndindex(mask.shape):
        assert path.contains(QPointF(col + 0.5, row + 0.5)) == mask[row, col]


def test_pieces_that_touch_at_a_corner_stay_apart():
    mask = np.array([[1, 0], [0, 1]], bool)
    assert len(boundary_loops(mask)) == 2


def test_a_rectangle_has_four_corners():
    mask = np.zeros((50, 60), bool)
    mask[10:20, 30:45] = True
    (loop,) = boundary_loops(mask)
    assert sorted(map(tuple, loop.tolist())) == [(10, 30), (10, 45), (20, 30), (20, 45)]


def test_nothing_gives_nothing():
    assert boundary_loops(np.zeros((4, 4), bool)) == []
    assert outline_path(np.zeros((4, 4), bool)).isEmpty()


@given(hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_lines_lie_between_pixels_that_differ_and_nowhere_else(mask):
    across = np.zeros((mask.shape[0] + 1, mask.shape[1]), int)
    down = np.zeros((mask.shape[0], mask.shape[1] + 1), int)
    for x0, y0, x1, y1 in edge_lines(mask).astype(int):
        if y0 == y1:
            across[y0, min(x0, x1) : max(x0, x1)] += 1
        else:
            assert x0 == x1
            down[min(y0, y1) : max(y0, y1), x0] += 1
    around = np.pad(mask, 1)
    assert np.array_equal(across, (around[1:] != around[:-1])[:, 1:-1])
    assert np.array_equal(down, (around[:, 1:] != around[:, :-1])[1:-1])
