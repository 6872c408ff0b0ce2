from __future__ import annotations

import pytest

from training.click_evaluation.tables import (
    curve_rows,
    effort_of,
    nothing_row,
    score_row,
    target_rows,
)
from training.click_evaluation.targets import STRUCTURES
from training.click_evaluation.trials import Trial


def trial(ious, group="a", dices=None, **more):
    values = {
        "name": "x",
        "group": group,
        "ious": tuple(ious),
        "dices": tuple(dices or ious),
        "signs": "+" * len(ious),
        "seconds": (0.02,) * len(ious),
        "embed_seconds": 0.1,
        "first_found": True,
        "line_first": None,
        "line_good": None,
        "stroke_px": 400.0,
        "view_px": 900.0,
    }
    return Trial(**(values | more))


HEAD, RIB = STRUCTURES["head"], STRUCTURES["rib"]


def test_scores_of_a_structure():
    trials = [trial([0.86]), trial([0.5, 0.81, 0.92], "b"), trial([0.1] * 20, "c", first_found=False)]
    row = score_row("e", HEAD, "centre", trials)
    assert row["n"] == 3
    assert row["groups"] == 3
    assert row["noc80"] == pytest.approx((1 + 2 + 20) / 3)
    assert row["noc85"] == pytest.approx((1 + 3 + 20) / 3)
    assert row["nof85"] == 1
    assert row["noc85_low"] < row["noc85"] < row["noc85_high"]
    assert row["iou1"] == pytest.approx((0.86 + 0.5 + 0.1) / 3)
    assert row["first_nothing"] == 1
    assert row["ms_median"] == pytest.approx(20)
    assert "line_px" not in row


def test_ribs_are_judged_by_dice_and_line():
    row = score_row("e", RIB, "centre", [trial([0.6], dices=[0.86], line_first=2.0, line_good=1.0)])
    assert row["noc_dice85"] == 1
    assert row["noc85"] == 20
    assert row["line_px"] == 1.0
    assert row["line_first_px"] == 2.0


def test_effort_counts_clicks_against_the_stroke():
    """One click of 1.5 s and a key of 0.5 s; 400 pixels of a view 900 high at 100 a second are 4 s."""
    assert effort_of(HEAD, [trial([0.9])])["effort"] == pytest.approx(0.5)
    lost = effort_of(HEAD, [trial([0.1] * 20)])
    assert lost["effort"] == pytest.approx((20 * 1.5 + 0.5 + 4) / 4)


def test_a_curve_holds_its_last_value():
    rows = curve_rows("e", HEAD, "centre", [trial([0.5, 0.9])])
    assert [row["clicks"] for row in rows] == list(range(1, 21))
    assert rows[0]["iou"] == 0.5
    assert rows[-1]["iou"] == 0.9


def test_what_was_asked_for_is_met_or_not():
    good = score_row("e", HEAD, "centre", [trial([0.9]), trial([0.88], "b")])
    bad = score_row("e", HEAD, "centre", [trial([0.1] * 20), trial([0.7, 0.9], "b")])
    assert {row["asked"]: row["met"] for row in target_rows([good])} == {
        "clicks to IoU 0.85": True,
        "IoU after the first click": True,
        "time of clicking over time of drawing": False,
    }
    assert not any(row["met"] for row in target_rows([bad]))
    rib = score_row("e", RIB, "centre", [trial([0.6], dices=[0.86])])
    assert [row["asked"] for row in target_rows([rib])] == [
        "clicks to Dice 0.85",
        "time of clicking over time of drawing",
    ]


def test_how_often_nothing_is_told():
    rows = [{"found": False, "share": 0.0, "group": "a"}, {"found": True, "share": 0.1, "group": "b"}]
    row = nothing_row("e", "usgra", rows)
    assert row["told"] == 0.5
    assert row["share_where_found"] == 0.1
