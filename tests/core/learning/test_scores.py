from __future__ import annotations

import pytest

from lusgui.base.errors import LearnError
from lusgui.core.learning.scores import FrameScore, mean_dice


def test_a_score_without_numbers():
    score = FrameScore(1, 2, "rib", float("nan"), float("inf"))
    assert score.dice is None
    assert score.hd95 is None
    assert FrameScore.loads(score.dumps()) == score
    assert score.key == (1, 2, "rib")


@pytest.mark.parametrize(
    "changes",
    [
        {"dice": 1.1},
        {"hd95": -1},
        {"false_components": -1},
        {"hd95_unit": "m"},
        {"frame": -1},
        {"label": "?"},
    ],
)
def test_scores_that_make_no_sense(changes):
    with pytest.raises(LearnError):
        FrameScore.from_json(FrameScore(1, 2, "rib", 0.5).to_json() | changes)


def test_mean_over_what_was_measured():
    rows = [FrameScore(1, 0, "rib", 0.5), FrameScore(1, 1, "rib", None), FrameScore(1, 2, "rib", 1.0)]
    assert mean_dice(rows) == 0.75
    assert mean_dice(rows[1:2]) is None
