from __future__ import annotations

import numpy as np
import pytest

from training.evaluate import by_group, centre_line, dice, evaluate, rows, score_frame, summarise


def _arc(shift=0):
    mask = np.zeros((100, 60), bool)
    for column in range(10, 40):
        row = 30 + shift + int(0.02 * (column - 25) ** 2)
        mask[row : row + 4, column] = True
    return mask


def test_dice():
    assert dice(_arc(), _arc()) == 1
    assert dice(_arc(), np.zeros((100, 60), bool)) == 0
    assert dice(_arc(1), _arc()) == pytest.approx(0.75)
    assert dice(np.zeros((3, 3), bool), np.zeros((3, 3), bool)) == 1


def test_centre_line():
    line = centre_line(_arc())
    assert np.isnan(line[:10]).all()
    assert line[25] == 31.5


def test_a_shifted_arc_is_as_far_off_as_it_was_shifted():
    score = score_frame(_arc(2), _arc(), "f", "g")
    assert score.centre_line_error == pytest.approx(2.0, abs=0.2)
    assert score.covered == 1
    assert score.false_components == 0


def test_what_lies_elsewhere_is_false():
    found = _arc()
    found[80:85, 50:55] = True
    score = score_frame(found, _arc(), "f", "g")
    assert score.false_components == 1
    assert score.covered == 1


def test_a_ribless_frame_has_no_dice_but_false_components():
    score = score_frame(_arc(), np.zeros((100, 60), bool), "f", "g")
    assert score.dice is None
    assert score.centre_line_error is None
    assert score.false_components == 1


def test_nothing_found_on_a_rib():
    score = score_frame(np.zeros((100, 60), bool), _arc(), "f", "g")
    assert score.dice == 0
    assert score.covered == 0
    assert score.centre_line_error is None


def test_summaries_say_what_they_stand_on():
    empty = np.zeros((100, 60), bool)
    scores = [
        score_frame(_arc(), _arc(), "a", "g1"),
        score_frame(empty, _arc(), "b", "g1"),
        score_frame(_arc(), empty, "c", "g2"),
        score_frame(empty, empty, "d", "g2"),
    ]
    summary = summarise(scores)
    assert summary["frames"] == 2
    assert summary["groups"] == 2
    assert summary["dice_mean"] == 0.5
    assert summary["negatives"] == 2
    assert summary["negatives_with_anything_found"] == 1
    assert set(by_group(scores)) == {"g1", "g2"}
    assert "dice_mean" not in by_group(scores)["g2"]
    assert rows(scores)[0]["name"] == "a"


def test_a_model_is_judged_through_the_predictor(toy_samples):
    class Bright:
        def predict(self, gray, label):
            assert label == "rib"
            return (gray > 0.45).astype(np.float32)

    scores = evaluate(Bright(), toy_samples, "rib", settings=None)
    assert [score.name for score in scores] == [sample.name for sample in toy_samples]
    assert summarise(scores)["dice_mean"] > 0.95
