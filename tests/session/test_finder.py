"""What a few letters find."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lusgui.session.commands import COMMANDS
from lusgui.session.finder import REMEMBERED, SHOWN, command_of, fit
from lusgui.session.session import Session


def titles(session, query):
    return [finding.title for finding in session.finder.find(query)]


def test_every_command_is_found_by_its_title(session):
    for command in COMMANDS:
        if command.id.startswith(("label.", "help.palette")) or command.title_now(session):
            continue
        found = [each.id for each in session.finder.find(command.title.rstrip("…"))]
        assert command.id in found, command.title
        if command.enabled_when(session):
            assert command.id in found[:8], command.title


@pytest.mark.parametrize(
    ("query", "first"),
    [("brush", "Brush"), ("bru", "Brush"), ("fit win", "Fit to window"), ("undo", "Undo")],
)
def test_the_best_stands_first(session, query, first):
    assert titles(session, query)[0] == first


def test_nothing_fits_nonsense(session):
    assert session.finder.find("zzzqqq") == []


def test_labels_recordings_and_keys_are_there(session):
    finding = session.finder.find("draw rib")[0]
    assert finding.title == "Draw Rib"
    assert finding.keys == ("1",)
    row = session.recording_rows()[0]
    assert f"Go to {row.name}" in titles(session, row.name)


@pytest.mark.parametrize("query", ["3", "frame 3", "go to frame 3", "#3", "Frame 3"])
def test_a_number_is_a_frame(session, query):
    finding = session.finder.find(query)[0]
    assert finding.title == "Go to frame 3"
    assert finding.is_usable


def test_a_frame_of_another_recording(session):
    other = session.recording_rows()[1]
    session.go_to(session.recording_rows()[0].id, 0)
    finding = session.finder.find(f"{other.name} 2")[0]
    assert finding.title == f"Go to frame 2 of {other.name}"
    finding.run(SimpleNamespace(session=session))
    assert session.place == (other.id, 1)


def test_a_frame_that_is_not_there_cannot_be_chosen(session):
    for number in (0, 100_000):
        assert not session.finder.find(f"frame {number}")[0].is_usable


def test_what_was_used_stands_first(session):
    eraser = next(each for each in session.finder.find("eraser") if each.id == "tool.eraser")
    session.finder.note(eraser)
    assert session.finder.find("")[0].id == "tool.eraser"
    for each in session.finder.find("view")[: REMEMBERED + 2]:
        session.finder.note(each)
    assert session.finder.find("")[0].id != "tool.eraser"


def test_what_cannot_be_used_is_offered_last_and_not_at_all_unasked():
    session = Session()
    assert all(each.is_usable for each in session.finder.find(""))
    found = session.finder.find("brush")
    assert found
    assert not any(each.is_usable for each in found if each.id == "tool.brush")


def test_the_list_has_an_end(session):
    assert len(session.finder.find("")) <= SHOWN
    assert len(session.finder.find("e")) <= SHOWN


def test_fit_orders_beginnings_before_middles():
    assert fit(["br"], "brush", "") > fit(["br"], "larger brush", "") > fit(["us"], "brush", "") > 0
    assert fit(["br", "zz"], "brush", "") == 0
    assert fit(["detail"], "brush", "a detail") > 0
    assert fit(["ftw"], "fit to window", "") > 0


def test_commands_are_found_by_id():
    assert command_of("tool.brush").title == "Brush"
