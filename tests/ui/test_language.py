"""Words of widgets in the language of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import (
    QApplication,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QToolButton,
    QToolTip,
    QWidget,
)

from lusgui.base.paths import config_dir
from lusgui.base.translate import FOLDER, choose_language
from lusgui.ui.language import Translator, translate_widget
from tests.base.test_translate import write_catalogue

WORDS = {"Brush": "Pinsel", "Open": "Öffnen", "Search": "Suchen", "Paint": "Malen", "Window": "Fenster"}


@pytest.fixture(autouse=True)
def german():
    write_catalogue(config_dir() / FOLDER / "de.mo", WORDS)
    choose_language("de")
    yield
    choose_language("en")


def test_every_kind_of_word_is_translated(qtbot):
    button, label, box, line = QPushButton("Open"), QLabel("Brush"), QGroupBox("Brush"), QLineEdit()
    tabs, action, tool = QTabWidget(), QAction("Open"), QToolButton()
    line.setPlaceholderText("Search")
    line.setText("Brush")  # what a person typed
    tabs.addTab(QWidget(), "Paint")
    tabs.addTab(QWidget(), "Rib")
    tool.setDefaultAction(action)
    for widget in (button, label, box, line, tabs, tool):
        qtbot.addWidget(widget)
        widget.setToolTip("Paint")
        widget.setAccessibleName("Brush")
        widget.setWindowTitle("Window")
        translate_widget(widget)
        assert widget.accessibleName() == "Pinsel"
        assert widget.toolTip() == "Malen"
        assert widget.windowTitle() == "Fenster"
    assert (button.text(), label.text(), box.title()) == ("Öffnen", "Pinsel", "Pinsel")
    assert (line.placeholderText(), line.text()) == ("Suchen", "Brush")
    assert (tabs.tabText(0), tabs.tabText(1)) == ("Malen", "Rib")
    assert tool.text() == "Open"  # its action's, which is made in the right language


def test_widgets_are_translated_as_they_are_shown(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    watcher = Translator(owner)
    shown = QLabel("Brush")
    qtbot.addWidget(shown)
    shown.show()
    assert shown.text() == "Pinsel"
    shown.setText("Open")
    shown.setToolTip("Paint")
    qtbot.waitUntil(lambda: shown.text() == "Öffnen")  # words of later, as they are drawn
    QApplication.sendEvent(
        shown, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), shown.mapToGlobal(QPoint(1, 1)))
    )
    assert shown.toolTip() == "Malen"
    QToolTip.hideText()
    watcher.close()
    later = QLabel("Brush")
    qtbot.addWidget(later)
    later.show()
    assert later.text() == "Brush"


def test_in_english_nobody_watches(qtbot):
    choose_language("en")
    owner = QWidget()
    qtbot.addWidget(owner)
    watcher = Translator(owner)
    label = QLabel("Brush")
    qtbot.addWidget(label)
    label.show()
    assert label.text() == "Brush"
    watcher.close()
