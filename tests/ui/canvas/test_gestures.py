"""What gestures mean: lusgui.ui.canvas.gestures and the tools that know no study (lusgui.ui.canvas.tool,
lusgui.ui.canvas.pan, lusgui.ui.canvas.window_level)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.view_state import Tool


def wheel(window, hand, steps, keys=Qt.KeyboardModifier.NoModifier, at=(30, 20)):
    here = QPointF(hand.at(*at))
    event = QWheelEvent(
        here,
        hand.viewport.mapToGlobal(here),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(hand.viewport, event)


def pen(window, hand, kind, place, pressure=0.5, turned=False, keys=Qt.KeyboardModifier.NoModifier):
    """Send what a pen does; return whether it was taken, or left for Qt to make a mouse of."""
    kinds = QPointingDevice.PointerType
    device = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        kinds.Eraser if turned else kinds.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        1,
    )
    here = QPointF(hand.at(*place))
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else Qt.MouseButton.LeftButton
    event = QTabletEvent(
        kind,
        device,
        here,
        hand.viewport.mapToGlobal(here),
        pressure,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        keys,
        button,
        held,
    )
    window.canvas.viewportEvent(event)
    return event.isAccepted()


def test_the_wheel_zooms_to_the_pointer(window, hand):
    before = window.canvas.pixels_per_unit
    at = hand.at(10, 5)
    wheel(window, hand, 2, at=(10, 5))
    assert window.canvas.pixels_per_unit > before
    assert (hand.at(10, 5) - at).manhattanLength() <= 2


def test_shift_and_the_wheel_size_the_brush(window, session, hand):
    before = session.view.brush_size_mm
    wheel(window, hand, 1, Qt.KeyboardModifier.ShiftModifier)
    assert session.view.brush_size_mm > before
    wheel(window, hand, -1, Qt.KeyboardModifier.ShiftModifier)
    assert session.view.brush_size_mm == pytest.approx(before, abs=0.02)


def test_the_middle_button_pans_with_any_tool(window, session, hand):
    before = hand.at(20, 20)
    hand.drag((20, 10), (20, 20), button=Qt.MouseButton.MiddleButton)
    assert hand.at(20, 20) != before
    assert not session.can_undo


def test_the_hand_pans(window, session, hand):
    QTest.keyClick(window, Qt.Key.Key_M)
    assert session.view.tool is Tool.PAN
    before = hand.at(20, 20)
    hand.drag((20, 10), (25, 14))
    assert hand.at(20, 20) != before


def test_the_contrast_tool_changes_the_window(window, session, hand):
    session.view.tool = Tool.WINDOW_LEVEL
    hand.drag((20, 10), (20, 30))
    assert session.view.window > 1.0
    assert not session.can_undo


def test_another_button_does_not_end_a_drag(window, session, hand):
    hand.press(20, 10)
    QTest.mouseClick(hand.viewport, Qt.MouseButton.RightButton, pos=hand.at(20, 15))
    hand.move(20, 25, button=Qt.MouseButton.LeftButton)
    hand.release(20, 25)
    assert session.mask(session.key("rib"))[20, 24]


def test_a_double_click_dabs_with_the_brush_and_fits_elsewhere(window, session, hand):
    window.canvas.zoom(3.0)
    zoomed = window.canvas.pixels_per_unit
    QTest.mouseDClick(hand.viewport, Qt.MouseButton.LeftButton, pos=hand.at(30, 20))
    assert window.canvas.pixels_per_unit == pytest.approx(zoomed)
    session.view.tool = Tool.PAN
    QTest.mouseDClick(hand.viewport, Qt.MouseButton.LeftButton, pos=hand.at(30, 20))
    assert window.canvas.pixels_per_unit < zoomed


def test_pen_pressure_sizes_the_stroke(window, session, hand):
    session.view.brush_size_mm = 4.0
    sizes = []
    for row, pressure in ((15, 0.3), (45, 1.0)):
        pen(window, hand, QEvent.Type.TabletPress, (row, 20), pressure)
        pen(window, hand, QEvent.Type.TabletRelease, (row, 20), 0.0)
        mask = session.mask(session.key("rib"))
        sizes.append(mask[row - 14 : row + 14].sum())
        session.clear_mask(session.key("rib"))
    assert 0 < sizes[0] < sizes[1] / 4


def test_with_space_or_ctrl_the_pen_is_a_mouse(window, session, hand):
    press, move = QEvent.Type.TabletPress, QEvent.Type.TabletMove
    assert not pen(window, hand, press, (20, 20), keys=Qt.KeyboardModifier.ControlModifier)
    window.canvas.gestures.set_space_held(True)
    assert not pen(window, hand, press, (20, 20))
    hand.press(20, 20)  # what Qt makes of it
    assert not pen(window, hand, move, (25, 20))
    assert not session.is_stroke_open
    hand.release(25, 20)
    window.canvas.gestures.set_space_held(False)
    assert pen(window, hand, move, (25, 20))
    assert not session.can_undo


def test_the_pen_leaves_a_stroke_of_the_mouse_alone(window, session, hand):
    hand.press(20, 8)
    hand.move(20, 20, button=Qt.MouseButton.LeftButton)
    assert not pen(window, hand, QEvent.Type.TabletPress, (40, 20))
    hand.release(20, 20)
    mask = session.mask(session.key("rib"))
    assert mask[20, 14]
    assert not mask[40, 20]


def test_the_other_end_of_the_pen_erases(window, session, hand):
    hand.drag((20, 8), (20, 30))
    pen(window, hand, QEvent.Type.TabletPress, (20, 19), 1.0, turned=True)
    pen(window, hand, QEvent.Type.TabletRelease, (20, 19), 0.0, turned=True)
    assert not session.mask(session.key("rib"))[20, 19]


def test_alt_shows_on_the_cursor_at_once(window, hand):
    hand.move(20, 20)
    assert not window.canvas.brush_cursor.erases
    QTest.keyPress(window.canvas, Qt.Key.Key_Alt, Qt.KeyboardModifier.AltModifier)
    assert window.canvas.brush_cursor.erases
    QTest.keyRelease(window.canvas, Qt.Key.Key_Alt)
    assert not window.canvas.brush_cursor.erases


def test_the_cursor_hides_when_the_pointer_leaves(window, hand):
    hand.move(20, 20)
    assert window.canvas.brush_cursor.isVisible()
    QApplication.sendEvent(window.canvas, QEvent(QEvent.Type.Leave))
    assert not window.canvas.brush_cursor.isVisible()
    assert window.status_bar.readout.text() == ""


def test_a_stroke_that_is_down_says_so_until_it_is_kept(window, session, hand):
    heard = []
    session.stroke_open_changed.connect(lambda is_open: heard.append((is_open, session.can_undo)))
    hand.press(20, 10)
    assert session.is_stroke_open
    hand.move(20, 25, button=Qt.MouseButton.LeftButton)
    hand.release(20, 25)
    # it is written before anybody may change what lies under it
    assert heard == [(True, False), (False, True)]


def test_a_stroke_given_up_is_no_longer_down(window, session, hand):
    hand.press(20, 10)
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not session.is_stroke_open
    hand.press(20, 10)
    session.view.tool = Tool.PAN
    assert not session.is_stroke_open


def test_a_pen_that_is_down_says_so(window, session, hand):
    pen(window, hand, QEvent.Type.TabletPress, (20, 10), 0.5)
    assert session.is_stroke_open
    pen(window, hand, QEvent.Type.TabletRelease, (20, 10), 0.0)
    assert not session.is_stroke_open


def test_looking_around_is_no_stroke(window, session, hand):
    heard = []
    session.stroke_open_changed.connect(heard.append)
    hand.drag((20, 10), (20, 20), button=Qt.MouseButton.MiddleButton)
    wheel(window, hand, 1)
    assert heard == []
