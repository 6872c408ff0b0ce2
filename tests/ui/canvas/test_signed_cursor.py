"""Mouse cursors that say what a press would do: lusgui.ui.canvas.signed_cursor."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.shape_raster import ShapeMode
from lusgui.session.view_state import Tool
from lusgui.ui.canvas.signed_cursor import MIDDLE, SIZE, signed_cross

KEYS = Qt.KeyboardModifier


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_each_sign_is_a_picture_of_its_own_that_points_where_its_cross_is(qapp, ratio):
    pictures = [signed_cross(mode, ratio).pixmap().toImage() for mode in ShapeMode]
    assert len({bytes(picture.constBits()) for picture in pictures}) == len(ShapeMode)
    for mode, picture in zip(ShapeMode, pictures, strict=True):
        assert picture.width() == round(SIZE * ratio)
        assert picture.pixelColor(round((MIDDLE + 6) * ratio), round((MIDDLE + 0.5) * ratio)).alpha() > 150
        hot = signed_cross(mode, ratio).hotSpot()
        assert (hot.x(), hot.y()) == (MIDDLE, MIDDLE)
        assert picture.pixelColor(round(MIDDLE * ratio), round(MIDDLE * ratio)).alpha() < 90  # seen through


@pytest.mark.parametrize("key", [Qt.Key.Key_F, Qt.Key.Key_P, Qt.Key.Key_W, Qt.Key.Key_I, Qt.Key.Key_S])
def test_the_cursor_says_what_a_press_would_do(window, session, hand, key):
    gestures, seen = window.canvas.gestures, []
    QTest.keyClick(window, key)
    for keys in (KEYS.NoModifier, KEYS.AltModifier, KEYS.NoModifier):
        hand.move(20, 20, keys=keys)
        seen.append(bytes(hand.viewport.cursor().pixmap().toImage().constBits()))
    assert seen[0] == seen[2] != seen[1]
    assert gestures.tool.sign is ShapeMode.ADD
    QTest.keyPress(window.canvas, Qt.Key.Key_Alt, KEYS.AltModifier)  # at once, while the pointer rests
    assert gestures.tool.sign is ShapeMode.SUBTRACT
    assert bytes(hand.viewport.cursor().pixmap().toImage().constBits()) == seen[1]
    QTest.keyRelease(window.canvas, Qt.Key.Key_Alt)
    assert gestures.tool.sign is ShapeMode.ADD


def test_the_cursor_follows_the_strip_and_the_key(window, session, hand):
    QTest.keyClick(window, Qt.Key.Key_P)
    hand.move(20, 20)
    adds = bytes(hand.viewport.cursor().pixmap().toImage().constBits())
    session.shapes.set_mode(ShapeMode.INTERSECT)
    assert bytes(hand.viewport.cursor().pixmap().toImage().constBits()) != adds
    session.shapes.set_mode(ShapeMode.ADD)
    session.view.tool = Tool.CLICK
    hand.move(20, 20)
    QTest.keyClick(window, Qt.Key.Key_T)
    assert bytes(hand.viewport.cursor().pixmap().toImage().constBits()) != adds
    session.view.tool = Tool.BRUSH  # its ring says it
    assert hand.viewport.cursor().shape() is Qt.CursorShape.CrossCursor
