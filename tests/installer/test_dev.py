from __future__ import annotations

from pathlib import Path

import pytest

from installer import dev, environment, platforms


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(dev, "_call", lambda command, **env: made.append(command) or 0)
    return made


def test_without_a_display_the_job_is_done_headless(calls, monkeypatch):
    monkeypatch.setattr(platforms, "has_display", lambda: False)
    assert dev.run(Path("py"), []) == 0
    assert calls[0][1:4] == ["-m", "lusgui", "demo"]


def test_with_a_display_the_window_opens_on_the_sample(calls, monkeypatch):
    monkeypatch.setattr(platforms, "has_display", lambda: True)
    assert dev.run(Path("py"), []) == 0
    assert calls[0][1:] == ["-m", "lusgui", "--sample"]


def test_a_failed_check_fails_the_test_command(monkeypatch):
    monkeypatch.setattr(dev, "_call", lambda command, **env: int("ruff" in command))
    assert dev.test(Path("py"), []) != 0


def test_setup_trouble_is_one_sentence(monkeypatch, capsys):
    def refuse(purpose, device):
        raise environment.SetupError("No network.")

    monkeypatch.setattr(environment, "prepare", refuse)
    assert dev.main(["run"]) == 1
    assert capsys.readouterr().err == "No network.\n"


def test_extra_words_reach_the_program(monkeypatch):
    seen = {}
    monkeypatch.setattr(environment, "prepare", lambda purpose, device: Path("py"))
    monkeypatch.setattr(dev, "run", lambda python, rest: seen.update(rest=rest) or 0)
    assert dev.main(["run", "--device", "cpu", "info", "a.mat", "--json"]) == 0
    assert seen["rest"] == ["info", "a.mat", "--json"]
