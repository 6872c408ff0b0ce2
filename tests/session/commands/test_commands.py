"""The table of commands: lusgui.session.commands.command, and the menus lusgui.session.commands.files,
lusgui.session.commands.edit, lusgui.session.commands.frame, lusgui.session.commands.draw,
lusgui.session.commands.view, lusgui.session.commands.model, lusgui.session.commands.learn,
lusgui.session.commands.click, lusgui.session.commands.access,
lusgui.session.commands.mask, lusgui.session.commands.help_menu."""

from __future__ import annotations

import re

from lusgui.base.paths import resources_dir
from lusgui.session.commands import COMMANDS, GROUPS, POINTER_HINTS
from lusgui.session.session import Session


def test_ids_and_keys_are_unique():
    ids = [command.id for command in COMMANDS]
    keys = [keys for command in COMMANDS for keys in command.keys]
    assert len(ids) == len(set(ids))
    assert len(keys) == len(set(keys))


def test_every_command_says_what_it_does():
    for command in COMMANDS:
        assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", command.id)
        assert command.title
        assert command.tooltip
        assert command.group in GROUPS
        assert not command.icon or (resources_dir() / "icons" / f"{command.icon}.svg").exists()
    assert {command.group for command in COMMANDS} == set(GROUPS)
    assert all(gesture and meaning for gesture, meaning in POINTER_HINTS)


def test_conditions_hold_without_a_study():
    session = Session()
    usable = {command.id for command in COMMANDS if command.enabled_when(session)}
    assert "file.open" in usable
    assert "tool.brush" not in usable
    assert "frame.accept" not in usable
    for command in COMMANDS:
        command.title_now(session)
        if command.checked_when is not None:
            command.checked_when(session)


def test_nothing_done_all_day_needs_ctrl():
    often = {"frame.next", "frame.accept_next", "tool.brush", "tool.eraser", "learn.next", "frame.nothing"}
    often |= {"tool.click", "click.sign", "click.follow", "click.drop", "model.accept"}
    for command in COMMANDS:
        if command.id in often:
            assert not command.keys[0].startswith("Ctrl"), command.id


def test_clicking_has_the_keys_that_hands_know():
    keys = {command.id: command.keys for command in COMMANDS}
    assert keys["tool.click"] == ("S",)
    assert keys["tool.pick"] == ("Shift+S",)
    assert keys["click.sign"] == ("T",)
    assert keys["click.drop"] == ("Esc",)
    assert "Return" in keys["model.accept"]
    assert "Shift+Return" in keys["click.follow"]


def test_brackets_have_a_second_key():
    # [ and ] need AltGr on German and French keyboards
    for command in COMMANDS:
        if set(command.keys) & {"[", "]"}:
            assert len(command.keys) == 2
