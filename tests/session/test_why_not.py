from __future__ import annotations

import pytest

from lusgui.session.commands import COMMANDS
from lusgui.session.why_not import why_not


def of(command_id):
    return next(command for command in COMMANDS if command.id == command_id)


def test_every_command_that_cannot_be_used_has_a_reason(session, make_session):
    empty = make_session()
    told = 0
    for one in (empty, session):
        for command in COMMANDS:
            if not command.enabled_when(one):
                reason = why_not(one, command)
                assert reason
                assert "{" not in reason.replace("{key:", "")
                told += 1
    assert told > 30


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("edit.undo", "nothing to take back"),
        ("edit.redo", "nothing to do again"),
        ("time.accept_all", "No ghosts wait"),
        ("click.follow", "Nothing is clicked"),
        ("model.accept", "nothing to accept"),
        ("label.choose9", "no label 9"),
        ("model.segment_worklist", "no worklist"),
    ],
)
def test_the_reason_is_the_one_at_hand(session, command, words):
    session.go_to(1, 0)
    assert words in why_not(session, of(command))


def test_ghosts_under_way_are_told_from_none(session):
    session.go_to(1, 0)
    session.times._running[1] = (1, "rib", "x", "y")
    assert "still being filled" in why_not(session, of("time.accept_all"))


def test_without_a_recording_the_way_to_one_is_said(make_session):
    assert "opens one" in why_not(make_session(), of("mask.clear"))


def test_a_study_for_reading_says_so(session):
    session.go_to(1, 0)
    path = session.study_path
    session.close_study()
    session.open_study(path, read_only=True)
    assert "for reading only" in why_not(session, of("mask.clear"))
