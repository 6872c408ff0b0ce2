"""The whole program, as a person starts it: session, threads, inference process and window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.base.paths import resources_dir

TINY_MODEL = """
import sys
from pathlib import Path
import torch
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
torch.manual_seed(5)
path = Path(sys.argv[1])
path.parent.mkdir(parents=True, exist_ok=True)
card = ModelCard("rib", "0.1", "lus-unet", ("rib",), (128, 64))
save_model(path, build("lus-unet", base_width=2), card)
"""


def pytest_collection_modifyitems(items):
    """Let Qt's offscreen platform say what it lacks; everything else it says is a failure."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture
def model(own_home):
    """Make sure that a model for ribs can be found: the bundled one, or a tiny one."""
    if list((resources_dir() / "weights").glob("*rib*.safetensors")):
        return
    path = own_home / "models" / "rib.safetensors"
    subprocess.run([sys.executable, "-c", TINY_MODEL, str(path)], check=True)


@pytest.fixture
def start(qapp, qtbot):
    """Return a function that starts the program with words of the command line."""
    from lusgui.app import App, parse

    started = []

    def begin(*words):
        app = App(parse([str(word) for word in words]))
        started.append(app)
        app.window.resize(1280, 860)
        app.window.show()
        qtbot.waitExposed(app.window)
        app.open_what_was_named()
        return app

    yield begin
    for app in started:
        app.session.clicking.forget_all()  # or closing would ask about them
        app.session.times.drop_everything()
        app.session.shapes.forget_all()
        app.session.callipers.leave_study()
        app.window.close()
        app.shut_down()
        app.window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class Hand:
    """A mouse over the canvas, in rows and columns of the frame."""

    def __init__(self, app):
        self.canvas = app.window.canvas
        self.viewport = app.window.canvas.viewport()

    def at(self, row, col) -> QPoint:
        return self.canvas.to_viewport(row, col).toPoint()

    def drag(self, *places, keys=Qt.KeyboardModifier.NoModifier):
        QTest.mousePress(self.viewport, Qt.MouseButton.LeftButton, keys, self.at(*places[0]))
        for place in places[1:]:
            here = QPointF(self.at(*place))
            QApplication.sendEvent(
                self.viewport,
                QMouseEvent(
                    QEvent.Type.MouseMove,
                    here,
                    self.viewport.mapToGlobal(here),
                    Qt.MouseButton.NoButton,
                    Qt.MouseButton.LeftButton,
                    keys,
                ),
            )
        QTest.mouseRelease(self.viewport, Qt.MouseButton.LeftButton, keys, self.at(*places[-1]))


@pytest.fixture
def hand_of():
    """Return a function: the program -> a mouse over its canvas."""
    return Hand
