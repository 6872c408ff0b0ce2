"""Learning in the window: lusgui.ui.learning.desk, lusgui.ui.learning.toast,
lusgui.ui.learning.status_entry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.detections import Detection, Detections
from lusgui.core.learning.changes import FrameChange, make_thumbnail, write_changes
from lusgui.core.learning.result import Suggestion
from lusgui.core.learning.status import IDLE, FinishReason, LearnProblem, LearnStatus, RunState
from lusgui.core.learning.version import ModelVersion, VersionState
from lusgui.ui.learning.toast import Toast
from lusgui.ui.learning.words import Told, Tone

RUNNING = LearnStatus(2, ("rib",), RunState.RUNNING, None, "learning", 3, 10, active_dice=0.6)
DONE = replace(RUNNING, state=RunState.FINISHED, reason=FinishReason.COMPLETED)


def make(state, after=0.8):
    return ModelVersion(
        2, "rib", ("rib",), "Rib 2", "k2", "", state, "run-0002/candidate.safetensors", "a" * 64,
        "2026-11-21T14:20:00+00:00", run_id=2,
        scores={"gate": {"dice_before": 0.7, "dice_after": after}}, reason="A sentence.",
    )  # fmt: skip


@pytest.fixture
def desk(window, session):
    session.view.label = "rib"
    yield window.learning
    session.learning.set_status(IDLE)


@pytest.fixture
def made(session, monkeypatch):
    """Let the runs of the study make one model; return what is asked of it."""
    held = {"version": make(VersionState.ACTIVE), "asked": []}
    models = session.models
    monkeypatch.setattr(models, "versions", lambda label, task="": (held["version"],))
    monkeypatch.setattr(models, "active", lambda label: held["version"])
    monkeypatch.setattr(models, "get", lambda number: held["version"])
    monkeypatch.setattr(models, "result", lambda version: None)
    monkeypatch.setattr(models, "changes", lambda version: held.get("changes"))
    for name in ("promote", "roll_back"):
        monkeypatch.setattr(models, name, lambda what, name=name: held["asked"].append((name, what)) or True)
    return held


def run(session):
    session.learning.set_status(RUNNING)
    session.learning.set_status(DONE)


def offer(desk, text):
    button = next(button for button in desk.toast.buttons if button.text().startswith(text))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_better_model_is_told_with_the_way_back(desk, session, made, window):
    run(session)
    toast = desk.toast
    assert toast.headline.text() == "A better model of Rib is in use"
    assert toast.detail.text() == "A sentence."
    assert window.status_bar.learning.text() == "Rib: Dice 0.70 → 0.80, in use"
    offer(desk, "Undo")
    assert made["asked"] == [("roll_back", "rib")]
    assert not toast.isVisible()


def test_a_model_kept_aside_can_be_used_all_the_same(desk, session, made):
    made["version"] = make(VersionState.CANDIDATE, 0.5)
    run(session)
    assert desk.toast.property("tone") == "warning"
    offer(desk, "Use")
    assert made["asked"] == [("promote", 2)]


def test_what_changed_opens_from_the_note(desk, session, made, tmp_path):
    made["changes"] = tmp_path / "changes.npz"
    mask = np.ones((60, 40), bool)
    gray = make_thumbnail(np.zeros((60, 40)))
    write_changes(made["changes"], [FrameChange(session.place[0], 3, "rib", gray, ~mask, mask, mask)])
    run(session)
    offer(desk, "What changed")
    gallery = desk.gallery
    assert gallery.pictures.count() == 1
    gallery.frame_asked.emit(session.place[0], 3)
    assert session.current_frame == 3
    desk.show_changes()  # again: the old one makes room
    assert desk.gallery is not gallery
    desk.gallery.reject()
    assert desk.gallery is None


def test_pictures_that_cannot_be_read_are_reported(desk, session, made, tmp_path, window):
    made["changes"] = tmp_path / "changes.npz"
    made["changes"].write_text("no archive")
    window.actions_by_id["learn.what_changed"].trigger()
    assert desk.gallery.empty.isVisible()
    assert [type(one).__name__ for one in window.asking.dialogs.opened] == ["ProblemDialog"]
    desk.gallery.reject()


def test_without_a_model_there_is_nothing_to_compare(desk, session, window):
    window.actions_by_id["learn.what_changed"].trigger()
    assert desk.gallery is None
    assert [type(one).__name__ for one in window.asking.dialogs.opened] == ["ProblemDialog"]


def test_nothing_comes_up_under_a_stroke(desk, session, made):
    session.set_stroke_open(True)
    run(session)
    assert not desk.toast.isVisible()
    session.set_stroke_open(False)
    assert desk.toast.isVisible()


def test_thrown_away_needs_no_note(desk, session, made):
    session.learning.set_status(RUNNING)
    session.learning.set_status(replace(DONE, reason=FinishReason.CANCELLED))
    assert not desk.toast.isVisible()


def test_what_went_wrong_is_a_note_that_stays_and_no_dialog(desk, session, made, monkeypatch, tmp_path):
    told = []
    session.problem_reported.connect(told.append)
    crash = replace(
        DONE,
        reason=FinishReason.CRASHED,
        problem=LearnProblem("The run did not finish", "It fell over.", "Start it again."),
        log=("last words",),
    )
    monkeypatch.setattr(session.learning, "resumable", lambda: tmp_path)
    session.learning.set_status(RUNNING)
    session.set_stroke_open(True)
    session.learning.set_status(crash)
    assert not desk.toast.isVisible()  # not under a stroke
    session.set_stroke_open(False)
    assert desk.toast.isVisible()
    assert desk.toast.detail.text() == "It fell over. Start it again."
    assert not desk.toast._timer.isActive()
    assert told == []
    assert [button.text() for button in desk.toast.buttons] == ["Go on", "Details…"]
    offer(desk, "Details")
    assert told[0].detail == "last words"


@pytest.mark.parametrize(
    ("confidence", "says"), [(0.9, "Rib was found in 1 of 9 frames"), (0.01, "in no frame")]
)
def test_what_a_detector_found_is_told(desk, session, window, qtbot, confidence, says):
    box = Detection(session.place[0], 1, 2.0, 2.0, 20.0, 20.0, confidence)
    session.take_detections(Detections("rib", "finder 1", 9, (box,)))
    boxes = {"strategy": "boxes", "active_dice": None, "loss_curve": ((1, 1.0),)}
    session.learning.set_status(replace(RUNNING, **boxes))
    session.learning.set_status(replace(DONE, **boxes, log=("Found in some frames.",)))
    assert says in desk.toast.headline.text()
    if confidence > 0.5:
        offer(desk, "Work on these")
        assert [tuple(place) for place in session.worklist] == [(session.place[0], 1)]
    window.tabs.setCurrentIndex(3)
    assert desk.panel.run.detail.text() == "Found in some frames."
    qtbot.waitUntil(lambda: not desk.panel.run.chart.dice.isVisible(), timeout=5000)


def test_frames_that_were_looked_for_are_told(desk, session, window):
    session.learning.set_suggestions([Suggestion(session.place[0], 3, 1.0, (), None, "rib")])
    run(session)
    assert desk.toast.headline.text() == "1 frame worth drawing next"
    window.tabs.setCurrentIndex(0)
    offer(desk, "Show")
    assert desk.panel.isVisible()


def test_commands_follow_the_run(desk, session, window):
    actions = window.actions_by_id
    assert not actions["learn.stop"].isEnabled()
    session.learning.set_status(RUNNING)
    assert actions["learn.stop"].isEnabled()
    assert actions["learn.cancel"].isEnabled()
    session.learning.set_status(IDLE)
    assert not actions["learn.cancel"].isEnabled()


def test_an_interrupted_run_is_offered(desk, session, window, monkeypatch, tmp_path, qtbot):
    declined = []
    monkeypatch.setattr(session.learning, "resumable", lambda: None if declined else tmp_path)
    monkeypatch.setattr(session.learning, "decline_resume", declined.append)
    session.study_changed.emit()
    qtbot.waitUntil(desk.toast.isVisible, timeout=3000)
    offer(desk, "Go on")
    assert window.services.learning.asked == [("resume", tmp_path)]
    session.study_changed.emit()
    qtbot.waitUntil(desk.toast.isVisible, timeout=3000)
    offer(desk, "Throw")
    assert declined == [tmp_path]
    window.actions_by_id["learn.resume"].trigger()
    assert len(window.services.learning.asked) == 1


# the note itself


@pytest.fixture
def toast(window):
    made = Toast(window.canvas, seconds=0.05)
    yield made
    made.close_panel()


def test_a_note_goes_by_itself_but_not_while_pointed_at(toast, qtbot):
    toast.show_told(Told("Something", "happened", Tone.GOOD))
    here = QPointF(5, 5)
    QApplication.sendEvent(toast, QEnterEvent(here, here, here))
    qtbot.wait(120)
    assert toast.isVisible()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not toast.isVisible(), timeout=3000)


def test_a_note_stays_in_its_corner_and_takes_no_keys(toast, window, qtbot):
    window.canvas.setFocus()
    toast.show_told(Told("A headline", "A long detail. " * 12), [("Do", "It", lambda: None)])
    assert window.canvas.hasFocus()
    before = toast.geometry()
    window.resize(1100, 760)
    qtbot.waitUntil(lambda: toast.geometry() != before, timeout=3000)
    assert window.canvas.rect().contains(toast.geometry())
    toast.show_told(Told("Another"), [])
    assert toast.buttons == []
    QTest.mouseClick(toast.close_button, Qt.MouseButton.LeftButton)
    assert not toast.isVisible()
