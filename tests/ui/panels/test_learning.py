"""The page on learning: lusgui.ui.panels.learning, lusgui.ui.learning.run_card, lusgui.ui.learning.verdict,
lusgui.ui.learning.chart, lusgui.ui.learning.details_card, lusgui.ui.learning.settings_card,
lusgui.ui.learning.suggestions_card, lusgui.ui.learning.versions_card, lusgui.ui.learning.parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from lusgui.core.annotation import PlaneKey
from lusgui.core.learning.policy import LearnPolicy
from lusgui.core.learning.result import Suggestion
from lusgui.core.learning.status import IDLE, FinishReason, LearnStatus, RunState
from lusgui.core.learning.version import ModelVersion, VersionState
from lusgui.core.strategies import STRATEGIES

RUNNING = LearnStatus(
    7,
    ("rib",),
    RunState.RUNNING,
    None,
    "learning",
    30,
    60,
    tuple((step, 1.0 / step) for step in range(1, 31)),
    ((10, 0.6), (20, 0.78), (30, 0.7)),
    0.5,
    0.55,
    0.7,
    24.0,
    61.4,
    "cpu (CPU, 2 threads)",
    870.0,
    None,
    "Each frame is held out once, in turn.",
    "Learning from your masks",
    log=("one", "two"),
    strategy="all",
    held_out_kind="leave-one-out",
    strategy_why="five masks are enough for all of it",
    frames=5,
    held_out_frames=5,
    seconds=12.0,
)


def settle():
    QApplication.processEvents()


def make(number, state, before, after, **more):
    return ModelVersion(
        number,
        "rib",
        ("rib",),
        f"Rib {number}",
        f"k{number}",
        "",
        state,
        f"run-{number:04d}/candidate.safetensors",
        "a" * 64,
        "2026-11-21T14:20:00+00:00",
        run_id=number,
        data={"frames": 5},
        scores={"gate": {"dice_before": before, "dice_after": after}},
        reason="Told in a sentence.",
        **more,
    )


@pytest.fixture
def panel(window, session):
    session.view.label = "rib"
    window.learning.show()
    settle()
    return window.learning.panel


@pytest.fixture
def versions(session, monkeypatch):
    """Let the study have three versions, the second in use."""
    made = [
        make(3, VersionState.CANDIDATE, 0.8, 0.7),
        make(2, VersionState.ACTIVE, 0.6, 0.8),
        make(1, VersionState.RETIRED, 0.5, 0.6),
    ]
    asked = []
    models = session.models
    monkeypatch.setattr(models, "versions", lambda label, task="": tuple(made) if label == "rib" else ())
    monkeypatch.setattr(models, "get", lambda number: next((v for v in made if v.id == number), None))
    monkeypatch.setattr(models, "result", lambda version: None)
    monkeypatch.setattr(models, "promote", lambda number: asked.append(("promote", number)) or True)
    monkeypatch.setattr(models, "use_default", lambda label: asked.append(("default", label)) or True)
    return asked


def draw(session, *frames):
    mask = np.zeros((60, 40), bool)
    mask[5:20, 5:30] = True
    for frame in frames:
        session.push_masks("Brush", {PlaneKey(session.place[0], frame, "rib"): mask})


def test_it_says_what_there_is_and_what_to_do_next(panel, session, qtbot):
    assert panel.run.count.text() == "Rib: no reviewed frames yet"
    assert "Draw or accept Rib" in panel.run.next.text()
    draw(session, 0, 2)
    qtbot.waitUntil(lambda: panel.run.count.text() == "Rib: 2 reviewed frames", timeout=5000)
    assert "2 masks in 1 recording" in panel.run.kinds.text()
    assert not panel.run.running.isVisible()


def test_the_button_starts_what_its_key_starts(panel, window, session):
    draw(session, 0)
    QTest.mouseClick(panel.run.start, Qt.MouseButton.LeftButton)
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert window.services.learning.asked == [("start", ("rib",), {"started_by": "hand"})] * 2


def test_points_alone_teach_the_finder(panel, window, session, monkeypatch):
    from lusgui.core.learning.policy import Reviewed

    monkeypatch.setattr(session.learning, "count", lambda label: Reviewed(points=4))
    QTest.mouseClick(panel.run.start, Qt.MouseButton.LeftButton)
    assert window.services.learning.asked[0][2]["kind"] == "points"


def test_a_run_that_is_behind_so_far_is_not_called_worse(panel, session):
    held = replace(RUNNING, held_out_kind="blocks", dice_curve=((0, 0.5), (10, 0.4)), held_out_how="Blocks.")
    session.learning.set_status(replace(held, dice_curve=held.dice_curve[:1]))
    assert panel.run.verdict.after is None  # the first point is the base, nothing is learnt yet
    session.learning.set_status(held)
    assert (panel.run.verdict.before, panel.run.verdict.after) == (0.55, 0.4)
    assert "not yet as good" in panel.run.verdict.accessibleDescription()


def test_what_cannot_be_done_in_a_run_is_not_offered(panel, session, monkeypatch, tmp_path):
    monkeypatch.setattr(session.learning, "resumable", lambda: tmp_path)
    panel.refresh()
    assert panel.run.resume.isVisible()
    session.learning.set_status(RUNNING)
    assert not panel.run.resume.isVisible()
    assert panel.run.stop.isEnabled()
    session.learning.set_status(replace(RUNNING, state=RunState.STOPPING))
    assert not panel.run.stop.isEnabled()
    assert panel.run.cancel.isEnabled()


def test_a_run_that_was_thrown_away_leaves_no_curve(panel, session):
    session.learning.set_status(RUNNING)
    assert panel.run.chart.isVisible()
    session.learning.set_status(replace(RUNNING, state=RunState.FINISHED, reason=FinishReason.CANCELLED))
    assert panel.run.headline.text() == "Thrown away"
    assert not panel.run.chart.isVisible()


def test_after_a_run_that_was_thrown_away_the_newest_model_is_told_again(panel, session, versions):
    session.learning.set_status(RUNNING)
    session.learning.set_status(replace(RUNNING, state=RunState.FINISHED, reason=FinishReason.CANCELLED))
    assert panel.run.verdict.isVisible()
    assert panel.run.headline.text() == ""


def test_a_run_is_seen_at_a_glance(panel, window, session, qtbot):
    session.learning.set_status(RUNNING)
    run = panel.run
    assert run.headline.text() == "Learning Rib 50%"
    assert "about 25 s left" in run.detail.text()
    assert (run.bar.maximum(), run.bar.value()) == (1000, 500)
    assert (run.verdict.before, run.verdict.after) == (0.55, 0.78)
    assert "+0.23 better" in run.verdict.accessibleDescription()
    assert run.how.text() == RUNNING.held_out_how
    assert not run.start.isVisible()
    qtbot.waitUntil(lambda: "new 0.78" in run.chart.legend.text(), timeout=5000)
    x, y = run.chart._dice_curve.getData()
    assert (list(x), list(y)) == ([10, 20, 30], [0.6, 0.78, 0.7])
    assert "in use 0.55" in run.chart.legend.text()
    assert "default 0.50" in run.chart.legend.text()
    assert window.tabs.tabText(3) == "Learn ●"
    entry = window.status_bar.learning
    assert entry.text() == "Learning Rib 50% · Dice 0.55 → 0.78"
    window.tabs.setCurrentIndex(0)
    QTest.mouseClick(entry, Qt.MouseButton.LeftButton)
    assert panel.isVisible()
    QTest.mouseClick(run.stop, Qt.MouseButton.LeftButton)
    QTest.mouseClick(run.cancel, Qt.MouseButton.LeftButton)
    assert window.services.learning.asked == [("stop",), ("cancel",)]
    session.learning.set_status(IDLE)


def test_another_label_can_be_queued_meanwhile(panel, window, session):
    session.learning.set_status(RUNNING)
    session.view.label = "cerebellum"
    settle()
    assert panel.run.start.isVisible()
    assert panel.run.headline.text() == "Learning Rib 50%"
    learner = window.services.learning
    learner.queue = (("cerebellum",),)
    learner.queue_changed.emit(learner.queue)
    assert panel.run.queue.text() == "Waiting for the run to end: Cerebellum"
    assert not panel.run.start.isVisible()  # it waits already
    QTest.mouseClick(panel.run.unqueue, Qt.MouseButton.LeftButton)
    assert learner.asked[-1] == ("unqueue", ("cerebellum",))
    learner.queue = ()
    learner.queue_changed.emit(())
    assert panel.run.start.isVisible()
    assert not panel.run.unqueue.isVisible()
    session.learning.set_status(IDLE)


def test_details_are_there_for_those_who_ask(panel, session):
    session.learning.set_status(RUNNING)
    details = panel.details
    assert not details.body.isVisible()
    QTest.mouseClick(details.button, Qt.MouseButton.LeftButton)
    told = {key: label.text() for key, label in details.values.items()}
    assert told == {
        "device": "CPU, 2 threads",
        "strategy": f"{STRATEGIES['all'].title}: five masks are enough for all of it",
        "progress": "30 of 60",
        "speed": "61 frames/s",
        "memory": "870 MB",
        "frames": "5 learnt, each left out in turn to judge",
        "time": "10 s",
    }
    assert details.log.toPlainText() == "one\ntwo"
    session.learning.set_status(replace(RUNNING, log=("one", "two", "three"), gpu_memory_mb=2048.0))
    assert details.log.toPlainText().endswith("three")
    assert details.values["memory"].text() == "870 MB, 2.0 GB on the GPU"
    session.learning.set_status(IDLE)


def test_the_verdict_stays_when_the_run_is_over(panel, session, versions):
    done = replace(RUNNING, run_id=2, state=RunState.FINISHED, reason=FinishReason.COMPLETED, eta_s=None)
    session.learning.set_status(RUNNING)
    session.learning.set_status(done)
    run = panel.run
    assert run.verdict_text.text() == "A better model of Rib is in use"
    assert run.back.isVisible()
    assert not run.use.isVisible()
    assert not run.bar.isVisible()
    assert run.start.isVisible()
    session.learning.set_status(replace(done, run_id=3))
    assert run.verdict_text.text() == "The new model of Rib is kept aside"
    assert run.use.isVisible()
    session.learning.set_status(IDLE)  # as after opening the study anew: the newest is shown
    assert run.verdict_text.text() == "The new model of Rib is kept aside"


def test_versions_are_one_click_away(panel, session, versions):
    session.versions_changed.emit("rib")
    settle()
    rows = panel.versions.widgets
    assert [row.score.text() for row in rows[:3]] == ["0.70", "0.80", "0.60"]
    assert [row.is_active for row in rows] == [False, True, False, False]
    assert not rows[1].use.isVisible()
    QTest.mouseClick(rows[2].use, Qt.MouseButton.LeftButton)
    QTest.mouseClick(rows[3].use, Qt.MouseButton.LeftButton)
    assert versions == [("promote", 1), ("default", "rib")]
    shown = []
    panel.changes_asked.connect(shown.append)
    models = panel._session.models
    models.changes = lambda version: None
    QTest.mouseClick(rows[0].changes, Qt.MouseButton.LeftButton)
    assert shown == [3]


def test_policy_is_kept_in_the_study(panel, session, qtbot):
    card = panel.settings
    card.set_open(True)
    assert not card.every_row.isVisible()
    card.mode.setCurrentIndex(card.mode.findData("reviewed"))
    card.mode.activated.emit(card.mode.currentIndex())
    assert card.every_row.isVisible()
    card.every.setValue(7)
    card.minutes.setValue(3)
    card.strategy.setCurrentIndex(card.strategy.findData("9"))
    card.strategy.activated.emit(card.strategy.currentIndex())
    card.device.setCurrentIndex(card.device.findData("cpu"))
    card.device.activated.emit(card.device.currentIndex())
    QTest.mouseClick(card.promotes, Qt.MouseButton.LeftButton)
    assert session.learning.policy == LearnPolicy("reviewed", 7, 120.0, 3.0, False, "9", "cpu")
    card.mode.setCurrentIndex(card.mode.findData("idle"))
    card.mode.activated.emit(card.mode.currentIndex())
    card.idle.setValue(5)
    assert session.learning.policy.idle_s == 300.0
    panel.refresh()
    assert (card.mode.currentData(), card.minutes.value()) == ("idle", 3)


def test_other_labels_can_be_learnt_along(panel, window, session):
    panel.settings.set_open(True)
    (box,) = panel.settings._boxes.values()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.run.start, Qt.MouseButton.LeftButton)
    ((_what, labels, _options),) = window.services.learning.asked
    assert labels == ("rib", "cerebellum")


def test_a_click_on_what_was_made_later_leaves_the_keyboard_to_the_canvas(panel, window, session, versions):
    panel.refresh()
    panel.settings.set_open(True)
    settle()
    late = [row.use for row in panel.versions.widgets] + [row.changes for row in panel.versions.widgets]
    late += panel.settings._boxes.values()
    window.canvas.setFocus()
    for button in late:
        if button.isVisible():
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            assert not button.hasFocus(), button.text()


def test_suggestions_with_their_reasons(panel, window, session):
    recording = session.place[0]
    assert panel.suggestions.empty.isVisible()
    session.learning.set_suggestions(
        [
            Suggestion(recording, 4, 0.9, ("two versions disagree here (0.54)",), 0.61, "rib"),
            Suggestion(recording, 2, 0.8, (), None, "rib"),
        ]
    )
    settle()
    shown = panel.suggestions.list
    assert shown.count() == 2
    told = shown.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "frame 5: two versions disagree here (0.54). Predicted Dice there 0.61" in told
    assert not panel.suggestions.grab().isNull()
    QTest.keyClick(window, Qt.Key.Key_N)
    assert session.current_frame == 4
    settle()
    assert shown.currentRow() == 0
    assert panel.suggestions.why.text() == "This frame: two versions disagree here (0.54)."
    where = shown.visualItemRect(shown.item(1)).center()
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert session.current_frame == 2
    draw(session, 2, 4)
    settle()
    assert shown.count() == 0
    assert "Every suggested frame is reviewed" in panel.suggestions.empty.text()
    assert not panel.suggestions.why.isVisible()
    QTest.mouseClick(panel.suggestions.look, Qt.MouseButton.LeftButton)
    assert window.services.learning.asked[-1][2]["kind"] == "suggest"


def test_before_anything_was_suggested_nobody_is_told_that_all_is_done(panel, session):
    assert "After a run" in panel.suggestions.empty.text()
    session.learning.set_status(RUNNING)
    settle()
    assert "at the end of the run" in panel.suggestions.empty.text()
    session.learning.set_status(IDLE)
    settle()
    assert "After a run" in panel.suggestions.empty.text()


def test_a_study_that_cannot_be_written_is_not_learnt_from(panel, session, monkeypatch):
    monkeypatch.setattr(type(session), "is_read_only", property(lambda self: True))
    panel.refresh()
    assert "reading only" in panel.run.next.text()
    assert not panel.settings.body.isEnabled()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_drawn_in_every_theme(panel, window, session, versions, theme):
    session.learning.set_status(RUNNING)
    window.apply_theme(theme)
    settle()
    assert not panel.grab().isNull()
    session.learning.set_status(IDLE)


def test_every_control_says_what_it_is(panel, session, versions):
    session.learning.set_status(RUNNING)
    session.versions_changed.emit("rib")
    for card in (panel.settings, panel.details):
        card.set_open(True)
    settle()
    for button in panel.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.toolTip(), button.text()
            assert button.accessibleName() or button.text()
    session.learning.set_status(IDLE)
