"""Magic wand and fill: lusgui.ui.canvas.wand_tool; that every tool is there: lusgui.ui.canvas.tool_box."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.view_state import Tool

LEFT, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier


@pytest.fixture
def wand(window, session, qtbot):
    QTest.keyClick(window, Qt.Key.Key_I)
    assert session.view.tool is Tool.WAND
    said = []
    window.presenter.message.connect(said.append)
    return said


def bar():
    mask = np.zeros((60, 40), bool)
    mask[10:14, 8:30] = True
    return mask


def test_the_reach_ends_a_region_without_an_edge(window, session, hand, wand):
    session.masking.settings.tolerance = 0.9
    window.mask_bar.reach.spin.setValue(1.5)
    assert session.masking.settings.reach_mm == 1.5
    hand.drag((30.5, 20.5))
    rows, cols = np.ogrid[:60, :40]
    assert np.array_equal(session.mask(session.key()), np.hypot((rows - 30) * 0.1, (cols - 20) * 0.3) <= 1.5)
    session.set_spacing(session.place[0], None)
    QApplication.processEvents()
    window.mask_bar.reach.spin.setValue(5)
    assert session.masking.settings.reach_px == 5
    hand.drag((50.5, 20.5))
    assert session.mask(session.key())[50].sum() == 11


def wheel(hand, row, col, steps):
    here = QPointF(hand.at(row, col))
    event = QWheelEvent(
        here,
        hand.viewport.mapToGlobal(here),
        QPoint(),
        QPoint(0, 120 * steps),
        LEFT,
        KEYS.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(hand.viewport, event)


def test_a_press_shows_a_ghost_and_a_release_makes_it_one_edit(window, session, hand, wand):
    session.masking.settings.tolerance = 0.25
    key, overlay = session.key(), window.presenter.overlay_of("rib")
    hand.press(12, 20)
    assert not overlay._proposal_outline.is_empty
    assert not session.mask(key).any()
    hand.release(12, 20)
    assert overlay._proposal_outline.is_empty
    mask = session.mask(key)
    assert np.logical_xor(mask, bar()).sum() < 0.25 * bar().sum()
    assert session.undo_name == "Magic wand on rib, frame 1"
    hand.press(12, 20, keys=KEYS.AltModifier)
    hand.release(12, 20, keys=KEYS.AltModifier)
    assert not session.mask(key).any()
    assert session.undo_name == "Magic wand, take away on rib, frame 1"
    session.undo()
    session.undo()
    assert not session.mask(key).any()


def test_drag_and_wheel_change_the_tolerance_while_it_is_down(window, session, hand, wand):
    settings = session.masking.settings
    settings.tolerance = 0.1
    shown = window.mask_bar.tolerance
    hand.press(40, 5)
    hand.move(40, 35, button=LEFT)
    further = shown.value()
    assert further > 12
    wheel(hand, 40, 35, 1)
    wheel(hand, 40, 35, -1)
    assert shown.value() == pytest.approx(further, abs=1.0)
    wheel(hand, 40, 35, 1)
    more = shown.value()
    assert more > further
    hand.release(40, 35)
    assert settings.tolerance == 0.1  # the next press begins where it was set to
    assert shown.value() == pytest.approx(10, abs=0.5)
    hand.press(20, 20)
    assert shown.value() == pytest.approx(10, abs=0.5)
    hand.release(20, 20)
    assert "Each press begins at 10 %" in window.mask_bar.text.text()
    shown.spin.setValue(20)
    QApplication.processEvents()
    assert "Each press begins at 20 %" in window.mask_bar.text.text()
    assert session.mask(session.key()).any()
    zoom = window.canvas.pixels_per_unit
    wheel(hand, 40, 35, 1)  # with the button up the wheel zooms
    assert window.canvas.pixels_per_unit > zoom


def test_escape_and_another_frame_leave_no_ghost(window, session, hand, wand):
    overlay, key = window.presenter.overlay_of("rib"), session.key()
    hand.press(40, 20)
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert overlay._proposal_outline.is_empty
    hand.release(40, 20)
    hand.press(40, 20)
    session.go_to(key.recording_id, 1)
    assert overlay._proposal_outline.is_empty
    hand.release(40, 20)
    assert not session.mask(key).any()
    assert not session.mask(session.key()).any()
    assert not session.can_undo


def test_fill_takes_what_the_outline_encloses(window, session, hand, wand):
    key = session.key()
    ring = np.zeros((60, 40), bool)
    ring[20:50, 10:30] = True
    ring[25:45, 15:25] = False
    session.push_masks("Test", {key: ring})
    window.mask_bar.fills.click()
    assert session.masking.settings.fills
    hand.drag((5, 5))
    hand.drag((22, 12))
    assert "not enclosed" in wand[-2]
    assert "already" in wand[-1]
    hand.drag((30, 20))
    assert session.mask(key)[20:50, 10:30].all()
    assert session.undo_name == "Fill on rib, frame 1"
    hand.drag((30, 20), keys=KEYS.AltModifier)
    assert not session.mask(key).any()


def test_what_cannot_be_done_is_said(window, session, hand, wand):
    hand.drag((-1, 20))
    assert "inside the image" in wand[-1]
    session.masking.settings.tolerance = 0.25
    hand.drag((12, 20))
    hand.drag((12, 20))
    assert "already" in wand[-1]
    session.guard.set_range(0.0, 0.1)
    session.guard.is_on = True
    session.undo()
    hand.drag((12, 20))
    assert "limited" in wand[-1]
    assert not session.mask(session.key()).any()


def test_every_tool_can_be_taken_up(window, session):
    for tool in Tool:
        session.view.tool = tool
        assert window.canvas.gestures.tool is window.presenter.tools[tool]
    assert len({id(window.presenter.tools[tool]) for tool in Tool}) == len(Tool)
