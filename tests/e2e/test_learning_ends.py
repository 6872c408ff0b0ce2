"""The window closes while a run goes on: nothing drawn is lost, nobody is left behind, and it can go on."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.learning.status import FinishReason, RunState

FAKE = Path(__file__).parents[1] / "runtime" / "learning" / "fake_trainer.py"
WAIT_MS = 60_000


def playing(name, **values):
    return [sys.executable, "-I", str(FAKE), name, *(f"{k}={v}" for k, v in values.items())]


@pytest.fixture
def clip(tmp_path):
    (tmp_path / "clinic").mkdir()
    frames = np.random.default_rng(3).integers(0, 90, (12, 96, 80), np.uint8)
    tifffile.imwrite(tmp_path / "clinic" / "clip.tif", frames, photometric="minisblack")
    return tmp_path / "clinic" / "clip.tif"


def begin(app, qtbot, program):
    """Review three frames by hand, then let a training program play."""
    session = app.session
    qtbot.waitUntil(lambda: app.window.presenter.is_up_to_date, timeout=WAIT_MS)
    session.view.label = "rib"
    rid = session.place[0]
    for frame in range(3):
        mask = np.zeros((96, 80), bool)
        mask[20 : 40 + frame, 30:50] = True
        assert session.push_masks("Brush", {PlaneKey(rid, frame, "rib"): mask})
        session.set_status(PlaneKey(rid, frame, "rib"), Status.ACCEPTED)
    app.services.learning.program = program
    assert app.services.learning.start(("rib",), suggest=False)
    return rid


def test_closing_the_window_ends_the_run_and_the_next_opening_can_go_on(qtbot, start, hand_of, clip):
    app = start(clip)
    qtbot.waitUntil(lambda: app.session.place is not None, timeout=WAIT_MS)
    rid = begin(app, qtbot, playing("complete", steps=100_000))
    learning, session = app.services.learning, app.session
    qtbot.waitUntil(lambda: learning.status.step > 2, timeout=WAIT_MS)
    # drawing goes on meanwhile
    session.go_to(rid, 5)
    qtbot.waitUntil(lambda: app.window.presenter.is_up_to_date, timeout=WAIT_MS)
    QTest.keyClick(app.window, Qt.Key.Key_B)
    hand_of(app).drag((40, 30), (45, 35), (50, 40))
    drawn = session.mask(PlaneKey(rid, 5, "rib")).copy()
    assert drawn.any()
    pid, path = learning.pid, session.study_path
    assert psutil.pid_exists(pid)
    app.window.close()
    assert not psutil.pid_exists(pid)
    assert not session.is_open

    again = start(path)
    session, learning = again.session, again.services.learning
    assert np.array_equal(session.mask(PlaneKey(rid, 5, "rib")), drawn)
    folder = session.learning.resumable()
    assert folder is not None
    learning.program = playing("complete")
    assert learning.resume(folder)
    qtbot.waitUntil(lambda: learning.status.state is RunState.FINISHED, timeout=WAIT_MS)
    assert learning.status.reason is FinishReason.COMPLETED
    assert session.models.active("rib") is not None
    assert session.learning.resumable() is None


def test_a_stroke_that_is_down_keeps_its_overlay(qtbot, start, hand_of, clip):
    app = start(clip)
    session, window = app.session, app.window
    qtbot.waitUntil(lambda: session.place is not None, timeout=WAIT_MS)
    rid = begin(app, qtbot, playing("complete", steps=20, pause=0.05))
    key = PlaneKey(rid, 6, "rib")
    session.go_to(rid, 6)
    qtbot.waitUntil(lambda: window.presenter.is_up_to_date, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: session.model_mask(key) is not None, timeout=WAIT_MS)
    before = app.live.model_card("rib").key
    QTest.keyClick(window, Qt.Key.Key_B)
    hand = hand_of(app)
    QTest.mousePress(hand.viewport, Qt.MouseButton.LeftButton, pos=hand.at(40, 30))
    assert session.is_stroke_open
    qtbot.waitUntil(lambda: session.models.active("rib") is not None, timeout=WAIT_MS)
    qtbot.wait(500)
    assert app.live.model_card("rib").key == before
    QTest.mouseRelease(hand.viewport, Qt.MouseButton.LeftButton, pos=hand.at(44, 30))
    assert not session.is_stroke_open
    qtbot.waitUntil(lambda: app.live.model_card("rib").key != before, timeout=WAIT_MS)
    assert session.mask(key).any()
    assert session.active_model("rib").version == session.models.active("rib").key
