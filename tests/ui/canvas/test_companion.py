from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.geometry import Box
from lusgui.session.seeing import Beside

SHIFT = Qt.KeyboardModifier.ShiftModifier


def settle():
    QApplication.processEvents()
    QTest.qWait(20)


@pytest.fixture
def beside(window, session):
    """Return the second picture, opened with its key at the third frame."""
    session.go_to(session.place[0], 2)
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, SHIFT)
    settle()
    assert session.seeing.side_by_side
    return window.see.companion


def test_it_is_made_when_it_is_first_wanted_and_put_away_with_the_same_key(window, session, beside):
    assert beside.isVisible()
    assert beside.shown == (session.place[0], 1)
    assert "frame 2" in beside.caption.text()
    assert abs(beside.canvas.width() - window.canvas.width()) < 60
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, SHIFT)
    settle()
    assert not beside.isVisible()
    assert window.canvas.hasFocus()


def test_it_follows_the_frame_and_says_why_there_is_nothing(window, session, beside):
    recording = session.place[0]
    session.go_to(recording, 4)
    settle()
    assert beside.shown == (recording, 3)
    assert window.see.caption.text() == "frame 5"
    assert beside.canvas._image.image[13, 20] == 240  # the bar of frame 4 reaches from row 13 to 16
    assert beside.canvas._image.image[12, 20] < 200
    session.go_to(recording, 0)
    settle()
    assert beside.shown is None
    assert "first frame" in beside.empty.text()
    assert beside.empty.isVisible()
    beside.choice.setCurrentIndex(beside.choice.findData(Beside.NEXT))
    beside.choice.activated.emit(beside.choice.currentIndex())
    settle()
    assert beside.shown == (recording, 1)


def test_both_zoom_and_move_in_step(window, session, beside):
    window.canvas.zoom(3.0, window.canvas.to_viewport(20, 10))
    settle()
    for row, col in ((20, 10), (25, 14)):
        first, second = window.canvas.to_viewport(row, col), beside.canvas.to_viewport(row, col)
        assert abs(first.y() - second.y()) < 2
        assert first.x() - window.canvas.width() / 2 == pytest.approx(
            second.x() - beside.canvas.width() / 2, abs=2
        )
    viewport, at = beside.canvas.viewport(), beside.canvas.viewport().rect().center()
    before = window.canvas.seen[0]
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseMove(viewport, at + at / 8)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at + at / 8)
    settle()
    assert window.canvas.seen[0] != before
    assert window.canvas.seen[1] == pytest.approx(beside.canvas.seen[1], rel=1e-3)


def test_masks_are_shown_and_cannot_be_changed_there(window, session, beside):
    key = session.key()
    earlier = type(key)(key.recording_id, 1, key.label)
    session.stroke(earlier, Box(5, 5, 15, 15), np.ones((10, 10), bool), True)
    settle()
    overlay = beside._overlays[key.label]
    assert overlay.human_path.boundingRect().width() == 10
    session.undo()
    session.go_to(key.recording_id, 2)
    settle()
    assert overlay.human_path.isEmpty()
    viewport, at = beside.canvas.viewport(), beside.canvas.viewport().rect().center()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert not session.mask(earlier).any()
    assert not session.can_undo
    assert QApplication.focusWidget() is window.canvas


def test_a_pinned_frame_stays_and_can_be_visited(window, session, beside):
    recording = session.place[0]
    beside.pin.click()
    settle()
    assert beside.shown == (recording, 2)
    session.go_to(recording, 5)
    settle()
    assert beside.shown == (recording, 2)
    assert "frame 3" in beside.caption.text()
    beside.visit.click()
    assert session.place == (recording, 2)


def test_where_the_pointer_is_is_marked_in_the_second_picture(window, session, beside, hand):
    hand.move(20, 10)
    assert beside.mark.isVisible()
    assert (beside.mark.y(), beside.mark.x()) == (pytest.approx(20, abs=1), pytest.approx(10, abs=1))
    hand.move(-5, 10)
    assert not beside.mark.isVisible()


def test_a_frame_that_is_not_read_yet_is_asked_for(window, session, beside, monkeypatch):
    wanted = []
    session.seeing.wanted.connect(lambda *place: wanted.append(place))
    fetch = beside._fetch
    monkeypatch.setattr(beside, "_fetch", lambda *place: None)
    recording = session.place[0]
    session.go_to(recording, 4)
    settle()
    assert wanted[-1] == (recording, 3)
    assert beside.shown == (recording, 1)  # the former one stays until then, and says which it is
    assert "frame 2" in beside.caption.text()
    monkeypatch.setattr(beside, "_fetch", fetch)
    session.seeing.arrived.emit(recording, 3)
    settle()
    assert beside.shown == (recording, 3)


def test_raw_and_despeckled_of_one_frame(window, session, beside):
    session.seeing.beside = Beside.OTHER
    settle()
    assert beside.shown == session.place
    assert "alike" in beside.caption.text()
    assert not beside.visit.isEnabled()


def test_closing_the_study_empties_it(window, session, beside):
    session.close_study()
    settle()
    assert beside.shown is None
    assert "Open a recording" in beside.empty.text()
