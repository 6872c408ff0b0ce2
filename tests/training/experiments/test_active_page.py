import pytest

from training.experiments.active import RANDOM, SUGGESTED, Settings, Walk
from training.experiments.active_page import (
    differences,
    first_reached,
    long_table,
    masks_needed,
    pairs_of,
    series_of,
    write_page,
)


def walk(way, values, fold="a", seed=0):
    points = [
        {"masks": masks, "names": [], "dice": {"x": value, "y": value}} for masks, value in values.items()
    ]
    return Walk("ribs", fold, way, seed, tuple(points))


DONE = [
    walk(SUGGESTED, {0: 0.4, 1: 0.6, 3: 0.8}),
    walk(RANDOM, {0: 0.4, 1: 0.5, 3: 0.7}),
    walk(SUGGESTED, {0: 0.4, 1: 0.6, 3: 0.8}, "b"),
    walk(RANDOM, {0: 0.4, 1: 0.5, 3: 0.7}, "b"),
    walk(SUGGESTED, {0: 0.1, 1: 0.1, 3: 0.1}, "c"),
]


def test_where_lines_first_reach_a_value():
    assert first_reached([0, 1, 3], [0.4, 0.6, 0.8], 0.7) == pytest.approx(2)
    assert first_reached([0, 1, 3], [0.4, 0.6, 0.8], 0.3) == 0
    assert first_reached([0, 1, 3], [0.4, 0.3, 0.5], 0.5) == pytest.approx(3)
    assert first_reached([0, 1], [0.4, 0.5], 0.6) is None


def test_only_walks_in_both_orders_are_compared():
    assert [(a.fold, b.way) for a, b in pairs_of(DONE, "ribs")] == [("a", RANDOM), ("b", RANDOM)]
    needed = masks_needed(DONE)
    assert [(row["random masks"], row["suggested masks"]) for row in needed] == [
        (1, pytest.approx(0.5)),
        (3, pytest.approx(2)),
    ]


def test_differences_are_paired():
    rows = differences(DONE)
    assert [row["masks"] for row in rows] == ["1", "3", "all numbers"]
    for row in rows:
        assert (row["difference"], row["low"], row["high"]) == pytest.approx((0.1, 0.1, 0.1))
        assert (row["walks"], row["walks in favour"]) == (2, 2)


def test_table_and_curve():
    table = long_table(DONE)
    assert len(table) == 6
    assert table[0]["walks"] == 3
    assert table[-1]["Dice"] == pytest.approx(0.7)
    assert set(series_of(table, "ribs")) == {SUGGESTED, RANDOM}


def test_page_and_files(tmp_path):
    page = write_page(Settings(), [], DONE, 1, tmp_path)
    assert "5 of 6" in page.read_text(encoding="utf-8")
    assert {"table.csv", "masks_needed.csv", "differences.csv", "results.csv", "curve_ribs.png"} <= {
        path.name for path in tmp_path.iterdir()
    }


def test_without_walks_there_is_a_page_too(tmp_path):
    assert "0 of 3" in write_page(Settings(), [], [], 3, tmp_path).read_text(encoding="utf-8")
