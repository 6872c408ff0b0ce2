"""The command line as a whole: exit statuses and plain output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

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


def test_no_name_is_too_foreign_for_a_pipe(tmp_path):
    from PIL import Image

    path = tmp_path / "超声.png"
    Image.new("L", (40, 40)).save(path)
    done = subprocess.run(
        [sys.executable, "-m", "lusgui", "info", str(path)],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
    )
    assert done.returncode == 0
    assert b"\\u8d85\\u58f0.png" in done.stdout


def test_an_empty_word_is_not_the_current_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["despeckle", "", "--out", "out"]) == 2
    assert "empty" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")  # noqa: PTH110
def test_output_that_cannot_be_printed_is_said_in_one_line():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "lusgui", "doctor", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["No space left on device."]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_stopped_midway_leaves_nothing_half_written(tmp_path, told):
    import numpy as np
    import scipy.io

    frames = np.random.default_rng(0).rayleigh(1e4, (96, 64, 300)).astype(np.float32)
    scipy.io.savemat(tmp_path / "a.mat", {"ImgData": frames})
    out = tmp_path / "out"
    words = ["despeckle", str(tmp_path / "a.mat"), "--out", str(out), "--method", "srad"]
    words += ["--iterations", "2000"]
    with subprocess.Popen(
        [sys.executable, "-m", "lusgui", *words],
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background has told them, and their children, to ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        until = time.monotonic() + 60
        while not (out.is_dir() and list(out.iterdir())) and time.monotonic() < until and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(told)
        said = run.communicate()[1]
    assert run.returncode == 130
    assert said == "Stopped.\n"
    assert list(out.iterdir()) == []


def test_without_a_display_the_window_is_refused_in_one_sentence():
    import os

    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    outcome = subprocess.run(
        [sys.executable, "-m", "lusgui", "inof"], capture_output=True, text=True, check=False, env=bare
    )
    if sys.platform.startswith("linux"):
        assert outcome.returncode == 2
        assert outcome.stderr.startswith("There is no display")
        assert len(outcome.stderr.splitlines()) == 1
