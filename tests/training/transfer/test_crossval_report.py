from __future__ import annotations

from dataclasses import replace

import pytest

from training.transfer.crossval_report import gaps, write_crossval_report


def test_the_gap_is_paired_by_frame(crossval_done):
    facts = {"stage": "s", "mirrored": "false", "seed": 0, "fold": 0}
    rows = [
        facts | {"model": split, "split": split, "name": name, "group": name, "dice": dice}
        for split, name, dice in (
            ("group", "a", 0.5),
            ("group", "b", 0.5),
            ("image", "a", 0.7),
            ("image", "b", 0.8),
            ("image", "c", 0.0),
        )
    ]
    (row,) = gaps(replace(crossval_done[1], rows=rows))
    assert row["gap"] == pytest.approx(0.25)
    assert row["frames"] == 2
    assert row["by image"] == pytest.approx(0.75)


def test_the_report_opens(crossval_recipe, crossval_done, tmp_path):
    page = write_crossval_report(crossval_recipe, crossval_done[1], tmp_path)
    text = page.read_text(encoding="utf-8")
    for part in ("Second, by image", "Splits and leaks", "What the split by image adds", "data:image/png"):
        assert part in text
    for name in ("folds.csv", "dice.csv", "gap.csv", "gap.png", "splits.csv", "trainings.csv", "curves.png"):
        assert (tmp_path / name).is_file(), name


def test_one_split_has_no_gap(crossval_recipe, crossval_done, tmp_path):
    rows = [row for row in crossval_done[1].rows if row["split"] == "group"]
    write_crossval_report(
        replace(crossval_recipe, by="group"), replace(crossval_done[1], rows=rows), tmp_path
    )
    assert not (tmp_path / "gap.csv").exists()
    assert (tmp_path / "dice_by_group_mirrored.png").is_file()
