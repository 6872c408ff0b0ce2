"""Tests of lusgui.ui.canvas_strip, the base of every tool's strip."""

from __future__ import annotations

import pytest
from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from lusgui.ui import theme
from lusgui.ui.canvas_strip import ABOVE_EDGE, MARGIN, WIDTH, CanvasStrip, action_button


class Source:
    changed = Signal()


class Strip(CanvasStrip):
    """Counts how often it is brought up to date."""

    def __init__(self, canvas, source):
        super().__init__(canvas, "A tool")
        self.count = 0
        self.lay_out(None, QHBoxLayout())
        self.listen((source.changed,))

    def refresh(self):
        self.count += 1
        self.settle()


@pytest.fixture
def canvas(qtbot):
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(900, 500)
    canvas.show()
    return canvas


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def strip(canvas, source):
    strip = Strip(canvas, source)
    yield strip
    strip.close_panel()


def test_it_lies_in_the_middle_of_the_lower_edge_and_stays_there(canvas, strip):
    assert strip.accessibleName() == "A tool"
    assert strip.width() == theme.scaled(WIDTH)
    assert abs(strip.geometry().center().x() - 450) <= 1
    assert strip.geometry().bottom() == 500 - ABOVE_EDGE - 1
    canvas.resize(400, 300)
    QApplication.processEvents()
    assert strip.is_narrow
    assert strip.width() == strip.room == 400 - 2 * MARGIN
    assert strip.geometry().bottom() == 300 - ABOVE_EDGE - 1


def test_larger_letters_get_a_wider_strip(canvas, strip, monkeypatch):
    monkeypatch.setattr(theme, "_scale", [1.25])
    strip.refresh()
    assert strip.width() == 750
    assert not strip.is_narrow
    monkeypatch.setattr(theme, "_scale", [2.0])
    assert strip.is_narrow


def test_a_burst_is_one_refresh_and_after_closing_there_is_none(canvas, strip, source):
    before = strip.count
    for _ in range(5):
        source.changed.emit()
    QApplication.processEvents()
    assert strip.count == before + 1
    strip.close_panel()
    source.changed.emit()
    canvas.resize(700, 400)
    QApplication.processEvents()
    assert strip.count == before + 1
    assert not strip.isVisible()


def test_a_button_is_its_action(qtbot, canvas):
    done = []
    action = QAction("Finish the polygon", canvas)
    action.setToolTip("Make it one edit")
    action.setCheckable(True)
    action.triggered.connect(lambda: done.append(True))
    button = action_button(action, "Finish")
    qtbot.addWidget(button)
    assert button.text() == "Finish"
    assert button.accessibleName() == "Finish the polygon"
    assert button.toolTip() == "Make it one edit"
    assert button.focusPolicy() == Qt.FocusPolicy.NoFocus
    button.click()
    assert done == [True]
    assert button.isChecked() == action.isChecked()
    action.setEnabled(False)
    assert not button.isEnabled()
