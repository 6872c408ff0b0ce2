"""The live-wire on the canvas with real events; its edges are those of the frame on screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.view_state import Tool

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
KEYS = Qt.KeyboardModifier
# the clip's bright bar: rows 10 to 14, columns 8 to 30; spacing 0.1 x 0.3 mm
TOP, BOTTOM = 10, 14


@pytest.fixture
def said(window, session):
    """Take the tool up with its key; return what the program says."""
    heard = []
    session.shapes.said.connect(heard.append)
    QTest.keyClick(window, Qt.Key.Key_W)
    assert session.view.tool is Tool.LIVEWIRE
    QApplication.processEvents()
    yield heard
    session.shapes.said.disconnect(heard.append)


def click(hand, *places, keys=KEYS.NoModifier):
    for place in places:
        hand.drag(place, keys=keys)


def top_side(session):
    return session.shapes.draft.sides()[0]


def test_corners_are_drawn_to_the_edge_and_lines_run_along_it(window, session, hand, said):
    session.shapes.strength = 0.9
    click(hand, (9.0, 10), (9.0, 28), (15.0, 28), (15.0, 10))
    rows = [row for row, _col in session.shapes.draft.corners]
    assert np.abs(np.array(rows) - (TOP, TOP, BOTTOM, BOTTOM)).max() < 1.0
    assert len(top_side(session)) > 5
    assert np.abs(top_side(session)[:, 0] - TOP).max() < 1.5
    QTest.keyClick(window, Qt.Key.Key_Return)
    mask = session.mask(session.key())
    assert mask[11:13, 12:27].all()
    assert not mask[:8].any()
    assert not mask[17:].any()
    assert session.undo_name == "Live-wire on rib, frame 1"
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.mask(session.key()).any()


def test_without_strength_it_is_a_polygon(window, session, hand, said):
    session.shapes.strength = 0.0
    click(hand, (7.0, 10), (7.0, 28))
    assert top_side(session).shape == (2, 2)
    assert session.shapes.draft.corners[0] == pytest.approx((7.0, 10.0), abs=0.3)


def test_the_slider_of_the_strip_changes_the_open_shape(window, session, hand, said):
    bar = window.shapes.bar
    assert bar.strength.isVisible()
    bar.strength.setValue(0)
    click(hand, (7.0, 10), (17.0, 12), (7.0, 28))
    assert top_side(session).shape == (2, 2)
    bar.strength.setValue(100)
    QApplication.processEvents()
    assert len(top_side(session)) > 2
    assert "100 %" in bar.strength.toolTip()
    window.actions_by_id["shape.straighter"].trigger()
    QApplication.processEvents()
    assert bar.strength.value() == 90
    window.actions_by_id["shape.stronger"].trigger()
    assert session.shapes.strength == pytest.approx(1.0)
    QTest.keyClick(window, Qt.Key.Key_P)
    QApplication.processEvents()
    assert not bar.strength.isVisible()


def test_the_line_to_the_pointer_follows_it(window, session, hand, said, qtbot):
    session.shapes.strength = 0.9
    click(hand, (9.5, 10))
    hand.move(9.5, 20)
    drawn = window.shapes.overlay
    qtbot.waitUntil(lambda: drawn.drawn.rubber is not None, timeout=5000)
    assert np.abs(drawn.drawn.rubber[2:-2, 0] - TOP).max() < 1.5
    shown = drawn.drawn.rubber[-1]
    click(hand, (9.5, 20))
    assert session.shapes.draft.corners[1] == pytest.approx(tuple(shown), abs=0.1)


def test_a_dragged_corner_goes_where_the_hand_goes(window, session, hand, said):
    session.shapes.strength = 1.0
    click(hand, (9.5, 10), (9.5, 28), (30, 20))
    hand.drag((30, 20), (28, 20), (12, 20))
    assert session.shapes.draft.corners[2] == pytest.approx((12, 20), abs=0.3)


def test_a_draft_waits_with_its_lines_and_is_never_drawn_on_another_frame(window, session, hand, said):
    session.shapes.strength = 0.9
    click(hand, (9.0, 10), (9.0, 28), (15.0, 28))
    line = top_side(session)
    draft, key = session.shapes.draft, session.key()
    session.step(3)  # where the bar is elsewhere
    assert session.shapes.draft is None
    assert (draft.sides()[0] == line).all()
    assert session.shapes.finish_all()
    assert session.mask(key).any()
    assert not session.mask(session.key()).any()


def test_a_line_of_a_frame_that_is_not_on_screen_is_straight(window, session, hand, said):
    click(hand, (9.0, 10), (9.0, 28))
    draft = session.shapes.draft
    session.step(1)
    assert draft.line((9.0, 10.0), (40.0, 10.0)).shape == (2, 2)


def test_edges_are_found_once_a_frame(window, session, hand, said, monkeypatch):
    found = []
    from lusgui.ui.canvas import livewire_tool

    real = livewire_tool.edge_strength
    monkeypatch.setattr(livewire_tool, "edge_strength", lambda *given: found.append(1) or real(*given))
    click(hand, (9.0, 10), (9.0, 28), (15.0, 28))
    assert len(found) == 1
    session.step(1)
    click(hand, (9.0, 10))
    assert len(found) == 2


def test_escape_leaves_no_trace(window, session, hand, said):
    click(hand, (9.0, 10), (9.0, 28), (15.0, 28))
    hand.move(20, 20)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    QTest.qWait(60)
    assert session.shapes.unfinished == ()
    assert not window.shapes.overlay.drawn.corners
    assert not session.can_undo
