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


def test_lines_stand_above_the_bar_and_not_behind_it(monkeypatch):
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with console.progress_bar("Work") as report:
        report(1, 2)
        console.say("a [bold]line[/bold] " + "x" * 200)
        console.complain("a sentence")
    seen = [line.rsplit("\x1b[2K", 1)[-1] for line in err.getvalue().splitlines()]
    assert "a [bold]line[/bold] " + "x" * 200 in seen
    assert "a sentence" in seen
    console.say("after")
    assert out.getvalue() == "after\n"


def test_lines_go_to_a_pipe_though_the_bar_is_on_the_terminal(monkeypatch):
    out, err = io.StringIO(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with console.progress_bar("Work"):
        console.say("a line")
    assert "a line" in out.getvalue()
    assert "a line" not in err.getvalue()
