from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from training.metrics.comparison import compare_scores, default_metric, refuse_unlike
from training.metrics.scores import ScoresError, ScoreSet
from training.statistics.paired import paired_t, welch_t
from training.statistics.tukey import tukey_hsd


def _set(model, values, names=None, groups=None, **more):
    rows = tuple(
        {"name": (names or "abcdefghijkl")[i], "group": (groups or "ppqqrrssttuu")[i], "dice": value, **more}
        for i, value in enumerate(values)
    )
    return ScoreSet(model, rows, Path(model))


@pytest.fixture
def sets():
    random = np.random.default_rng(0)
    base = random.uniform(0.5, 0.9, 12)
    return [
        _set(m, (base + s + random.normal(0, 0.03, 12)).tolist()) for m, s in (("u", 0), ("v", 0.1), ("w", 0))
    ]


def test_the_same_images_are_compared_in_pairs(sets):
    result = compare_scores(sets)
    assert result.is_paired
    lists = {part.model: [row["dice"] for row in part.rows] for part in sets}
    assert result.pairs[0].p_t == pytest.approx(paired_t(lists["u"], lists["v"]).p)
    assert result.tukey.p("u", "v") == pytest.approx(tukey_hsd(lists).p("u", "v"))
    score = result.models[0]
    assert (score.n, score.groups, score.failed) == (12, 6, 0)
    assert score.low < score.mean < score.high
    assert any("independent" in note for note in result.notes)
    json.dumps(result.to_json(), allow_nan=False)


def test_the_order_of_images_does_not_matter(sets):
    turned = ScoreSet("v", sets[1].rows[::-1], Path("v"))
    assert compare_scores([sets[0], turned]).pairs[0].p_t == compare_scores(sets[:2]).pairs[0].p_t


def test_by_group(sets):
    result = compare_scores(sets, by="group")
    means = [
        [np.mean([r["dice"] for r in part.rows if r["group"] == g]) for g in "pqrstu"] for part in sets[:2]
    ]
    assert result.pairs[0].n_first == 6
    assert result.pairs[0].p_t == pytest.approx(paired_t(*means).p)
    assert not any("independent" in note for note in result.notes)


def test_different_images_are_compared_as_groups(sets):
    other = ScoreSet("x", sets[1].rows[:7], Path("x"))
    result = compare_scores([sets[0], other])
    assert not result.is_paired
    assert "--paired compares the 7 they share" in result.notes[0]
    wanted = welch_t([r["dice"] for r in sets[0].rows], [r["dice"] for r in other.rows])
    assert result.pairs[0].p_t == pytest.approx(wanted.p)
    paired = compare_scores([sets[0], other], paired=True)
    assert (paired.is_paired, paired.pairs[0].n_first) == (True, 7)
    assert "5 that not all models were judged on" in paired.notes[0]
    assert not compare_scores(sets, paired=False).is_paired


def test_a_table_without_labels_is_about_the_one_label(sets):
    labelled = ScoreSet("x", tuple({**row, "label": "rib"} for row in sets[1].rows), Path("x"))
    assert compare_scores([sets[0], labelled]).is_paired
    two = ScoreSet("y", (*labelled.rows, {**labelled.rows[0], "label": "lung"}), Path("y"))
    assert not compare_scores([sets[0], two]).is_paired


def test_gaps_are_counted(sets):
    rows = ({**sets[0].rows[0], "dice": None}, *sets[0].rows[1:])
    result = compare_scores([ScoreSet("g", rows, Path("g")), sets[1]])
    assert (result.models[0].n, result.models[0].failed) == (11, 1)
    assert result.pairs[0].n_first == 11


def test_the_usual_measure(sets):
    boxes = [ScoreSet(m, ({"name": "a", "group": "g", "iou": 0.5},), Path(m)) for m in "ab"]
    assert default_metric(sets) == "dice"
    assert default_metric(boxes) == "iou"
    assert default_metric([*sets, *boxes]) == "dice"


def test_two_models_of_one_name(sets):
    twins = [
        ScoreSet("u", sets[0].rows, Path("one/scores.json")),
        ScoreSet("u", sets[1].rows, Path("two/scores.json")),
    ]
    assert [score.model for score in compare_scores(twins).models] == ["u (one)", "u (two)"]


def test_what_cannot_be_compared_is_said(sets):
    with pytest.raises(ScoresError, match="only one model"):
        compare_scores(sets[:1])
    with pytest.raises(ScoresError, match=r"scores of u have no 'iou'\. They have: dice"):
        compare_scores(sets, "iou")
    with pytest.raises(ScoresError, match="by image or by group"):
        compare_scores(sets, by="moon")
    strangers = [sets[0], _set("s", [0.5, 0.6], names="yz")]
    with pytest.raises(ScoresError, match="no image in common"):
        compare_scores(strangers, paired=True)
    assert "they share" not in compare_scores(strangers).notes[0]


def test_labels_that_only_some_were_judged_on_are_named():
    first = _set("u", [0.5, 0.6, 0.7], label="rib")
    more = [dict(row, label="pleura") for row in first.rows]
    second = ScoreSet("v", (*first.rows, *more), Path("v"))
    with pytest.raises(ScoresError, match="judged on rib and v on pleura, rib") as caught:
        compare_scores([first, second])
    assert "label=rib" in str(caught.value)
    assert compare_scores([first, second], across_labels=True).is_paired is False
    assert compare_scores([first, _set("w", [0.4, 0.6, 0.7])]).is_paired  # this one does not say


def test_points_beside_masks_are_refused():
    points = ScoreSet("p", ({"name": "a", "group": "g", "error_px": 3.0, "dice": None},), Path("p"))
    assert points.task == "locate"
    with pytest.raises(ScoresError, match="do not measure the same"):
        refuse_unlike([_set("u", [0.5]), points])
