"""The menu Measure: lusgui.session.commands.measure."""

from __future__ import annotations

from lusgui.session.commands import COMMANDS, GROUPS, measure
from lusgui.session.view_state import Tool


def test_the_keys_that_the_guide_names():
    keys = {command.id: command.keys for command in measure.commands()}
    assert keys["tool.calliper"] == ("Shift+R",)
    assert keys["measure.calibrate"] == ("Ctrl+Alt+C",)
    assert keys["measure.export"] == ("Ctrl+Shift+E",)


def test_the_menu_is_there_and_whole():
    assert "Measure" in GROUPS
    mine = [command for command in COMMANDS if command.group == "Measure"]
    assert [command.id for command in mine] == [command.id for command in measure.commands()]
    assert all(command.tooltip for command in mine)


def test_when_they_can_be_used(session, make_session):
    nothing = make_session()
    session.go_to(1, 0)
    for command in measure.commands():
        can_run = command.enabled_when
        assert can_run(session) == (command.id != "measure.clear"), command.id
        assert can_run(nothing) == (command.id == "measure.guide"), command.id


def test_what_is_checked(session):
    session.go_to(1, 0)
    on = {command.id: command.checked_when for command in measure.commands() if command.checked_when}
    assert not on["tool.calliper"](session)
    assert on["measure.lines"](session)
    session.view.tool = Tool.CALLIPER
    assert on["tool.calliper"](session)
    assert [name for name in on if name.startswith("measure.") and on[name](session)] == [
        "measure.distance",
        "measure.lines",
    ]
