from __future__ import annotations

import pytest

from lusgui.ui.dialogs.export_choices import Choices


@pytest.fixture
def choices(qtbot, session):
    made = Choices(session)
    qtbot.addWidget(made)
    return made


def test_everything_is_chosen_at_first(choices, tmp_path):
    arguments = choices.arguments()
    assert arguments["formats"] == ["tiff", "mat"]
    assert arguments["labels"] == ["rib", "cerebellum"]
    assert arguments["recordings"] is None
    assert arguments["reviewed_only"]
    assert arguments["despeckle"] is None
    assert arguments["out_dir"] == tmp_path / "export"
    assert choices.problem() == ""


def test_only_the_present_recording(choices):
    choices.current.setChecked(True)
    assert choices.arguments()["recordings"] == ["clip"]


@pytest.mark.parametrize("what", ["labels", "formats"])
def test_nothing_chosen_is_a_problem(choices, what):
    for box in getattr(choices, what).values():
        box.setChecked(False)
    assert "at least one" in choices.problem()


def test_spoiled_memories_leave_the_defaults(choices):
    choices.restore({"formats": 7, "folder": None, "mat_version": "9", "template": []})
    assert choices.arguments()["mat_version"] == "5"
    assert choices.problem() == ""


def test_every_control_has_a_name_and_a_tooltip(choices):
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

    for kind in (QAbstractButton, QComboBox, QLineEdit):
        for widget in choices.findChildren(kind):
            assert widget.toolTip(), widget
            assert widget.accessibleName() or widget.text(), widget
