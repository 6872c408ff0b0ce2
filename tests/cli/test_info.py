from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import scipy.io as sio

from lusgui.cli import main
from lusgui.core.recipe import Recipe
from lusgui.io.recipes import save_recipe


@pytest.fixture
def file(tmp_path):
    holder = np.empty((1, 1), dtype=object)
    holder[0, 0] = np.random.default_rng(0).rayleigh(900, (64, 48, 1, 3)).astype(np.float32)
    sio.savemat(
        tmp_path / "ä.mat",
        {
            "ImgData": holder,
            "other": np.ones((50, 40)),
            "PData": {"PDelta": [[1.0, 0.0, 0.5]], "Size": [[64.0, 48.0, 1.0]]},
            "Trans": {"frequency": 5.0},
            "Resource": {"Parameters": {"speedOfSound": 1500.0}},
        },
    )
    return tmp_path / "ä.mat"


def test_json(file, capsys):
    assert main(["info", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["variable"] == "ImgData{1}"
    assert (found["frames"], found["rows"], found["cols"]) == (3, 64, 48)
    assert found["dtype"] == "float32"
    assert found["intensity"] == "linear"
    assert found["spacing_mm"] == pytest.approx([0.15, 0.3])
    assert [candidate["variable"] for candidate in found["candidates"]] == ["ImgData{1}", "other"]
    assert found["warnings"] == []


def test_text(file, capsys):
    assert main(["info", str(file)]) == 0
    shown = capsys.readouterr().out
    for part in ("ImgData{1}", "3 of 64 rows x 48 columns", "linear", "0.15 mm a row", "other"):
        assert part in shown


def test_variables_and_recipes(file, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LUSGUI_HOME", str(tmp_path / "home"))
    assert main(["info", str(file), "--json", "--variable", "other", "--variable", "ImgData{1}"]) == 0
    assert [found["variable"] for found in json.loads(capsys.readouterr().out)] == ["other", "ImgData{1}"]
    save_recipe(Recipe("mine", "other", "wh"))
    assert main(["info", str(file), "--json", "--recipe", "mine"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["variable"], found["rows"], found["cols"]) == ("other", 40, 50)
    assert main(["info", str(file), "--recipe", "none"]) == 2
    assert "mine" in capsys.readouterr().err


def test_refusals_end_with_two_and_one_line(tmp_path):
    sio.savemat(tmp_path / "a.mat", {"RcvData": np.ones((512, 64, 2), dtype=np.int16)})
    done = subprocess.run(
        [sys.executable, "-m", "lusgui", "info", str(tmp_path / "a.mat"), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "'RcvData' (512 x 64 x 2)" in done.stderr
