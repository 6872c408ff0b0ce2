import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.raster import stroke_patch

SHAPE = (40, 24)
coordinate = st.floats(-15, 55, allow_nan=False)
paths = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=5)
radius = st.floats(0.25, 12)


def paint(points, rows, cols, shape=SHAPE):
    box, patch = stroke_patch(np.array(points, dtype=float), rows, cols, shape)
    full = np.zeros(shape, bool)
    full[box.slices] = patch
    return full


def by_definition(points, rows, cols, shape=SHAPE):
    """Distance to each piece by dense sampling, and the pixels where corners lie."""
    centre_rows, centre_cols = np.meshgrid(
        np.arange(shape[0]) + 0.5, np.arange(shape[1]) + 0.5, indexing="ij"
    )
    nearest = np.full(shape, np.inf)
    ends = points[1:] or points
    for (r0, c0), (r1, c1) in zip(points, ends, strict=False):
        for t in np.linspace(0, 1, 400):
            away = ((centre_rows - r0 - t * (r1 - r0)) / rows) ** 2 + (
                (centre_cols - c0 - t * (c1 - c0)) / cols
            ) ** 2
            nearest = np.minimum(nearest, away)
    return np.sqrt(nearest)


@given(paths, radius, radius)
def test_paints_exactly_what_the_ellipse_sweeps(points, rows, cols):
    painted = paint(points, rows, cols)
    distance = by_definition(points, rows, cols)
    corners = np.zeros(SHAPE, bool)
    for row, col in points:
        if 0 <= row < SHAPE[0] and 0 <= col < SHAPE[1]:
            corners[int(np.floor(row)), int(np.floor(col))] = True
    # sampling overestimates by less than half a sample step in units of the radii
    slack = 71 * np.sqrt(2) / 400 / min(rows, cols)
    assert not (painted & ~corners & (distance > 1 + slack)).any()
    assert painted[(distance <= 1)].all()
    assert painted[corners].all()


@given(paths, radius, radius)
def test_box_is_inside_the_frame_and_tight(points, rows, cols):
    box, patch = stroke_patch(np.array(points, dtype=float), rows, cols, SHAPE)
    assert patch.shape == box.shape
    assert box == box.clipped(SHAPE)
    if not box.is_empty:
        assert patch[0].any()
        assert patch[-1].any()
        assert patch[:, 0].any()
        assert patch[:, -1].any()


@given(paths, radius)
def test_a_stroke_is_the_union_of_its_pieces(points, size):
    together = paint(points, size, size)
    apart = np.zeros(SHAPE, bool)
    for pair in zip(points, points[1:] or points, strict=False):
        apart |= paint(list(pair), size, size)
    assert np.array_equal(together, apart)


def test_disc_is_round_in_millimetres():
    # 0.1 mm rows and 0.4 mm columns: a brush of 4 mm is 20 rows and 5 columns in radius
    full = paint([(30.0, 12.0)], 20, 5, (60, 24))
    rows, cols = np.nonzero(full)
    assert rows.max() - rows.min() + 1 == 40
    assert cols.max() - cols.min() + 1 == 10
    assert full.sum() == pytest.approx(np.pi * 20 * 5, rel=0.03)


def test_finest_brush_leaves_a_trace():
    full = paint([(3.9, 3.9)], 0.1, 0.1)
    assert full.sum() == 1
    assert full[3, 3]


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.full((2, 2), np.nan), np.array([[1e30, -1e30]])])
def test_nothing_to_paint(points):
    box, patch = stroke_patch(points, 3, 3, SHAPE)
    assert box.is_empty
    assert patch.shape == (0, 0)


def test_refuses_nonsense():
    with pytest.raises(ValueError, match="radii"):
        stroke_patch(np.zeros((1, 2)), 0, 1, SHAPE)
    with pytest.raises(ValueError, match="shape"):
        stroke_patch(np.zeros(2), 1, 1, SHAPE)
