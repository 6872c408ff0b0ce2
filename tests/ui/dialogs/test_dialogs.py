from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
)

import lusgui.session.commands
from lusgui.session.problems import Problem
from lusgui.session.session import Session
from lusgui.ui.dialogs.dialogs import Dialogs


class Services:
    def __init__(self):
        self.added = []
        self.models = []

    def add_model(self, path):
        self.models.append(path)
        return True

    def add_recordings(self, paths):
        self.added += paths

    def sample_study(self):
        return None


def asked_by_commands():
    folder = Path(lusgui.session.commands.__file__).parent
    return {
        name for file in folder.glob("*.py") for name in re.findall(r"ask\(\"([^\"]+)\"\)", file.read_text())
    }


def test_everything_that_commands_ask_for_is_there(window):
    known = set(window.asking.dialogs._acts) | {"metrics", "learning", "what changed"}
    assert asked_by_commands() <= known | set(window.review._asked) | set(window.measure._asked)


def test_an_unknown_name_is_reported_not_raised(desk, problems):
    desk.ask("tea")
    assert "tea" in problems[0].message


DIALOGS = (
    "export",
    "import masks",
    "labels",
    "rater",
    "settings",
    "worklist",
    "spacing",
    "recipe",
    "relocate",
    "shortcuts",
    "palette",
    "keys",
    "guide",
    "about",
)


@pytest.mark.parametrize("what", DIALOGS)
def test_every_control_has_a_name_and_says_what_it_does(qtbot, ask, what):
    dialog = ask(what)
    for kind in (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractSlider):
        for widget in dialog.findChildren(kind):
            inner = widget.objectName().startswith("qt_") or isinstance(
                widget.parent(), (QComboBox, QAbstractSpinBox)
            )
            if (
                inner
                or type(widget).__name__ in ("QScrollBar", "QTableCornerButton")
                or not widget.isVisible()
            ):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            if type(widget).__name__ == "QAbstractButton":
                continue  # the corner of a table
            assert widget.accessibleName() or text, f"{what}: {widget}"
            assert widget.toolTip(), f"{what}: {widget} {text}"


@pytest.mark.parametrize("what", DIALOGS)
def test_a_dialog_opens_once_and_goes_with_escape(qtbot, desk, ask, what):
    from PySide6.QtCore import Qt

    dialog = ask(what)
    desk.ask(what)
    assert desk.opened == [dialog]
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert desk.opened == []


@pytest.mark.parametrize(
    "what", ["export", "import masks", "spacing", "recipe", "relocate", "worklist", "save copy"]
)
def test_without_a_study_nothing_opens_and_nothing_fails(qtbot, jobs, what):
    desk = Dialogs(Session(), Services(), jobs, None)
    desk.ask(what)
    assert desk.opened == []
    desk.close_all()


def test_problems_gather_in_one_dialog(qtbot, desk):
    desk.show_problem(Problem("One", "First."))
    desk.show_problem(Problem("Two", "Second."))
    (dialog,) = desk.opened
    assert len(dialog.problems) == 2
    assert not dialog.isModal()


def test_a_doubtful_reading_is_said_until_it_is_settled(desk, session, two_images):
    assert "Img could be meant" in desk.ambiguity(two_images)
    desk.dismiss_ambiguity(two_images)
    assert desk.ambiguity(two_images) is None
    assert desk.ambiguity(session.recording_rows()[0].id) is None


def test_a_dialog_that_shows_problems_itself_is_not_talked_over(desk, session, ask):
    session.problem_reported.connect(desk.show_problem)
    dialog = ask("labels")
    session.add_label("Rib")
    assert desk.opened == [dialog]
    assert "already" in dialog.warning.text()
    dialog.reject()
    session.add_label("Rib")
    assert [type(one).__name__ for one in desk.opened] == ["ProblemDialog"]
    session.problem_reported.disconnect(desk.show_problem)
