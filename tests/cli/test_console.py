from __future__ import annotations

import io
import sys

from lusgui.cli import console


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_pipe_is_plain(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert console.is_plain()
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert not console.is_plain()


def test_no_bar_where_nobody_watches(monkeypatch):
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    with console.progress_bar("Work") as report:
        report(1, 2, "x")
    assert err.getvalue() == ""


def test_a_bar_where_somebody_watches(monkeypatch):
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    with console.progress_bar("Work") as report:
        report(1, 2)
    assert "Work" in err.getvalue()
