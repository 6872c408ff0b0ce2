"""Hints, tooltips, empty states and the guide name the key that is in force, and follow a change at once."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from lusgui.base.translate import tr
from lusgui.session import acts, click_acts
from lusgui.session.key_presets import PRESETS


def words_in(root):
    """Return all tooltips, texts and placeholders under a widget."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        text = getattr(widget, "text", "")
        found += [widget.toolTip(), text() if callable(text) else ""]
    return "\n".join(each for each in found if isinstance(each, str))


def said(window):
    return window.statusBar().currentMessage()


@pytest.fixture(autouse=True)
def keys_as_before(session):
    yield
    session.key_map.choose_preset("lusgui")


def test_tooltips_that_are_there_follow_a_change(window, session):
    before = words_in(window)
    assert "Diameter of the brush ([ and ], or Shift+wheel)" in before
    session.key_map.set_keys("brush.larger", ["F8"])
    after = words_in(window)
    assert "Diameter of the brush ([ and F8, or Shift+wheel)" in after
    assert "([ and ]" not in after
    session.key_map.set_keys("brush.larger", ["]"])
    assert "Diameter of the brush ([ and ], or Shift+wheel)" in words_in(window)


def test_tooltips_of_commands_name_the_keys_of_others(window, session):
    action = window.actions_by_id["tool.move"]
    assert "Enter puts it down" in action.toolTip()
    session.key_map.set_keys("model.accept", ["F8"])
    assert "F8 puts it down" in action.toolTip()


def test_what_is_said_names_the_key_in_force(window, session):
    session.key_map.set_keys("frame.nothing", ["F8"])
    key = session.key()
    assert not session.mask(key).any()
    acts.accept_frame(window)
    assert "press F8 for “nothing here”" in said(window)
    assert click_acts.undo_title(session) is None


def test_a_command_without_a_key_is_named_by_its_menu(window, session):
    session.key_map.set_keys("edit.undo", [])
    assert tr("{key:edit.undo} takes it back") == "Edit ▸ Undo takes it back"
    assert tr("({key:mask.clear})") == "(Del)"


def test_empty_states_and_lists_follow(window, session, qtbot):
    session.key_map.set_keys("review.flag", ["F8"])
    session.key_map.set_keys("learn.next", ["F9"])
    QApplication.processEvents()
    text = words_in(window)
    assert "Flag a frame (F8) to find it here again" in text
    assert "(F9, or V to accept and go on)" in text
    session.key_map.set_keys("label.choose1", ["F10"])
    qtbot.waitUntil(lambda: "F10" in words_in(window.labels))


def test_the_guide_follows(window, session):
    window.asking.dialogs.ask("guide")
    (guide,) = window.asking.dialogs.opened
    guide.show_page("drawing.md")
    assert "Shift+S" in guide.page.toPlainText()
    session.key_map.set_keys("tool.pick", ["F8"])
    assert "Shift+S" not in guide.page.toPlainText()
    assert "F8" in guide.page.toPlainText()
    guide.reject()


def test_the_sheet_names_its_preset_and_follows(window, session):
    window.asking.dialogs.ask("shortcuts")
    (sheet,) = window.asking.dialogs.opened
    for name in PRESETS:
        session.key_map.choose_preset(name)
        assert name in sheet.keys_of.text()
        assert name in sheet.html()
    assert "of your own" not in sheet.keys_of.text()
    session.key_map.set_keys("app.keys", ["F8"])
    assert "of your own; F8 changes them" in sheet.keys_of.text()
    sheet.reject()
