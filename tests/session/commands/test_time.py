"""The Time menu: lusgui.session.commands.time."""

from __future__ import annotations

from lusgui.session.commands import COMMANDS, GROUPS
from lusgui.session.commands.time import GROUP, commands


def test_the_keys_are_those_agreed():
    keys = {command.id: command.keys[0] for command in COMMANDS if command.keys}
    assert keys["time.copy_previous"] == "Y"
    assert keys["time.copy_next"] == "Shift+Y"
    assert keys["time.key_frame"] == "K"
    assert keys["time.interpolate"] == "Shift+K"
    assert keys["time.propagate"] == "Ctrl+P"
    assert keys["time.propagate_back"] == "Ctrl+Shift+P"
    assert keys["time.accept_all"] == "Ctrl+Shift+Return"
    assert keys["time.next_unlabelled"] == "Ctrl+Down"
    assert keys["time.previous_unlabelled"] == "Ctrl+Up"
    assert keys["time.coherence"] == "Shift+C"


def test_they_have_a_menu_of_their_own():
    assert GROUP in GROUPS
    assert {command.group for command in commands()} == {GROUP}
    sections = [command.section for command in commands()]
    assert sections == sorted(sections)
