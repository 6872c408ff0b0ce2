import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import tukey_hsd

from lusgui.base.errors import UnreadableFileError
from training.report.tables import (
    RULE,
    Score,
    Tone,
    legend_of,
    read_csv,
    score_columns,
    show_value,
    significance_table,
    tone_of,
    transfer_table,
    write_csv,
)


def test_the_best_is_marked_and_the_others_stand_by_tukey():
    generator = np.random.default_rng(0)
    values = {
        "cyst": {
            "all": generator.normal(0.80, 0.02, 20),
            "contracting": generator.normal(0.795, 0.02, 20),
            "9": generator.normal(0.40, 0.02, 20),
        }
    }
    scores = score_columns(values)
    p = tukey_hsd(*values["cyst"].values()).pvalue
    best = max(values["cyst"], key=lambda name: values["cyst"][name].mean())
    other = ({"all", "contracting"} - {best}).pop()
    index = list(values["cyst"]).index
    assert scores[best]["cyst"].tone is Tone.BEST
    assert scores[other]["cyst"].p_against_best == pytest.approx(p[index(best), index(other)])
    assert scores[other]["cyst"].tone is Tone.SAME
    assert scores["9"]["cyst"].tone is Tone.MUCH_WORSE


def test_a_row_without_values_and_columns_of_constants_are_no_error():
    scores = score_columns(
        {
            "a": {"x": [0.5, 0.5], "y": [], "z": [0.5, 0.5], "w": [0.1, 0.1]},
            "b": {"x": [0.3], "y": [math.nan]},
        }
    )
    assert scores["y"]["a"].tone is Tone.FAILED
    assert str(scores["y"]["a"]) == "–"
    assert scores["x"]["a"].is_best
    assert scores["z"]["a"].tone is Tone.SAME
    assert scores["w"]["a"].tone is Tone.MUCH_WORSE
    assert str(scores["x"]["b"]) == "0.300"


def test_table_of_significance_has_a_row_a_strategy():
    scores = score_columns({"a": {"x": [0.1, 0.2], "y": [0.5, 0.6]}})
    rows = significance_table(scores)
    assert [row["strategy"] for row in rows] == ["x", "y"]
    assert tone_of(rows[1], "a") is Tone.BEST
    assert tone_of(rows[1], "strategy") is None


def test_transfer_table_gives_highest_and_average():
    rows = transfer_table({("X-Unet", "all"): [0.8, 0.9, math.nan], ("V-Unet", "scratch"): []})
    assert rows[0]["Dice, highest"] == 0.9
    assert rows[0]["Dice, average"] == pytest.approx(0.85)
    assert rows[0]["folds"] == 2
    assert rows[1]["Dice, highest"] is None


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
                "value": st.none() | st.floats(-1e6, 1e6),
            }
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    write_csv(path, rows, ["name", "value"])
    read = read_csv(path)
    assert [row["name"] for row in read] == [row["name"] for row in rows]
    for got, row in zip(read, rows, strict=True):
        if row["value"] is None:
            assert got["value"] == ""
        else:
            assert float(got["value"]) == pytest.approx(row["value"], abs=1e-6)


def test_a_score_is_written_as_columns_of_numbers(tmp_path):
    write_csv(tmp_path / "t.csv", [{"strategy": "all", "cyst": Score(0.5, 0.1, 4, 0.03)}])
    assert read_csv(tmp_path / "t.csv") == [
        {
            "strategy": "all",
            "cyst mean": "0.5",
            "cyst sd": "0.1",
            "cyst n": "4",
            "cyst p_against_best": "0.03",
            "cyst failed": "0",
        }
    ]


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"gone\.csv"):
        read_csv(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (True, "yes"),
        (3, "3"),
        (0.12345, "0.123"),
        (1234.56, "1234.6"),
        (1e-6, "1e-06"),
        ((96, 96), "96, 96"),
        ({"a": 0.5}, "a 0.500"),
    ],
)
def test_values_are_shown_as_people_read_them(value, text):
    assert show_value(value) == text


def test_legend_says_what_signs_mean_once():
    assert legend_of({Tone.BEST, Tone.SAME}) == RULE
    assert legend_of({Tone.BEST}, f"Dice. {RULE}") == ""
    assert legend_of({Tone.FAILED}) == "✕ there is no score."
    assert legend_of(set()) == ""
