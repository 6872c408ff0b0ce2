"""A label in a narrow place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from lusgui.ui.elided import ElidedLabel, ElidedPushButton

TEXT = "Drag around the structure with the button held down"


@pytest.fixture
def label(qtbot):
    made = ElidedLabel(TEXT)
    qtbot.addWidget(made)
    made.show()
    return made


def point_at(label):
    QApplication.sendEvent(
        label, QHelpEvent(QEvent.Type.ToolTip, QPoint(2, 2), label.mapToGlobal(QPoint(2, 2)))
    )


def test_with_room_enough_it_is_a_label_like_any_other(label):
    label.resize(label.sizeHint())
    assert not label.is_cut
    assert label.shown_text() == TEXT
    point_at(label)
    assert not QToolTip.isVisible()


def test_what_does_not_fit_is_left_out_and_said_in_the_tooltip(label):
    label.resize(90, 24)
    assert label.is_cut
    assert label.text() == TEXT
    assert label.shown_text().endswith("…")
    assert label.fontMetrics().horizontalAdvance(label.shown_text()) <= 90
    drawn = label.grab().toImage()
    label.resize(label.sizeHint())
    assert drawn.width() < label.width()
    label.resize(90, 24)
    point_at(label)
    assert QToolTip.text() == TEXT
    QToolTip.hideText()


def test_it_needs_little_and_asks_for_all(label):
    assert label.minimumSizeHint().width() < 60
    assert label.sizeHint().width() >= label.fontMetrics().horizontalAdvance(TEXT)
    label.setText("ab")
    assert label.minimumSizeHint().width() <= label.sizeHint().width()


def test_a_button_keeps_its_place_and_leaves_letters_out(qtbot):
    button = ElidedPushButton("Leave as it was")
    qtbot.addWidget(button)
    button.show()
    button.resize(button.sizeHint())
    assert button.shown_text() == "Leave as it was"
    button.resize(button.minimumSizeHint())
    assert button.width() < button.sizeHint().width()
    assert button.shown_text().endswith("…")
    assert not button.grab().isNull()
    assert button.text() == "Leave as it was"


def test_with_its_own_width_a_button_says_all_in_any_font(qtbot):
    for text in ("Add", "Finish", "Undo step", "Leave a copy", "Mirror", "− Take away"):
        button = ElidedPushButton(text)
        qtbot.addWidget(button)
        for size in range(7, 22):
            for style in ("font-weight: normal", "font-weight: bold"):
                button.setStyleSheet(f"QPushButton {{ font-size: {size}px; {style}; padding: 2px 7px; }}")
                button.resize(button.sizeHint())
                assert button.shown_text() == text


def test_a_tooltip_of_its_own_comes_first(label):
    label.resize(90, 24)
    label.setToolTip("More")
    point_at(label)
    assert QToolTip.text() == "More"
    QToolTip.hideText()
