import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.dataset import Sample
from training.learning.cheap.discs import clicked_point, disc_sample, discs


@given(st.integers(8, 200), st.integers(8, 200), st.floats(0, 1), st.floats(0, 1))
def test_a_disc_lies_around_its_point_and_is_never_empty(rows, cols, y, x):
    point = (y * (rows - 1), x * (cols - 1))
    mask = discs((rows, cols), [point])
    assert mask[round(point[0]), round(point[1])]
    where = np.argwhere(mask)
    assert abs(where.mean(0) - point).max() < 0.02 * max(rows, cols) + 1


def test_a_disc_is_round_once_the_frame_is_square():
    where = np.argwhere(discs((900, 300), [(450, 150)]))
    high, wide = np.ptp(where, axis=0) + 1
    assert high == pytest.approx(3 * wide, abs=3)


def test_a_click_lies_on_each_piece_near_its_middle():
    mask = np.zeros((40, 40), bool)
    mask[5:20, 5], mask[19, 5:20] = True, True  # a hook: its middle lies beside it
    mask[30:34, 30:34] = True
    points = clicked_point(mask)
    assert len(points) == 2
    assert all(mask[int(row), int(col)] for row, col in points)
    assert clicked_point(np.zeros((4, 4), bool)) == []


def test_a_frame_of_points_forgets_its_masks():
    sample = Sample("a", "g", np.zeros((20, 20), np.uint8), {"rib": np.ones((20, 20), bool)})
    made = disc_sample(sample, {"cerebellum": [(3.0, 4.0)]})
    assert set(made.masks) == {"cerebellum"}
    assert made.masks["cerebellum"][3, 4]
    assert made.masks["cerebellum"].sum() < 9
