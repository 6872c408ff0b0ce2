from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from installer import environment, platforms


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A pretended checkout whose pip calls are written down instead of made."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "CONSTRAINTS", tmp_path / "constraints.txt")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(platforms, "missing_system_packages", lambda for_tests: [])
    monkeypatch.setattr(platforms, "nvidia_driver_answers", lambda: False)
    monkeypatch.setattr(environment, "_answers", lambda url: False)
    calls = []

    def make():
        python = platforms.venv_python(tmp_path / ".venv")
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(environment, "_make_venv", make)
    monkeypatch.setattr(environment, "_pip", lambda *words: calls.append(words))
    return calls


def test_second_time_nothing_is_fetched(checkout):
    environment.prepare("run", "auto")
    assert checkout
    checkout.clear()
    environment.prepare("run", "auto")
    assert checkout == []


def test_test_setup_serves_run_too(checkout):
    environment.prepare("test", "auto")
    checkout.clear()
    environment.prepare("run", "auto")
    assert checkout == []


def test_changed_constraints_install_again(checkout):
    environment.prepare("run", "auto")
    checkout.clear()
    environment.CONSTRAINTS.write_text("torch==2.13.1\n")
    environment.prepare("run", "auto")
    assert checkout


def test_another_device_replaces_torch(checkout):
    environment.prepare("run", "cpu")
    checkout.clear()
    environment.prepare("run", "cuda")
    assert ("uninstall", "-y", "-q", "torch") in checkout
    assert json.loads(environment.STAMP.read_text())["device"] == "cuda"


def test_auto_takes_cuda_where_a_driver_answers(monkeypatch):
    monkeypatch.setattr(platforms, "nvidia_driver_answers", lambda: True)
    assert environment.choose_device("auto") == "cuda"


def test_old_python_is_refused_with_a_sentence(checkout, monkeypatch):
    monkeypatch.setattr(environment.sys, "version_info", (3, 9, 1))
    with pytest.raises(environment.SetupError, match=r"3\.11 or newer"):
        environment.prepare("run", "auto")


def test_failed_install_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VENV", tmp_path)
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(environment.SetupError, match="run the same command again"):
        environment._pip("install", "x")


def test_constraints_pin_every_requirement():
    import tomllib

    root = environment.Path(__file__).resolve().parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + [
        r for group in project["optional-dependencies"].values() for r in group
    ]
    names = {re.split(r"[<>=!~ ;\[]", line)[0].lower().replace("_", "-") for line in wanted}
    lines = (root / "installer" / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    assert names <= pinned
    assert "torch==2.13.0" in lines


def test_standard_library_only():
    code = "import sys; sys.path.insert(0, '.'); import installer.dev"
    outcome = subprocess.run(
        [
            sys.executable,
            "-S",
            "-I",
            "-c",
            code.replace("'.'", repr(str(environment.Path(__file__).resolve().parents[2]))),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
