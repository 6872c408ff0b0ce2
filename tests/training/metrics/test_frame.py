from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from lusgui.core.overlap import dice
from lusgui.core.surface_distance import hd95, nsd
from training.dataset import Sample
from training.metrics.calibration import band, ece
from training.metrics.frame import measures_of, score_mask, summarise_rows

SPACING = (0.05, 0.3)


def _sample(truth, spacing=None):
    return Sample("f", "g", np.zeros(truth.shape, np.uint8), {"rib": truth}, spacing_mm=spacing)


def _pair():
    truth = np.zeros((60, 40), bool)
    truth[20:40, 10:30] = True
    found = np.roll(truth, 2, 0)
    found[2:4, 2:4] = True
    return found, truth


def test_the_row_of_a_frame_with_known_spacing():
    found, truth = _pair()
    probability = np.where(found, 0.9, 0.1)
    row = score_mask(found, truth, probability, _sample(truth, SPACING))
    assert row["dice"] == dice(found, truth)
    assert row["hd95_mm"] == hd95(found, truth, SPACING)
    assert row["nsd_1mm"] == nsd(found, truth, SPACING, 1.0)
    assert (row["false_components"], row["components"]) == (1, 2)
    assert (row["true_px"], row["found_px"]) == (400, 404)
    assert row["brier"] == pytest.approx(
        (0.81 * (found ^ truth).sum() + 0.01 * (found == truth).sum()) / 2400
    )
    assert row["ece"] == ece(probability, truth)
    assert row["ece_band"] == ece(probability, truth, where=band(truth, 5))
    assert row["hd95_px"] is row["assd_px"] is row["nsd_2px"] is None


def test_without_spacing_the_key_says_pixels():
    found, truth = _pair()
    for sample in (_sample(truth), None):
        row = score_mask(found, truth, None, sample)
        assert row["hd95_px"] == hd95(found, truth)
        assert row["nsd_2px"] == nsd(found, truth, None, 2)
        assert row["hd95_mm"] is row["nsd_1mm"] is row["ece"] is row["nll"] is None
    assert score_mask(found, truth, None, None, tolerance_px=0)["nsd_0px"] < row["nsd_2px"]


def test_a_frame_without_truth_has_no_overlap_but_false_components():
    found, truth = _pair()
    row = score_mask(found, np.zeros_like(truth), np.where(found, 0.9, 0.1), None)
    names = ("dice", "iou", "precision", "recall", "hd95_px", "nsd_2px", "roughness_true", "ece_band")
    assert [row[name] for name in names] == [None] * len(names)
    assert (row["false_components"], row["true_px"]) == (2, 0)
    assert row["brier"] > 0


def test_a_frame_in_which_nothing_is_found():
    _, truth = _pair()
    row = score_mask(np.zeros_like(truth), truth, None, None)
    assert (row["dice"], row["iou"], row["recall"], row["nsd_2px"], row["false_components"]) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert row["precision"] is row["hd95_px"] is row["roughness"] is None


@settings(max_examples=40)
@given(hnp.arrays(bool, (8, 9)), hnp.arrays(bool, (8, 9)))
def test_every_frame_has_the_same_columns_and_plain_numbers(found, truth):
    row = score_mask(found, truth, found * 0.5, _sample(truth, SPACING))
    assert list(row) == list(score_mask(truth, truth, None, None))
    json.dumps(row, allow_nan=False)


def test_the_summary():
    rows = [
        {
            "name": f"f{i}",
            "group": f"g{i // 2}",
            "dice": value,
            "true_px": 0 if value is None else 9,
            "found_px": 5,
        }
        for i, value in enumerate([0.5, 0.7, 0.9, None, 0.8, float("nan")])
    ]
    summary = summarise_rows(rows)
    assert (summary["frames"], summary["groups"]) == (6, 3)
    assert (summary["negatives"], summary["negatives_with_anything_found"]) == (1, 1)
    found = summary["metrics"]["dice"]
    assert found["mean"] == pytest.approx(0.725)
    assert found["median"] == pytest.approx(0.75)
    assert found["sd"] == pytest.approx(np.std([0.5, 0.7, 0.9, 0.8], ddof=1))
    assert (found["n"], found["groups"]) == (4, 3)
    assert 0.5 < found["low"] < found["mean"] < found["high"] <= 0.9
    assert "name" not in summary["metrics"]
    json.dumps(summary["metrics"]["dice"], allow_nan=False)


def test_the_summary_of_little():
    assert summarise_rows([])["metrics"] == {}
    one = summarise_rows([{"name": "f", "group": "g", "dice": 0.5}])["metrics"]["dice"]
    assert (one["mean"], one["sd"], one["low"], one["n"]) == (0.5, None, None, 1)


def test_measures_are_the_columns_of_numbers():
    rows = [{"name": "f", "group": "g", "seed": 1, "dice": 0.5, "note": "x", "hd95_mm": None, "right": True}]
    assert measures_of(rows) == ["dice"]
