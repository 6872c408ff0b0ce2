"""Commands on screen: lusgui.ui.actions, lusgui.ui.services."""

from __future__ import annotations

import inspect

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.commands import COMMANDS, GROUPS
from lusgui.ui.actions import keys_text
from lusgui.ui.services import Services


def test_every_command_is_in_its_menu(window):
    bar = window.menuBar()
    titles = [menu.text().replace("&", "") for menu in bar.actions()]
    assert titles == list(GROUPS)
    listed = [
        action.objectName()
        for menu in bar.actions()
        for action in menu.menu().actions()
        if action.objectName()
    ]
    assert sorted(listed) == sorted(command.id for command in COMMANDS)


def test_every_key_is_understood_by_qt(window):
    for command in COMMANDS:
        action = window.actions_by_id[command.id]
        assert len(action.shortcuts()) == len(command.keys)
        for sequence in action.shortcuts():
            assert not sequence.isEmpty(), command.id


def test_undo_names_what_it_undoes(window, session, hand):
    action = window.actions_by_id["edit.undo"]
    assert not action.isEnabled()
    hand.drag((20, 10), (20, 20))
    assert action.isEnabled()
    assert action.text().startswith("Undo Brush")
    assert "Ctrl+Z" in action.toolTip()


def test_commands_that_cannot_be_used_are_gray(window, session):
    QApplication.processEvents()
    assert not window.actions_by_id["model.segment_worklist"].isEnabled()
    session.draw_worklist(2, seed=1)
    QApplication.processEvents()
    assert window.actions_by_id["model.segment_worklist"].isEnabled()
    session.close_study()
    QApplication.processEvents()
    assert not window.actions_by_id["tool.brush"].isEnabled()
    assert window.actions_by_id["file.open"].isEnabled()


def test_switches_show_what_is_on(window, session):
    QTest.keyClick(window, Qt.Key.Key_E)
    QApplication.processEvents()
    assert window.actions_by_id["tool.eraser"].isChecked()
    assert not window.actions_by_id["tool.brush"].isChecked()
    window.actions_by_id["tool.eraser"].trigger()  # again: it stays on
    QApplication.processEvents()
    assert window.actions_by_id["tool.eraser"].isChecked()


def test_label_commands_carry_the_labels_name(window, session):
    QApplication.processEvents()
    assert window.actions_by_id["label.choose1"].text() == "Draw Rib"
    assert not window.actions_by_id["label.choose3"].isVisible()
    session.add_label("Pleura")
    QApplication.processEvents()
    assert window.actions_by_id["label.choose3"].text() == "Draw Pleura"


def test_keys_are_written_as_people_write_them():
    undo = next(command for command in COMMANDS if command.id == "edit.undo")
    assert keys_text(undo.keys) == QKeySequence("Ctrl+Z").toString(QKeySequence.SequenceFormat.NativeText)


def test_the_runtime_offers_what_the_window_asks_for():
    from lusgui.runtime.services import AppServices

    for name, member in vars(Services).items():
        if not name.startswith("_") and callable(member):
            wanted = list(inspect.signature(member).parameters)
            given = list(inspect.signature(getattr(AppServices, name)).parameters)
            assert given[: len(wanted)] == wanted, name


def test_a_label_that_is_added_later_has_its_key(window, session, qtbot):
    action = window.actions_by_id["label.choose3"]
    assert not action.isVisible()
    session.ensure_label("vermis")
    qtbot.waitUntil(lambda: action.isVisible() and action.isEnabled(), timeout=9000)
    QTest.keyClick(window, Qt.Key.Key_3)
    assert session.view.label == "vermis"
