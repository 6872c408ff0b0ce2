from __future__ import annotations

import pytest

from lusgui.session.commands import COMMANDS
from lusgui.session.commands.see import commands
from lusgui.session.session import Session

KEYS = {
    "view.wipe": "Z",
    "view.side_by_side": "Shift+Z",
    "view.band": "Shift+U",
    "view.outline_strokes": "Shift+O",
}


def test_they_stand_in_the_view_menu_under_their_keys():
    own = {command.id: command for command in commands()}
    assert {command.id for command in COMMANDS} >= set(own)
    assert all(command.group == "View" and command.tooltip and command.icon for command in own.values())
    assert {name: own[name].keys[0] for name in KEYS} == KEYS


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.id)
def test_each_is_a_switch_that_can_be_asked_without_a_study(command):
    session = Session()
    assert command.checked_when is not None
    assert isinstance(command.checked_when(session), bool)
    assert isinstance(command.enabled_when(session), bool)


def test_only_the_wipe_is_also_a_peek():
    assert [command.id for command in commands() if command.release is not None] == ["view.wipe"]
