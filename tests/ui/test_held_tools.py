"""Tools for as long as a key is down."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.view_state import Tool
from lusgui.ui import keys as keys_module

LONGER_MS = int(keys_module.HOLD_SECONDS * 1000) + 80
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(keys_module, "time", made)
    return made


def test_a_tapped_tool_stays(window, session, clock):
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_B)
    clock.now += 0.1
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.BRUSH


def test_a_held_tool_gives_the_former_one_back(window, session, clock, hand):
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_B)
    hand.drag((20, 10), (20, 25))
    assert session.mask(session.key()).any()
    clock.now += 0.5
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.PAN
    assert session.undo_name.startswith("Brush")


def test_drawing_while_the_key_is_down_makes_it_a_hold(window, session, clock, hand):
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_B)
    hand.drag((20, 10), (20, 25))
    clock.now += 0.1
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.PAN


def test_the_held_eraser_gives_the_brush_back(window, session, clock):
    session.view.tool, session.view.erase = Tool.BRUSH, False
    QTest.keyPress(window, Qt.Key.Key_E)
    assert session.view.erase
    clock.now += 0.5
    QTest.keyRelease(window, Qt.Key.Key_E)
    assert (session.view.tool, session.view.erase) == (Tool.BRUSH, False)


def test_a_stroke_is_ended_before_the_tool_goes_back(window, session, clock, hand):
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_B)
    hand.press(20, 10)
    hand.move(20, 18, button=Qt.MouseButton.LeftButton)
    clock.now += 0.5
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.BRUSH
    hand.move(20, 28, button=Qt.MouseButton.LeftButton)
    hand.release(20, 28)
    assert session.view.tool is Tool.PAN
    assert session.mask(session.key())[20, 10:28].all()


def test_two_held_keys_give_back_in_either_order(window, session, clock):
    for first, second in ((Qt.Key.Key_E, Qt.Key.Key_R), (Qt.Key.Key_R, Qt.Key.Key_E)):
        session.view.tool = Tool.PAN
        QTest.keyPress(window, Qt.Key.Key_R)
        QTest.keyPress(window, Qt.Key.Key_E)
        assert session.view.tool is Tool.BRUSH
        clock.now += 0.5
        QTest.keyRelease(window, first)
        QTest.keyRelease(window, second)
        assert session.view.tool is Tool.PAN


def test_a_tool_chosen_meanwhile_stays(window, session, clock):
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_B)
    session.view.tool = Tool.POINT
    clock.now += 0.5
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.POINT


def test_tools_on_shifted_keys_are_held_too(window, session, clock):
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_W, SHIFT)
    assert session.view.tool is Tool.WINDOW_LEVEL
    clock.now += 0.5
    QTest.keyRelease(window, Qt.Key.Key_W)  # Shift was let go before
    assert session.view.tool is Tool.PAN


def test_leaving_the_window_counts_as_letting_go(window, session, clock):
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_B)
    clock.now += 0.5
    from PySide6.QtCore import QEvent

    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    assert session.view.tool is Tool.PAN


def test_held_keys_follow_the_map_of_keys(window, session, clock):
    session.key_map.set_keys("tool.brush", ["7"])
    session.view.tool = Tool.PAN
    QTest.keyPress(window, Qt.Key.Key_7)
    assert session.view.tool is Tool.BRUSH
    clock.now += 0.5
    QTest.keyRelease(window, Qt.Key.Key_7)
    assert session.view.tool is Tool.PAN
    QTest.keyClick(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.PAN
    session.key_map.choose_preset("lusgui")
    session.key_map.reset("tool.brush")
    QTest.keyClick(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.BRUSH


class Shape:
    """A shape with several presses."""

    name = "polygon"

    def __init__(self):
        self.is_cancelled = False

    def finish(self):
        return True

    def step_back(self):
        return True

    def cancel(self):
        self.is_cancelled = True


def test_an_open_shape_survives_a_held_tool(window, session, clock):
    session.view.tool = Tool.PAN
    shape = Shape()
    session.shaping.open(shape)
    QTest.keyPress(window, Qt.Key.Key_B)
    clock.now += 0.5
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.shaping.shape is shape
    assert not shape.is_cancelled
    assert session.view.tool is Tool.PAN
    session.shaping.close(shape)
