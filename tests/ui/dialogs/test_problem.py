from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from lusgui.session.problems import Problem
from lusgui.ui.dialogs.problem import ProblemDialog

FULL = Problem(
    "The study was not saved", "study.lusgui: the disk is full.", "Free some space.", "OSError: 28"
)


@pytest.fixture
def show(qtbot):
    made = []

    def open_it(*arguments):
        dialog = ProblemDialog(*arguments)
        made.append(dialog)
        dialog.show()
        return dialog

    yield open_it
    for dialog in made:
        dialog.reject()


def test_message_remedy_and_folded_details(qtbot, show):
    dialog = show(FULL)
    assert dialog.message.text() == "study.lusgui: the disk is full.\n\nFree some space."
    assert not dialog.details.isVisible()
    qtbot.mouseClick(dialog.fold, Qt.MouseButton.LeftButton)
    assert dialog.details.isVisible()
    assert "OSError: 28" in dialog.details.toPlainText()
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert "OSError: 28" in QGuiApplication.clipboard().text()


def test_a_copy_elsewhere_is_offered_only_where_it_helps(qtbot, show):
    asked = []
    assert show(FULL).keep is None
    dialog = show(FULL, lambda: asked.append(1))
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    assert asked == [1]


def test_many_problems_are_one_list(show):
    dialog = show(FULL)
    dialog.add(FULL)
    assert len(dialog.problems) == 1
    for number in range(12):
        dialog.add(Problem(f"{number}.mat was not added", "It is empty."))
    assert dialog.windowTitle() == "13 things went wrong"
    assert "5 more" in dialog.message.text()
    assert "11.mat" in dialog.text()


def test_angle_brackets_are_text(show):
    dialog = show(Problem("T", "variable <b>x</b>"))
    assert dialog.message.textFormat() == Qt.TextFormat.PlainText
