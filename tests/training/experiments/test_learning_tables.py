from __future__ import annotations

import pytest

from training.experiments.learning import LearningCell, LearningDone
from training.experiments.learning_data import Case, Deal
from training.experiments.learning_tables import forgetting_table, is_met, skill_table, target_of


def row(name, dice, group="p", **changes):
    found = {"name": name, "group": group, "is_there": dice is not None, "dice": dice, "hd95_px": 2.0}
    return found | {"false_components": 1} | changes


def done(masks, rows, elsewhere=(), case="cerebellum", seed=0, variant="default"):
    cell = LearningCell(Case(case, "x", "0", "rib:one", (), ()), variant, masks, seed, Deal((), ()))
    return LearningDone(cell, {"rows": rows, "elsewhere": elsewhere, "seconds": 2.0, "steps": 5})


def test_gain_is_over_the_same_frames():
    base = done(0, [row("a", 0.5), row("b", 0.9, "q"), row("c", None)])
    table = skill_table([base, done(5, [row("a", 0.7)]), done(5, [row("b", 0.8, "q")], seed=1)])
    first, five = table
    assert (first["dice"], first["trainings"], first["difference"]) == (pytest.approx(0.7), 0, None)
    assert five["dice"] == pytest.approx(0.75)
    assert five["before"] == pytest.approx(0.7)
    assert five["difference"] == pytest.approx(0.05)
    assert (five["trainings"], five["seeds"], five["frames"], five["groups"]) == (2, 2, 2, 2)
    # b lost a tenth
    assert five["worse"] == 0.5
    assert five["met"] is False


def test_targets():
    assert is_met(5, 0.8, None)
    assert is_met(5, 0.5, 0.15)
    assert not is_met(5, 0.79, 0.1)
    assert is_met(10, 0.85, None)
    assert not is_met(10, 0.84, 0.5)
    assert is_met(3, 0.9, 0.5) is None
    assert target_of(5, is_new=True) == "Dice 0.80"


def test_more_than_nothing_is_no_feat_for_a_new_label():
    base = done(0, [row("a", 0.0)], case="usgra_nerve")
    table = skill_table([base, done(5, [row("a", 0.4)], case="usgra_nerve")])
    assert table[1]["met"] is False


def test_forgetting_pairs_frames_with_what_the_base_made_of_them():
    kept = [row("o", 0.6, what="others"), row("n", None, what="others")]
    after = [row("o", 0.5, what="others"), row("n", None, what="others"), row("z", 0.1, what="others")]
    (found,) = forgetting_table([done(5, [], after), done(0, [], kept)])
    assert (found["kept"], found["masks"], found["frames"], found["trainings"]) == ("others", 5, 1, 1)
    assert (found["before"], found["after"]) == (0.6, 0.5)
    assert found["difference"] == pytest.approx(-0.1)
    assert found["low"] is None
