"""Strokes that are cut short, the button still down: by closing, by another frame, by undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from lusgui.core.annotation import PlaneKey
from lusgui.io.study import Study
from lusgui.session.view_state import Tool

KEYS = Qt.KeyboardModifier


@pytest.fixture
def said(window, monkeypatch):
    heard = []
    window.presenter.message.connect(heard.append)
    monkeypatch.setattr(window, "say", heard.append)
    return heard


def press(window, key, keys=KEYS.NoModifier):
    QTest.keyClick(window.canvas, key, keys)
    QApplication.processEvents()


def begin(session, hand, tool=Tool.BRUSH):
    session.view.label = "rib"
    session.view.tool = tool
    hand.press(20.5, 10.5)
    hand.move(20.5, 30.5, button=Qt.MouseButton.LeftButton)
    assert session.is_stroke_open
    return session.key()


@pytest.mark.parametrize("way", ["study", "window"])
def test_closing_mid_stroke_keeps_the_stroke(window, session, hand, way):
    key, path = begin(session, hand), session.study_path
    if way == "study":
        press(window, Qt.Key.Key_W, KEYS.ControlModifier)
    else:
        window.close()
        assert not window.isVisible()
        session.close_study()
    assert not session.is_open
    assert not [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    with Study.open(path) as study:
        mask = study.mask(key)
        assert mask[20, 10]
        assert mask[20, 30]


def test_half_an_outline_is_asked_about_or_nothing_is_left_of_it(window, session, hand):
    key = begin(session, hand, Tool.POLYGON)
    hand.release(20.5, 30.5)
    hand.press(40.5, 30.5)  # the button is down on a second corner
    press(window, Qt.Key.Key_W, KEYS.ControlModifier)
    assert session.is_open
    (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    assert "polygon is not finished" in box.text()
    box.reject()
    assert not session.mask(key).any()


def test_another_frame_ends_a_stroke_on_its_own(window, session, hand, said):
    key = begin(session, hand)
    press(window, Qt.Key.Key_Right)
    assert session.current_frame == 1
    assert session.mask(key)[20, 20]
    assert any("the stroke ended on the one it began on" in text for text in said)
    hand.move(40.5, 30.5, button=Qt.MouseButton.LeftButton)
    hand.release(40.5, 30.5)
    assert not session.mask(PlaneKey(key.recording_id, 1, "rib")).any()
    assert not session.mask(key)[40].any()
    assert session.undo_name == "Brush on rib, frame 1"


def test_half_a_lasso_is_given_up_on_another_frame_and_said(window, session, hand, said):
    key = begin(session, hand, Tool.LASSO)
    hand.move(40.5, 30.5, button=Qt.MouseButton.LeftButton)
    press(window, Qt.Key.Key_Right)
    assert any("was given up" in text for text in said)
    hand.release(40.5, 10.5)
    assert not session.mask(key).any()
    assert not session.mask(session.key()).any()
    assert not session.can_undo


def test_undo_mid_stroke_takes_the_stroke_back_and_nothing_else(window, session, hand, said):
    key = begin(session, hand)
    hand.release(20.5, 30.5)
    first = session.mask(key).copy()
    hand.press(45.5, 10.5)
    hand.move(45.5, 30.5, button=Qt.MouseButton.LeftButton)
    press(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert "The stroke was taken back" in said
    assert not session.is_stroke_open
    hand.release(45.5, 30.5)
    assert (session.mask(key) == first).all()
    assert session.undo_name == "Brush on rib, frame 1"


def test_a_press_before_the_frame_is_there_says_so(window, session, hand, said, feed, monkeypatch):
    session.frame_changed.disconnect(session.frame_ready.emit)
    session.step(1)
    hand.press(20.5, 10.5)
    hand.release(20.5, 30.5)
    session.frame_changed.connect(session.frame_ready.emit)
    assert any("still being read" in text for text in said)
    assert not session.mask(session.key()).any()


def test_a_stroke_outside_the_image_says_so(window, session, hand, said):
    session.view.tool = Tool.BRUSH
    session.shapes.said.connect(said.append)
    hand.drag((-20, -12), (-20, -10))
    assert said == ["The stroke lay outside the image: nothing was changed"]
    assert not session.can_undo
