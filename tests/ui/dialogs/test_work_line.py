from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt

from lusgui.base.errors import LusguiError
from lusgui.ui.dialogs.work_line import WorkLine


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
