"""The polygon on the canvas with real events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.shape_raster import ShapeMode
from lusgui.session.view_state import Tool

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
KEYS = Qt.KeyboardModifier
CORNERS = ((10, 8), (10, 28), (30, 28), (30, 8))


@pytest.fixture
def said(window, session):
    """Take the tool up with its key; return what the program says."""
    heard = []
    session.shapes.said.connect(heard.append)
    QTest.keyClick(window, Qt.Key.Key_P)
    assert session.view.tool is Tool.POLYGON
    QApplication.processEvents()
    yield heard
    session.shapes.said.disconnect(heard.append)


@pytest.fixture
def click(hand):
    def go(*places, button=LEFT, keys=KEYS.NoModifier):
        for place in places:
            hand.drag(place, button=button, keys=keys)

    return go


def press_key(window, key, keys=KEYS.NoModifier):
    QTest.keyClick(window, key, keys)
    QApplication.processEvents()


def double_click(hand, row, col):
    """Press, let go, and press again as a window system tells it."""
    hand.drag((row, col))
    here = QPointF(hand.at(row, col))
    there = hand.viewport.mapToGlobal(here)
    kind = QEvent.Type.MouseButtonDblClick
    QApplication.sendEvent(hand.viewport, QMouseEvent(kind, here, there, LEFT, LEFT, KEYS.NoModifier))
    hand.release(row, col)


def corners(session):
    draft = session.shapes.draft
    return () if draft is None else tuple((round(row), round(col)) for row, col in draft.corners)


def is_the_square(session):
    mask = session.mask(session.key())
    rows, cols = np.nonzero(mask)
    box = rows.min(), cols.min(), rows.max(), cols.max()
    return np.abs(np.array(box) - (10, 8, 29, 27)).max() <= 1 and mask.sum() > 0.9 * 20 * 20


def test_clicks_are_corners_and_enter_makes_them_one_edit(window, session, said, click):
    click(*CORNERS)
    assert corners(session) == CORNERS
    assert not session.can_undo
    assert window.shapes.overlay.drawn.corners == session.shapes.draft.corners
    press_key(window, Qt.Key.Key_Return)
    assert is_the_square(session)
    assert session.shapes.draft is None
    assert not window.shapes.overlay.drawn.corners
    assert session.undo_name == "Polygon on rib, frame 1"
    press_key(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.mask(session.key()).any()


def test_a_click_on_the_first_corner_finishes(window, session, said, click):
    click(*CORNERS, CORNERS[0])
    assert is_the_square(session)


def test_a_double_click_finishes_with_its_own_corner(window, session, hand, said, click):
    click(*CORNERS[:3])
    double_click(hand, *CORNERS[3])
    assert is_the_square(session)


def test_a_double_click_outside_the_image_finishes_and_does_not_fit(window, session, hand, said, click):
    window.canvas.zoom(0.8)
    before = window.canvas.pixels_per_unit
    click(*CORNERS[:2])
    double_click(hand, 30, 44)
    assert window.canvas.pixels_per_unit == before
    assert session.mask(session.key()).any()
    double_click(hand, 30, 44)  # with nothing open it fits
    assert window.canvas.pixels_per_unit != before
    assert session.shapes.draft is None


def test_corners_are_dragged_and_lines_take_new_ones(window, session, hand, said, click):
    click((10, 8), (10, 20), (30, 28), (30, 8))
    hand.drag((10, 20), (10, 24), (10, 28))
    assert corners(session) == CORNERS
    hand.drag((10, 18), (5, 18), (2, 18))  # on the line between the first two
    assert corners(session) == ((10, 8), (2, 18), (10, 28), (30, 28), (30, 8))
    press_key(window, Qt.Key.Key_Return)
    assert session.mask(session.key())[5, 17]


def test_each_step_can_be_taken_back_with_either_key(window, session, hand, said, click):
    click(*CORNERS)
    hand.drag((10, 8), (12, 9), (14, 9))
    assert corners(session)[0] == (14, 9)
    press_key(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert corners(session) == CORNERS
    press_key(window, Qt.Key.Key_Backspace)
    assert corners(session) == CORNERS[:3]
    QTest.mouseClick(window.shapes.bar.undo, LEFT)
    assert corners(session) == CORNERS[:2]
    press_key(window, Qt.Key.Key_Backspace)
    press_key(window, Qt.Key.Key_Backspace)
    assert session.shapes.draft is None
    assert not session.can_undo


def test_a_right_click_takes_a_corner_away(window, session, said, click):
    click(*CORNERS)
    click(CORNERS[1], button=RIGHT)
    assert corners(session) == (CORNERS[0], *CORNERS[2:])
    click((45, 20), button=RIGHT)  # where none is
    assert len(corners(session)) == 3


def test_escape_gives_it_up_without_a_trace_and_undo_brings_it_back(window, session, said, click):
    click(*CORNERS)
    press_key(window, Qt.Key.Key_Escape)
    assert session.shapes.draft is None
    assert not window.shapes.overlay.drawn.corners
    assert not session.mask(session.key()).any()
    assert not session.can_undo
    press_key(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert corners(session) == CORNERS


def test_escape_while_a_corner_is_held(window, session, hand, said, click):
    click(*CORNERS)
    hand.press(*CORNERS[2])
    hand.move(40, 30, button=LEFT)
    press_key(window, Qt.Key.Key_Escape)
    hand.move(42, 30, button=LEFT)
    hand.release(42, 30)
    assert session.shapes.draft is None
    assert not window.shapes.overlay.drawn.corners


def test_alt_and_shift_at_the_first_corner_and_the_strip_later(window, session, hand, said, click):
    mask = np.zeros((60, 40), bool)
    mask[5:40, 5:35] = True
    session.push_masks("Start", {session.key(): mask})
    click(CORNERS[0], keys=KEYS.AltModifier)
    click(*CORNERS[1:])
    bar = window.shapes.bar
    bar.refresh()
    assert bar.modes[ShapeMode.SUBTRACT].isChecked()
    press_key(window, Qt.Key.Key_Return)
    assert not session.mask(session.key())[20, 20]
    session.undo()
    click(CORNERS[0], keys=KEYS.AltModifier)
    click(*CORNERS[1:])
    QTest.mouseClick(bar.modes[ShapeMode.INTERSECT], LEFT)
    QTest.mouseClick(bar.finish, LEFT)
    assert is_the_square(session)
    assert session.undo_name == "Polygon, keep inside on rib, frame 1"


def test_too_few_corners_and_no_area_are_said_and_lose_nothing(window, session, hand, said, click):
    click(*CORNERS[:2])
    press_key(window, Qt.Key.Key_Return)
    assert "needs three corners" in said[-1]
    assert corners(session) == CORNERS[:2]
    click((10, 34))
    press_key(window, Qt.Key.Key_Return)
    assert "goes around no pixel" in said[-1]
    assert len(corners(session)) == 3
    assert not session.can_undo
    click((40, 20))
    press_key(window, Qt.Key.Key_Return)
    assert session.can_undo


def test_it_begins_inside_the_image(window, session, said, click):
    window.canvas.zoom(0.8)
    click((-4, 10))
    assert session.shapes.draft is None
    assert "Begin inside" in said[-1]


def test_a_draft_waits_on_its_frame_and_is_never_drawn_on_another(window, session, hand, said, click):
    click(*CORNERS)
    press_key(window, Qt.Key.Key_Right)
    assert session.place[1] == 1
    assert session.shapes.draft is None
    assert "waits on frame 1" in said[-1]
    assert not window.shapes.overlay.drawn.corners
    press_key(window, Qt.Key.Key_Return)
    assert not session.can_undo
    click((40, 10))  # a second one, here
    assert len(session.shapes.unfinished) == 2
    press_key(window, Qt.Key.Key_Left)
    assert corners(session) == CORNERS
    assert len(window.shapes.overlay.drawn.corners) == 4
    press_key(window, Qt.Key.Key_Return)
    assert is_the_square(session)
    window.actions_by_id["shape.waiting"].trigger()
    assert session.place[1] == 1
    assert corners(session) == ((40, 10),)


def test_a_frame_change_while_a_corner_is_held_puts_it_back(window, session, hand, said, click):
    click(*CORNERS)
    hand.press(*CORNERS[2])
    hand.move(40, 30, button=LEFT)
    session.step(1)
    hand.move(50, 30, button=LEFT)
    hand.release(50, 30)
    assert session.shapes.draft is None
    session.step(-1)
    assert corners(session) == CORNERS


def test_another_tool_lets_it_wait_and_undo_means_the_mask_again(window, session, hand, said, click):
    click(*CORNERS)
    press_key(window, Qt.Key.Key_B)
    assert "waits here" in said[-1]
    hand.drag((50, 10), (50, 20))
    assert session.undo_name.startswith("Brush")
    press_key(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.can_undo
    press_key(window, Qt.Key.Key_P)
    assert corners(session) == CORNERS


def test_accepting_the_frame_finishes_it_first(window, session, said, click):
    click(*CORNERS)
    press_key(window, Qt.Key.Key_V)
    session.go_to(session.place[0], 0)
    assert is_the_square(session)
    assert session.status(session.key()) == "accepted"


def test_nothing_here_asks_to_give_it_up_first(window, session, said, click):
    click(*CORNERS)
    press_key(window, Qt.Key.Key_ParenRight, KEYS.ShiftModifier)
    window.actions_by_id["frame.nothing"].trigger()
    assert session.place[1] == 0
    assert corners(session) == CORNERS


def test_the_pointer_shows_what_a_press_would_do(window, session, hand, said, click):
    click(*CORNERS)
    drawn = window.shapes.overlay
    hand.move(*CORNERS[1])
    assert drawn.drawn.hot == 1
    hand.move(10, 18)
    assert drawn.drawn.hot is None
    assert drawn.drawn.spot is not None
    hand.move(45, 20)
    assert drawn.drawn.rubber is not None
    window.canvas.grab()
    window.actions_by_id["view.overlay"].trigger()
    assert not drawn.isVisible()


def test_a_closed_study_leaves_nothing_behind(window, session, said, click):
    click(*CORNERS)
    session.close_study()
    assert session.shapes.unfinished == ()
    assert not window.shapes.overlay.drawn.corners
