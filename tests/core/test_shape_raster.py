"""Polygons into pixels, against a point-in-polygon test written by others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import points_in_poly

from lusgui.core.shape_raster import ShapeMode, enclosed_area, stroke_of

SHAPE = (24, 18)


def full(area, shape=SHAPE):
    mask = np.zeros(shape, bool)
    mask[area.box.slices] = area.patch
    return mask


def polygon(*corners):
    return np.array(corners, float)


def test_a_rectangle_holds_the_pixels_whose_centres_it_holds():
    area = enclosed_area(polygon((3, 4), (3, 9), (7, 9), (7, 4)), SHAPE)
    wanted = np.zeros(SHAPE, bool)
    wanted[3:7, 4:9] = True
    assert (full(area) == wanted).all()
    assert not area.crosses_itself
    assert not area.reaches_outside


@given(
    st.lists(st.tuples(st.floats(-6, 30), st.floats(-6, 24)), min_size=3, max_size=3, unique=True),
)
def test_triangles_agree_with_another_implementation(corners):
    path = np.array(corners)
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    points = np.stack((rows.ravel(), cols.ravel()), axis=1)
    theirs = points_in_poly(points, path).reshape(SHAPE)
    ours = full(enclosed_area(path, SHAPE))
    # centres on the outline itself may fall on either side
    sides = np.roll(path, -1, axis=0) - path
    lengths = np.hypot(*sides.T)
    off = points[:, None] - path[None]
    away = np.abs(sides[:, 0] * off[..., 1] - sides[:, 1] * off[..., 0]) / np.maximum(lengths, 1e-9)
    is_clear = (away > 1e-6).all(axis=1).reshape(SHAPE)
    assert (ours == theirs)[is_clear].all()


@given(st.integers(1, 17), st.lists(st.floats(-5, 30), min_size=2, max_size=8))
def test_two_polygons_beside_one_another_share_no_pixel_and_leave_none(col, rows):
    """A frame cut in two along any line of corners is put together again without a gap."""
    cut = [(row, col + 0.37 * number) for number, row in enumerate(sorted(rows))]
    left = enclosed_area(polygon((-9, -9), (-9, col), *cut, (40, col), (40, -9)), SHAPE)
    right = enclosed_area(polygon((-9, 40), (-9, col), *cut, (40, col), (40, 40)), SHAPE)
    assert (full(left) ^ full(right)).all()


def test_order_and_start_of_the_corners_do_not_matter():
    path = polygon((2, 2), (5, 14), (18, 10), (12, 3))
    wanted = full(enclosed_area(path, SHAPE))
    assert (full(enclosed_area(path[::-1], SHAPE)) == wanted).all()
    assert (full(enclosed_area(np.roll(path, 2, axis=0), SHAPE)) == wanted).all()


def test_an_outline_that_crosses_itself_encloses_everything_it_goes_around():
    eight = enclosed_area(polygon((2, 2), (14, 12), (14, 2), (2, 12)), SHAPE)
    assert eight.crosses_itself
    assert full(eight)[3, 7]
    assert full(eight)[13, 7]
    around = [(10 + 6 * np.sin(a), 9 + 6 * np.cos(a)) for a in np.linspace(0, 3.5 * np.pi, 60)]
    spiral = enclosed_area(np.array(around), SHAPE)
    assert spiral.crosses_itself
    assert full(spiral)[10, 9]  # no hole where it goes around twice


@pytest.mark.parametrize(
    "corners",
    [
        [],
        [(3, 3)],
        [(3, 3), (9, 9)],
        [(3, 3), (9, 9), (6, 6)],
        [(3.1, 3.1), (3.1, 3.4), (3.4, 3.4)],
        [(5, 5), (5, 5), (5, 5), (5, 5)],
        [(-9, -9), (-9, -3), (-3, -3)],
        [(100, 100), (100, 140), (140, 140)],
        [(np.nan, 3), (5, np.inf), (7, 7)],
    ],
)
def test_what_has_no_area_in_the_frame_is_empty(corners):
    area = enclosed_area(np.array(corners, float).reshape(-1, 2), SHAPE)
    assert area.is_empty
    assert area.patch.shape == area.box.shape


def test_a_wild_corner_is_cut_at_the_frame():
    area = enclosed_area(polygon((-1e300, -1e300), (-1e300, 1e300), (1e300, 1e300), (1e300, -1e300)), SHAPE)
    assert full(area).all()
    assert area.reaches_outside


def test_corners_must_be_pairs():
    with pytest.raises(ValueError, match=r"expected \(N, 2\)"):
        enclosed_area(np.zeros((3, 3)), SHAPE)


@pytest.mark.parametrize("mode", list(ShapeMode))
def test_a_stroke_does_what_its_mode_says(mode):
    mask = np.zeros(SHAPE, bool)
    mask[5:10, 5:10] = mask[15:18, 2:4] = True
    area = enclosed_area(polygon((7, 3), (7, 8), (12, 8), (12, 3)), SHAPE)
    inside = full(area)
    stroke = stroke_of(area, mask, mode)
    after = mask.copy()
    after[stroke.box.slices][stroke.patch] = stroke.add
    wanted = {
        ShapeMode.ADD: mask | inside,
        ShapeMode.SUBTRACT: mask & ~inside,
        ShapeMode.INTERSECT: mask & inside,
    }[mode]
    assert (after == wanted).all()


def test_a_stroke_that_changes_nothing_is_empty():
    mask = np.zeros(SHAPE, bool)
    area = enclosed_area(polygon((7, 3), (7, 8), (12, 8), (12, 3)), SHAPE)
    assert stroke_of(area, mask, ShapeMode.SUBTRACT).box.is_empty
    assert stroke_of(area, mask, ShapeMode.INTERSECT).box.is_empty
    assert stroke_of(area, full(area), ShapeMode.ADD).box.is_empty
    assert stroke_of(area, full(area), ShapeMode.INTERSECT).box.is_empty
