from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from lusgui.base.paths import resources_dir
from lusgui.core.confidence import TYPICAL_ERROR, describe_expected_dice
from lusgui.core.intensity import DisplayMapping
from lusgui.core.recording import Intensity
from training.dataset import Sample
from training.experiments import confidence
from training.experiments.confidence import Guess, by_words, guess, summarise
from training.report.tables import read_csv

MAPPING = DisplayMapping(Intensity.DISPLAY, 0.0, 1.0)


def sample(truth, ignored=None, label="rib"):
    return Sample("f1", "g1", truth.astype(np.float32), {label: truth}, MAPPING, ignored=ignored)


def square():
    truth = np.zeros((20, 20), bool)
    truth[5:15, 5:15] = True
    return truth


def test_a_certain_and_right_answer():
    truth = square()
    found = guess(truth.astype(np.float32), sample(truth), "rib")
    assert (found.predicted, found.real, found.is_there) == (1.0, 1.0, True)


def test_nothing_found_has_no_prediction_and_nothing_at_all_no_dice():
    truth, nothing = square(), np.zeros((20, 20), np.float32)
    assert (guess(nothing, sample(truth), "rib").predicted, guess(nothing, sample(truth), "rib").real) == (
        None,
        0,
    )
    assert guess(nothing, sample(~truth & truth), "rib").real is None


def test_a_false_alarm_has_a_prediction_and_a_dice_of_zero():
    found = guess(square().astype(np.float32), sample(np.zeros((20, 20), bool)), "rib")
    assert (found.predicted, found.real, found.is_there) == (1.0, 0.0, False)


def test_what_is_ignored_counts_nowhere():
    truth, ignored = square(), np.zeros((20, 20), bool)
    ignored[:, 10:] = True
    probability = (truth & ~ignored).astype(np.float32) + 0.9 * ignored.astype(np.float32)
    found = guess(probability, sample(truth, ignored), "rib")
    assert (found.predicted, found.real) == (1.0, 1.0)


def test_the_largest_pieces_are_kept_as_in_the_window():
    truth = np.zeros((20, 40), bool)
    truth[5:15, 3:13] = True
    probability = truth.astype(np.float32)
    probability[5:10, 20:24] = 1
    assert guess(probability, sample(truth, label="vermis"), "vermis").real == 1.0
    assert guess(probability, sample(truth), "rib").real < 1.0


def test_summary_by_hand():
    guesses = [
        Guess("rib", "a", "1", True, 0.8, 0.9),
        Guess("rib", "a", "2", True, 0.6, 0.5),
        Guess("rib", "b", "3", True, 0.7, 0.7),
        Guess("rib", "b", "4", True, None, 0.0),
        Guess("rib", "b", "5", False, 0.5, 0.0),
        Guess("rib", "b", "6", False, None, None),
    ]
    (row,) = summarise(guesses)
    assert (row["frames"], row["groups"], row["missed"], row["false_alarms"]) == (3, 2, 1, 1)
    assert row["error"] == pytest.approx(0.2 / 3)
    assert row["error_of_the_mean"] == pytest.approx(0.4 / 3)
    assert row["bias"] == pytest.approx(0)
    assert row["rank_correlation"] == pytest.approx(1)
    assert row["predicted_of_false_alarms"] == 0.5
    words = {line["words"]: line for line in by_words(guesses)}
    assert words[describe_expected_dice(0.5)]["false_alarms"] == 1
    assert words[describe_expected_dice(0.8)]["real"] == 0.9


def test_the_tiny_form_writes_tables_and_page(tmp_path):
    page = confidence.run(confidence.TINY, None, tmp_path / "out", tmp_path / "cache")
    assert page.is_file()
    (row,) = read_csv(tmp_path / "out" / "summary.csv")
    assert row["label"] == "disc"
    # an observer who knows how unsure it is predicts well
    assert float(row["error"]) < 0.1
    assert len(read_csv(tmp_path / "out" / "frames.csv")) == 12
    assert (tmp_path / "out" / "scatter.png").is_file()


def test_missing_data_and_networks_are_named(tmp_path, monkeypatch):
    with pytest.raises(LusguiError, match="--data"):
        confidence.run(confidence.Settings(), None, tmp_path, tmp_path)
    from training.models import recipe_of

    recipe = recipe_of("rib")
    from dataclasses import replace

    empty = replace(recipe, load=lambda data: [], folds=lambda samples, seed: [["g_reg"]])
    with pytest.raises(LusguiError, match="--rebuild rib"):
        confidence.guesses_of(empty, tmp_path, tmp_path)


def test_the_error_that_the_window_states_is_that_of_the_table():
    rows = read_csv(resources_dir() / "experiments" / "confidence" / "summary.csv")
    worst = max(float(row["error"]) for row in rows)
    assert TYPICAL_ERROR - 0.02 <= worst <= TYPICAL_ERROR


def test_the_guide_says_what_the_table_says():
    text = (resources_dir() / "guide" / "models.md").read_text(encoding="utf-8")
    for row in read_csv(resources_dir() / "experiments" / "confidence" / "summary.csv"):
        name = row["label"].replace("_", " ")
        line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        told = [cell.strip() for cell in line.strip("|").split("|")][1:]
        assert told[0].split(" of ")[0] == row["frames"]
        columns = ("predicted", "real", "error", "error_of_the_mean", "correlation")
        assert told[1:] == [f"{float(row[column]):.2f}" for column in columns]
    alarms = read_csv(resources_dir() / "experiments" / "confidence" / "summary.csv")[0]
    assert f"on {alarms['false_alarms']}\nframes without a rib" in text
    assert f"still predicted {float(alarms['predicted_of_false_alarms']):.2f}" in text
