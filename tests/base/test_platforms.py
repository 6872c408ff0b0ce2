from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lusgui.base import platforms


@pytest.mark.parametrize(
    ("answer", "sees"),
    [
        (subprocess.CompletedProcess([], 0, "GPU 0: something", ""), True),
        (subprocess.CompletedProcess([], 9, "", "no driver"), False),
    ],
)
def test_driver_answers(monkeypatch, answer, sees):
    monkeypatch.setattr(platforms.subprocess, "run", lambda *a, **k: answer)
    assert platforms.nvidia_driver_answers() is sees


def test_no_driver(monkeypatch):
    def refuse(*a, **k):
        raise FileNotFoundError

    monkeypatch.setattr(platforms.subprocess, "run", refuse)
    assert not platforms.nvidia_driver_answers()


def test_file_manager_is_named_by_system(monkeypatch):
    for system, program in (("linux", "xdg-open"), ("darwin", "open"), ("win32", "explorer")):
        monkeypatch.setattr(platforms.sys, "platform", system)
        assert platforms.reveal_in_file_manager(Path("a/b.tif"))[0] == program


def test_display(monkeypatch):
    monkeypatch.setattr(platforms.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not platforms.has_display()


def test_priority_can_be_lowered(monkeypatch):
    steps = []
    monkeypatch.setattr(platforms.os, "nice", steps.append)
    platforms.lower_priority()
    assert steps == [5]


def test_one_thread_steps_back_and_the_others_do_not():
    found = []

    def work():
        platforms.lower_priority_of_thread()
        if sys.platform == "linux":
            number = threading.get_native_id()
            found.append(platforms.os.getpriority(platforms.os.PRIO_PROCESS, number))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if sys.platform == "linux":
        own = platforms.os.getpriority(platforms.os.PRIO_PROCESS, threading.get_native_id())
        assert found == [min(own + 10, 19)]


def test_a_background_process_works_behind_and_beside():
    options = platforms.background_process_options()
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, **options)
    try:
        platforms.lower_priority_of(process.pid)
        platforms.lower_priority_of(999_999_999)  # gone already
        if sys.platform != "win32":
            assert platforms.os.getpgid(process.pid) == process.pid
            assert platforms.os.getsid(process.pid) == platforms.os.getsid(0)
            nice = platforms.os.getpriority(platforms.os.PRIO_PROCESS, process.pid)
            own = platforms.os.getpriority(platforms.os.PRIO_PROCESS, 0)
            assert nice == min(own + platforms.CHILD_NICENESS, 19)
    finally:
        process.communicate(b"\n")


def test_windows_hides_the_console_and_lowers_at_the_start(monkeypatch):
    monkeypatch.setattr(platforms.sys, "platform", "win32")
    flags = platforms.background_process_options()["creationflags"]
    assert flags == 0x4000 | 0x08000000 | 0x200
    platforms.lower_priority_of(1)  # nothing is left to do
    assert platforms.console_program("lusgui-training").name == "lusgui-training.exe"
