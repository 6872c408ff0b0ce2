"""Moving and turning a piece: lusgui.ui.canvas.move_tool and lusgui.ui.canvas.piece_handle."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.view_state import Tool

LEFT, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier


@pytest.fixture
def mask(window, session):
    mask = np.zeros((60, 40), bool)
    mask[10:20, 5:15] = True
    mask[40:50, 5:15] = True
    session.push_masks("Test", {session.key(): mask})
    QTest.keyClick(window, Qt.Key.Key_J)
    assert session.view.tool is Tool.MOVE
    return mask


def test_drag_undo_drag_enter(window, session, hand, mask):
    key, overlay = session.key(), window.presenter.overlay_of("rib")
    hand.drag((15, 10), (20, 15), (25, 25))
    piece = session.moving.piece
    assert (piece.placement.rows, piece.placement.cols) == (10, 15)
    assert np.array_equal(session.mask(key), mask)
    assert not overlay._proposal_outline.is_empty
    assert overlay.human_path.boundingRect().top() == 40
    assert window.tools is not None
    assert window.presenter.tools.move.handle.isVisible()
    hand.drag((25, 25), (30, 25))
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert (piece.placement.rows, piece.placement.cols) == (10, 15)
    QTest.keyClick(window, Qt.Key.Key_Return)
    now = session.mask(key)
    assert now[20:30, 20:30].all()
    assert now.sum() == 200
    assert overlay._proposal_outline.is_empty
    assert not window.presenter.tools.move.handle.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert np.array_equal(session.mask(key), mask)


def test_the_knob_and_shift_turn_it(window, session, hand, mask):
    hand.drag((15, 10))
    row, col = window.presenter.tools.move.handle.knob
    assert row < 10
    assert col == pytest.approx(10)
    # a quarter turn clockwise in mm: from above the piece to its right
    hand.drag((row, col), (15, 10 + (15 - row) / 3))
    piece = session.moving.piece
    assert piece.placement.degrees == pytest.approx(90, abs=3)
    hand.drag((15, 38), (30, 38), keys=KEYS.ShiftModifier)
    assert piece.placement.degrees > 92
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert session.moving.piece is None
    assert np.array_equal(session.mask(session.key()), mask)


def test_a_press_beside_it_puts_it_down_and_takes_the_next_up(window, session, hand, mask):
    hand.drag((15, 10), (15, 25))
    hand.drag((45, 10), (45, 20))
    assert session.undo_name == "Move piece on rib, frame 1"
    assert session.moving.piece.placement.cols == 10
    hand.drag((58, 38))
    assert session.moving.piece is None
    assert session.mask(session.key())[40:50, 15:25].all()
    said = []
    window.presenter.message.connect(said.append)
    hand.drag((58, 38))
    assert "Press on a piece" in said[0]


def test_another_frame_or_tool_puts_it_down_where_it_was(window, session, hand, mask):
    key, overlay = session.key(), window.presenter.overlay_of("rib")
    hand.drag((15, 10), (15, 25))
    session.step(1)
    QApplication.processEvents()
    assert session.mask(key)[10:20, 20:30].all()
    assert not session.mask(session.key()).any()
    assert overlay._proposal_outline.is_empty
    assert overlay.human_path.isEmpty()
    session.step(-1)
    hand.press(15, 25)
    hand.move(25, 25, button=LEFT)
    session.step(1)  # in the middle of a drag: it never ended
    hand.release(25, 25)
    assert session.mask(key)[10:20, 20:30].all()
    session.step(-1)
    hand.drag((45, 10), (45, 20))
    QTest.keyClick(window, Qt.Key.Key_B)
    assert session.mask(key)[40:50, 15:25].all()
    assert overlay._proposal_outline.is_empty


def test_a_mirrored_copy(window, session, hand, mask):
    bar = window.mask_bar
    bar.copies.click()
    hand.drag((15, 10))
    QApplication.processEvents()
    assert bar.mirror.isVisible()
    QTest.keyClick(window, Qt.Key.Key_M, KEYS.ControlModifier | KEYS.AltModifier)
    overlay = window.presenter.overlay_of("rib")
    assert overlay.human_path.boundingRect().top() == 10
    bar.copies.click()
    assert overlay.human_path.boundingRect().top() == 40
    bar.copies.click()
    hand.drag((15, 10), (15, 30))
    bar.finish.click()
    assert session.mask(session.key()).sum() == 300
    assert session.undo_name == "Copy piece on rib, frame 1"


def test_the_cursor_is_a_hand_where_there_is_something_to_take(window, session, hand, mask):
    def shape_at(row, col, button=Qt.MouseButton.NoButton):
        hand.move(row, col, button=button)
        return hand.viewport.cursor().shape()

    shapes = Qt.CursorShape
    assert shape_at(30, 30) is shapes.ArrowCursor
    assert shape_at(-4, 10) is shapes.ArrowCursor
    assert shape_at(15, 10) is shapes.OpenHandCursor
    hand.press(15, 10)
    assert shape_at(25, 25, LEFT) is shapes.ClosedHandCursor
    hand.release(25, 25)
    assert shape_at(25, 25) is shapes.OpenHandCursor
    assert shape_at(*window.presenter.tools.move.handle.knob) is shapes.OpenHandCursor
    assert shape_at(55, 35) is shapes.ArrowCursor
