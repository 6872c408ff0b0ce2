"""Masks through time in the whole program: real mouse and keys, real threads, no model."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from scipy import ndimage

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.overlap import dice

WAIT_MS = 60_000
SHAPE, FRAMES = (120, 100), 9
KEYS = Qt.KeyboardModifier


def ellipse(row, col, rows=12, cols=22):
    down, right = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return ((down - row) / rows) ** 2 + ((right - col) / cols) ** 2 <= 1


def truth(frame):
    return ellipse(40 + 3 * frame, 50)


@pytest.fixture
def clip(tmp_path):
    """Return a clip of a bright ellipse in tissue; both move down three rows a frame."""
    tissue = ndimage.gaussian_filter(np.random.default_rng(4).normal(size=(SHAPE[0] + 60, SHAPE[1])), 2.5)
    tissue = 60 + 40 * tissue / tissue.std()
    frames = np.empty((FRAMES, *SHAPE), np.uint8)
    for number in range(FRAMES):
        moved = tissue[40 - 3 * number :][: SHAPE[0]]
        frames[number] = np.clip(moved + 90 * truth(number), 0, 255)
    path = tmp_path / "clinic" / "clip.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


class Person:
    """Somebody at the window."""

    def __init__(self, app, qtbot, hand):
        self.app, self.session, self.window = app, app.session, app.window
        self.qtbot, self.hand = qtbot, hand

    def key(self, key, keys=KEYS.NoModifier):
        QTest.keyClick(self.window, key, keys)

    def wait(self, condition):
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def go(self, frame):
        self.session.go_to(self.session.place[0], frame)
        self.wait(lambda: self.window.presenter.shown == self.session.place)

    def plane(self, frame):
        return PlaneKey(self.session.place[0], frame, "rib")

    def mask(self, frame):
        return self.session.mask(self.plane(frame))

    def draw(self, frame, mask):
        """Put a mask down as if it had been painted."""
        assert self.session.push_masks("Brush", {self.plane(frame): mask})

    @property
    def ghosts(self):
        return self.session.times.ghosts_here()

    def wait_done(self):
        self.wait(lambda: not self.session.times.is_running)
        self.qtbot.wait(20)


@pytest.fixture
def person(qtbot, start, hand_of, clip):
    app = start("--label", "rib", clip)
    made = Person(app, qtbot, hand_of(app))
    made.wait(lambda: app.session.place is not None and app.window.presenter.is_up_to_date)
    app.session.view.label = "rib"
    app.session.view.model_visible = False
    return made


def test_copy_from_a_neighbour_with_keys(person):
    session, window = person.session, person.window
    person.key(Qt.Key.Key_B)
    person.hand.drag((40, 40), (40, 60))
    drawn = person.mask(0).copy()
    assert drawn.any()
    person.go(1)
    person.key(Qt.Key.Key_Y)
    assert (person.ghosts[1].mask == drawn).all()
    assert not person.mask(1).any()
    overlay = window.presenter.overlay_of("rib")
    assert not overlay._proposal_outline.is_empty
    # dropped, asked for again, accepted, taken back
    person.key(Qt.Key.Key_Escape)
    assert person.ghosts == {}
    assert overlay._proposal_outline.is_empty
    person.key(Qt.Key.Key_Y)
    person.key(Qt.Key.Key_Return)
    assert (person.mask(1) == drawn).all()
    assert window.actions_by_id["edit.undo"].text() == "Undo Copied mask on rib, frame 2"
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not person.mask(1).any()
    assert (person.mask(0) == drawn).all()
    # from the frame after; V accepts and goes on
    person.key(Qt.Key.Key_Left)
    session.clear_mask(person.plane(0))
    person.draw(2, truth(2))
    person.go(1)
    person.key(Qt.Key.Key_Y, KEYS.ShiftModifier)
    person.key(Qt.Key.Key_V)
    assert (person.mask(1) == truth(2)).all()
    assert session.status(person.plane(1)) is Status.ACCEPTED
    assert session.current_frame == 2


def test_key_frames_and_what_lies_between(person):
    window = person.window
    person.key(Qt.Key.Key_K)
    assert "needs a mask" in window.status_bar.currentMessage()
    person.draw(0, truth(0))
    person.key(Qt.Key.Key_K)
    person.draw(8, truth(8))
    person.go(8)
    person.key(Qt.Key.Key_K)
    person.key(Qt.Key.Key_K, KEYS.ShiftModifier)
    person.wait_done()
    assert list(person.ghosts) == list(range(1, 8))
    person.wait(lambda: window.timeline.strip._key_frames == (0, 8))
    assert list(window.timeline.strip._ghosts) == list(range(1, 8))
    for frame in range(1, 8):
        assert dice(person.ghosts[frame].mask, truth(frame)) > 0.97
    # one is fixed by hand, the others taken over together
    person.go(3)
    person.key(Qt.Key.Key_Return)
    person.key(Qt.Key.Key_Return, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert person.ghosts == {}
    for frame in range(9):
        assert dice(person.mask(frame), truth(frame)) > 0.97
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert [frame for frame in range(9) if person.mask(frame).any()] == [0, 3, 8]
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert all(person.mask(frame).any() for frame in range(9))


def test_a_mask_follows_the_movement(person):
    session, window = person.session, person.window
    person.draw(4, truth(4))
    person.go(4)
    person.key(Qt.Key.Key_P, KEYS.ControlModifier)
    person.key(Qt.Key.Key_P, KEYS.ControlModifier | KEYS.ShiftModifier)
    person.key(Qt.Key.Key_Right)  # looking elsewhere meanwhile changes nothing
    person.wait_done()
    assert list(person.ghosts) == [0, 1, 2, 3, 5, 6, 7, 8]
    for frame, ghost in person.ghosts.items():
        assert dice(ghost.mask, truth(frame)) > 0.85, frame
        assert ghost.confidence > 0.7
    assert [frame for frame in range(9) if person.mask(frame).any()] == [4]
    # wrong from frame 8 on: those go, the others become one edit
    person.go(7)
    window.actions_by_id["time.drop_from_here"].trigger()
    assert list(person.ghosts) == [0, 1, 2, 3, 5, 6]
    person.key(Qt.Key.Key_Return, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert [frame for frame in range(9) if person.mask(frame).any()] == list(range(7))
    assert session.undo_name.startswith("Propagated masks")
    # the next frame that is not done
    person.go(0)
    person.key(Qt.Key.Key_Down, KEYS.ControlModifier)
    assert session.current_frame == 7
    person.key(Qt.Key.Key_Down, KEYS.ControlModifier)
    assert session.current_frame == 8
    person.key(Qt.Key.Key_Up, KEYS.ControlModifier)
    assert session.current_frame == 7


def test_stopping_and_bad_moves_lose_nothing(person, qtbot, start):
    session, window = person.session, person.window
    person.draw(0, truth(0))
    person.go(0)
    person.key(Qt.Key.Key_P, KEYS.ControlModifier)
    person.wait(lambda: not window.status_bar.cancel.isHidden() or not session.times.is_running)
    window.status_bar.cancel.click()
    person.wait_done()
    kept = list(person.ghosts)
    assert kept == list(range(1, len(kept) + 1))
    # another frame is drawn on while it runs: what was drawn stays, and no ghost lies on it
    session.times.drop_range()
    person.key(Qt.Key.Key_P, KEYS.ControlModifier)
    person.draw(5, truth(0))
    person.wait_done()
    assert 5 not in person.ghosts or not session.times.is_free(person.plane(5))
    assert (person.mask(5) == truth(0)).all()
    # closed in the middle of it
    session.times.drop_range()
    session.undo()
    person.key(Qt.Key.Key_P, KEYS.ControlModifier)
    study, rib = session.study_path, person.plane(0)
    window.close()
    if session.is_open:  # it asks about ghosts that are there
        session.times.forget_all()
        window.close()
    assert not session.is_open
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert (again.session.mask(rib) == truth(0)).all()
    assert again.session.times.count == 0


def test_the_strip_of_coherence_shows_and_leads_to_what_does_not_fit(person, qtbot, start):
    session, window = person.session, person.window
    strip = window.coherence
    person.key(Qt.Key.Key_C, KEYS.ShiftModifier)
    assert strip.isVisible()
    for frame in range(9):
        person.draw(frame, ellipse(95, 20) if frame == 6 else truth(frame))
    person.wait(lambda: [one.frame for one in strip.found if one.is_outlier] == [6])
    place = QPoint(round(strip.x_of(6)), strip.height() // 2)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, KEYS.NoModifier, place)
    person.wait(lambda: window.presenter.shown == (session.place[0], 6))
    # mended with what lies between its neighbours: nothing stands out any more; undo brings it back
    person.key(Qt.Key.Key_Delete)
    person.key(Qt.Key.Key_K, KEYS.ShiftModifier)
    person.wait(lambda: 6 in person.ghosts)
    person.key(Qt.Key.Key_Return)
    person.wait(lambda: len(strip.found) == 9 and not any(one.is_outlier for one in strip.found))
    for _ in range(2):
        person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    person.wait(lambda: [one.frame for one in strip.found if one.is_outlier] == [6])
    # the strip and key frames are there after a restart
    person.key(Qt.Key.Key_K)
    study = session.study_path
    window.close()
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert again.window.coherence.isVisible()
    assert again.session.times.key_frames.of(again.session.place[0], "rib") == (6,)
