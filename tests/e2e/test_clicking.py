"""Click to segment in the whole program: real mouse and keys, the real process, no click network."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import psutil
import pytest
import tifffile
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.overlap import dice
from lusgui.io.study import Study
from lusgui.session.view_state import Tool

WAIT_MS = 90_000
SHAPE, FRAMES = (140, 120), 5
RIGHT = Qt.MouseButton.RightButton
KEYS = Qt.KeyboardModifier


def ellipse(row, col, rows=16, cols=24):
    down, right = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return ((down - row) / rows) ** 2 + ((right - col) / cols) ** 2 <= 1


def truth(frame):
    """Return the bright ellipse of a frame: it moves down a little from one to the next."""
    return ellipse(50 + 2 * frame, 45)


@pytest.fixture
def clip(tmp_path):
    """Return a clip of a bright ellipse and a second one below it, in speckle."""
    noise = np.random.default_rng(4)
    frames = np.empty((FRAMES, *SHAPE), np.uint8)
    for number in range(FRAMES):
        bright = truth(number) | ellipse(112, 85, 12, 20)
        level = np.where(bright, 175.0, 45.0)
        frames[number] = np.clip(level * noise.rayleigh(0.8, SHAPE) ** 0.35, 0, 255)
    folder = tmp_path / "clinic"
    folder.mkdir()
    path = folder / "clip.tif"
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


@pytest.fixture
def no_network(monkeypatch):
    """Let no click network be found: what is clicked is outlined from the image alone."""
    monkeypatch.setattr("lusgui.io.click_model.find_click_model", lambda: None)


class Clicker:
    """A person at the window who clicks to segment."""

    def __init__(self, app, qtbot):
        self.app, self.session, self.window = app, app.session, app.window
        self.canvas = app.window.canvas
        self.viewport = app.window.canvas.viewport()
        self.qtbot = qtbot

    def at(self, row, col):
        return self.canvas.to_viewport(row, col).toPoint()

    def key(self, key, keys=KEYS.NoModifier):
        QTest.keyClick(self.window, key, keys)

    def post(self, row, col, button=Qt.MouseButton.LeftButton, keys=KEYS.NoModifier):
        """Click without waiting for the answer."""
        QTest.mouseClick(self.viewport, button, keys, self.at(row, col))

    def click(self, row, col, button=Qt.MouseButton.LeftButton, keys=KEYS.NoModifier):
        self.post(row, col, button, keys)
        self.wait_answered()

    def drag(self, *places, keys=KEYS.NoModifier):
        QTest.mousePress(self.viewport, Qt.MouseButton.LeftButton, keys, self.at(*places[0]))
        for place in places[1:]:
            self.move(*place, button=Qt.MouseButton.LeftButton, keys=keys)
        QTest.mouseRelease(self.viewport, Qt.MouseButton.LeftButton, keys, self.at(*places[-1]))
        self.wait_answered()

    def move(self, row, col, button=Qt.MouseButton.NoButton, keys=KEYS.NoModifier):
        here = QPointF(self.at(row, col))
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, here, self.viewport.mapToGlobal(here), none, button, keys)
        QApplication.sendEvent(self.viewport, event)

    def wait(self, condition):
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def wait_answered(self):
        def is_answered():
            plane = self.session.clicking.plane()
            return not self.session.clicking.is_asking and (plane is None or not plane.pending)

        self.wait(is_answered)

    def wait_ready(self):
        self.wait(lambda: self.window.presenter.is_up_to_date and self.session.clicking.is_ready)

    @property
    def ghost(self):
        return self.session.clicking.ghost(self.session.key())


@pytest.fixture
def begin(qtbot, start, no_network, clip):
    """Return a function that opens the clip and takes the tool up with its key."""

    def open_it(path=clip):
        app = start("--label", "rib", path)
        person = Clicker(app, qtbot)
        person.wait(lambda: person.session.place is not None and person.window.presenter.is_up_to_date)
        person.session.view.label = "rib"
        person.session.view.model_visible = False
        person.key(Qt.Key.Key_S)
        assert person.session.view.tool is Tool.CLICK
        return person

    return open_it


def test_one_click_becomes_a_mask_that_survives_the_night(begin, qtbot, start):
    person = begin()
    session, window = person.session, person.window
    key = session.key()
    person.click(50.5, 45.5)  # before anything is ready: it is answered all the same
    assert dice(person.ghost, truth(0)) > 0.85
    assert not session.mask(key).any()
    assert not window.clicks.ghost.outline.isEmpty()
    assert window.clicks.bar.isVisible()
    qtbot.waitUntil(lambda: "without a model" in window.clicks.bar.engine.text(), timeout=WAIT_MS)

    # more, less, and back again, click by click
    first = person.ghost.copy()
    person.click(112.5, 85.5)
    both = person.ghost.copy()
    assert dice(both, truth(0) | ellipse(112, 85, 12, 20)) > 0.85
    person.click(112.5, 85.5, RIGHT)
    assert not person.ghost[112, 85]
    assert (person.ghost[:80] == first[:80]).all()  # what no click touched survives
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert (person.ghost == both).all()
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert (person.ghost == first).all()

    person.key(Qt.Key.Key_Return)
    assert (session.mask(key) == first).all()
    assert session.status(key) is Status.EDITED
    assert window.actions_by_id["edit.undo"].text() == "Undo Clicked mask on rib, frame 1"
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.mask(key).any()
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert (session.mask(key) == first).all()

    # a mask that is there is where the next clicks begin
    person.click(112.5, 85.5)
    assert (person.ghost[:80] == first[:80]).all()
    assert person.ghost[112, 85]
    person.key(Qt.Key.Key_Escape)
    assert person.ghost is None
    assert (session.mask(key) == first).all()

    study = session.study_path
    window.close()
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert (again.session.mask(key) == first).all()


def test_boxes_scribbles_previews_and_following(begin):
    person = begin()
    session, window = person.session, person.window
    person.wait_ready()

    # the pointer alone shows what a click would give
    person.move(50, 45)
    person.wait(lambda: session.clicking.preview is not None)
    assert dice(session.clicking.preview, truth(0)) > 0.85
    assert not window.clicks.ghost.preview.isEmpty()
    assert session.clicking.plane() is None

    person.drag((30, 17), (60, 60), (70, 73))
    assert dice(person.ghost, truth(0)) > 0.85
    person.drag((112, 72), (112, 80), (112, 98), keys=KEYS.ShiftModifier)
    assert person.ghost[112, 85]
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert session.clicking.plane() is None

    person.click(50.5, 45.5)
    for frame in range(1, FRAMES):
        person.key(Qt.Key.Key_Return, KEYS.ShiftModifier)
        person.wait(lambda frame=frame: window.presenter.shown == (session.place[0], frame))
        person.wait_answered()
        assert dice(person.ghost, truth(frame)) > 0.85
    person.key(Qt.Key.Key_Return)
    for frame in range(FRAMES):
        assert dice(session.mask(PlaneKey(session.place[0], frame, "rib")), truth(frame)) > 0.85
    # each frame was one edit
    for frame in reversed(range(FRAMES)):
        assert session.undo_name == f"Clicked mask on rib, frame {frame + 1}"
        session.undo()
    assert not session.can_undo


def test_what_goes_wrong_ends_in_a_clear_state(begin):
    person = begin()
    session, window = person.session, person.window
    key, study = session.key(), session.study_path

    # outside the image
    person.post(50, -8)
    assert "inside the image" in window.status_bar.currentMessage()
    assert session.clicking.plane() is None

    # the frame changes between click and answer
    person.wait_ready()
    process = psutil.Process(app_pid(person))
    process.suspend()
    person.post(50.5, 45.5)
    assert session.clicking.plane().pending
    person.key(Qt.Key.Key_Right)
    assert session.current_frame == 1
    process.resume()
    person.wait_ready()
    assert person.ghost is None
    assert window.clicks.ghost.outline.isEmpty()
    assert window.clicks.ghost.marks == ()
    person.key(Qt.Key.Key_Left)
    person.wait_answered()
    assert session.key() == key
    assert dice(person.ghost, truth(0)) > 0.85
    person.key(Qt.Key.Key_Escape)
    assert session.clicking.ghost(PlaneKey(key.recording_id, 1, "rib")) is None

    # the process is killed between click and answer
    person.wait_ready()
    process = psutil.Process(app_pid(person))
    process.suspend()
    person.post(50.5, 45.5)
    assert session.clicking.plane().pending
    process.kill()
    person.wait_answered()
    assert app_pid(person) not in (0, process.pid)
    assert dice(person.ghost, truth(0)) > 0.85

    # killed again, and closed with a ghost open: that is asked about
    psutil.Process(app_pid(person)).kill()
    ghost = person.ghost.copy()
    window.close()
    assert session.is_open
    (box,) = window.findChildren(QMessageBox)
    assert "(frame 1)" in box.text()
    (accept,) = [each for each in box.buttons() if each.text() == "Keep and close"]
    QTest.mouseClick(accept, Qt.MouseButton.LeftButton)
    assert not session.is_open
    with Study.open(study, read_only=True) as kept:
        assert (kept.mask(key) == ghost).all()


TINY_NETWORK = """
import sys
from pathlib import Path
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
torch.manual_seed(3)
path = Path(sys.argv[1])
path.parent.mkdir(parents=True, exist_ok=True)
card = ModelCard("click", "0.1", "click-net", ("object",), (64, 64))
save_model(path, build("click-net", base_width=4, fine_width=4, coarse_side=64, fine_side=64), card)
"""


def test_a_network_of_ones_own_answers_and_is_named(qtbot, start, clip, own_home):
    path = own_home / "models" / "click.safetensors"
    subprocess.run([sys.executable, "-c", TINY_NETWORK, str(path)], check=True)
    person = Clicker(start("--label", "rib", clip), qtbot)
    session, window = person.session, person.window
    person.wait(lambda: session.place is not None and window.presenter.is_up_to_date)
    session.view.model_visible = False
    person.key(Qt.Key.Key_S)
    person.wait_ready()
    person.wait(lambda: window.clicks.bar.engine.text() == "click 0.1 · ready")
    said = []
    session.click_noted.connect(lambda text, place: said.append(text))
    person.drag((30, 17), (60, 60), (70, 73))
    person.click(50.5, 45.5)
    person.click(20.5, 100.5, RIGHT)
    # it has learnt nothing: it finds something or says that it does not, and nothing is written
    assert person.ghost is not None or said
    person.key(Qt.Key.Key_Escape)
    assert session.clicking.plane() is None
    assert not session.can_undo


def app_pid(person):
    return person.app.clicks.client.pid


def test_two_hundred_clicks_on_one_frame(begin):
    person = begin()
    session = person.session
    person.wait_ready()
    random = np.random.default_rng(1)
    for number in range(200):
        row, col = random.uniform(20, 125), random.uniform(10, 110)
        person.post(row, col, RIGHT if number % 2 else Qt.MouseButton.LeftButton)
        if number % 10 == 9:
            person.wait_answered()
    person.wait_answered()
    plane = session.clicking.plane()
    assert plane is not None
    while session.clicking.plane() is not None:
        person.key(Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.can_undo
    person.click(50.5, 45.5)
    assert person.ghost is not None
