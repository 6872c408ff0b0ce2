"""A second reader, adjudication and replay in the whole program, with real mouse and keys."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from lusgui.core.annotation import PlaneKey, Status
from lusgui.io.study import Study
from lusgui.session.view_state import BrushUnit, Tool

WAIT_MS = 90_000
SHAPE, FRAMES = (140, 120), 4
KEYS = Qt.KeyboardModifier
CTRL_ALT = KEYS.ControlModifier | KEYS.AltModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def clip(tmp_path):
    """Return a clip of a bright bar in speckle."""
    noise = np.random.default_rng(8)
    frames = np.empty((FRAMES, *SHAPE), np.uint8)
    for number in range(FRAMES):
        level = np.full(SHAPE, 50.0)
        level[50:60, 30:80] = 180
        frames[number] = np.clip(level * noise.rayleigh(0.8, SHAPE) ** 0.35, 0, 255)
    folder = tmp_path / "clinic"
    folder.mkdir()
    tifffile.imwrite(folder / "clip.tif", frames, photometric="minisblack")
    return folder / "clip.tif"


class Reader:
    """Somebody at the window."""

    def __init__(self, app, hand, qtbot):
        self.app, self.window, self.session, self.hand, self.qtbot = app, app.window, app.session, hand, qtbot

    def key(self, key, keys=KEYS.NoModifier):
        if not self.window.isActiveWindow():  # no window manager brings it back after a dialog
            self.window.activateWindow()
            self.wait(self.window.isActiveWindow)
        QTest.keyClick(self.window, key, keys)

    def wait(self, condition):
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def wait_shown(self):
        self.wait(lambda: self.session.place is not None and self.window.presenter.is_up_to_date)

    def paint(self, row):
        """Paint a line across the frame with the brush."""
        self.wait_shown()
        self.key(Qt.Key.Key_B)
        self.hand.drag((row, 35), (row, 55), (row, 75))

    def dialog(self, kind):
        """Return the open dialog of a kind."""
        self.wait(
            lambda: any(
                type(one).__name__ == kind and one.isVisible() for one in QApplication.topLevelWidgets()
            )
        )
        return next(o for o in QApplication.topLevelWidgets() if type(o).__name__ == kind and o.isVisible())


@pytest.fixture
def reader(start, clip, hand_of, qtbot):
    """Return Fay at the window, with the clip open."""
    app = start("--label", "rib", clip)
    made = Reader(app, hand_of(app), qtbot)
    made.wait_shown()
    session = made.session
    session.rater = "Fay"
    session.view.label = "rib"
    session.view.brush_unit, session.view.brush_size_px = BrushUnit.PX, 9
    made.wait(lambda: session.row(1) is not None and not session.pending_hash_jobs())
    return made


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def masks_of(path):
    with Study.open(path, read_only=True) as study:
        keys = [PlaneKey(1, frame, label) for frame, label in study.statuses(1)]
        return {key: (study.mask(key).tobytes(), study.status(key)) for key in keys}


def test_a_second_reader_is_blinded_compared_and_adjudicated(reader, qtbot, tmp_path):
    session, window = reader.session, reader.window
    for frame in (0, 1):
        session.go_to(1, frame)
        reader.paint(53)
    reader.key(Qt.Key.Key_F, KEYS.ShiftModifier)
    first = session.study_path
    own = session.mask(PlaneKey(1, 0, "rib")).copy()

    # the second reader begins: one dialog, a name, Enter
    reader.key(Qt.Key.Key_B, CTRL_ALT)
    dialog = reader.dialog("SecondReadDialog")
    QTest.keyClicks(dialog.reader, "Sue")
    QTest.keyClick(dialog.reader, Qt.Key.Key_Return)
    reader.wait(lambda: session.is_blinded)
    assert session.study_path != first
    before = masks_of(first)
    reader.wait_shown()
    assert window.review.bar.isVisible()
    assert not session.mask(session.key("rib")).any()
    assert session.prediction_key(*session.place, "rib") is None
    reader.key(Qt.Key.Key_S)  # clicking to segment rests
    assert session.view.tool is not Tool.CLICK
    reader.paint(57)
    session.go_to(1, 1)
    reader.paint(57)
    assert session.second_reading.progress() == (2, 2)

    # finished for good
    reader.qtbot.waitUntil(lambda: "2 of 2" in window.review.bar.text.text())
    QTest.mouseClick(window.review.bar.go, LEFT)
    box = reader.dialog("QMessageBox")
    assert isinstance(box, QMessageBox)
    QTest.mouseClick(next(b for b in box.buttons() if b.text() == "Finish and lock"), LEFT)
    reader.wait(lambda: session.second_reading.read.is_locked)
    for problem in [w for w in QApplication.topLevelWidgets() if type(w).__name__ == "ProblemDialog"]:
        problem.reject()
    second = session.study_path
    reader.wait_shown()
    reader.hand.drag((20, 20), (20, 60))
    assert masks_of(second).keys() == {PlaneKey(1, 0, "rib"), PlaneKey(1, 1, "rib")}

    # compared and adjudicated in a third study
    reader.qtbot.waitUntil(lambda: window.review.bar.go.text() == "Compare both…")
    QTest.mouseClick(window.review.bar.go, LEFT)
    merge = reader.dialog("MergeDialog")
    assert merge.paths() == [first, second]
    bytes_before = [digest(path) for path in merge.paths()]
    merge.begin(tmp_path / "both.lusgui")
    reader.wait(lambda: not merge.work.is_busy)
    assert [digest(path) for path in merge.paths()] == bytes_before
    QTest.mouseClick(merge.join, LEFT)
    reader.wait(lambda: session.study_path == tmp_path / "both.lusgui")
    reader.wait_shown()
    session.rater = "Jo"
    reader.key(Qt.Key.Key_A, CTRL_ALT)
    view = window.review.adjudication
    assert view.isVisible()
    assert list(view.panes) == ["Fay", "Sue"]
    reader.wait(lambda: "2 of 2 left · Dice 0." in view.text.text())
    QTest.mouseClick(view.takes["Fay"], LEFT)
    key = session.key("rib")
    assert np.array_equal(session.mask(key), own)
    pane, seen = view.panes["Sue"], view.panes["Sue"]._window
    where = QPointF(
        pane.place.left() + (50.5 - seen.col0) / seen.shape[1] * pane.place.width(),
        pane.place.top() + (60.5 - seen.row0) / seen.shape[0] * pane.place.height(),
    )
    QTest.mouseClick(pane, LEFT, KEYS.NoModifier, where.toPoint())  # what only Sue drew, below
    assert session.mask(key).sum() > own.sum()
    reader.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert np.array_equal(session.mask(key), own)
    window.actions_by_id["review.next_dispute"].trigger()
    reader.wait_shown()
    assert session.current_frame == 1
    window.actions_by_id["review.staple"].trigger()
    assert session.adjudicating.left() == []
    reader.paint(20)  # the third annotation is drawn on like any other
    assert session.mask(session.key("rib"))[20, 55]
    assert session.study.annotation(session.key("rib")).rater == "Jo"
    assert session.review.is_flagged(PlaneKey(1, 1, "rib"))  # Fay's flag came along
    assert session.close_study()
    assert [digest(path) for path in (first, second)] == bytes_before
    assert masks_of(first) == before


def test_a_comment_a_flag_and_the_strokes_of_a_frame(reader, qtbot):
    session, window = reader.session, reader.window
    reader.paint(53)
    reader.paint(63)
    key = session.key("rib")
    both = session.mask(key).copy()
    reader.key(Qt.Key.Key_N, CTRL_ALT)
    box = window.review.panel.notes.box
    reader.wait(box.hasFocus)
    QTest.keyClicks(box, "two ribs?")
    QTest.keyClick(box, Qt.Key.Key_Return)
    reader.key(Qt.Key.Key_F, KEYS.ShiftModifier)
    session.step(2)
    window.tabs.setCurrentIndex(2)
    from lusgui.session.review_queue import Reason

    flagged = window.worklist.queue.buttons[Reason.FLAGGED]
    reader.wait(flagged.isEnabled)
    QTest.mouseClick(flagged, LEFT)
    assert session.key() == key
    window.actions_by_id["review.replay"].trigger()
    replay = reader.dialog("ReplayDialog")
    assert replay.list.count() == 3
    QTest.keyClick(replay.slider, Qt.Key.Key_Left)
    QTest.mouseClick(replay.back, LEFT)
    assert session.mask(key).any()
    assert session.mask(key).sum() < both.sum()
    reader.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert np.array_equal(session.mask(key), both)
    path = session.study_path
    window.close()
    with Study.open(path, read_only=True) as study:
        assert [note.text for note in study.notes.all()] == ["two ribs?", ""]
        assert np.array_equal(study.mask(key), both)
        assert study.status(key) is Status.EDITED
