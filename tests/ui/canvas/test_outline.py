from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from lusgui.ui.canvas.contours import boundary_loops
from lusgui.ui.canvas.outline import Outline, dash_lines

GREEN, DARK = QColor(0, 255, 0), QColor(0, 0, 0, 200)


def block(rows=20, cols=20):
    mask = np.zeros((rows, cols), bool)
    mask[5:15, 5:15] = True
    return mask


def picture(outline, pens, dashes=None, scale=10, size=200):
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(scale, scale)
    outline.stroke(painter, pens, dashes)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(size, size, 4).copy()


def test_a_solid_line_follows_the_edges_of_pixels_and_its_rim_lies_outside(qapp):
    shown = picture(Outline(block()), [(DARK, 6.0), (GREEN, 2.0)])
    for row, col in ((50, 100), (149, 100), (100, 50), (50, 50), (149, 149)):
        assert shown[row, col, 1] == 255
    assert shown[47, 100].tolist() == [0, 0, 0, 200]
    assert not shown[100, 100].any()
    assert not shown[40, 100].any()


def test_a_half_transparent_rim_is_as_dark_where_its_lines_overlap(qapp):
    rough = np.indices((20, 20)).sum(axis=0) % 3 == 0
    shown = picture(Outline(rough), [(DARK, 6.0), (QColor(0, 0, 0, 0), 1.0)])
    assert set(np.unique(shown[..., 3])) == {0, 200}


def test_dashes_have_their_length_at_any_zoom_and_go_round_corners(qapp):
    loops = boundary_loops(block())
    for scale in (1.0, 10.0):
        found = dash_lines(loops, (6.0, 4.0), (scale, scale))
        lengths = np.abs(found[:, 2:] - found[:, :2]).sum(axis=1) * scale
        assert lengths.max() <= 6.0 + 1e-9
        assert lengths.sum() == pytest.approx(40 * scale * 0.6)
    one = picture(Outline(block()), [(GREEN, 2.0)], (6.0, 4.0))
    row = one[50, 55:145, 1] > 128
    assert 0.5 < row.mean() < 0.7


def test_a_dash_that_turns_goes_on_by_half_its_width_and_one_that_ends_does_not():
    loops = [np.array([(0, 0), (0, 5), (5, 5), (5, 0)])]
    found = dash_lines(loops, (6.0, 100.0), corner=0.5)
    assert found.tolist() == [[0, 0, 5.5, 0], [5, -0.5, 5, 1]]


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_dashes_stay_on_the_outline(scale):
    mask = np.random.default_rng(3).random((30, 25)) > 0.6
    covered = np.zeros((31, 26, 2), bool)
    around = np.pad(mask, 1)
    covered[:, :-1, 0] = (around[1:] != around[:-1])[:, 1:-1]
    covered[:-1, :, 1] = (around[:, 1:] != around[:, :-1])[1:-1]
    for x0, y0, x1, y1 in dash_lines(boundary_loops(mask), (1.5, 1.0), (scale, scale)):
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        is_across = abs(y1 - y0) < abs(x1 - x0)
        at = (round(y), int(x)) if is_across else (int(y), round(x))
        assert covered[at][0 if is_across else 1]


def test_only_what_is_seen_is_cut_into_dashes():
    loops = boundary_loops(np.kron(np.eye(40, dtype=bool)[::-1], np.ones((3, 3), bool)))
    everything = dash_lines(loops, (1.0, 1.0), (9.0, 9.0))
    near = dash_lines(loops, (1.0, 1.0), (9.0, 9.0), seen=QRectF(0, 110, 10, 10))
    assert 0 < len(near) < len(everything) / 5
    assert set(map(tuple, near.tolist())) <= set(map(tuple, everything.tolist()))
    assert not len(dash_lines(loops, (1.0, 1.0), seen=QRectF(-50, -50, 10, 10)))


def test_an_outline_of_a_part_lies_where_the_part_is():
    mask = block()
    part = Outline(mask[4:12, 3:], (4, 3))
    assert part.path.boundingRect() == QRectF(5, 5, 10, 7)
    assert set(part.lines[:, 1]) == {5.0, 12.0}


@pytest.mark.parametrize("scale", [0.731, 3.37])
def test_a_tint_covers_the_mask_evenly_and_nothing_else(qapp, scale):
    mask = np.pad(np.random.default_rng(4).random((26, 22)) > 0.4, 1)
    image = QImage(100, 100, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    Outline(mask[2:, 3:], (2, 3)).tint(painter, QColor(0, 0, 0, 90))
    Outline().tint(painter, QColor(0, 0, 0, 90))
    painter.end()
    shown = np.frombuffer(image.constBits(), np.uint8).reshape(100, 100, 4)[..., 3]
    assert set(np.unique(shown)) == {0, 90}
    at = (np.arange(100) + 0.5) / scale
    inside = at < min(mask.shape)
    sampled = mask[np.ix_(at[inside].astype(int), at[inside].astype(int))]
    sampled = sampled & (at[inside] > 2)[:, None] & (at[inside] > 3)
    assert np.array_equal(shown[np.ix_(inside, inside)] > 0, sampled)


def test_nothing_is_drawn_of_nothing(qapp):
    for nothing in (Outline(), Outline(np.zeros((4, 4), bool))):
        assert nothing.is_empty
        assert not len(nothing.lines)
        assert nothing.path.isEmpty()
        assert not picture(nothing, [(GREEN, 2.0)]).any()
    assert not len(dash_lines([], (1.0, 1.0)))
