"""Letters of another size, in the real window: nothing is cut off, and back again everything is as it was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollBar,
    QToolButton,
    QWidget,
)

import lusgui.ui
from lusgui.session.session import Session
from lusgui.session.view_state import Tool
from lusgui.ui import theme
from lusgui.ui.canvas_strip import CanvasStrip
from lusgui.ui.elided import ElidedLabel
from lusgui.ui.panels.parts import ElidedButton
from lusgui.ui.text_size import SETTLED_MS, fit_widths, restore
from lusgui.ui.tool_bar import RIGHT

TEXTS = (QLabel, QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)


@pytest.fixture(autouse=True)
def usual_size():
    yield
    theme.Theme(QApplication.instance()).apply("dark", 1.0)


def settle():
    QTest.qWait(SETTLED_MS + 40)
    QApplication.processEvents()


def shown_text(widget):
    """Return the letters that a widget shows."""
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly:
        return "" if not widget.icon().isNull() else widget.text()
    text = getattr(widget, "text", lambda: "")()
    return "" if "<" in text else text.replace("&", "")


def cut_off(root):
    """Return what has less room than its text needs."""
    found = []
    for kind in TEXTS:
        for widget in root.findChildren(kind):
            if not widget.isVisible() or isinstance(widget, (ElidedButton, ElidedLabel, QScrollBar)):
                continue
            if isinstance(widget.parent(), (QAbstractSpinBox, QComboBox)):
                continue
            text = shown_text(widget)
            metrics = widget.fontMetrics()
            wide, high = metrics.horizontalAdvance(text), metrics.height()
            if isinstance(widget, QLabel) and widget.wordWrap():
                wide, high = 0, widget.heightForWidth(widget.width())
            if text and (widget.width() < wide or widget.height() < high):
                found.append(f"{type(widget).__name__} “{text}” {widget.size()} < {wide} x {high}")
    return found


@pytest.mark.parametrize("scale", [0.8, 1.5, 2.0])
def test_nothing_in_the_window_is_cut_off(window, session, scale):
    window.resize(1920, 1200)
    settle()
    before = {}
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        settle()
        before[tab] = len(cut_off(window))
    session.view.text_scale = scale
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        settle()
        now = cut_off(window)
        assert len(now) <= before[tab], now


@pytest.mark.parametrize("colours", ["dark", "light"])
@pytest.mark.parametrize(("scale", "width", "height"), [(1.5, 1280, 720), (2.0, 1280, 800)])
def test_large_letters_fit_a_small_window(window, session, scale, width, height, colours):
    window.resize(width, height)
    session.view.theme = colours
    session.view.text_scale = scale
    settle()
    assert (window.width(), window.height()) == (width, height)
    primary, bar = window.tools.primary, window.tools.verdict
    assert primary.visibleRegion().boundingRect().size() == primary.size()
    assert primary.width() >= primary.sizeHint().width()
    assert bar.geometry().right() <= width
    for name in RIGHT:
        assert bar.widgetForAction(window.actions_by_id[name]).isVisible()
    rest = window.tools.findChild(QToolButton, "qt_toolbar_ext_button")
    assert rest.isVisible()  # the others have gone there, and stand in the menus
    assert rest.accessibleName()
    for tool in (Tool.WAND, Tool.SMOOTH, Tool.LIVEWIRE, Tool.CALLIPER, Tool.CLICK):
        session.view.tool = tool
        settle()
        strips = [strip for strip in window.findChildren(CanvasStrip) if strip.isVisible()]
        for strip in strips:
            assert strip.width() <= window.canvas.width()
            now = cut_off(strip)
            assert not now, now
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        settle()
        assert window.width() == width
        area = window.tabs.currentWidget()
        inside = area.widget()
        assert inside.width() >= inside.minimumSizeHint().width()  # it scrolls rather than being cut off
        assert area.horizontalScrollBar().isVisible() or inside.width() <= area.viewport().width()


@pytest.mark.parametrize(
    "what", ["settings", "keys", "shortcuts", "labels", "rater", "about", "spacing", "worklist"]
)
def test_nothing_in_the_dialogs_is_cut_off(window, session, what):
    session.view.text_scale = 2.0
    window.asking.dialogs.ask(what)
    settle()
    dialog = window.asking.dialogs.opened[-1]
    now = cut_off(dialog)
    dialog.reject()
    assert not now, now


def test_letters_icons_and_fixed_widths_grow_and_come_back(window, session):
    label = window.labels.findChild(QLabel)
    box = window.threshold.threshold.spin

    def measures():
        settle()
        return (label.font().pixelSize(), box.width(), window.tools.iconSize().width())

    usual = measures()
    session.view.text_scale = 2.0
    large = measures()
    assert large[0] == 2 * usual[0]
    assert large[1] == 2 * usual[1]
    assert large[2] == 2 * usual[2]
    session.view.text_scale = 1.0
    assert measures() == usual


def test_the_window_keeps_its_size(window, session):
    window.resize(2100, 1000)
    settle()
    for scale in (2.0, 1.0):
        session.view.text_scale = scale
        settle()
        assert (window.width(), window.height()) == (2100, 1000)


def test_menus_change_the_size(window, session):
    window.actions_by_id["view.text_larger"].trigger()
    assert session.view.text_scale == 1.1
    window.actions_by_id["view.text_smaller"].trigger()
    window.actions_by_id["view.text_smaller"].trigger()
    assert session.view.text_scale == 0.9
    window.actions_by_id["view.text_usual"].trigger()
    assert session.view.text_scale == 1.0


def test_a_width_fixed_later_is_taken_as_it_is_meant(qtbot):
    look = theme.Theme(QApplication.instance())
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setFixedWidth(50)
    look.apply("dark", 2.0)
    fit_widths(widget)
    assert widget.minimumWidth() == widget.maximumWidth() == 100
    fit_widths(widget)
    assert widget.minimumWidth() == 100
    widget.setFixedWidth(30)  # by the code, as it does at the usual size
    fit_widths(widget)
    assert widget.minimumWidth() == 60
    look.apply("dark", 1.0)
    fit_widths(widget)
    assert widget.minimumWidth() == 30


def test_lines_stay_thin_and_the_sheet_stays_whole(qapp):
    look = theme.Theme(QApplication.instance())
    look.apply("dark", 2.0)
    sheet = theme.style_sheet(theme.DARK)
    assert "font-size: 26px" in sheet
    assert "border: 1px solid" in sheet
    assert "border: 2px solid" not in sheet.replace("border: 2px solid #d5dae1", "")
    assert sheet.count("{") == sheet.count("}")
    look.apply("dark", 1.0)
    assert "font-size: 13px" in theme.style_sheet(theme.DARK)


def test_a_saved_size_that_is_none_is_left_aside():
    session = Session()
    restore(session, "1.5")
    assert session.view.text_scale == 1.5
    restore(session, "large")
    assert session.view.text_scale == 1.0
    restore(session, "90")
    assert session.view.text_scale == 2.0


def test_painted_letters_follow_too():
    folder = Path(lusgui.ui.__file__).parent
    fixed = re.compile(r"setPixelSize\((?!theme\.scaled)|font-size: ?\d")
    assert [str(path.name) for path in folder.rglob("*.py") if fixed.search(path.read_text())] == []
