"""Only what has changed of a shape is painted again."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from lusgui.ui.canvas.shape_overlay import NOTHING, DrawnShape, changed_part


def line(*corners):
    return np.array(corners, float).reshape(-1, 2)


A, B, C, D = (10, 10), (10, 50), (50, 50), (50, 10)


def rect(row0, col0, row1, col1):
    return QRectF(col0, row0, col1 - col0, row1 - row0)


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        (DrawnShape(line(A, B)), DrawnShape(line(A, B)), None),
        (NOTHING, NOTHING, None),
        (NOTHING, DrawnShape(line(A, B, C)), rect(10, 10, 50, 50)),
        (DrawnShape(line(A, B)), DrawnShape(line(A, B, C)), rect(10, 50, 50, 50)),  # one more at the end
        (DrawnShape(line(A, B, C)), DrawnShape(line(A, B)), rect(10, 50, 50, 50)),
        (DrawnShape(line(A, B, C, D)), DrawnShape(line(A, (5, 60), C, D)), rect(5, 10, 50, 60)),  # one moved
        (DrawnShape(line(A, C)), DrawnShape(line(A, B, C)), rect(10, 10, 50, 50)),  # one put between
        (DrawnShape(line(A, B), line(B, A)), DrawnShape(line(A, B), line(C, A)), rect(10, 10, 50, 50)),
        (DrawnShape(line(A, B)), DrawnShape(line(A, B), None, line(B, C)), rect(10, 50, 50, 50)),
        (
            DrawnShape(line(A), corners=(A, B)),
            DrawnShape(line(A), corners=(A, B), hot=1),
            rect(10, 50, 10, 50),
        ),
        (DrawnShape(line(A)), DrawnShape(line(A), spot=(7, 8)), rect(7, 8, 7, 8)),
    ],
)
def test_the_part_that_differs(before, after, part):
    assert changed_part(before, after) == part
    assert changed_part(after, before) == part


def test_a_corner_that_is_hot_no_longer_is_painted_again():
    before = DrawnShape(line(A, B), corners=(A, B), hot=0)
    after = DrawnShape(line(A, B), corners=(A, B), hot=1)
    assert changed_part(before, after) == rect(10, 10, 10, 50)
