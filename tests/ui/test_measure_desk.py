"""Measuring in the window: lusgui.ui.measure_desk and lusgui.ui.calliper_bar."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.geometry import Box
from lusgui.core.measures.drawn import Kind
from lusgui.session.view_state import Tool

KEYS = Qt.KeyboardModifier


@pytest.fixture
def desk(window, session):
    """Return the measuring of a window with the callipers in hand and a bar as the mask of rib."""
    mask = np.ones((4, 20), bool)
    assert session.stroke(session.key("rib"), Box(10, 10, 14, 30), mask, True)
    session.view.tool = Tool.CALLIPER
    QApplication.processEvents()
    window.measure.refresh()
    return window.measure


def texts(desk):
    return " | ".join(desk.panel.table.texts())


def test_the_page_follows_the_mask(desk, session, qtbot):
    assert "Rib 1" in texts(desk)
    assert desk.measured.figure("depth").text == "1.0 mm"
    assert "your mask" in desk.panel.source.text()
    before = desk.measured.figure("arc_length").value
    session.stroke(session.key("rib"), Box(10, 30, 14, 36), np.ones((4, 6), bool), True)
    qtbot.waitUntil(lambda: desk.measured.figure("arc_length").value > before + 1)
    session.clear_mask(session.key("rib"))
    qtbot.waitUntil(lambda: not desk.measured.figures)
    assert "Nothing to measure" in desk.panel.source.text()


def test_it_is_measured_only_while_somebody_looks(desk, session, window):
    session.view.tool = Tool.BRUSH
    desk.refresh()
    assert desk.measured is None
    window.ask("measures")
    desk.refresh()
    assert desk.measured is not None
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Measure"


def test_without_spacing_it_says_why(desk, session):
    session.set_spacing(session.place[0], None)
    desk.refresh()
    assert "–" in texts(desk)
    assert "calibrate" in desk.panel.refusals.text()
    assert not desk.panel.calibrate.isHidden()
    desk.bar.refresh()
    assert "calibrate first" in desk.bar.text.text()


def test_the_strip_says_what_to_do(desk, session, window):
    desk.bar.refresh()
    assert desk.bar.isVisible()
    assert "Drag" in desk.bar.text.text()
    QTest.mouseClick(desk.bar.kinds[Kind.AREA], Qt.MouseButton.LeftButton)
    desk.bar.refresh()
    assert session.callipers.kind is Kind.AREA
    assert "Click around" in desk.bar.text.text()
    session.view.tool = Tool.BRUSH
    desk.bar.refresh()
    assert not desk.bar.isVisible()


def test_after_touching_any_control_b_still_gives_the_brush(desk, session, window):
    window.ask("measures")
    panel = desk.panel
    for control in (panel.is_shown, *desk.bar.kinds.values()):
        session.view.tool = Tool.CALLIPER
        QTest.mouseClick(control, Qt.MouseButton.LeftButton)
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_B)
        assert session.view.tool is Tool.BRUSH, control
    session.ensure_label("cerebellum")
    session.view.label = "cerebellum"
    session.push_masks("x", {session.key(): np.eye(60, 40, dtype=bool)})
    desk.refresh()
    for box in (panel.weeks, panel.days):
        box.setEnabled(True)
        session.view.tool = Tool.CALLIPER
        QTest.mouseClick(box.lineEdit(), Qt.MouseButton.LeftButton)
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_B)
        assert session.view.tool is Tool.BRUSH, box
