"""The smooth brush with real events: lusgui.ui.canvas.smooth_tool."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.session.view_state import BrushUnit, Tool

LEFT = Qt.MouseButton.LeftButton


def teeth():
    mask = np.zeros((60, 40), bool)
    mask[30:50, 5:35] = True
    mask[28:30, 6:35:4] = True
    return mask


def begin(window, session):
    mask = teeth()
    session.push_masks("Test", {session.key(): mask})
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert session.view.tool is Tool.SMOOTH
    session.view.brush_unit = BrushUnit.PX
    session.view.brush_size_px = 9
    session.set_spacing(session.place[0], None)
    return mask


def test_teeth_go_where_the_brush_went_and_nowhere_else(window, session, hand):
    mask = begin(window, session)
    key = session.key()
    hand.press(29, 6)
    hand.move(29, 18, button=LEFT)
    assert np.array_equal(session.mask(key), mask)
    hand.release(29, 18)
    now = session.mask(key)
    assert not now[28, :16].any()
    assert np.array_equal(now[:, 24:], mask[:, 24:])
    assert np.array_equal(now[36:], mask[36:])
    assert session.undo_name == "Smooth brush on rib, frame 1"
    session.undo()
    assert np.array_equal(session.mask(key), mask)


def test_a_stroke_that_is_given_up_leaves_nothing(window, session, hand):
    mask = begin(window, session)
    overlay = window.presenter.overlay_of("rib")
    before = overlay.human_path
    hand.press(29, 6)
    hand.move(29, 18, button=LEFT)
    assert overlay.human_path != before
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert overlay.human_path == before
    hand.release(29, 18)
    assert np.array_equal(session.mask(session.key()), mask)
    assert session.undo_name == "Test on rib, frame 1"


def test_its_cursor_neither_adds_nor_takes_away(window, session, hand):
    begin(window, session)
    session.view.erase = True
    cursor = window.canvas.brush_cursor
    hand.move(29, 6)
    for _ in range(2):
        assert cursor.isVisible()
        assert not cursor.has_sign
        assert not cursor.erases
        session.view.brush_size_px = 15
    assert cursor.radii == (7.5, 7.5)
    session.view.tool = Tool.BRUSH
    hand.move(29, 8)
    assert cursor.has_sign
    assert cursor.erases
