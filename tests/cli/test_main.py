"""The command line as a whole: exit statuses and plain output."""

from __future__ import annotations

import subprocess
import sys

import lusgui.__main__ as entry
from lusgui.cli import COMMAND_MODULES, command_names, main


def test_our_errors_are_one_sentence_and_status_two(capsys, tmp_path):
    missing = tmp_path / "none.mat"
    assert main(["info", str(missing)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("none.mat: ")
    assert len(said.err.strip().splitlines()) == 1


def test_wrong_option_is_status_two(capsys):
    assert main(["doctor", "--no-such-option"]) == 2
    assert "no-such-option" in capsys.readouterr().err


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("lusgui ")


def test_every_command_is_known_to_the_entry_point():
    assert command_names() == entry.COMMANDS
    assert len(COMMAND_MODULES) == len(set(COMMAND_MODULES))


def test_help_is_not_cut_in_a_pipe():
    said = subprocess.run(
        [sys.executable, "-m", "lusgui", "--help"], capture_output=True, text=True, check=True
    ).stdout
    commands = said.split("Commands:")[1]
    assert "..." not in commands
    assert "\x1b" not in said
    assert all(name in said for name in entry.COMMANDS)
