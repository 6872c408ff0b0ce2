"""Commands of shapes, without a window."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lusgui.core.annotation import Status
from lusgui.core.shape_raster import ShapeMode
from lusgui.session import acts, click_acts
from lusgui.session.commands.shape import commands
from lusgui.session.session import Session
from lusgui.session.view_state import Tool

SQUARE = ((5.0, 3.0), (5.0, 11.0), (15.0, 11.0), (15.0, 3.0))


@pytest.fixture
def desk(folder, tmp_path):
    session = Session()
    assert session.new_study(tmp_path / "study.lusgui")
    first, *_others = session.add_recordings([folder])
    session.go_to(first, 0)
    session.view.tool = Tool.POLYGON
    said = []
    yield SimpleNamespace(session=session, say=said.append, said=said)
    session.close_study()


def command(name):
    return next(each for each in commands() if each.id == name)


def begin(session, corners=SQUARE):
    draft = session.shapes.begin(Tool.POLYGON, session.key(), corners[0], session.shapes.mode_now)
    for corner in corners[1:]:
        draft.add(corner)
    return draft


@pytest.mark.parametrize(
    ("name", "key", "tool"),
    [
        ("tool.lasso", "F", Tool.LASSO),
        ("tool.polygon", "P", Tool.POLYGON),
        ("tool.livewire", "W", Tool.LIVEWIRE),
    ],
)
def test_each_tool_has_its_key_and_is_seen_to_be_in_use(desk, name, key, tool):
    one = command(name)
    assert one.keys == (key,)
    desk.session.view.tool = Tool.BRUSH
    assert not one.checked_when(desk.session)
    one.run(desk)
    assert desk.session.view.tool is tool
    assert one.checked_when(desk.session)


@pytest.mark.parametrize("mode", list(ShapeMode))
def test_each_mode_can_be_chosen_from_the_menu(desk, mode):
    one = command(f"shape.{mode}")
    one.run(desk)
    assert desk.session.shapes.mode is mode
    assert [each.id for each in commands() if each.checked_when and each.checked_when(desk.session)] == [
        "tool.polygon",
        one.id,
    ]


def test_the_live_wire_is_made_straighter_and_closer(desk):
    before = desk.session.shapes.strength
    command("shape.straighter").run(desk)
    assert desk.session.shapes.strength == pytest.approx(before - 0.1)
    assert desk.said == ["The live-wire keeps to edges at 60%"]
    for _press in range(9):
        command("shape.straighter").run(desk)
    assert desk.session.shapes.strength == 0.0
    command("shape.stronger").run(desk)
    assert desk.session.shapes.strength == pytest.approx(0.1)


def test_shapes_that_wait_are_gone_to(desk):
    one = command("shape.waiting")
    assert not one.enabled_when(desk.session)
    one.run(desk)
    assert desk.said == ["No shape waits anywhere"]
    draft = begin(desk.session)
    desk.session.step(2)
    assert one.enabled_when(desk.session)
    one.run(desk)
    assert desk.session.shapes.draft is draft


def test_return_undo_and_escape_mean_the_open_shape(desk):
    session = desk.session
    draft = begin(session)
    assert click_acts.undo_title(session) == "Undo the last step of the polygon"
    click_acts.undo(desk)
    assert len(draft.corners) == 3
    assert click_acts.accept_title(session) == "Finish the polygon"
    acts.accept_whole_model(desk)
    assert session.mask(session.key()).any()
    begin(session)
    assert click_acts.can_drop(session)
    click_acts.drop(desk)
    assert session.shapes.unfinished == ()
    assert desk.said == ["Given up; Ctrl+Z brings it back"]
    assert click_acts.can_undo(session)
    assert click_acts.undo_title(session) == "Undo giving up the polygon"
    before = session.undo_name
    click_acts.undo(desk)
    assert len(session.shapes.draft.corners) == 4
    assert session.undo_name == before


def test_accepting_the_frame_finishes_an_open_shape_or_stays(desk):
    session = desk.session
    key = session.key()
    begin(session, SQUARE[:2])
    assert not acts.accept_frame(desk)
    assert session.status(key) is Status.UNTOUCHED
    session.shapes.draft.add(SQUARE[2])
    assert acts.accept_frame(desk)
    assert session.mask(key).any()
    assert session.status(key) is Status.ACCEPTED


def test_nothing_here_is_not_said_over_an_open_shape(desk):
    session = desk.session
    begin(session)
    acts.nothing_here(desk)
    assert session.status(session.key()) is Status.UNTOUCHED
    assert "A polygon is open here" in desk.said[-1]
