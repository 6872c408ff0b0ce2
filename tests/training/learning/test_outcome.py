import pytest

from lusgui.core.learning.scores import FrameScore
from training.learning.hold_out import Split
from training.learning.outcome import _said

SPLIT = Split("blocks", (0, 1), "how")


def test_a_card_says_how_good_it_is_on_held_out_frames():
    rows = (
        FrameScore(1, 0, "disc", 0.5, 2.0, "mm", 1.0),
        FrameScore(2, 0, "disc", 0.7, None, "mm", 0.0),
    )
    said = _said({"disc": rows}, SPLIT)
    found = said["held_out_of_the_study"]["disc"]
    assert found["dice_mean"] == pytest.approx(0.6)
    assert (found["frames"], found["recordings"]) == (2, 2)
    assert (found["hd95_mean"], found["hd95_unit"]) == (2.0, "mm")
    assert found["false_components_per_frame"] == 0.5
    assert said["held_out_how"] == "blocks"


def test_without_held_out_frames_it_says_nothing():
    assert _said({"disc": (FrameScore(1, 0, "disc", None),)}, SPLIT) == {}
    assert _said({}, SPLIT) == {}
