"""Lasso, polygon and live-wire in the whole program: real mouse and keys, until the study is opened again."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from lusgui.core.overlap import dice
from lusgui.io.study import Study
from lusgui.session.view_state import Tool

WAIT_MS = 90_000
SHAPE, FRAMES = (140, 120), 4
LEFT, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier
CENTRE, ROWS, COLS = (60.0, 58.0), 30.0, 40.0


def ellipse():
    down, right = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return ((down + 0.5 - CENTRE[0]) / ROWS) ** 2 + ((right + 0.5 - CENTRE[1]) / COLS) ** 2 <= 1


def around(number, scale=1.0):
    """Return corners on the ellipse, or beside it."""
    turns = np.linspace(0, 2 * np.pi, number, endpoint=False)
    return [
        (CENTRE[0] + scale * ROWS * np.sin(turn), CENTRE[1] + scale * COLS * np.cos(turn)) for turn in turns
    ]


@pytest.fixture
def clip(tmp_path):
    """Return a clip of a bright ellipse in speckle."""
    noise = np.random.default_rng(8)
    level = np.where(ellipse(), 175.0, 60.0)
    frames = np.stack([np.clip(level * noise.rayleigh(0.8, SHAPE) ** 0.3, 0, 255) for _ in range(FRAMES)])
    folder = tmp_path / "clinic"
    folder.mkdir()
    path = folder / "clip.tif"
    tifffile.imwrite(path, frames.astype(np.uint8), photometric="minisblack")
    return path


class Drawer:
    """A person at the window who draws shapes."""

    def __init__(self, app, qtbot):
        self.app, self.session, self.window = app, app.session, app.window
        self.viewport = app.window.canvas.viewport()
        self.qtbot = qtbot

    def at(self, place):
        return self.window.canvas.to_viewport(*place).toPoint()

    def key(self, key, keys=KEYS.NoModifier):
        QTest.keyClick(self.window.canvas, key, keys)
        QApplication.processEvents()

    def click(self, *places, keys=KEYS.NoModifier):
        for place in places:
            QTest.mouseClick(self.viewport, LEFT, keys, self.at(place))

    def event(self, kind, place, button, held):
        here = QPointF(self.at(place))
        there = self.viewport.mapToGlobal(here)
        QApplication.sendEvent(self.viewport, QMouseEvent(kind, here, there, button, held, KEYS.NoModifier))

    def double_click(self, place):
        self.click(place)
        self.event(QEvent.Type.MouseButtonDblClick, place, LEFT, LEFT)
        QTest.mouseRelease(self.viewport, LEFT, KEYS.NoModifier, self.at(place))

    def drag(self, *places, keys=KEYS.NoModifier):
        QTest.mousePress(self.viewport, LEFT, keys, self.at(places[0]))
        for place in places[1:]:
            self.event(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, LEFT)
        QTest.mouseRelease(self.viewport, LEFT, keys, self.at(places[-1]))

    @property
    def mask(self):
        return self.session.mask(self.session.key())


@pytest.fixture
def person(qtbot, start, clip):
    """Return somebody with the clip open at its first frame."""
    app = start("--label", "rib", clip)
    drawer = Drawer(app, qtbot)
    session, window = app.session, app.window
    qtbot.waitUntil(lambda: session.place is not None and window.presenter.is_up_to_date, timeout=WAIT_MS)
    session.choose_label("rib")
    session.view.model_visible = False
    return drawer


def test_a_lasso_is_a_mask_that_survives_the_night(person, qtbot):
    session, window = person.session, person.window
    key = session.key()
    person.key(Qt.Key.Key_F)
    person.drag(*around(60), around(60)[0])
    assert dice(person.mask, ellipse()) > 0.95
    person.drag(*around(40, 0.4), around(40, 0.4)[0], keys=KEYS.AltModifier)
    assert not person.mask[60, 58]
    kept = np.array(person.mask)
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert person.mask[60, 58]
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    path = session.study_path
    window.close()
    qtbot.waitUntil(lambda: not session.is_open, timeout=WAIT_MS)
    study = Study.open(path)
    assert (study.mask(key) == kept).all()
    study.close()


def test_a_polygon_is_begun_mended_and_finished(person):
    session = person.session
    person.key(Qt.Key.Key_P)
    corners = around(8)
    person.click(*corners[:4], (130, 110), *corners[5:])
    person.drag((130, 110), (120, 60), corners[4])  # one was far off
    assert not session.can_undo
    person.key(Qt.Key.Key_Backspace)
    assert session.shapes.draft is not None  # the move is taken back, and then made again
    person.drag((130, 110), (120, 60), corners[4])
    person.key(Qt.Key.Key_Return)
    assert dice(person.mask, ellipse()) > 0.9
    assert session.undo_name == "Polygon on rib, frame 1"
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not person.mask.any()
    person.click(*corners[:-1])
    person.double_click(corners[-1])
    assert dice(person.mask, ellipse()) > 0.9


def test_a_live_wire_needs_fewer_corners_than_a_polygon(person):
    session = person.session
    few = around(4)
    person.key(Qt.Key.Key_P)
    person.click(*few, few[0])
    straight = dice(person.mask, ellipse())
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    person.key(Qt.Key.Key_W)
    assert session.view.tool is Tool.LIVEWIRE
    person.click(*few, few[0])
    assert straight < 0.85
    assert dice(person.mask, ellipse()) > 0.95
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not person.mask.any()


def test_bad_moves_lose_nothing_and_leave_no_ghost(person, qtbot):
    session, window = person.session, person.window
    person.key(Qt.Key.Key_P)
    person.click(*around(6)[:5])
    person.key(Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.presenter.is_up_to_date, timeout=WAIT_MS)
    person.key(Qt.Key.Key_Return)  # nothing is open here: the shape waits where it was begun
    assert not session.can_undo
    assert not window.shapes.overlay.drawn.corners
    person.key(Qt.Key.Key_F)
    person.drag((10, 10), (40, 10), (10, 10))
    assert not session.can_undo
    window.actions_by_id["shape.waiting"].trigger()
    qtbot.waitUntil(lambda: window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert len(session.shapes.draft.corners) == 5
    window.close()  # with the shape open: what becomes of it is asked
    box = next(box for box in window.findChildren(QMessageBox) if box.isVisible())
    next(button for button in box.buttons() if button.text() == "Cancel").click()
    assert window.isVisible()
    person.key(Qt.Key.Key_Escape)
    assert session.shapes.unfinished == ()
    assert not window.shapes.overlay.drawn.corners
    assert not session.can_undo
