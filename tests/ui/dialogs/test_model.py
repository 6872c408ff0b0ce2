from __future__ import annotations

import pytest

from lusgui.core.model_card import ModelCard
from lusgui.ui.dialogs.model import NO_SCORES, ModelDialog

SCORES = {
    "threshold": 0.5,
    "cross_validation": {
        "cerebellum": {"raw": {"frames": 23, "groups": 15, "dice_mean": 0.871}},
        "vermis": {"raw": {"frames": 20, "groups": 14, "dice_mean": 0.62}},
    },
    "cross_validation_by_group": {"cerebellum": {"raw": {"p002": {"frames": 3, "dice_mean": 0.9}}}},
}
CARD = ModelCard(
    "brain",
    "2.0",
    "lus-unet",
    ("cerebellum", "vermis"),
    (32, 48),
    {"out_channels": 2},
    scores=SCORES,
    data="23 planes <of> 15 patients",
    notes="Research use only, not a medical device. For planes of 19 to 22 weeks.",
)


@pytest.fixture
def dialog(qtbot, session):
    made = ModelDialog(session, CARD, "cerebellum")
    qtbot.addWidget(made)
    return made


def cells(table):
    rows, cols = table.rowCount(), table.columnCount()
    return [[table.item(row, col).text() for col in range(cols)] for row in range(rows)]


def test_scores_are_a_table_and_not_raw_json(dialog):
    assert dialog.lead.text() == "Dice 0.87 on 23 planes of 15 patients it never saw (cross-validated)"
    assert cells(dialog.scores) == [
        ["Frames with the structure", "23"],
        ["Groups (patients or recordings)", "15"],
        ["Dice, mean", "0.87"],
    ]
    assert dialog.scores.horizontalHeaderItem(1).text() == "Cross-validation\nraw"
    assert cells(dialog.groups) == [["p002", "0.90 (3)"]]


def test_each_label_has_its_own_scores(dialog):
    assert [dialog.label.itemText(i) for i in range(dialog.label.count())] == ["Cerebellum", "Vermis"]
    dialog.label.setCurrentIndex(1)
    assert dialog.lead.text().startswith("Dice 0.62 on 20 planes of 14 patients")
    assert cells(dialog.scores)[-1] == ["Dice, mean", "0.62"]
    assert not dialog.tabs.isTabVisible(1)


def test_limits_come_first_and_facts_are_told(dialog):
    assert "For planes of 19 to 22 weeks." in dialog.limits.text()
    assert dialog.limits.text().count("Not a medical device") == 1
    told = dialog.facts.toPlainText()
    assert "23 planes <of> 15 patients" in told
    assert "32 × 48" in told
    assert "Cerebellum, Vermis" in told


def test_a_card_without_scores_says_so(qtbot, session):
    bare = ModelDialog(session, ModelCard("x", "1", "lus-unet", ("rib",), (32, 32)), "rib")
    qtbot.addWidget(bare)
    assert bare.lead.text() == NO_SCORES
    assert bare.scores.rowCount() == 0


def test_without_a_model_the_way_out_is_said(desk, session, problems):
    desk.ask("model")
    assert problems[-1].title == "There is no model"
    assert desk.opened == [] or desk.opened[-1].windowTitle() != "Model"
