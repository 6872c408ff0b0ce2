from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QObject, QTimer, Signal

from lusgui.base.errors import ModelError
from lusgui.base.paths import log_dir
from lusgui.runtime.errors import LOG_NAME, install_error_handling, problem_from_exception


def test_our_own_errors_bring_their_words_and_others_are_called_bugs():
    ours = problem_from_exception(ModelError("it is damaged", remedy="Choose another"), "No model")
    assert (ours.title, ours.message, ours.remedy) == ("No model", "It is damaged.", "Choose another.")
    bug = problem_from_exception(ZeroDivisionError("division by zero"))
    assert bug.message == "ZeroDivisionError: division by zero"
    assert "developers" in bug.remedy


def test_whatever_nobody_catches_reaches_the_person_and_the_log(qtbot):
    told, threads = [], []
    before = sys.excepthook, threading.excepthook
    handling = install_error_handling(lambda p: (told.append(p), threads.append(threading.current_thread())))
    try:
        for error in (ValueError("in a slot"), ModelError("it is damaged")):
            sys.excepthook(type(error), error, None)
        thread = threading.Thread(target=lambda: 1 / 0, name="reader")
        thread.start()
        thread.join()
        assert told == []  # never from within
        qtbot.waitUntil(lambda: len(told) == 3, timeout=3000)
    finally:
        handling.uninstall()
        handling.uninstall()
    assert [p.message for p in told] == [
        "ValueError: in a slot",
        "It is damaged.",
        "ZeroDivisionError: division by zero",
    ]
    assert set(threads) == {threading.main_thread()}
    assert (sys.excepthook, threading.excepthook) == before
    text = (log_dir() / LOG_NAME).read_text(encoding="utf-8")
    assert "lusgui" in text.splitlines()[0]
    assert "in a slot" in text
    assert "uncaught in reader" in text


def test_an_error_in_a_slot_is_told(qtbot, own_home):
    class Button(QObject):
        clicked = Signal()

    told = []
    with qtbot.captureExceptions():
        handling = install_error_handling(told.append)
        button = Button()
        button.clicked.connect(lambda: {}["missing"])
        QTimer.singleShot(0, button.clicked.emit)
        try:
            qtbot.waitUntil(lambda: bool(told), timeout=3000)
        finally:
            handling.uninstall()
    assert "KeyError" in told[0].message


def test_a_home_that_cannot_be_written_keeps_nobody_out(monkeypatch, tmp_path, qtbot):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("LUSGUI_HOME", str(blocked))
    install_error_handling(lambda _problem: None).uninstall()


def test_an_interrupt_is_left_to_python(qtbot, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda *a: seen.append(a[0]))
    handling = install_error_handling(seen.append)
    try:
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    finally:
        handling.uninstall()
    assert seen == [KeyboardInterrupt]
