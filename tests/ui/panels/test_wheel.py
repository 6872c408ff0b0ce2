"""lusgui.ui.panels.wheel: scrolling a page changes none of its settings."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QSlider, QSpinBox, QVBoxLayout, QWidget

from lusgui.ui.panels.parts import scrolled


@pytest.fixture
def page(qtbot):
    """Return a page that scrolls, with one of each kind of box at its top."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    inside.boxes = {"combo": QComboBox(), "number": QSpinBox(), "slider": QSlider(Qt.Orientation.Horizontal)}
    inside.boxes["combo"].addItems(["a", "b", "c"])
    for box in inside.boxes.values():
        column.addWidget(box)
    inside.tail = QWidget()
    inside.tail.setFixedHeight(2000)
    column.addWidget(inside.tail)
    area = scrolled(inside)
    qtbot.addWidget(area)
    area.resize(300, 300)
    area.show()
    qtbot.waitExposed(area)
    inside.tail.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    inside.tail.setFocus()
    return area


def turn(box):
    """Turn the wheel towards the person over the middle of a box."""
    middle = QPointF(box.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(box.mapToGlobal(box.rect().center())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)


def boxes(page):
    return page.widget().layout().itemAt(0).widget().boxes


def value(box):
    return box.currentIndex() if isinstance(box, QComboBox) else box.value()


@pytest.mark.parametrize("kind", ["combo", "number", "slider"])
def test_the_wheel_moves_the_page_and_not_what_lies_under_the_pointer(page, kind):
    box = boxes(page)[kind]
    if kind != "combo":
        box.setValue(50)
    before = value(box)
    turn(box)
    assert value(box) == before
    assert page.verticalScrollBar().value() > 0


@pytest.mark.parametrize("kind", ["combo", "number"])
def test_a_box_that_was_clicked_into_follows_the_wheel(page, kind, qtbot):
    box = boxes(page)[kind]
    if kind == "number":
        box.setValue(50)
    before = value(box)
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    turn(box)
    assert value(box) != before


def test_where_nothing_scrolls_numbers_follow_the_wheel_and_choices_do_not(page, qtbot):
    page.widget().layout().itemAt(0).widget().tail.setFixedHeight(10)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() == 0)
    number, combo = boxes(page)["number"], boxes(page)["combo"]
    number.setValue(50)
    turn(number)
    assert number.value() < 50
    turn(combo)
    assert combo.currentIndex() == 0
