from __future__ import annotations

import subprocess

from installer import screenshots


def test_each_picture_comes_from_the_real_window(monkeypatch, tmp_path):
    commands = []

    def remember(command, **more):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(screenshots, "PICTURES", tmp_path / "images")
    monkeypatch.setattr(screenshots.subprocess, "run", remember)
    assert screenshots.main() == 0
    shots, scripts = commands[: len(screenshots.SHOTS)], commands[len(screenshots.SHOTS) :]
    assert all("--screenshot" in command and "lusgui" in command for command in shots)
    assert [command[-2:] for command in scripts] == [
        [module, str(tmp_path / "images")] for module in screenshots.SCRIPTS
    ]


def test_a_picture_that_fails_fails_the_script(monkeypatch, tmp_path):
    monkeypatch.setattr(screenshots, "PICTURES", tmp_path / "images")
    monkeypatch.setattr(screenshots.subprocess, "run", lambda c, **more: subprocess.CompletedProcess(c, 3))
    assert screenshots.main() == len(screenshots.SHOTS) + len(screenshots.SCRIPTS)
