"""Every menu, panel, hint and dialog in a language that marks its words and is longer than English."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from lusgui.base.paths import config_dir
from lusgui.base.translate import FOLDER, choose_language
from lusgui.session.commands import COMMANDS
from lusgui.session.problems import Problem
from lusgui.session.view_state import Tool
from tests.e2e.test_access import DIALOGS, prepare
from tests.e2e.words_kit import bare, cut_off, marked, settle, unmarked, write_marked

WAIT_MS = 60_000


@pytest.fixture
def app(start, qtbot, model, own_home):
    """Return the program on the samples, in the marked language."""
    write_marked(config_dir() / FOLDER / "fr.mo")
    begun = start("--sample", "--label", "rib", "--language", "fr")
    ready = begun.window.presenter
    qtbot.waitUntil(lambda: begun.session.place is not None and ready.is_up_to_date, timeout=WAIT_MS)
    yield begun
    choose_language("en")


def content_of(session):
    """Return what people have named: it is the same in every language."""
    labels = {word for label in session.labels for word in (label.name, label.key)}
    rows = {word for row in session.recording_rows() for word in (row.name, row.path.stem)}
    return frozenset(labels | rows | {"Sample", "sample", "Slicer ultrasound"})


def test_nothing_in_the_window_stays_english_and_nothing_is_cut_off(app):
    window, session = app.window, app.session
    known = content_of(session)
    left, cut = set(), set()

    def look(where):
        settle()
        left.update(f"{where}: {each}" for each in unmarked(window, known))
        cut.update(f"{where}: {each}" for each in cut_off(window))

    for command in COMMANDS:
        action = window.actions_by_id[command.id]
        left.update(
            f"{command.id}: {text}" for text in (action.text(), action.toolTip()) if bare(text, known)
        )
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        look(f"tab {tab}")
    window.tabs.setCurrentIndex(0)
    for tool in Tool:
        for is_taking_away in (False, True):
            session.view.tool = tool
            session.view.erase = session.view.click_negative = is_taking_away
            look(f"tool {tool}")
    assert not left, "\n".join(sorted(left))
    assert not cut, "\n".join(sorted(cut))


def test_nothing_in_a_dialog_stays_english(app):
    window, known = app.window, content_of(app.session)
    left, cut, seen = set(), set(), 0
    for name in DIALOGS:
        prepare(app, name)
        window.asking.dialogs.ask(name)
        settle()
        for dialog in QApplication.topLevelWidgets():
            if dialog is window or not dialog.isVisible():
                continue
            seen += 1
            left.update(f"{name}: {each}" for each in unmarked(dialog, known))
            cut.update(f"{name}: {each}" for each in cut_off(dialog))
            dialog.close()
        for dialog in window.asking.dialogs.opened:
            dialog.reject()
        settle()
    assert seen >= len(DIALOGS)
    assert not left, "\n".join(sorted(left))
    assert not cut, "\n".join(sorted(cut))


def test_what_is_said_below_the_window_is_said_in_its_language(app):
    window, session = app.window, app.session
    session.report(
        Problem("clip.mat was not added", "It cannot be read (no such file).", "Open it from the File menu.")
    )
    settle()
    (dialog,) = (each for each in QApplication.topLevelWidgets() if each is not window and each.isVisible())
    assert not unmarked(dialog, frozenset(("clip.mat", "no such file")))
    dialog.close()
    key = session.key()
    mask = ~session.mask(key)
    session.push_masks("Grow", {key: mask})
    settle()
    undo = window.actions_by_id["edit.undo"].text()
    assert marked("Grow") in undo
    assert not bare(undo, frozenset((key.label,)))
    window.say("Every mask fits its neighbours")
    assert marked("Every mask fits its neighbours")[:12] in window.statusBar().currentMessage()
    session.undo()
