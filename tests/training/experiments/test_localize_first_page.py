from __future__ import annotations

import pytest

from training.data.splits import Fold
from training.experiments.cells import Cell, Done
from training.experiments.localize_first_page import comparison, long_table, series_of
from training.experiments.sets import DataSet
from training.localization.pipeline import LOCALIZED, SCRATCH
from training.trials import Trial


@pytest.fixture
def done(toy_samples):
    part = DataSet("toy", "rib", tuple(toy_samples))
    trial = Trial("hu-unet", "rib", (32, 32))
    made = []
    for masks in (1, 2):
        for seed in (0, 1):
            for way, gain in ((LOCALIZED, 0.1 * masks), (SCRATCH, 0.0)):
                rows = [
                    {"name": f"f{i}", "group": "g", "dice": 0.3 + 0.01 * i + gain}
                    for i in (4 * seed, 4 * seed + 1)
                ]
                fold = Fold(tuple(range(masks)), (), (4, 5))
                made.append(
                    Done(Cell(part, way, str(seed), seed, trial, fold), {"rows": rows, "seconds": 2.0})
                )
    return made


def test_differences_are_paired_at_each_number_of_masks(done):
    rows = comparison(done)
    assert [(row["masks"], row["images"], row["seeds"]) for row in rows] == [(1, 4, 2), (2, 4, 2)]
    assert [row["difference"] for row in rows] == pytest.approx([0.1, 0.2])
    assert rows[0]["low"] == pytest.approx(0.1)
    assert rows[1]["p (Holm)"] >= rows[1]["p (paired t)"]


def test_curve_has_a_point_a_number_of_masks(done):
    series = series_of(long_table(done), "toy")
    assert [x for x, _ in series[LOCALIZED]] == [1.0, 2.0]
    assert series[LOCALIZED][1][1].value == pytest.approx(0.525)
