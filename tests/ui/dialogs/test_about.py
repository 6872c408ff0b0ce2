from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from lusgui import __version__


def test_it_says_what_it_is_not(qtbot, ask):
    dialog = ask("about")
    assert "Not a medical device" in dialog.notice.text()
    assert __version__ in dialog.lead.text()
    texts = [dialog.tabs.widget(index).toPlainText() for index in range(3)]
    assert "Apache License 2.0" in texts[0]
    assert "CC" in texts[1], "the credits of the sample data"
    assert "numpy" in texts[2]


def test_versions_are_copied_for_a_report(qtbot, ask):
    dialog = ask("about")
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert __version__ in QGuiApplication.clipboard().text()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
