"""Shapes in the session, without a window: lusgui.session.shapes and lusgui.session.shape_draft."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.recipe import Recipe
from lusgui.core.shape_raster import ShapeMode
from lusgui.session.painting_guard import Where
from lusgui.session.session import Session
from lusgui.session.view_state import Tool

SQUARE = ((5.0, 3.0), (5.0, 11.0), (15.0, 11.0), (15.0, 3.0))
INSIDE = (slice(5, 15), slice(3, 11))


@pytest.fixture
def session(folder, tmp_path):
    session = Session()
    assert session.new_study(tmp_path / "study.lusgui")
    first, _second, _third = session.add_recordings([folder])
    session.go_to(first, 0)
    session.view.tool = Tool.POLYGON
    yield session
    session.close_study()


@pytest.fixture
def said(session):
    heard = []
    session.shapes.said.connect(heard.append)
    return heard


def begin(session, corners=SQUARE, tool=Tool.POLYGON, line=None):
    draft = session.shapes.begin(tool, session.key(), corners[0], session.shapes.mode_now, line)
    for corner in corners[1:]:
        draft.add(corner)
    return draft


def test_finishing_is_one_edit_of_its_own_plane(session):
    key = session.key()
    draft = begin(session)
    session.view.label = "cerebellum"  # what one draws next is another matter
    assert draft.finish()
    mask = session.mask(key)
    assert mask[INSIDE].all()
    assert mask.sum() == 80
    assert session.undo_name == "Polygon on rib, frame 1"
    assert session.shapes.draft is None
    session.undo()
    assert not session.mask(key).any()


def test_every_change_is_a_step_and_a_drag_is_one(session):
    draft = begin(session)
    draft.move(0, (4.0, 4.0))
    draft.move(0, (4.0, 5.0), is_new_step=False)
    draft.insert(1, (3.0, 7.0))
    draft.remove(4)
    assert draft.corners == ((4.0, 5.0), (3.0, 7.0), SQUARE[1], SQUARE[2])
    assert session.shaping.step_back()
    assert session.shaping.step_back()
    assert draft.corners == ((4.0, 5.0), *SQUARE[1:])
    session.shaping.step_back()
    assert draft.corners == SQUARE
    for _corner in SQUARE:
        session.shaping.step_back()
    assert session.shapes.draft is None
    assert session.shapes.unfinished == ()


def test_the_last_corner_taken_away_closes_it(session):
    draft = begin(session, SQUARE[:1])
    draft.remove(0)
    assert session.shapes.draft is None


def test_the_mode_is_sticky_and_a_held_key_is_not(session):
    shapes = session.shapes
    assert shapes.mode_now is ShapeMode.ADD
    shapes.hold(ShapeMode.SUBTRACT)
    assert shapes.mode_now is ShapeMode.SUBTRACT
    draft = begin(session)
    shapes.hold(None)
    assert shapes.mode_now is ShapeMode.SUBTRACT  # the draft's own
    session.shaping.cancel()
    assert shapes.mode_now is ShapeMode.ADD
    draft = begin(session)
    shapes.set_mode(ShapeMode.INTERSECT)
    assert draft.mode is ShapeMode.INTERSECT
    session.shaping.cancel()
    assert shapes.mode_now is ShapeMode.INTERSECT


@pytest.mark.parametrize(
    ("mode", "masked", "words"),
    [
        (ShapeMode.ADD, True, "in the mask already"),
        (ShapeMode.SUBTRACT, False, "no mask inside"),
        (ShapeMode.INTERSECT, True, "all of the mask lies inside"),
        (ShapeMode.INTERSECT, False, "no mask yet"),
    ],
)
def test_what_changes_nothing_is_said_and_stays_open(session, said, mode, masked, words):
    key = session.key()
    if masked:
        mask = np.zeros((24, 16), bool)
        mask[INSIDE] = True
        session.push_masks("Start", {key: mask})
    session.shapes.set_mode(mode)
    before = session.undo_name
    draft = begin(session)
    assert not draft.finish()
    assert words in said[-1]
    assert session.shapes.draft is draft
    assert session.undo_name == before


def test_keeping_the_inside_of_a_shape_beside_the_mask_does_not_empty_it(session, said):
    key = session.key()
    mask = np.zeros((24, 16), bool)
    mask[20:23, 2:5] = True
    session.push_masks("Start", {key: mask})
    session.shapes.set_mode(ShapeMode.INTERSECT)
    assert not begin(session).finish()
    assert "Nothing of the mask lies inside" in said[-1]
    assert (session.mask(key) == mask).all()


def test_a_refused_stroke_leaves_the_draft_open(session, monkeypatch):
    monkeypatch.setattr(session, "stroke", lambda *given, **more: False)
    draft = begin(session)
    assert not draft.finish()
    assert session.shapes.draft is draft


def test_drafts_wait_on_their_frames(session, said):
    draft = begin(session)
    place = session.place
    session.step(2)
    assert session.shapes.draft is None
    assert said == ["The polygon waits on frame 1 until it is finished"]
    other = begin(session)
    session.go_to(*place)
    assert session.shapes.draft is draft
    assert session.shapes.waiting == (other,)
    assert session.shapes.unfinished == (draft, other)
    assert session.shapes.go_to_waiting()
    assert session.place == (place[0], 2)
    assert session.shapes.draft is other
    assert session.shapes.finish_all()
    assert session.mask(draft.key).any()
    assert session.mask(other.key).any()
    assert not session.shapes.go_to_waiting()


def test_a_draft_of_another_tool_waits_for_its_tool(session, said):
    draft = begin(session)
    session.view.tool = Tool.LIVEWIRE
    assert session.shapes.draft is None
    session.step(1)
    session.view.tool = Tool.BRUSH
    assert session.shapes.go_to_waiting()
    assert session.view.tool is Tool.POLYGON
    assert session.shapes.draft is draft


def test_what_cannot_be_finished_is_kept_when_all_are(session, said):
    begin(session, SQUARE[:2])
    session.step(1)
    good = begin(session)
    session.step(1)
    assert not session.shapes.finish_all()
    assert session.mask(good.key).any()
    assert [len(draft.corners) for draft in session.shapes.unfinished] == [2]
    session.shapes.forget_all()
    assert session.shapes.unfinished == ()


def test_drafts_go_with_their_recording(session):
    first = session.place[0]
    begin(session)
    session.remove_recording(first)
    assert session.shapes.unfinished == ()


def test_closing_the_study_forgets_drafts_and_says_so(session, said):
    begin(session)
    session.step(1)
    begin(session)
    session.close_study()
    assert said[-1] == "2 shapes were not finished, and went with the study"
    assert session.shapes.unfinished == ()
    assert session.shaping.shape is None


def test_lines_between_corners_are_found_once_until_the_strength_changes(session):
    asked = []

    def line(start, end):
        asked.append((start, end))
        return np.array([start, (0.0, 7.0), end])

    draft = begin(session, SQUARE[:3], line=line)
    assert len(draft.sides()) == 2
    outline = draft.outline()
    assert outline.shape == (6, 2)
    draft.outline()
    assert len(asked) == 3
    session.shapes.strength = 0.2
    draft.outline()
    assert len(asked) == 6
    session.shapes.strength = 7.0
    assert session.shapes.strength == 1.0


def test_limits_of_painting_hold_for_shapes(session, said):
    key = session.key()
    other = PlaneKey(*session.place, "cerebellum")
    blocked = np.zeros((24, 16), bool)
    blocked[:10] = True
    session.push_masks("Start", {other: blocked})
    session.guard.set_where(Where.OUTSIDE, "cerebellum")
    session.guard.is_on = True
    assert begin(session).finish()
    mask = session.mask(key)
    assert not mask[:10].any()
    assert mask[10:15, 3:11].all()
    told = []
    session.guard.said.connect(told.append)
    draft = begin(session)  # what is left of it is in the mask already
    assert not draft.finish()
    assert "limited to outside" in told[-1]
    assert session.shapes.draft is draft


def test_a_locked_label_is_not_changed(session, said):
    key = session.key()
    draft = begin(session)
    session.locks.set_locked("rib", True)
    assert not draft.finish()
    assert not session.mask(key).any()
    assert session.shapes.draft is draft  # unlock, and finish it
    session.locks.set_locked("rib", False)
    assert draft.finish()


def test_a_draft_comes_back_once_what_another_tool_had_open_is_closed(session):
    class Piece:
        name = "piece"

        def finish(self):
            return True

        def step_back(self):
            return False

        def cancel(self):
            pass

    draft, piece = begin(session), Piece()
    session.view.tool = Tool.BRUSH
    session.shaping.open(piece)
    session.view.tool = Tool.POLYGON
    assert session.shapes.draft is None
    session.shaping.close(piece)  # as that tool does when it is put away
    assert session.shapes.draft is draft


def test_a_draft_that_was_given_up_can_be_brought_back_until_something_else_happens(session):
    shapes = session.shapes
    draft = begin(session)
    session.shaping.cancel()
    assert shapes.unfinished == ()
    assert shapes.given_up is draft
    assert shapes.bring_back()
    assert shapes.draft is draft
    assert draft.corners == SQUARE
    assert not shapes.bring_back()
    for something in (
        lambda: session.step(1),
        lambda: setattr(session.view, "tool", Tool.BRUSH),
        lambda: session.set_status(session.key(), Status.REJECTED),
        lambda: begin(session),
        shapes.forget_all,
    ):
        session.view.tool = Tool.POLYGON
        if shapes.draft is None:
            begin(session)
        session.shaping.cancel()
        assert shapes.given_up is not None
        something()
        assert shapes.given_up is None
        assert not shapes.bring_back()


def test_a_draft_without_corners_is_nothing_to_bring_back(session):
    begin(session, SQUARE[:1])
    session.shaping.step_back()
    assert session.shapes.given_up is None


def test_a_shape_is_given_up_where_the_file_is_read_on_another_grid(session, said, write_recording):
    first = session.place[0]
    begin(session)
    session.step(1)
    begin(session)
    session.go_to(2, 0)
    begin(session)
    session.recordings_changed.emit()
    session.reading_changed.emit(first)  # found in another folder: the grid is the same
    assert len(session.shapes.unfinished) == 3
    write_recording(session.row(first).path, frames=1, shape=(16, 24))
    assert session.reread(first, Recipe("turned"))
    assert session.row(first).shape == (16, 24)
    assert [draft.place for draft in session.shapes.unfinished] == [(2, 0)]
    assert "2 shapes" in said[-1]
    session.go_to(first, 0)
    assert session.shapes.draft is None


def test_mode_and_strength_are_kept_with_the_study(session, make_session):
    session.shapes.set_mode(ShapeMode.SUBTRACT)
    session.shapes.strength = 0.25
    session.tick()
    path = session.study_path
    assert session.study.settings.setting("shapes") == {"mode": "subtract", "strength": 0.25}
    session.close_study()
    again = make_session()
    assert again.open_study(path)
    assert again.shapes.mode is ShapeMode.SUBTRACT
    assert again.shapes.strength == 0.25


@pytest.mark.parametrize("kept", [None, [], {"mode": "tea", "strength": 7.0}, {"mode": [], "strength": "x"}])
def test_unusable_settings_leave_the_present_ones(session, kept):
    session.study.settings.set_setting("shapes", kept)
    session.study_changed.emit()
    assert session.shapes.mode is ShapeMode.ADD
    assert session.shapes.strength == 0.7
