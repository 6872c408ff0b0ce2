from __future__ import annotations

import pytest

from training.experiments.yolo_grid import Settings
from training.experiments.yolo_grid_page import by_number, differences, long_table, mask_table


def result(name, grid, seed, iou, study="cells", boxes=2):
    rows = [
        {"name": f"f{i}", "group": "g", "data": "real", "iou": iou + 0.1 * i, "score": 0.5} for i in (0, 1)
    ]
    scores = {"real": {"ap_as_ramos": iou + 0.05, "ap50": iou}}
    return {
        "study": study,
        "name": name,
        "grid": grid,
        "boxes": boxes,
        "seed": seed,
        "rows": rows,
        "scores": scores,
        "seconds": 3.0,
    }


DONE = [result(f"S = {grid}", grid, seed, 0.02 * grid) for grid in (7, 11) for seed in (0, 1)]


def test_one_row_a_variant_with_the_published_number():
    rows = long_table(DONE)
    assert [row["S"] for row in rows] == [7, 11]
    assert rows[1]["AP as published (mean IoU)"] == pytest.approx(0.27)
    assert rows[1]["published AP"] == 0.848
    assert (rows[0]["images"], rows[0]["seeds"]) == (4, 2)


def test_score_against_number_of_cells():
    (points,) = by_number(DONE, "cells", "grid", "ap50").values()
    assert [(x, round(mean.value, 2)) for x, mean in points] == [(7.0, 0.14), (11.0, 0.22)]


def test_boxes_are_joined_by_the_same_cells_of_the_other_study():
    done = [*DONE, result("B = 1", 11, 0, 0.3, "boxes", 1)]
    (points,) = by_number(done, "boxes", "boxes", "ap50", 11).values()
    assert [x for x, _ in points] == [1.0, 2.0]


def test_differences_are_paired_with_few_cells():
    rows = differences(Settings(), DONE)
    assert [row["model"] for row in rows] == ["S = 11"]
    assert rows[0]["difference of IoU"] == pytest.approx(0.08)
    assert rows[0]["low"] == pytest.approx(0.08)


def test_boxes_are_compared_at_the_same_cells():
    rows = differences(Settings(), [*DONE, result("B = 1", 11, 0, 0.3, "boxes", 1)])
    assert [(row["model"], row["against"]) for row in rows] == [("S = 11", "S = 7"), ("B = 1", "S = 11")]
    assert rows[1]["difference of IoU"] == pytest.approx(0.08)


def test_gain_of_the_inside_over_the_whole():
    masks = [
        {"way": way, "data": "real", "seed": 0, "name": name, "group": "g", "dice": dice}
        for way, gain in (("whole image", 0.0), ("inside the box found", 0.2))
        for name, dice in (("a", 0.4 + gain), ("b", 0.6 + gain))
    ]
    rows = mask_table(masks)
    assert [row["way"] for row in rows] == ["whole image", "inside the box found"]
    assert rows[1]["gain"] == pytest.approx(0.2)
    assert mask_table([]) == []
