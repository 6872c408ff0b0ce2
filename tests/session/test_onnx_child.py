from __future__ import annotations

import sys
import time

import psutil
import pytest

from lusgui.base.errors import CancelledError, WorkerError
from lusgui.core.progress import no_progress
from lusgui.session import onnx_child
from lusgui.session.onnx_child import export_onnx, onnx_program


def program(body):
    return [sys.executable, "-c", f"import sys, time\n{body}"]


def test_what_it_says_comes_back(tmp_path):
    body = "print(sys.argv[1:]); open(sys.argv[4], 'w').close()"
    said = export_onnx(tmp_path / "m.safetensors", tmp_path / "m.onnx", no_progress, program(body))
    assert f"'--model', '{tmp_path / 'm.safetensors'}'" in said
    assert "--overwrite" in said
    assert (tmp_path / "m.onnx").exists()


def test_a_refusal_is_told_in_its_own_words(tmp_path):
    body = (
        "sys.stderr.write('log\\nONNX files need onnx, which is not installed. Install it.\\n'); sys.exit(2)"
    )
    with pytest.raises(WorkerError, match=r"m\.onnx: nothing was written: ONNX files need onnx"):
        export_onnx(tmp_path / "m.safetensors", tmp_path / "m.onnx", no_progress, program(body))
    with pytest.raises(WorkerError, match="without a word"):
        export_onnx(tmp_path / "m", tmp_path / "m.onnx", no_progress, program("sys.exit(3)"))


def test_it_is_ended_when_it_is_cancelled(tmp_path):
    heard = []

    def progress(done, total, text=""):
        heard.append(text)
        if len(heard) > 2:
            raise CancelledError("stopped")

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with pytest.raises(CancelledError):
        export_onnx(tmp_path / "m", tmp_path / "m.onnx", progress, program("time.sleep(60)"))
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert not (tmp_path / "m.onnx").exists()
    assert "written" in heard[0]


def test_it_does_not_go_on_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_child, "MOST_SECONDS", 0.2)
    begun = time.monotonic()
    with pytest.raises(WorkerError, match="too long"):
        export_onnx(tmp_path / "m", tmp_path / "m.onnx", no_progress, program("time.sleep(60)"))
    assert time.monotonic() - begun < 30


def test_a_program_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WorkerError, match="could not be started"):
        export_onnx(tmp_path / "m", tmp_path / "m.onnx", no_progress, [str(tmp_path / "none")])


def test_it_is_the_training_program():
    assert onnx_program()[-1] == "export-onnx"
    assert onnx_program()[:-1] == [sys.executable, "-P", "-m", "training"]
