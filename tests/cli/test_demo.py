"""The main job without a display, as `installer/dev.py run` does it."""

from __future__ import annotations

import pytest

from lusgui.cli import demo, main


@pytest.mark.slow
def test_demo_goes_from_mat_to_masks_and_a_picture(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "out")]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"lung_linear_v5_rib.tif", "lung_linear_v5_rib.mat", "window.png"} <= names
    said = capsys.readouterr().out
    assert str(tmp_path / "out") in said
    assert all(name in said for name in names if "." in name)


def test_nothing_is_replaced_unasked(tmp_path, capsys):
    (tmp_path / "window.png").touch()
    assert main(["demo", "--out", str(tmp_path)]) == 2
    assert "--force" in capsys.readouterr().err


def test_a_window_that_cannot_be_drawn_is_said(tmp_path, monkeypatch, capsys):
    import subprocess
    import sys

    def broken(picture, home):
        return subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.exit('no such platform')"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    monkeypatch.setattr(demo, "_start_window", broken)
    monkeypatch.setattr(demo, "_run", lambda words: None)
    assert main(["demo", "--out", str(tmp_path / "out")]) == 2
    assert "no such platform" in capsys.readouterr().err
