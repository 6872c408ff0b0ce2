"""The program as it is started from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from lusgui.app import parse


def run(*words, home, timeout=120, **extra):
    environment = os.environ | {"LUSGUI_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"} | extra
    return subprocess.run(
        [sys.executable, "-m", "lusgui", *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_words_are_understood(tmp_path):
    words = parse(["a.mat", "b", "--theme", "light", "--frame", "3"])
    assert [path.name for path in words.files] == ["a.mat", "b"]
    assert (words.theme, words.frame, words.sample) == ("light", 3, False)


def test_the_sample_is_drawn_and_the_program_ends(tmp_path):
    from PySide6.QtGui import QImage

    target = tmp_path / "deep" / "window.png"
    ready = tmp_path / "ready"
    started = time.time()
    outcome = run("--sample", "--screenshot", target, home=tmp_path, LUSGUI_READY_FILE=str(ready))
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""
    picture = QImage(str(target))
    assert (picture.width(), picture.height()) == (1440, 900)
    colors = {picture.pixelColor(x, y).name() for x in range(0, 1440, 7) for y in range(0, 900, 7)}
    assert len(colors) > 100
    assert started < float(ready.read_text()) < time.time()


def test_a_damaged_study_is_told_and_the_window_lives(tmp_path):
    study = tmp_path / "bad.lusgui"
    study.write_bytes(b"SQLite format 3\0" + b"x" * 500)
    outcome = run("--study", study, "--screenshot", tmp_path / "w.png", "--size", "900x600", home=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert (tmp_path / "w.png").exists()


CHECK = """
import sys
from lusgui.app import App, parse
app = App(parse(["--sample"]))
app.window.show()
app.open_what_was_named()
while not app.window.presenter.is_up_to_date:
    app.qt.processEvents()
print([name for name in ("torch", "skimage", "h5py", "pydicom", "cv2", "scipy.io") if name in sys.modules])
app.window.close()
"""


def test_the_windows_process_loads_no_torch_and_nothing_slow(tmp_path):
    environment = os.environ | {"LUSGUI_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    outcome = subprocess.run(
        [sys.executable, "-c", CHECK],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.strip() == "[]"


@pytest.mark.parametrize("word", ["--theme=blue", "--frame=x"])
def test_wrong_words_are_refused(word, capsys):
    with pytest.raises(SystemExit):
        parse([word])
    assert word.split("=")[1] in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to be sent")
def test_a_signal_ends_it_like_the_close_button(tmp_path):
    ready = tmp_path / "ready"
    environment = os.environ | {"LUSGUI_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lusgui", "--sample", "--ready-file", ready], env=environment
    )
    try:
        deadline = time.monotonic() + 60
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.7)  # by then its clock ticks, and the handler runs inside that
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
