from __future__ import annotations

import json

from lusgui.base import platforms
from lusgui.cli import doctor, main


def test_doctor_says_what_is_here(capsys):
    main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["facts"]["versions"]["torch"].startswith("2.")
    assert report["facts"]["window"]["platform"] == "offscreen"
    assert report["facts"]["devices"]["used"] in ("cpu", "cuda", "mps")


def test_gpu_with_cpu_only_torch_is_said_loudly(monkeypatch):
    import torch

    monkeypatch.setattr(platforms, "nvidia_driver_answers", lambda: True)
    monkeypatch.setattr(torch.version, "cuda", None)
    report = doctor.Report()
    doctor._devices(report)
    assert any(problem.startswith("GPU present, CPU-only torch") for problem in report.problems)


def test_unwritable_folder_is_a_problem(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("LUSGUI_HOME", str(blocked))
    report = doctor.Report()
    doctor._places(report)
    assert sum("cannot be written" in problem for problem in report.problems) == 3


def test_missing_library_is_a_problem(monkeypatch):
    monkeypatch.setattr(doctor, "LIBRARIES", ("no-such-library",))
    report = doctor.Report()
    doctor._versions(report)
    assert report.problems == ["no-such-library is not installed. Install lusgui again."]
    monkeypatch.setattr(doctor, "examine", lambda: report)
    assert main(["doctor"]) == 1


def test_qt_that_cannot_start_is_a_problem(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    report = doctor.Report()
    doctor._window(report)
    assert any("libxcb-cursor0" in problem for problem in report.problems)
