from __future__ import annotations

from training.__main__ import main


def test_recipe_runs_from_end_to_end(tmp_path, capsys):
    arguments = ["localize", "--tiny", "--device", "cpu", "--out", str(tmp_path), "--set", "masks=[2]"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert str(tmp_path / "report.html") in out
    assert "px off" in out


def test_unknown_entries_get_one_sentence(tmp_path, capsys):
    assert main(["localize", "--set", "locate.speed=3", "--out", str(tmp_path / "new")]) == 2
    assert "locate.speed" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
