"""No key of a command is silent: real key presses in the window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from lusgui.core.annotation import PlaneKey
from lusgui.session.view_state import Tool
from lusgui.ui import refused_keys

KEYS = Qt.KeyboardModifier


@pytest.fixture
def said(window, monkeypatch):
    heard = []
    monkeypatch.setattr(window, "say", heard.append)
    return heard


def press(window, key, keys=KEYS.NoModifier):
    QTest.keyClick(window.canvas, key, keys)
    QApplication.processEvents()


def draw(session, frame, label="rib"):
    mask = np.zeros((60, 40), bool)
    mask[20:30, 10:30] = True
    session.view.label = label
    session.push_masks("Brush", {PlaneKey(session.place[0], frame, label): mask})


def test_keys_that_can_do_nothing_say_why(window, session, said):
    cases = (
        (Qt.Key.Key_Return, KEYS.ControlModifier | KEYS.ShiftModifier, "No ghosts wait"),
        (Qt.Key.Key_Return, KEYS.ShiftModifier, "Nothing is clicked"),
        (Qt.Key.Key_Z, KEYS.ControlModifier, "nothing to take back"),
        (Qt.Key.Key_Y, KEYS.ControlModifier, "nothing to do again"),
        (Qt.Key.Key_9, KEYS.NoModifier, "no label 9"),
        (Qt.Key.Key_Delete, KEYS.NoModifier, "There is no mask of"),
    )
    for key, keys, words in cases:
        said.clear()
        press(window, key, keys)
        assert len(said) == 1, (key, said)
        assert words in said[0]


def test_escape_with_nothing_open_is_quiet(window, said):
    press(window, Qt.Key.Key_Escape)
    assert said == []


def test_keys_in_a_text_box_are_text(window, session, said):
    line = QLineEdit(window)
    line.show()
    QTest.keyClick(line, Qt.Key.Key_9)
    assert line.text() == "9"
    assert said == []
    line.deleteLater()


def test_undo_says_where_it_has_jumped_to(window, session, said):
    draw(session, 0)
    session.go_to(session.place[0], 4)
    press(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert session.current_frame == 0
    assert said == ["Undone: Brush on rib, frame 1; that frame is shown now"]
    said.clear()
    press(window, Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert said == []  # it was under one's eyes
    session.view.label = "cerebellum"
    press(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert said[0].startswith("Undone: ")
    assert session.view.label == "rib"


def test_keys_before_the_first_frame_are_kept_for_a_while(window, session, said, clip, monkeypatch):
    path = session.study_path
    session.close_study()
    QApplication.processEvents()
    press(window, Qt.Key.Key_I)
    press(window, Qt.Key.Key_Right)
    press(window, Qt.Key.Key_Delete)
    assert len(said) == 3
    assert all("opens one" in text for text in said)
    session.open_study(path)
    QApplication.processEvents()
    assert session.view.tool is Tool.WAND
    assert session.current_frame == 1
    session.close_study()
    QApplication.processEvents()
    session.view.tool = Tool.BRUSH
    press(window, Qt.Key.Key_I)
    monkeypatch.setattr(refused_keys, "KEEP_SECONDS", -1.0)
    session.open_study(path)
    QApplication.processEvents()
    assert session.view.tool is Tool.BRUSH
