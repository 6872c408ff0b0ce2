"""The window in another language: menus, commands, tooltips, names; a spoilt catalogue leaves it English."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from lusgui.base.paths import config_dir
from lusgui.base.translate import FOLDER, choose_language
from lusgui.session.commands import COMMANDS, GROUPS
from lusgui.session.view_state import Tool
from tests.e2e.words_kit import bare, marked, write_marked

WAIT_MS = 60_000
NAMES = frozenset(("Rib", "rib"))
STILL_ENGLISH = 0
"""Tooltips and names in the window that a catalogue has and the window still says in English."""


@pytest.fixture
def marked_language(own_home):
    """Install a catalogue that marks every word of the template; return its words."""
    yield write_marked(config_dir() / FOLDER / "fr.mo")
    choose_language("en")


def test_the_window_speaks_another_language_from_menu_to_tooltip(start, qtbot, model, marked_language):
    first = start("--sample", "--label", "rib")
    qtbot.waitUntil(lambda: first.session.place is not None, timeout=WAIT_MS)
    first.window.asking.dialogs.ask("settings")
    (settings,) = first.window.asking.dialogs.opened
    settings.language.setCurrentIndex(settings.language.findData("fr"))
    QTest.mouseClick(settings.apply, Qt.MouseButton.LeftButton)
    assert first.window.menuBar().actions()[0].text() == "&File"  # from the next start on
    first.window.close()

    app = start("--sample", "--label", "rib")
    window = app.window
    ready = window.presenter
    qtbot.waitUntil(lambda: app.session.place is not None and ready.is_up_to_date, timeout=WAIT_MS)
    assert [menu.text() for menu in window.menuBar().actions()] == [f"&{marked(group)}" for group in GROUPS]
    for command in COMMANDS:
        action = window.actions_by_id[command.id]
        assert not bare(action.toolTip(), NAMES)
        if command.title_now(app.session) is None:
            assert action.text() == marked(command.title)
    assert window.tabs.tabText(0) == marked("Annotate")
    english = set()
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        QApplication.processEvents()
        for widget in window.findChildren(QWidget):
            if widget.isVisible() and widget.toolTip() in marked_language:
                english.add(widget.toolTip())
            if widget.isVisible() and widget.accessibleName() in marked_language:
                english.add(widget.accessibleName())
    assert len(english) <= STILL_ENGLISH, sorted(english)
    session = app.session
    session.view.tool = Tool.PAN
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_B)  # keys are the same in every language
    assert session.view.tool is Tool.BRUSH
    window.asking.dialogs.ask("palette")
    (palette,) = window.asking.dialogs.opened
    palette.search.setText(marked("Brush"))
    assert palette.findings()[0].id == "tool.brush"
    assert palette.search.accessibleName() == marked("Find a command")
    palette.reject()


def test_a_damaged_catalogue_leaves_the_window_english(start, own_home):
    path = config_dir() / FOLDER / "fr.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"spoilt")
    app = start("--language", "fr")
    assert app.window.menuBar().actions()[0].text() == "&File"
