from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installer import platforms


@pytest.mark.parametrize(
    ("system", "device", "index"),
    [
        ("linux", "cpu", platforms.TORCH_CPU_INDEX),
        ("linux", "cuda", None),
        ("win32", "cuda", platforms.TORCH_CUDA_INDEX),
        ("win32", "cpu", None),
        ("darwin", "cpu", None),
    ],
)
def test_torch_build_comes_from_the_index_that_has_it(monkeypatch, system, device, index):
    monkeypatch.setattr(platforms.sys, "platform", system)
    assert platforms.torch_index(device) == index


def test_missing_library_is_named_by_its_package(monkeypatch):
    monkeypatch.setattr(platforms.sys, "platform", "linux")
    monkeypatch.setattr(platforms, "_can_load", lambda library: library != "libxcb-cursor.so.0")
    monkeypatch.setattr(platforms, "_has_fonts", lambda: True)
    assert platforms.missing_system_packages(for_tests=False) == ["libxcb-cursor0"]


def test_exact_command_is_printed_when_we_may_not_install(monkeypatch, capsys):
    monkeypatch.setattr(platforms.shutil, "which", lambda name: None)
    assert platforms.install_system_packages(["libegl1", "libgl1"]) is False
    assert "sudo apt-get install --no-install-recommends libegl1 libgl1" in capsys.readouterr().out


def test_interpreter_of_an_environment(monkeypatch):
    monkeypatch.setattr(platforms.sys, "platform", "win32")
    assert platforms.venv_python(Path("v")) == Path("v/Scripts/python.exe")
    monkeypatch.setattr(platforms.sys, "platform", "linux")
    assert platforms.venv_python(Path("v")) == Path("v/bin/python")


def test_a_display_is_seen(monkeypatch):
    monkeypatch.setattr(platforms.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not platforms.has_display()
    monkeypatch.setenv("DISPLAY", ":7")
    assert platforms.has_display()


def test_no_driver_means_no_gpu(monkeypatch):
    monkeypatch.setattr(platforms.shutil, "which", lambda name: None)
    assert not platforms.nvidia_driver_answers()
    assert sys.platform
