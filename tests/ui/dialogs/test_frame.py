from __future__ import annotations

from PySide6.QtCore import Qt

from lusgui.session.problems import Problem
from lusgui.ui.dialogs.frame import Frame, describe, say, warning_label


def test_enter_does_and_escape_leaves(qtbot):
    done = []
    for key, expected in ((Qt.Key.Key_Return, ["done"]), (Qt.Key.Key_Escape, ["done"])):
        dialog = Frame("Title", "Lead", "export")
        dialog.add_close("Cancel")
        dialog.add_primary("Do it", lambda: done.append("done"))
        dialog.open()
        qtbot.keyClick(dialog, key)
        assert done == expected
        assert dialog.isVisible() == (key == Qt.Key.Key_Return)
        dialog.reject()


def test_warnings_hide_while_empty(qtbot):
    label = warning_label()
    qtbot.addWidget(label)
    assert label.isHidden()
    say(label, "Careful.")
    assert not label.isHidden()
    assert describe(Problem("T", "What.", "How.")) == "What. How."
