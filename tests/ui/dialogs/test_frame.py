from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt

from lusgui.base.errors import LusguiError
from lusgui.session.problems import Problem
from lusgui.ui.dialogs.frame import Frame, WorkLine, describe, say, warning_label


@pytest.fixture
def line(qtbot, jobs):
    made = WorkLine(jobs)
    qtbot.addWidget(made)
    yield made
    made.abandon()


def test_work_gives_its_result_and_the_line_goes(qtbot, line):
    got = []
    line.start("Counting", lambda progress: progress(1, 2, "half") or 42, got.append)
    assert line.is_busy
    qtbot.waitUntil(lambda: got == [42], timeout=5_000)
    assert not line.is_busy
    assert line.isHidden()


def test_cancel_ends_it_with_an_empty_reason(qtbot, line):
    started, ended, got = threading.Event(), [], []

    def work(progress):
        started.set()
        while True:
            progress(0, 1)

    line.start("Endless", work, got.append, ended.append)
    assert started.wait(5)
    qtbot.mouseClick(line.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ended == [""], timeout=5_000)
    assert got == []


def test_a_failure_comes_in_words(qtbot, line):
    ended = []

    def work(progress):
        raise LusguiError("the disk is full", remedy="Free some space")

    line.start("Writing", work, lambda _result: None, ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=5_000)
    assert ended == ["the disk is full. Free some space."]


def test_only_the_last_work_is_heard(qtbot, line):
    got = []
    gate = threading.Event()
    line.start("Old", lambda _progress: gate.wait(5) and "old", got.append)
    line.start("New", lambda _progress: "new", got.append)
    gate.set()
    qtbot.waitUntil(lambda: got == ["new"], timeout=5_000)
    qtbot.wait(50)
    assert got == ["new"]


def test_enter_does_and_escape_leaves(qtbot):
    done = []
    for key, expected in ((Qt.Key.Key_Return, ["done"]), (Qt.Key.Key_Escape, ["done"])):
        dialog = Frame("Title", "Lead", "export")
        dialog.add_close("Cancel")
        dialog.add_primary("Do it", lambda: done.append("done"))
        dialog.open()
        qtbot.keyClick(dialog, key)
        assert done == expected
        assert dialog.isVisible() == (key == Qt.Key.Key_Return)
        dialog.reject()


def test_warnings_hide_while_empty(qtbot):
    label = warning_label()
    qtbot.addWidget(label)
    assert label.isHidden()
    say(label, "Careful.")
    assert not label.isHidden()
    assert describe(Problem("T", "What.", "How.")) == "What. How."
