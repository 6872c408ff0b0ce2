from __future__ import annotations

import math

import pytest

from training.experiments.bridge_tables import ablation_table, difference, group_means, group_table

TITLES = {"reference": "as shipped", "other": "something else", "absent": "never run"}


def _row(variant, group, name, kind, dice, *, false=0, found=1, fold=0):
    return {
        "variant": variant,
        "fold": fold,
        "seed": 0,
        "group": group,
        "name": name,
        "input": kind,
        "dice": dice,
        "false_components": false,
        "found_anything": found > 0,
    }


ROWS = [
    *(_row("reference", "a", "a1", kind, value) for kind, value in (("raw", 0.8), ("despeckled", 0.6))),
    _row("reference", "b", "b1", "raw", 0.4, false=2),
    _row("reference", "c", "c1", "raw", None, false=1, found=5),
    _row("reference", "c", "c2", "raw", None, found=0, fold=1),
    *(_row("other", "a", "a1", kind, 0.9) for kind in ("raw", "despeckled")),
    _row("other", "b", "b1", "raw", 0.7),
]


def test_a_variant_has_one_row():
    first, second = ablation_table(ROWS, TITLES, 2)
    assert first["variant"] == "reference"
    assert (first["folds"], second["folds"]) == ("2/2", "1/2")
    assert first["dice"] == pytest.approx(0.55)  # frames weigh the same, however often they were judged
    assert first["dice_raw"] == pytest.approx(0.6)
    assert first["dice_despeckled"] == pytest.approx(0.6)
    assert (first["dice a"], first["dice b"]) == (pytest.approx(0.7), pytest.approx(0.4))
    assert first["false_components"] == pytest.approx(2 / 3)
    assert (first["negatives"], first["false_alarms"]) == (2, 0.5)
    assert "difference" not in first
    assert second["difference"] == pytest.approx(((0.9 - 0.7) + (0.7 - 0.4)) / 2)
    assert second["low"] <= second["difference"] <= second["high"]
    assert second["false_alarms"] is None


def test_many_groups_are_told_by_the_worst():
    rows = [_row("reference", f"p{i}", f"f{i}", "raw", i / 10) for i in range(1, 9)]
    (row,) = ablation_table(rows, TITLES, 1)
    assert row["worst group"] == pytest.approx(0.1)
    assert not any(key.startswith("dice p") for key in row)


def test_groups_have_their_own_table():
    assert group_means(ROWS[:4]) == {"a": pytest.approx(0.7), "b": pytest.approx(0.4)}
    table = group_table(ROWS, TITLES)
    assert [(row["variant"], row["group"]) for row in table] == [
        ("reference", "a"),
        ("reference", "b"),
        ("other", "a"),
        ("other", "b"),
    ]
    assert table[1]["dice_despeckled"] is None


def test_only_common_frames_are_compared():
    first = {("a", "1"): 0.9, ("a", "2"): 0.1}
    assert difference(first, {("a", "1"): 0.5, ("b", "1"): 0.0})[0] == pytest.approx(0.4)
    assert math.isnan(difference(first, {})[0])
