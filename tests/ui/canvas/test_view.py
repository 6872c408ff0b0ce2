"""The canvas: lusgui.ui.canvas.view, with lusgui.ui.canvas.rulers and lusgui.ui.canvas.cursor."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from lusgui.ui.canvas.view import CanvasView


@pytest.fixture
def canvas(qtbot):
    view = CanvasView()
    qtbot.addWidget(view)
    view.resize(700, 600)
    view.show()
    qtbot.waitExposed(view)
    view.set_geometry((960, 128), (0.04, 0.3))
    view.show_gray(np.zeros((960, 128), np.uint8))
    return view


def screen_length(canvas, first, second):
    delta = canvas.to_viewport(*second) - canvas.to_viewport(*first)
    return (delta.x() ** 2 + delta.y() ** 2) ** 0.5


def test_a_millimetre_is_as_long_down_as_across(canvas):
    down = screen_length(canvas, (0, 0), (25, 0))  # 1 mm
    across = screen_length(canvas, (0, 0), (0, 10 / 3))  # 1 mm
    assert down == pytest.approx(across, rel=1e-3)


def test_fit_shows_the_whole_frame(canvas):
    for corner in ((0, 0), (960, 128)):
        at = canvas.to_viewport(*corner)
        assert canvas.viewport().rect().contains(at.toPoint())


def test_positions_go_there_and_back(canvas):
    row, col = canvas.to_frame(canvas.to_viewport(123.4, 56.7))
    assert (row, col) == (pytest.approx(123.4), pytest.approx(56.7))


def test_zoom_keeps_what_is_under_the_pointer(canvas):
    at = canvas.to_viewport(300, 40)
    before = canvas.pixels_per_unit
    canvas.zoom(2.0, at)
    assert canvas.pixels_per_unit == pytest.approx(2 * before, rel=1e-3)
    now = canvas.to_viewport(300, 40)
    assert (now - at).manhattanLength() < 1.5


def test_zoom_has_an_end(canvas):
    for _ in range(100):
        canvas.zoom(1.5)
    assert canvas.pixels_per_unit < 1e4
    for _ in range(200):
        canvas.zoom(0.5)
    assert canvas.pixels_per_unit > 0.1


def test_pan_moves_by_screen_pixels(canvas):
    before = canvas.to_viewport(300, 40)
    canvas.pan(30, -20)
    delta = canvas.to_viewport(300, 40) - before
    assert (delta.x(), delta.y()) == (pytest.approx(30, abs=1), pytest.approx(-20, abs=1))


def test_resizing_keeps_the_whole_frame_unless_zoomed(canvas, qapp):
    canvas.resize(500, 400)
    qapp.processEvents()
    assert canvas.viewport().rect().contains(canvas.to_viewport(960, 128).toPoint())


def test_another_size_is_fitted_and_the_same_is_not(canvas):
    canvas.zoom(3.0, QPointF(100, 100))
    zoomed = canvas.pixels_per_unit
    canvas.set_geometry((960, 128), (0.04, 0.3))
    assert canvas.pixels_per_unit == pytest.approx(zoomed)
    canvas.set_geometry((100, 100), None)
    assert canvas.unit_per_pixel == (1.0, 1.0)
    assert canvas.pixels_per_unit != pytest.approx(zoomed)


def test_rulers_have_ticks_on_the_frame_only(canvas):
    ticks = [value for _, values in canvas._depth.tickValues(-30, 90, 500) for value in values]
    assert min(ticks) >= 0
    assert max(ticks) <= 960 * 0.04 + 1e-6
    assert "mm" in canvas._depth.labelText
    canvas.set_geometry((960, 128), None)
    assert "px" in canvas._depth.labelText


def test_the_brush_cursor_has_the_brushs_size(canvas):
    canvas.brush_cursor.set_brush(25.0, 3.33, erases=False, color="#E69F00")
    box = canvas.brush_cursor.boundingRect()
    assert box.width() >= 2 * 3.33
    assert box.height() >= 50
    shown = screen_length(canvas, (0, 0), (50, 0)), screen_length(canvas, (0, 0), (0, 6.66))
    assert shown[0] == pytest.approx(shown[1], rel=0.01)  # round on screen


def test_clearing_shows_nothing(canvas):
    canvas.clear()
    assert not canvas.has_frame
    canvas.zoom(2.0)
    canvas.pan(3, 3)
    canvas.fit()
