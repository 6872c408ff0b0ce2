from __future__ import annotations

from dataclasses import replace

import pytest

from lusgui.core.learning.policy import LearnPolicy
from lusgui.core.learning.status import RunState
from lusgui.runtime.learning.starter import RunStarter


@pytest.fixture
def starter(session, supervisor):
    starter = RunStarter(session, supervisor)
    starter._timer.stop()
    yield starter
    starter.shutdown()
    starter.shutdown()


def finish(supervisor, qtbot):
    qtbot.waitUntil(lambda: supervisor.status.state is RunState.FINISHED, timeout=20_000)


def test_by_hand_means_by_hand(starter, supervisor, session, reviewed):
    starter.look()
    assert not supervisor.is_running


def test_after_so_many_reviewed_frames(starter, supervisor, session, study, review, qtbot):
    session.learning.policy = LearnPolicy("reviewed", every=3)
    for frame in range(2):
        review(study, frame)
    starter.look()
    assert not supervisor.is_running
    review(study, 2)
    starter.look()
    assert supervisor.is_running
    finish(supervisor, qtbot)
    assert session.learning.runs()[0].detail["started_by"] == "reviewed"
    for frame in range(3, 6):
        review(study, frame)
    starter.look()
    assert not supervisor.is_running  # hardly has one ended
    session.learning._ended_at -= 100
    starter.look()
    assert supervisor.is_running
    finish(supervisor, qtbot)


def test_when_nobody_works(starter, supervisor, session, reviewed, qtbot):
    session.learning.policy = LearnPolicy("idle", idle_s=60)
    starter.look()
    assert not supervisor.is_running
    starter._touched -= 61
    starter.look()
    assert supervisor.is_running
    finish(supervisor, qtbot)
    assert session.learning.runs()[0].detail["started_by"] == "idle"


def test_a_gesture_is_no_idleness(starter, session, reviewed):
    for gesture in (
        lambda: session.go_to(reviewed, 4),
        lambda: session.set_stroke_open(True),
        lambda: session.undo(),
        lambda: setattr(session.view, "threshold", 0.7),
    ):
        starter._touched -= 100
        gesture()
        assert starter.idle_s < 50


def test_a_stroke_that_is_down_puts_it_off(starter, supervisor, session, reviewed, qtbot):
    session.learning.policy = LearnPolicy("reviewed", every=1)
    session.set_stroke_open(True)
    starter.look()
    assert not supervisor.is_running
    session.set_stroke_open(False)
    starter.look()
    assert supervisor.is_running
    finish(supervisor, qtbot)


def test_the_clock_looks(session, supervisor, reviewed, qtbot, monkeypatch):
    monkeypatch.setattr("lusgui.runtime.learning.starter.LOOK_MS", 10)
    session.learning.policy = replace(LearnPolicy(), mode="reviewed", every=1)
    starter = RunStarter(session, supervisor)
    qtbot.waitUntil(lambda: supervisor.is_running, timeout=5000)
    finish(supervisor, qtbot)
    starter.shutdown()
