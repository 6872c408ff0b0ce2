from __future__ import annotations

from training.transfer.lab_report import write_lab_report


def test_the_report_opens(lab_recipe, lab_done, tmp_path):
    page = write_lab_report(lab_recipe, lab_done[1], tmp_path)
    text = page.read_text(encoding="utf-8")
    for part in ("Dice by strategy", "Tukey", "scratch", "data:image/png"):
        assert part in text
    for name in ("dice.csv", "tukey.csv", "times.csv", "counts.csv", "dice.png"):
        assert (tmp_path / name).is_file(), name
    header = (tmp_path / "dice.csv").read_text().splitlines()[0]
    assert "salient, 80% failed" in header.replace('"', "")
