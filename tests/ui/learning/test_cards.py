"""Cards by themselves, without a window: lusgui.ui.learning.chart, lusgui.ui.learning.verdict,
lusgui.ui.learning.parts, lusgui.ui.learning.details_card, lusgui.ui.learning.settings_card,
lusgui.ui.learning.versions_card; lusgui.ui.learning.run_card and lusgui.ui.learning.suggestions_card take a
window's commands: tests/ui/panels/test_learning.py."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from lusgui.core.label import KNOWN_LABELS
from lusgui.core.learning.policy import LearnPolicy
from lusgui.core.learning.status import LearnStatus, RunState
from lusgui.core.learning.version import ModelVersion, VersionState
from lusgui.ui.learning.chart import LearnChart, course_of
from lusgui.ui.learning.details_card import DetailsCard
from lusgui.ui.learning.parts import FoldCard
from lusgui.ui.learning.settings_card import SettingsCard
from lusgui.ui.learning.verdict import Verdict
from lusgui.ui.learning.versions_card import VersionsCard


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a widget and lets it go in the end."""

    def show(widget):
        qtbot.addWidget(widget)
        widget.resize(300, 400)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show


def run(**more):
    return LearnStatus(1, ("rib",), RunState.RUNNING, None, "learning", **more)


def test_the_course_of_the_loss_is_calm_and_begins_where_the_loss_does():
    assert course_of([]) == []
    losses = list(np.random.default_rng(0).random(300) + 1)
    course = course_of(losses)
    assert course[0] == losses[0]
    assert np.std(np.diff(course)) < np.std(np.diff(losses)) / 5
    assert course[-1] == pytest.approx(1.5, abs=0.2)


def test_the_curve_of_folds_fills_its_plot(shown):
    chart = shown(LearnChart())
    losses = tuple((step, 1.0) for step in range(1, 101))
    chart.show_status(run(steps=100, loss_curve=losses, dice_curve=((10, 0.5), (20, 0.6))))
    chart._draw()
    assert chart.dice.getViewBox().viewRange()[0][1] < 30
    chart.show_status(run(steps=100, loss_curve=losses, dice_curve=((10, 0.5), (90, 0.6))))
    chart._draw()
    assert chart.dice.getViewBox().viewRange()[0][1] >= 100
    assert "last 0.60" in chart.dice.accessibleDescription()
    chart.stop()


def test_an_empty_chart_is_drawn_and_later_ones_wait_until_it_is_seen(qtbot):
    chart = LearnChart()
    qtbot.addWidget(chart)
    chart.show_status(run(dice_curve=((1, 0.5),)))
    assert "new 0.50" not in chart.legend.text()  # nobody looks
    chart.show()
    assert "new 0.50" in chart.legend.text()
    chart.stop()


@pytest.mark.parametrize("dice", [(0.7, 0.8), (0.8, 0.7), (None, 0.6), (0.5, None), (None, None), (0.5, 0.5)])
def test_a_verdict_is_drawn_whatever_was_measured(shown, dice):
    verdict = shown(Verdict())
    verdict.show_dice(*dice)
    assert not verdict.grab().isNull()
    assert "in use" in verdict.accessibleDescription()


def test_a_better_verdict_shows_green_and_a_worse_one_red(shown):
    from PySide6.QtGui import QColor

    from lusgui.ui import theme

    theme.set_current(theme.DARK)
    verdict = shown(Verdict())

    def count(color):
        image = verdict.grab().toImage()
        wanted = QColor(color).rgb()
        return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))

    verdict.show_dice(0.5, 0.9)
    assert count(theme.DARK.good) > 100
    assert not count(theme.DARK.bad)
    verdict.show_dice(0.9, 0.5)
    assert count(theme.DARK.bad) > 100


def test_a_card_folds_by_mouse_and_key(shown):
    card = FoldCard("More", "More of it", is_open=False)
    label = QLabel("inside")
    card.add(label)
    shown(card)
    assert not label.isVisible()
    QTest.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert label.isVisible()
    QTest.keyClick(card.button, Qt.Key.Key_Space)
    assert not label.isVisible()


def test_details_that_are_folded_away_cost_nothing(shown):
    card = shown(DetailsCard())
    card.show_status(run(log=("a line",), device="cuda (NVIDIA H200)"))
    assert card.log.toPlainText() == ""
    card.set_open(True)
    assert card.log.toPlainText() == "a line"
    assert card.values["device"].text() == "NVIDIA H200"


def test_settings_show_what_they_are_given(shown):
    card = shown(SettingsCard())
    told = []
    card.policy_changed.connect(told.append)
    policy = LearnPolicy("idle", 9, 600.0, 12.0, False, "convlora", "cpu")
    card.show_policy(policy, can_change=True)
    assert told == []
    card.set_open(True)
    assert card.idle_row.isVisible()
    QTest.mouseClick(card.promotes, Qt.MouseButton.LeftButton)
    assert told == [LearnPolicy("idle", 9, 600.0, 12.0, True, "convlora", "cpu")]


def test_labels_chosen_along_stay_chosen(shown):
    card = shown(SettingsCard())
    card.show_labels(KNOWN_LABELS, "rib")
    card._boxes["vermis"].setChecked(True)
    card.show_labels(KNOWN_LABELS[:3], "rib")
    assert card.further() == ("vermis",)
    card.show_labels(KNOWN_LABELS[:3], "vermis")
    assert card.further() == ()


def test_without_versions_it_says_what_they_are(shown):
    card = shown(VersionsCard())
    card.show_versions((), "rib 2.0", None, can_change=True)
    assert card.empty.isVisible()
    assert card.widgets == []


def version(number, frames, dice):
    rows = [{"recording_id": 1, "frame": frame, "label": "rib", "dice": dice} for frame in frames]
    return ModelVersion(
        number, "rib", ("rib",), f"Rib {number}", f"k{number}", "", VersionState.CANDIDATE, f"run-{number}/c",
        "a" * 64, "2026-11-21T14:20:00+00:00", run_id=number,
        scores={"gate": {"dice_before": 0.5, "dice_after": dice}, "candidate": rows}, reason="A sentence.",
    )  # fmt: skip


def test_scores_on_other_frames_are_not_put_beside_those_of_the_newest(shown):
    card = shown(VersionsCard())
    card.show_versions(
        (version(3, (1, 2), 0.71), version(2, (1, 2), 0.7), version(1, (0, 1, 2, 3), 0.76)),
        "rib 2.0",
        0.59,
        can_change=True,
    )
    assert [row.score.text() for row in card.widgets] == ["0.71", "0.70", "(0.76)", "0.59"]
    assert "other frames" in card.widgets[2].score.toolTip()


def test_details_do_not_call_frames_held_out_that_are_all_learnt(shown):
    card = shown(DetailsCard())
    card.set_open(True)
    card.show_status(run(frames=5, held_out_frames=5, held_out_kind="leave-one-out"))
    assert card.values["frames"].text() == "5 learnt, each left out in turn to judge"
    card.show_status(run(frames=5, held_out_frames=2, held_out_kind="blocks"))
    assert card.values["frames"].text() == "5 learnt, 2 held out"
