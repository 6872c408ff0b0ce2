from __future__ import annotations

import hashlib

import pytest

from lusgui.core.learning.scores import FrameScore
from lusgui.core.learning.version import ModelVersion, VersionState
from lusgui.session.model_comparison import compare, scores_by_model
from lusgui.session.model_rows import ModelRow, Origin

HASH = hashlib.sha256(b"x").hexdigest()


def scores(values, first=0):
    return [FrameScore(1, first + i, "rib", value, 3.0, "mm", 0).to_json() for i, value in enumerate(values)]


def version(number, candidate, active=(), base=(), active_key="rib-1.0", **more):
    values = {"candidate": scores(candidate), "active": scores(active), "base": scores(base)}
    return ModelVersion(
        number,
        "rib",
        ("rib",),
        f"run {number}",
        f"rib-1.{number}",
        "rib-1.0",
        VersionState.CANDIDATE,
        f"run-000{number}/candidate.safetensors",
        HASH,
        "2026-11-21T14:00:00Z",
        number,
        data={"active_key": active_key, "held_out_how": f"How {number}."},
        scores=values,
        **more,
    )


def row(of):
    return ModelRow(Origin.STUDY, of.name, of.key, of.labels, None, None, versions=(of,))


DEFAULT = ModelRow(Origin.BUNDLED, "rib 1.0", "rib-1.0", ("rib",), None, None)


def test_two_versions_are_compared_on_the_frames_that_both_have():
    first, second = version(1, [0.5, 0.6, 0.7]), version(2, [0.6, 0.7])
    found = compare(row(first), row(second), "rib")
    assert [place for place, _, _ in found.frames] == [(1, 0), (1, 1)]
    assert found.decision.dice_before == pytest.approx(0.55)
    assert found.decision.dice_after == pytest.approx(0.65)
    assert found.how == ("How 1.", "How 2.")
    assert "0.55 and 0.65" in found.verdict


def test_the_default_is_known_from_what_versions_were_compared_with():
    learnt = version(1, [0.8, 0.9], active=[0.4, 0.5])
    assert compare(DEFAULT, row(learnt), "rib").decision.dice_before == pytest.approx(0.45)
    later = version(2, [0.8, 0.9], active=[0.7, 0.7], base=[0.3, 0.3], active_key="rib-1.1")
    assert compare(DEFAULT, row(later), "rib").decision.dice_before == pytest.approx(0.3)
    known = scores_by_model([later, learnt], "rib")
    assert known["rib-1.1"][1, 0].dice == 0.7, "the newest judgement counts"
    assert known["rib-1.0"][1, 0].dice == 0.3


def test_equal_models_are_not_told_apart_and_better_ones_are():
    values = [0.5, 0.6, 0.7, 0.4]
    same = compare(row(version(1, values)), row(version(2, values)), "rib")
    assert "do not tell the two apart" in same.verdict
    better = compare(row(version(1, values)), row(version(2, [v + 0.2 for v in values])), "rib")
    assert better.verdict.startswith("The second is better")
    worse = compare(row(version(2, [v + 0.2 for v in values])), row(version(1, values)), "rib")
    assert worse.verdict.startswith("The first is better")


def test_without_common_frames_nothing_is_said():
    for other in (DEFAULT, row(version(2, []))):
        found = compare(row(version(1, [0.5, 0.5])), other, "rib")
        assert (found.frames, found.decision, found.verdict) == ((), None, "")
    assert compare(row(version(1, [0.5])), row(version(2, [0.5])), "vermis").frames == ()


def test_damaged_scores_do_not_stop_the_others():
    damaged = version(1, [0.5, 0.6])
    damaged.scores["candidate"].append({"dice": 7})
    damaged.scores["candidate"].append("nothing")
    assert len(compare(row(damaged), row(version(2, [0.5, 0.6])), "rib").frames) == 2
