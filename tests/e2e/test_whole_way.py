"""From a raw .mat to a mask that survives the night, through the real window with real mouse events."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.base.paths import resources_dir
from lusgui.core.annotation import PlaneKey, Status

WAIT_MS = 60_000


@pytest.fixture
def recording(tmp_path):
    """Return a copy of the bundled Verasonics-like sample, as if it lay on a person's disk."""
    folder = tmp_path / "clinic"
    folder.mkdir()
    return shutil.copy(resources_dir() / "samples" / "lung_linear_v5.mat", folder / "patient7.mat")


def test_from_mat_to_mask_and_back_again(qtbot, start, hand_of, model, recording):
    app = start(recording)
    window, session = app.window, app.session
    hand = hand_of(app)

    # the recording is read, and the model answers
    qtbot.waitUntil(lambda: session.place is not None and window.presenter.is_up_to_date, timeout=WAIT_MS)
    row = session.row(session.place[0])
    assert (row.frames, row.shape) == (24, (960, 128))
    assert row.spacing_mm is not None
    qtbot.waitUntil(lambda: session.model_mask(session.key("rib")) is not None, timeout=WAIT_MS)

    # the threshold is live on the cached answer
    probability = np.asarray(session.prediction(session.key("rib")), np.float32)
    window.threshold.threshold.spin.setValue(0.30)
    assert session.view.threshold == pytest.approx(0.30)
    lower = session.model_mask(session.key("rib")).sum()
    window.threshold.threshold.spin.setValue(0.70)
    assert session.model_mask(session.key("rib")).sum() <= lower
    assert lower == pytest.approx((probability >= 0.3).sum(), abs=2)

    # to frame 5; paint, erase, undo, redo
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.presenter.shown == (row.id, 4), timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_B)
    hand.drag((400, 30), (410, 60), (420, 90))
    key = PlaneKey(row.id, 4, "rib")
    painted = session.mask(key).copy()
    assert painted[410, 60]
    assert painted.sum() > 1000
    QTest.keyClick(window, Qt.Key.Key_E)
    hand.drag((410, 58), (412, 64))
    erased = session.mask(key).copy()
    assert not erased[411, 61]
    assert 0 < erased.sum() < painted.sum()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (session.mask(key) == painted).all()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert (session.mask(key) == erased).all()

    # the lid is closed
    study = session.study_path
    window.close()
    assert not session.is_open

    # the next morning: the same place, the same mask, and undo still works
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert again.session.place == (row.id, 4)
    assert (again.session.mask(key) == erased).all()
    assert again.session.status(key) is Status.EDITED
    QTest.keyClick(again.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (again.session.mask(key) == painted).all()


def test_segment_recording_in_the_background(qtbot, start, model, recording):
    app = start(recording)
    session = app.session
    qtbot.waitUntil(lambda: session.place is not None and app.window.presenter.is_up_to_date, timeout=WAIT_MS)
    app.window.actions_by_id["model.segment_recording"].trigger()
    keys = [PlaneKey(session.place[0], frame, "rib") for frame in range(24)]
    qtbot.waitUntil(lambda: all(session.prediction(key) is not None for key in keys), timeout=WAIT_MS)
    # nothing automatic has touched what people draw
    assert not any(session.mask(key).any() for key in keys)
    assert not any(status is not Status.UNTOUCHED for status in session.statuses(session.place[0]).values())
    assert not session.can_undo
