"""Mask operations, wand, smooth brush, moved pieces, limits and locks in the whole program."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.mask_operations import grown
from lusgui.core.overlap import dice
from lusgui.core.threshold import count_components
from lusgui.session.view_state import Tool

WAIT_MS = 60_000
SHAPE, FRAMES = (140, 120), 3
LEFT, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier
OPERATE = KEYS.ControlModifier | KEYS.AltModifier


def ellipse(row, col, rows=16, cols=24):
    down, right = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return ((down - row) / rows) ** 2 + ((right - col) / cols) ** 2 <= 1


@pytest.fixture
def clip(tmp_path):
    """Return a clip of a bright ellipse and a smaller one, in speckle."""
    noise = np.random.default_rng(4)
    level = np.where(ellipse(50, 45) | ellipse(112, 85, 12, 20), 175.0, 45.0)
    frames = [np.clip(level * noise.rayleigh(0.8, SHAPE) ** 0.25, 0, 255) for _ in range(FRAMES)]
    folder = tmp_path / "clinic"
    folder.mkdir()
    path = folder / "clip.tif"
    tifffile.imwrite(path, np.asarray(frames, np.uint8), photometric="minisblack")
    return path


class Person:
    """A person at the window."""

    def __init__(self, app, hand, qtbot):
        self.app, self.session, self.window, self.hand = app, app.session, app.window, hand
        self.qtbot = qtbot

    def key(self, key, keys=KEYS.NoModifier):
        QTest.keyClick(self.window, key, keys)

    def wait(self):
        """Wait until the frame is on screen."""
        self.qtbot.waitUntil(lambda: self.window.presenter.is_up_to_date, timeout=WAIT_MS)

    @property
    def mask(self):
        return self.session.mask(self.session.key())


@pytest.fixture
def person(qtbot, start, hand_of, clip):
    app = start("--label", "rib", clip)
    person = Person(app, hand_of(app), qtbot)
    qtbot.waitUntil(lambda: app.session.place is not None, timeout=WAIT_MS)
    person.wait()
    app.session.view.label = "rib"
    app.session.view.model_visible = False
    return person


def test_from_the_wand_to_a_finished_mask_and_through_the_night(person, start, qtbot):
    session, window = person.session, person.window
    # the wand on both structures, more by dragging to the right
    person.key(Qt.Key.Key_I)
    session.masking.settings.tolerance = 0.12
    person.hand.drag((50.5, 45.5), (50.5, 60.5), (50.5, 75.5))
    assert dice(person.mask, ellipse(50, 45)) > 0.85
    person.hand.drag((112.5, 85.5))
    both = ellipse(50, 45) | ellipse(112, 85, 12, 20)
    assert dice(person.mask, both) > 0.85
    session.masking.remove_small(session.key())

    # the menu's keys: each one edit, named
    before = person.mask.copy()
    person.key(Qt.Key.Key_Up, OPERATE)
    assert np.array_equal(person.mask, grown(before, 2))
    assert window.actions_by_id["edit.undo"].text() == "Undo Grow on rib, frame 1"
    person.key(Qt.Key.Key_Down, OPERATE)
    person.key(Qt.Key.Key_H, OPERATE)
    person.key(Qt.Key.Key_S, OPERATE)
    smooth = person.mask.copy()
    assert dice(smooth, both) > 0.9

    # the smaller piece is copied, mirrored, moved and turned; steps are taken back one by one
    person.key(Qt.Key.Key_J)
    person.hand.drag((112.5, 85.5), (112.5, 75.5), (112.5, 45.5))
    person.hand.drag((112.5, 45.5), (100.5, 45.5))
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    person.key(Qt.Key.Key_M, OPERATE)
    assert np.array_equal(person.mask, smooth)
    person.key(Qt.Key.Key_Return)
    assert person.mask[112, 35]
    assert not person.mask[112, 100]
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert np.array_equal(person.mask, smooth)
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)

    # the piece under the pointer goes
    QTest.mouseMove(person.hand.viewport, person.hand.at(112, 45))
    person.hand.drag((112.5, 45.5))
    person.key(Qt.Key.Key_Escape)
    person.key(Qt.Key.Key_Backspace)
    assert count_components(person.mask) == 1
    final = person.mask.copy()

    # the smooth brush goes over the upper edge
    person.key(Qt.Key.Key_E, KEYS.ShiftModifier)
    assert session.view.tool is Tool.SMOOTH
    person.hand.drag((34, 30), (34, 45), (34, 60))
    assert np.array_equal(person.mask[60:], final[60:])
    final = person.mask.copy()
    study = session.study_path
    window.close()
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert np.array_equal(again.session.mask(again.session.key("rib")), final)
    assert again.session.can_undo


def test_limits_and_locks_hold_for_brush_and_wand(person):
    session, window = person.session, person.window
    session.view.brush_size_px = 30
    window.limits.low.spin.setValue(45)
    assert session.guard.is_on
    person.hand.drag((50, 20), (50, 45), (50, 70))
    painted = person.mask.copy()
    assert painted.any()
    gray = window.presenter.despeckled
    assert (gray[painted] >= 0.45).all()
    window.actions_by_id["mask.limit"].trigger()
    person.hand.drag((90, 45), (90, 46))
    assert person.mask[90, 45]

    lock = window.labels._widgets["rib"].lock
    QTest.mouseClick(lock, LEFT)
    locked = person.mask.copy()
    said = []
    session.locks.said.connect(said.append)
    person.hand.drag((20, 45), (20, 60))
    person.key(Qt.Key.Key_Delete)
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    person.key(Qt.Key.Key_Up, OPERATE)
    assert np.array_equal(person.mask, locked)
    assert "Rib is locked" in said[-1]
    assert len(said) == 4
    QTest.mouseClick(lock, LEFT)
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert np.array_equal(person.mask, painted)


def test_bad_moves_lose_nothing_and_leave_no_ghost(person, start, qtbot):
    session, window = person.session, person.window
    session.view.brush_size_px = 20
    person.hand.drag((50, 45), (50, 60))
    first, key = person.mask.copy(), session.key()
    overlay = window.presenter.overlay_of("rib")

    # another frame while the wand is down
    person.key(Qt.Key.Key_I)
    viewport, at = person.hand.viewport, person.hand.at(112, 85)
    QTest.mousePress(viewport, LEFT, KEYS.NoModifier, at)
    assert not overlay._proposal_outline.is_empty
    session.go_to(key.recording_id, 1)
    person.wait()
    QTest.mouseRelease(viewport, LEFT, KEYS.NoModifier, at)
    assert overlay._proposal_outline.is_empty
    assert not person.mask.any()

    # outside the image; and another frame with a piece in hand: it is put down where it belongs
    person.hand.drag((-3, 60))
    session.go_to(key.recording_id, 0)
    person.wait()
    assert np.array_equal(person.mask, first)
    person.key(Qt.Key.Key_J)
    person.hand.drag((50, 50), (80, 50))
    session.go_to(key.recording_id, 2)
    person.wait()
    assert not person.mask.any()
    assert overlay._proposal_outline.is_empty
    moved = session.mask(key)
    assert moved.sum() == first.sum()
    assert moved[80, 50]
    session.undo()
    assert np.array_equal(session.mask(key), first)

    # closing with a piece in hand
    person.wait()
    person.hand.drag((50, 50), (90, 50))
    study = session.study_path
    window.close()
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert again.session.mask(key)[90, 50]
