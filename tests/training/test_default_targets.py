from __future__ import annotations

import pytest

from training.default_targets import targets


def _measure(**values):
    part = {"mean": 0.9, "low": 0.88, "high": 0.93, "n": 20, "median": 0.01, "median_low": 0.0}
    return part | {"median_high": 0.02, "worst": 0.1, "worst_group": "p1"} | values


def _summary(**changes):
    of_all = {"value": 0.01, "low": 0.0, "high": 0.02, "n": 20}
    summary = {
        "frames": 20,
        "measures": {
            "dice": _measure(),
            "tcd_relative_error": _measure(),
            "centre_line_error": _measure(median=0.8),
        },
        "false_components_per_frame": of_all,
        "ece_band_pooled": of_all,
        "dice_of_groups": {"value": 0.8, "low": 0.7, "high": 0.9, "n": 3},
    }
    return summary | changes


def test_a_good_cerebellum_meets_all():
    rows = targets("cerebellum", _summary())
    assert [row.met for row in rows] == [True] * 5
    assert [row.wanted for row in rows] == [
        "at least 0.87",
        "at most 0.05",
        "at most 0.12",
        "under 0.3",
        "under 0.05",
    ]
    assert (rows[0].got, rows[0].low, rows[0].high, rows[0].n) == (0.9, 0.88, 0.93, 20)
    assert (rows[1].got, rows[1].low, rows[1].high) == (0.01, 0.0, 0.02)
    assert (rows[2].got, rows[2].low) == (0.1, None)


def test_a_good_rib_meets_all():
    rows = targets("rib", _summary())
    assert [row.met for row in rows] == [True] * 5
    assert [row.got for row in rows] == [0.9, 0.8, 0.8, 0.01, 0.01]
    assert [row.n for row in rows] == [20, 3, 20, 20, 20]


@pytest.mark.parametrize(
    ("label", "changes", "place"),
    [
        ("cerebellum", {"measures": {"dice": _measure(mean=0.869), "tcd_relative_error": _measure()}}, 0),
        ("cerebellum", {"measures": {"dice": _measure(), "tcd_relative_error": _measure(median=0.051)}}, 1),
        ("cerebellum", {"measures": {"dice": _measure(), "tcd_relative_error": _measure(worst=0.13)}}, 2),
        ("rib", {"dice_of_groups": {"value": 0.74, "low": None, "high": None, "n": 1}}, 1),
        ("rib", {"measures": {"dice": _measure(), "centre_line_error": _measure(median=1.01)}}, 2),
        ("rib", {"false_components_per_frame": {"value": 0.3, "low": 0.1, "high": 0.5, "n": 20}}, 3),
        ("rib", {"ece_band_pooled": {"value": 0.05, "low": 0.01, "high": 0.07, "n": 20}}, 4),
    ],
)
def test_each_target_can_be_missed_alone(label, changes, place):
    rows = targets(label, _summary(**changes))
    assert [row.met for row in rows] == [i != place for i in range(5)]


def test_the_bounds_themselves():
    exact = _summary(
        measures={
            "dice": _measure(mean=0.87),
            "tcd_relative_error": _measure(median=0.05, worst=0.12),
        }
    )
    assert [row.met for row in targets("cerebellum", exact)] == [True] * 5


def test_other_labels_have_what_all_share():
    assert [row.wanted for row in targets("vermis", _summary())] == ["under 0.3", "under 0.05"]


def test_what_was_not_measured_is_neither_met_nor_missed():
    nothing = {"value": None, "low": None, "high": None, "n": 0}
    summary = _summary(
        frames=0,
        measures={},
        dice_of_groups=nothing,
        ece_band_pooled=nothing,
        false_components_per_frame=nothing,
    )
    for label in ("rib", "cerebellum"):
        assert {row.met for row in targets(label, summary)} == {None}


@pytest.mark.parametrize("measures", [{}, {"centre_line_error": _measure(median=None)}])
def test_ribs_that_are_nowhere_found_have_no_good_line(measures):
    row = targets("rib", _summary(measures={"dice": _measure(mean=0.0)} | measures))[2]
    assert (row.got, row.met) == (None, False)
