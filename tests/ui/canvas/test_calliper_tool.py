"""The callipers on the canvas with real events, with lusgui.ui.canvas.calliper_overlay and
lusgui.ui.canvas.calliper_view."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.label import CEREBELLUM
from lusgui.core.measures.drawn import Kind
from lusgui.session.view_state import Tool
from lusgui.ui.canvas.calliper_overlay import BY_HAND, BY_MASK, UNDER_WAY

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
KEYS = Qt.KeyboardModifier


@pytest.fixture
def tool(window, session):
    """Take the callipers up with their key."""
    QTest.keyClick(window, Qt.Key.Key_R, KEYS.ShiftModifier)
    assert session.view.tool is Tool.CALLIPER
    QApplication.processEvents()
    return window.presenter.tools.calliper


def drawn(window, color):
    return [each for each in window.measure.view.overlay.shown if each.color == color]


def click(hand, row, col, button=LEFT, keys=KEYS.NoModifier):
    hand.press(row, col, button, keys)
    hand.release(row, col, button, keys)


def test_a_drag_measures_a_distance(window, session, hand, tool):
    hand.press(10.5, 5.5)
    hand.move(20, 15, LEFT)
    assert tool.is_drawing
    (line,) = drawn(window, UNDER_WAY)
    assert line.text.endswith("mm")
    hand.move(40.5, 15.5, LEFT)
    hand.release(40.5, 15.5)
    (one,) = session.callipers.here
    assert one.kind is Kind.DISTANCE
    np.testing.assert_allclose(one.points, [(10, 5), (40, 15)], atol=0.3)
    (line,) = drawn(window, BY_HAND)
    length = np.hypot(30 * 0.1, 10 * 0.3)
    assert abs(float(line.text.split()[0]) - length) < 0.11
    assert not tool.is_drawing


def test_shift_keeps_a_line_level_or_upright(session, hand, tool):
    hand.drag((10, 5), (12, 20), (13, 30), keys=KEYS.ShiftModifier)
    hand.drag((25, 5), (50, 8), keys=KEYS.ShiftModifier)
    level, upright = session.callipers.here
    assert level.points[0][0] == level.points[1][0]
    assert upright.points[0][1] == upright.points[1][1]


def test_an_end_is_dragged_elsewhere_and_back_with_undo(window, session, hand, tool):
    hand.drag((10.5, 5.5), (40.5, 15.5))
    hand.drag((40.5, 15.5), (45, 20), (50.5, 25.5))
    (one,) = session.callipers.here
    np.testing.assert_allclose(one.points, [(10, 5), (50, 25)], atol=0.6)
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    np.testing.assert_allclose(session.callipers.here[0].points[1], (40, 15), atol=0.3)
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert session.callipers.here == ()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert len(session.callipers.here) == 1


def test_escape_gives_a_drag_up(window, session, hand, tool):
    hand.press(10, 5)
    hand.move(30, 20, LEFT)
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    hand.release(30, 20)
    assert session.callipers.here == ()
    assert not drawn(window, UNDER_WAY)


def test_ctrl_click_and_right_click_delete_and_masks_stay(window, session, hand, tool):
    session.push_masks("x", {session.key("rib"): np.ones((60, 40), bool)})
    hand.drag((10.5, 5.5), (10.5, 30.5))
    hand.drag((30.5, 5.5), (30.5, 30.5))
    click(hand, 10.5, 18, keys=KEYS.ControlModifier)
    assert len(session.callipers.here) == 1
    click(hand, 50.5, 35, keys=KEYS.ControlModifier)
    assert "none is here" in window.status_bar.currentMessage()
    click(hand, 30.5, 18, RIGHT)
    assert session.callipers.here == ()
    assert session.mask(session.key("rib")).all()


def test_an_angle_by_three_clicks(window, session, hand, tool):
    session.callipers.kind = Kind.ANGLE
    for row, col in ((40.5, 5.5), (10.5, 5.5)):
        click(hand, row, col)
        hand.move(20, 20)
        assert session.callipers.here == ()
        assert drawn(window, UNDER_WAY)
    click(hand, 10.5, 15.5)
    (one,) = session.callipers.here
    assert one.kind is Kind.ANGLE
    (shown,) = drawn(window, BY_HAND)
    assert abs(float(shown.text.rstrip("°")) - 90) < 3


def test_an_area_closed_with_return_and_a_step_taken_back(window, session, hand, tool):
    session.callipers.kind = Kind.AREA
    for row, col in ((10.5, 5.5), (10.5, 25.5), (40.5, 25.5), (55, 38)):
        click(hand, row, col)
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    click(hand, 40.5, 5.5)
    QTest.keyClick(window, Qt.Key.Key_Return)
    (one,) = session.callipers.here
    assert one.kind is Kind.AREA
    (shown,) = drawn(window, BY_HAND)
    assert abs(float(shown.text.split()[0]) - 30 * 0.1 * 20 * 0.3) < 0.8
    # a double click on the last corner closes one too
    for row, col in ((5.5, 5.5), (5.5, 20.5), (20.5, 20.5), (20.5, 20.5)):
        click(hand, row, col)
    assert len(session.callipers.here) == 2


def test_bad_moves_leave_nothing(window, session, hand, tool):
    click(hand, 20, 20)
    assert "Drag from one end" in window.status_bar.currentMessage()
    click(hand, 20, -9)
    assert "inside the image" in window.status_bar.currentMessage()
    session.callipers.kind = Kind.AREA
    click(hand, 10, 10)
    click(hand, 30, 30)
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert "three points" in window.status_bar.currentMessage()
    session.step(1)
    QApplication.processEvents()
    assert not drawn(window, UNDER_WAY)
    session.step(-1)
    assert session.callipers.here == ()
    # a line that leaves the image ends at its edge
    session.callipers.kind = Kind.DISTANCE
    hand.drag((30, 20), (30, 60))
    assert session.callipers.here[0].points[1][1] == pytest.approx(39.5)


def test_a_frame_change_in_the_middle_of_a_drag(window, session, hand, tool):
    hand.press(10, 5)
    hand.move(30, 20, LEFT)
    session.step(1)
    QApplication.processEvents()
    hand.release(35, 25)
    for frame in (0, 1):
        assert session.callipers.of(session.place[0], frame) == ()


def test_without_spacing_it_reads_nothing(window, session, hand, tool):
    session.set_spacing(session.place[0], None)
    hand.drag((10, 5), (40, 30))
    (shown,) = drawn(window, BY_HAND)
    assert shown.text == "? mm"


def test_the_ends_of_the_diameter_can_be_pulled(window, session, hand, tool):
    session.ensure_label(CEREBELLUM.key)
    session.view.label = "cerebellum"
    mask = np.zeros((60, 40), bool)
    mask[28:32, 5:35] = True
    session.push_masks("x", {session.key(): mask})
    window.measure.refresh()
    before = window.measure.measured.figure("tcd")
    assert any(each.text.startswith("TCD") and each.has_handles for each in drawn(window, BY_MASK))
    (row, col), _ = before.line
    hand.drag((row + 0.5, col + 0.5), (20, 10), (20.5, 15.5))
    window.measure.refresh()
    moved = window.measure.measured.figure("tcd")
    assert "by hand" in moved.note
    assert moved.value < before.value
    assert session.callipers.here[0].role == "tcd"
    assert not any(each.text.startswith("TCD") for each in drawn(window, BY_MASK))
    # taken away, the mask is measured again
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    window.measure.refresh()
    assert window.measure.measured.figure("tcd") == before


def test_nothing_is_drawn_when_it_is_switched_off(window, session, hand, tool):
    hand.drag((10, 5), (40, 30))
    window.actions_by_id["measure.lines"].trigger()
    assert window.measure.view.overlay.shown == ()
    window.actions_by_id["measure.lines"].trigger()
    assert drawn(window, BY_HAND)
    window.hide_overlay(True)
    assert not window.measure.view.overlay.isVisible()
    window.hide_overlay(False)
    assert window.measure.view.overlay.isVisible()
    window.canvas.grab()  # it paints
