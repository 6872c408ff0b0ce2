from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.label_choice import Evidence, choose_label, explain_no_choice, measure_evidence

NAMES = {"rib": "Rib", "cerebellum": "Cerebellum"}
SURE, UNSURE, NOTHING = Evidence(0.01, 0.95), Evidence(0.01, 0.7), Evidence(0.0, 0.0)
fractions = st.floats(0, 1)


def test_one_sure_answer_chooses_and_nothing_else_does():
    assert choose_label({"rib": NOTHING, "cerebellum": SURE}) == "cerebellum"
    assert choose_label({"rib": SURE, "cerebellum": NOTHING}) == "rib"
    for evidence in (
        {"rib": SURE, "cerebellum": SURE},
        {"rib": UNSURE, "cerebellum": SURE},
        {"rib": UNSURE, "cerebellum": NOTHING},
        {"rib": NOTHING, "cerebellum": NOTHING},
        {},
    ):
        assert choose_label(evidence) is None


def test_a_speck_is_no_answer():
    assert choose_label({"rib": Evidence(0.0005, 0.99), "cerebellum": SURE}) == "cerebellum"
    assert choose_label({"rib": Evidence(0.0005, 0.99), "cerebellum": NOTHING}) is None


@given(st.dictionaries(st.sampled_from("abcd"), st.builds(Evidence, fractions, fractions)))
def test_a_choice_is_always_the_only_answer(evidence):
    chosen = choose_label(evidence)
    answers = [label for label, each in evidence.items() if each.is_answer]
    assert chosen is None or answers == [chosen]


def test_evidence_is_area_and_mean_probability_of_the_pieces_that_are_kept():
    probability = np.zeros((10, 20), np.float32)
    probability[1:3, 1:6] = 0.9  # ten pixels
    probability[6, 1:5] = 0.6  # four
    probability[9, 19] = 0.99
    one = measure_evidence(probability, 0.5, 1)
    assert one.area == 0.05
    assert np.isclose(one.probability, 0.9)
    both = measure_evidence(probability, 0.5, 2)
    assert both.area == 14 / 200
    assert np.isclose(both.probability, (10 * 0.9 + 4 * 0.6) / 14)
    assert measure_evidence(probability, 0.995) == NOTHING


def test_why_there_is_no_choice():
    assert explain_no_choice({"rib": SURE, "cerebellum": SURE}, NAMES).startswith(
        "The models of Rib and Cerebellum both see something here"
    )
    assert "not sure" in explain_no_choice({"rib": UNSURE, "cerebellum": NOTHING}, NAMES)
    assert "Rib or Cerebellum" in explain_no_choice(dict.fromkeys(NAMES, NOTHING), NAMES)
    assert explain_no_choice({}, NAMES) == ""
