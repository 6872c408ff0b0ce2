from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.paths import resources_dir
from lusgui.core.model_card import ModelCard, parse_card
from lusgui.core.model_words import (
    describe_limits,
    describe_score,
    first_limit,
    group_table,
    list_scores,
    name_measure,
    score_table,
)

SCORES = {
    "threshold": 0.5,
    "held_out_of_these_weights": {"raw": {"frames": 5, "groups": 3, "dice_mean": 0.84}},
    "cross_validation": {
        "raw": {"frames": 23, "groups": 15, "dice_mean": 0.874, "tcd_relative_error": 0.031},
        "despeckled": {"frames": 23, "groups": 15, "dice_mean": 0.8, "dice_interval": [0.7, 0.9]},
    },
    "cross_validation_by_group": {
        "raw": {
            "p002": {"frames": 3, "dice_mean": 0.9},
            "p003": {"frames": 0, "negatives": 4, "negatives_with_anything_found": 1},
        }
    },
    "first_training_alone": {"raw": {"frames": 99, "dice_mean": 0.99}},
}


def card(scores=None, labels=("cerebellum",), **more):
    return ModelCard(
        "cerebellum", "2.0", "lus-unet", labels, (32, 32), scores=SCORES if scores is None else scores, **more
    )


def test_the_largest_set_of_frames_never_seen_gives_the_score():
    assert describe_score(card()) == "Dice 0.87 on 23 planes of 15 patients it never saw (cross-validated)"
    held_out = {"held_out_of_these_weights": SCORES["held_out_of_these_weights"]}
    assert describe_score(card(held_out)) == "Dice 0.84 on 5 planes of 3 patients it never saw"
    assert describe_score(card({"first_training_alone": SCORES["first_training_alone"]})) == ""
    assert describe_score(card({})) == ""
    ribs = card({"kept_aside": {"dice_mean": 0.5, "frames_with_label": 1, "groups": 1}}, ("rib",))
    assert describe_score(ribs) == "Dice 0.50 on 1 frame of 1 recording group it never saw"


def test_each_label_of_a_model_has_its_own_score():
    scores = {
        "cross_validation": {
            "cerebellum": {"raw": {"frames": 23, "dice_mean": 0.87}},
            "vermis": {"raw": {"frames": 20, "dice_mean": 0.7}},
        }
    }
    model = card(scores, ("cerebellum", "vermis"))
    assert describe_score(model, "vermis").startswith("Dice 0.70 on 20 planes")
    assert describe_score(model).startswith("Dice 0.87")
    assert score_table(model, "vermis").columns == ("Cross-validation · raw",)
    assert score_table(model, "vermis").rows[0] == ("Frames with the structure", ("20",))


def test_the_table_has_a_row_a_measure_and_a_column_a_set_of_frames():
    table = score_table(card())
    assert table.columns == (
        "Held out · raw",
        "Cross-validation · raw",
        "Cross-validation · despeckled",
        "Simulation alone · raw",
    )
    rows = dict(table.rows)
    assert rows["Dice, mean"] == ("0.84", "0.87", "0.80", "0.99")
    assert rows["TCD, relative error"] == ("–", "3%", "–", "–")
    assert rows["Dice interval"] == ("–", "–", "0.70 to 0.90", "–")
    assert all(len(cells) == 4 for cells in rows.values())


def test_groups_stand_in_a_table_of_their_own():
    table = group_table(card())
    assert table.columns == ("Cross-validation · raw",)
    assert dict(table.rows) == {
        "p002": ("0.90 (3)",),
        "p003": ("something found on 1 of 4 without it",),
    }


def test_limits_are_the_notes_without_the_notice_that_stands_everywhere():
    notes = "Research use only, not a medical device. For planes of 19.5 to 22 weeks. Others mean nothing."
    model = card(notes=notes)
    assert describe_limits(model) == "For planes of 19.5 to 22 weeks. Others mean nothing."
    assert first_limit(model) == "For planes of 19.5 to 22 weeks."
    assert first_limit(card()) == ""


def test_a_measure_nobody_foresaw_is_named_by_itself():
    assert name_measure("dice_mean") == "Dice, mean"
    assert name_measure("new_thing") == "New thing"


@pytest.mark.parametrize("name", ["rib", "cerebellum"])
def test_the_bundled_cards_are_put_into_words(name):
    path = resources_dir() / "weights" / f"{name}.json"
    if not path.exists():
        pytest.skip("the wheel under test carries no models")
    model = parse_card(path.read_text(encoding="utf-8"))
    assert describe_score(model, name).startswith("Dice 0.")
    assert "it never saw" in describe_score(model, name)
    assert first_limit(model)
    assert score_table(model, name).rows


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["frames", "dice_mean", "groups", "raw", "cross_validation"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["cross_validation", "kept_aside", "frames", "vermis"]), values))
def test_whatever_a_card_holds_becomes_text(scores):
    model = card(scores, ("cerebellum", "vermis"))
    assert isinstance(describe_score(model), str)
    for table in (score_table(model), group_table(model)):
        assert all(isinstance(cell, str) for _name, cells in table.rows for cell in cells)
    assert all(column.path for column in list_scores(model))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("leave-one-out", "Dice 0.85 on 5 frames of the study, each left out in turn"),
        ("blocks", "Dice 0.85 on 5 frames of the study it never saw"),
    ],
)
def test_a_model_learnt_in_a_study_says_how_good_it_was_there(how, told):
    own = {
        "held_out_of_the_study": {
            "rib": {"frames": 5, "recordings": 1, "dice_mean": 0.849, "hd95_mean": 1.6}
        },
        "held_out_how": how,
        "learning": {"frames": [{"place": [1, 0]}], "left_out": {"rib": []}},
    }
    learnt = ModelCard("rib-study", "run-0001", "lus-unet", ("rib",), (32, 32), scores=own)
    assert describe_score(learnt, "rib") == told
    table = score_table(learnt, "rib")
    assert table.columns == ("Held out in the study",)
    assert ("HD95, mean", ("1.60",)) in table.rows
