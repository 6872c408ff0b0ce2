from __future__ import annotations

import subprocess
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
