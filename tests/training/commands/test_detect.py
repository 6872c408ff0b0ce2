from __future__ import annotations

import pytest

from training.__main__ import main


@pytest.mark.parametrize("recipe", ["ramos2020_tiny", "ramos2020_yolo"])
def test_recipe_runs_from_end_to_end(tmp_path, capsys, recipe):
    assert main(["detect", "--recipe", recipe, "--tiny", "--device", "cpu", "--out", str(tmp_path)]) == 0
    assert str(tmp_path / "report.html") in capsys.readouterr().out
    assert len(list(tmp_path.glob("*/model.safetensors"))) == 2


def test_unknown_entries_get_one_sentence(tmp_path, capsys):
    assert main(["detect", "--set", "fit.speed=3", "--out", str(tmp_path / "new")]) == 2
    assert "fit.speed" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_empty_folder_gets_one_sentence(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    arguments = ["detect", "--tiny", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "new")]
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
