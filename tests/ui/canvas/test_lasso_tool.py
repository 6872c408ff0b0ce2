"""The lasso on the canvas with real events: lusgui.ui.canvas.lasso_tool, lusgui.ui.canvas.shape_overlay and
lusgui.ui.canvas.shape_view."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.shape_raster import ShapeMode
from lusgui.session.view_state import Tool

LEFT = Qt.MouseButton.LeftButton
KEYS = Qt.KeyboardModifier
AROUND = ((10, 10), (10, 20), (20, 20), (30, 15), (20, 10), (10, 10))


@pytest.fixture
def said(window, session):
    """Take the tool up with its key; return what the program says."""
    heard = []
    session.shapes.said.connect(heard.append)
    QTest.keyClick(window, Qt.Key.Key_F)
    assert session.view.tool is Tool.LASSO
    QApplication.processEvents()
    yield heard
    session.shapes.said.disconnect(heard.append)


def paint(session, rows, cols):
    mask = np.zeros((60, 40), bool)
    mask[slice(*rows), slice(*cols)] = True
    assert session.push_masks("Start", {session.key(): mask})
    return mask


def test_a_drag_around_something_is_one_edit(window, session, hand, said):
    hand.drag(*AROUND)
    mask = session.mask(session.key())
    assert mask[15, 15]
    assert mask[25, 15]
    assert not mask[8, 15]
    assert 90 < mask.sum() < 170
    assert session.undo_name == "Lasso on rib, frame 1"
    assert not said
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.mask(session.key()).any()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert (session.mask(session.key()) == mask).all()


def test_the_line_is_seen_while_it_is_drawn_and_gone_after(window, session, hand, said):
    overlay = window.shapes.overlay
    hand.press(10, 10)
    for place in AROUND[1:4]:
        hand.move(*place, button=LEFT)
    assert len(overlay.drawn.outline) >= 3
    assert overlay.drawn.closing is not None
    window.canvas.grab()  # it can be painted
    assert session.is_stroke_open
    hand.release(20, 10)
    assert len(overlay.drawn.outline) == 0
    assert not session.is_stroke_open


def test_alt_takes_away_and_shift_keeps_what_is_inside(window, session, hand, said):
    before = paint(session, (5, 40), (5, 35))
    hand.drag(*AROUND, keys=KEYS.AltModifier)
    after = session.mask(session.key())
    assert after.sum() < before.sum()
    assert not after[15, 15]
    assert session.undo_name == "Lasso, take away on rib, frame 1"
    session.undo()
    hand.drag(*AROUND, keys=KEYS.ShiftModifier)
    kept = session.mask(session.key())
    assert kept[15, 15]
    assert (kept ^ after == before).all()
    assert session.undo_name == "Lasso, keep inside on rib, frame 1"


def test_the_strip_sets_the_mode_and_shows_the_one_of_a_held_key(window, session, hand, said):
    bar = window.shapes.bar
    assert bar.isVisible()
    assert bar.modes[ShapeMode.ADD].isChecked()
    hand.move(10, 10, keys=KEYS.AltModifier)
    QApplication.processEvents()
    assert bar.modes[ShapeMode.SUBTRACT].isChecked()
    assert "taken away" in bar.text.text()
    hand.move(10, 10)
    QApplication.processEvents()
    assert bar.modes[ShapeMode.ADD].isChecked()
    paint(session, (5, 40), (5, 35))
    QTest.mouseClick(bar.modes[ShapeMode.SUBTRACT], LEFT)
    QApplication.processEvents()
    assert session.shapes.mode is ShapeMode.SUBTRACT
    hand.drag(*AROUND)
    assert not session.mask(session.key())[15, 15]


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (((10, 10), (10, 10)), "Drag around the structure"),
        (((10, 10), (30, 10), (10, 10)), "goes around no pixel"),
        (((-3, 10), (-3, 30), (-2, 20)), "goes around no pixel"),
    ],
)
def test_a_line_around_nothing_changes_nothing_and_says_so(window, session, hand, said, places, words):
    hand.drag(*places)
    assert not session.mask(session.key()).any()
    assert not session.can_undo
    assert words in said[-1]


def test_a_line_over_the_edge_is_cut_and_one_that_crosses_itself_is_whole(window, session, hand, said):
    hand.drag((10, 10), (10, -4), (30, -4), (30, 10), (10, 10))
    mask = session.mask(session.key())
    assert mask[20, 0]
    assert "cut off at the edge" in said[-1]
    hand.drag((40, 5), (55, 35), (40, 35), (55, 5), (40, 5))
    assert session.mask(session.key())[47, 8]
    assert session.mask(session.key())[47, 32]
    assert "crosses itself" in said[-1]


def test_escape_another_tool_and_another_frame_give_a_line_up(window, session, hand, said):
    def is_clean():
        return not session.can_undo and len(window.shapes.overlay.drawn.outline) == 0

    for give_up in (
        lambda: QTest.keyClick(window.canvas, Qt.Key.Key_Escape),
        lambda: QTest.keyClick(window, Qt.Key.Key_B),
        lambda: session.step(1),
    ):
        session.view.tool = Tool.LASSO
        hand.press(10, 10)
        for place in AROUND[1:]:
            hand.move(*place, button=LEFT)
        give_up()
        hand.release(10, 10)
        assert is_clean()


def test_nothing_is_drawn_where_nothing_may_be(window, session, hand, said, monkeypatch):
    monkeypatch.setattr(type(session), "can_draw", lambda self, recording_id: "Only for reading.")
    hand.drag(*AROUND)
    assert not session.mask(session.key()).any()
    window.shapes.bar.refresh()
    assert window.shapes.bar.text.text() == "Only for reading."
