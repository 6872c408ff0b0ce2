"""The editor of keys in the real window: lusgui.ui.dialogs.key_editor, lusgui.ui.dialogs.key_field."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.commands import COMMANDS
from lusgui.session.view_state import Tool
from lusgui.ui.dialogs.key_field import keys_of

KEYS = Qt.KeyboardModifier


@pytest.fixture
def editor(window):
    QTest.keyClick(window, Qt.Key.Key_F2)
    (dialog,) = window.asking.dialogs.opened
    yield dialog
    window.asking.close()


def press(editor, key, keys=KEYS.NoModifier):
    QTest.keyClick(editor.field, key, keys)


def close_and_return(editor, window):
    editor.reject()
    window.activateWindow()
    QApplication.processEvents()


def test_all_commands_are_listed_and_found(editor):
    assert editor.shown() == [command.id for command in COMMANDS]
    QTest.keyClicks(editor.search, "fit to")
    assert editor.shown() == ["view.fit"]
    editor.search.setText("ctrl+alt+r")
    assert editor.shown() == ["model.segment_worklist"] or len(editor.shown()) == 1
    editor.search.setText("zzz")
    assert editor.shown() == []
    assert editor.empty.isVisible()


def test_a_free_key_is_given_and_works_at_once(editor, window, session):
    editor.choose("tool.point")
    press(editor, Qt.Key.Key_F7)
    assert not editor.conflict.isVisible()
    QTest.mouseClick(editor.use, Qt.MouseButton.LeftButton)
    assert session.key_map.keys("tool.point") == ("F7",)
    assert "F7" in window.actions_by_id["tool.point"].toolTip()
    close_and_return(editor, window)
    session.view.tool = Tool.PAN
    QTest.keyClick(window, Qt.Key.Key_F7)
    assert session.view.tool is Tool.POINT
    session.view.tool = Tool.PAN
    QTest.keyClick(window, Qt.Key.Key_Q)
    assert session.view.tool is Tool.PAN


def test_a_key_that_is_in_use_is_said_and_can_be_taken(editor, window, session):
    editor.choose("tool.point")
    press(editor, Qt.Key.Key_B)
    assert "Brush" in editor.conflict.text()
    assert editor.use.text() == "Take it"
    assert session.key_map.keys("tool.brush") == ("B",)  # nothing yet
    QTest.mouseClick(editor.use, Qt.MouseButton.LeftButton)
    assert session.key_map.keys("tool.brush") == ()
    assert session.key_map.keys("tool.point") == ("B",)
    QTest.mouseClick(editor.undo, Qt.MouseButton.LeftButton)
    assert session.key_map.keys("tool.brush") == ("B",)
    assert session.key_map.keys("tool.point") == ("Q",)
    assert not editor.undo.isEnabled()


def test_a_further_key_no_key_and_the_presets_again(editor, session):
    editor.choose("tool.point")
    press(editor, Qt.Key.Key_P, KEYS.ControlModifier | KEYS.AltModifier | KEYS.ShiftModifier)
    QTest.mouseClick(editor.add, Qt.MouseButton.LeftButton)
    assert session.key_map.keys("tool.point") == ("Q", "Ctrl+Alt+Shift+P")
    QTest.mouseClick(editor.remove, Qt.MouseButton.LeftButton)
    assert session.key_map.keys("tool.point") == ()
    QTest.mouseClick(editor.reset, Qt.MouseButton.LeftButton)
    assert session.key_map.keys("tool.point") == ("Q",)
    assert not editor.reset.isEnabled()


def test_escape_gives_up_and_the_dialog_stays(editor, session):
    editor.choose("tool.point")
    press(editor, Qt.Key.Key_B)
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert editor.isVisible()
    assert editor.field.keys == ""
    assert not editor.use.isEnabled()
    assert not session.key_map.is_changed


def test_it_is_done_with_the_keyboard_alone(editor, window, session):
    QTest.keyClicks(editor.search, "centre point")
    editor.choose("tool.point")
    editor.table.setFocus()
    QTest.keyClick(editor.table, Qt.Key.Key_Return)
    assert editor.focusWidget() is editor.field
    press(editor, Qt.Key.Key_F8)
    assert editor.focusWidget() is editor.use
    QTest.keyClick(editor.use, Qt.Key.Key_Return)
    assert session.key_map.keys("tool.point") == ("F8",)


def test_a_refused_key_says_why(editor, session):
    editor.choose("tool.point")
    press(editor, Qt.Key.Key_F, KEYS.AltModifier)
    QTest.mouseClick(editor.use, Qt.MouseButton.LeftButton)
    assert "menu" in editor.conflict.text()
    assert not session.key_map.is_changed


def test_a_preset_changes_the_window(editor, window, session):
    editor.preset.setCurrentText("Slicer ultrasound")
    editor.preset.activated.emit(editor.preset.currentIndex())
    assert session.key_map.preset == "Slicer ultrasound"
    close_and_return(editor, window)
    session.view.tool = Tool.PAN
    QTest.keyClick(window, Qt.Key.Key_S)
    assert (session.view.tool, session.view.erase) == (Tool.BRUSH, False)
    assert session.view.label == session.labels[1].key
    QTest.keyClick(window, Qt.Key.Key_E)
    assert (session.view.erase, session.view.label) == (True, session.labels[0].key)


def test_keys_are_saved_and_loaded(editor, session, tmp_path):
    editor.choose("tool.point")
    press(editor, Qt.Key.Key_F7)
    editor.give()
    editor.save_to(tmp_path / "keys.json")
    assert "Saved" in editor.lead.text()
    session.key_map.choose_preset("lusgui")
    editor.load_from(tmp_path / "keys.json")
    assert session.key_map.keys("tool.point") == ("F7",)
    editor.save_to(tmp_path / "keys.json" / "below")
    assert editor.conflict.text()


@pytest.mark.parametrize("text", ["{", "[]", "\x00", json.dumps({"format": "lusgui keys", "version": 9})])
def test_a_bad_file_is_refused_with_words(editor, session, tmp_path, text):
    path = tmp_path / "keys.json"
    path.write_text(text)
    editor.load_from(path)
    assert editor.conflict.text()
    assert not session.key_map.is_changed
    editor.load_from(tmp_path / "none.json")
    assert "could not be read" in editor.conflict.text()


def test_commands_of_another_version_are_named(editor, session, tmp_path):
    values = json.loads(session.key_map.to_json()) | {"keys": {"tool.teleport": ["F9"]}}
    (tmp_path / "keys.json").write_text(json.dumps(values))
    editor.load_from(tmp_path / "keys.json")
    assert "tool.teleport" in editor.lead.text()


@pytest.mark.parametrize(
    ("key", "held", "text", "wanted"),
    [
        (Qt.Key.Key_Question, KEYS.ShiftModifier, "?", "?"),
        (Qt.Key.Key_B, KEYS.ShiftModifier, "B", "Shift+B"),
        (Qt.Key.Key_Plus, KEYS.ControlModifier | KEYS.ShiftModifier, "+", "Ctrl++"),
        (Qt.Key.Key_PageDown, KEYS.NoModifier, "", "PgDown"),
        (Qt.Key.Key_7, KEYS.KeypadModifier, "7", "7"),
        (Qt.Key.Key_Space, KEYS.ShiftModifier, " ", "Shift+Space"),
    ],
)
def test_keys_are_named_as_the_table_names_them(key, held, text, wanted):
    assert keys_of(QKeyEvent(QEvent.Type.KeyPress, key, held, text)) == wanted


def test_modifiers_alone_are_not_keys(editor):
    editor.choose("tool.point")
    for key in (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt):
        press(editor, key)
    assert editor.field.keys == ""
