"""A real window on a small study, without threads or processes: frames are read at once."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shiboken6
import tifffile
from PySide6.QtCore import QObject, QPoint, QSettings, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.core.intensity import DisplayMapping
from lusgui.core.recording import Intensity
from lusgui.session.session import Session

SHAPE = (60, 40)
FRAMES = 6


def pytest_collection_modifyitems(items):
    """Let Qt's offscreen platform say what it lacks; everything else it says is a failure."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@dataclass(frozen=True)
class Loaded:
    stored: np.ndarray
    gray_raw: np.ndarray
    gray: np.ndarray


class FakeLearner(QObject):
    """Records what is asked of it; a test says how runs go with ``session.learning.set_status``."""

    status_changed = Signal(object)
    queue_changed = Signal(object)

    def __init__(self):
        super().__init__()
        self.asked = []
        self.queue = ()
        self.starts = True

    def start(self, labels, **options):
        self.asked.append(("start", tuple(labels), options))
        return self.starts

    def unqueue(self, labels):
        self.asked.append(("unqueue", tuple(labels)))

    def resume(self, folder):
        self.asked.append(("resume", folder))
        return True

    def stop_and_keep(self):
        self.asked.append(("stop",))

    def cancel(self):
        self.asked.append(("cancel",))


class FakeServices:
    """Records what the window asks for; runs jobs at once."""

    def __init__(self, session):
        self.session = session
        self.asked = []
        self.cards = {}
        self.jobs = SimpleNamespace()
        self.dialog_jobs = None
        self.learning = FakeLearner()

    def start_job(self, title, function, done=None):
        self.asked.append(("job", title))
        result = function(lambda done, total, text="": None)
        if done is not None:
            done(result)
        return "job-1"

    def cancel_work(self):
        self.asked.append(("cancel",))

    def segment(self, places, title):
        self.asked.append(("segment", tuple(places), title))

    def models_for(self, label):
        return [("tiny", "tiny 1.0")] if label == "rib" else []

    def choose_model(self, label, key):
        self.asked.append(("model", label, key))

    def card_of(self, label):
        return self.cards.get(label)

    def add_label_of(self, label, further):
        self.asked.append(("label", label, further))
        return self.session.ensure_label(further) is not None

    def add_model(self, path):
        self.asked.append(("add model", path))
        return True

    def use_device(self, device):
        self.asked.append(("device", device))

    def restart_worker(self):
        self.asked.append(("restart",))

    def sample_study(self):
        return None

    def add_recordings(self, paths):
        self.session.add_recordings(paths)


def probability_ramp():
    """Return a probability whose mask at any threshold is a band of known columns: p = column / 40."""
    return np.tile(np.linspace(0, 1, SHAPE[1], endpoint=False, dtype=np.float32), (SHAPE[0], 1))


@pytest.fixture(autouse=True)
def nothing_of_qt_left_running(qapp):
    """Fail a test that leaves a running timer, thread or process of Qt, or a window."""
    before = _running()
    yield
    QApplication.sendPostedEvents(None, 52)  # deferred deletes
    left = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert not left, left
    running = [thing for thing in _running() if not any(thing is other for other in before)]
    assert not running, running


def _running():
    from PySide6.QtCore import QProcess, QThread, QTimer

    # the type alone is asked: `isinstance` would wake deprecated proxies of other libraries
    kinds = (QThread, QProcess, QTimer)
    known = [thing for thing in gc.get_objects() if issubclass(type(thing), kinds)]
    return [thing for thing in known if shiboken6.isValid(thing) and _is_running(thing)]


def _is_running(thing):
    from PySide6.QtCore import QProcess, QThread, QTimer

    if isinstance(thing, QTimer):
        return thing.isActive()
    if isinstance(thing, QProcess):
        return thing.state() != QProcess.ProcessState.NotRunning
    return isinstance(thing, QThread) and thing is not QThread.currentThread() and thing.isRunning()


@pytest.fixture
def clip(tmp_path):
    """Return the path of a TIFF stack with a gradient and a bright bar that moves."""
    frames = np.tile(np.linspace(20, 120, SHAPE[0], dtype=np.uint8)[None, :, None], (FRAMES, 1, SHAPE[1]))
    for number in range(FRAMES):
        frames[number, 10 + number : 14 + number, 8:30] = 240
    path = tmp_path / "clip.tif"
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


@pytest.fixture
def session(clip, tmp_path, monkeypatch):
    """Return a session with the clip open, spacing 0.1 x 0.3 mm, at frame 1."""
    session = Session()
    assert session.new_study(tmp_path / "study.lusgui")
    (recording_id,) = session.add_recordings([clip])
    session.set_spacing(recording_id, (0.1, 0.3))
    session.view.despeckle = DespeckleSettings(Method.OFF)
    session.go_to(recording_id, 0)
    yield session
    session.close_study()


@pytest.fixture
def feed(session):
    """Answer every change of place with its frame at once; return the fetch function."""
    mapping = DisplayMapping(Intensity.DISPLAY, 0.0, 255.0)

    def fetch(recording_id, frame):
        recording = session.open_recording_of(recording_id)
        if recording is None:
            return None
        stored = recording.frame(frame)
        gray = mapping.apply(stored)
        return Loaded(stored, gray, gray)

    session.frame_changed.connect(session.frame_ready.emit)
    yield fetch
    session.frame_changed.disconnect(session.frame_ready.emit)


@pytest.fixture
def window(qtbot, session, feed, tmp_path):
    """Return a real window showing frame 1 of the clip."""
    from lusgui.ui.main_window import MainWindow
    from lusgui.ui.theme import Theme

    look = Theme(QApplication.instance())
    look.apply("dark")
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    made = MainWindow(session, FakeServices(session), look, feed, settings)
    made.resize(1280, 860)
    made.show()
    qtbot.waitExposed(made)
    session.frame_ready.emit(*session.place)
    QApplication.processEvents()
    yield made
    if session.unsaved_count:
        session.discard_and_close()
    session.clicking.forget_all()  # or closing would ask about them
    session.times.drop_everything()
    session.shapes.forget_all()
    session.callipers.leave_study()
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, 52)


@pytest.fixture
def predicted(session):
    """Give every frame of the clip the ramp as the model's answer for rib."""
    session.set_active_model("rib", "tiny", "tiny-1.0")
    for frame in range(FRAMES):
        key = session.prediction_key(session.place[0], frame, "rib")
        session.put_prediction(key, probability_ramp())
    return probability_ramp()


class Hand:
    """A mouse over the canvas, in rows and columns."""

    def __init__(self, window):
        self.canvas = window.canvas
        self.viewport = window.canvas.viewport()

    def at(self, row, col) -> QPoint:
        return self.canvas.to_viewport(row, col).toPoint()

    def drag(self, *places, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier):
        self.press(*places[0], button=button, keys=keys)
        for place in places[1:]:
            self.move(*place, button=button, keys=keys)
        self.release(*places[-1], button=button, keys=keys)

    def press(self, row, col, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier):
        QTest.mousePress(self.viewport, button, keys, self.at(row, col))

    def release(self, row, col, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier):
        QTest.mouseRelease(self.viewport, button, keys, self.at(row, col))
        QApplication.processEvents()

    def move(self, row, col, button=Qt.MouseButton.NoButton, keys=Qt.KeyboardModifier.NoModifier):
        from PySide6.QtCore import QEvent, QPointF
        from PySide6.QtGui import QMouseEvent

        here = QPointF(self.at(row, col))
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            here,
            self.viewport.mapToGlobal(here),
            Qt.MouseButton.NoButton,
            button,
            keys,
        )
        QApplication.sendEvent(self.viewport, event)


@pytest.fixture
def hand(window):
    """Return a mouse over the canvas."""
    return Hand(window)
