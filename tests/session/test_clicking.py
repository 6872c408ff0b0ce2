"""Clicks, ghosts and what becomes of them: lusgui.session.clicking."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.click.prompt import MOST_MARKS, Box, Click, Scribble
from lusgui.session import click_acts
from lusgui.session.click_plane import ClickPlane
from lusgui.session.view_state import Tool

SHAPE = (24, 16)


def square(row, col):
    mask = np.zeros(SHAPE, bool)
    mask[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
    return mask


def desk_of(session):
    said = []
    return SimpleNamespace(session=session, say=said.append, said=said)


# --- marks and ghosts -------------------------------------------------------------------------------


def test_a_click_gives_a_ghost_and_writes_nothing(session, clicks):
    assert clicks.click(8.5, 6.5)
    key = session.key()
    assert (clicks.ghost(key) == square(8, 6)).all()
    assert not session.mask(key).any()
    assert not session.can_undo
    assert session.answerer.asked[0].previous is None


def test_accepting_is_one_edit_that_undo_names(session, clicks):
    clicks.click(8.5, 6.5)
    clicks.click(8.5, 10.5)
    assert clicks.accept()
    key = session.key()
    assert (session.mask(key) == (square(8, 6) | square(8, 10))).all()
    assert clicks.plane() is None
    assert session.undo_name == "Clicked mask on rib, frame 1"
    assert session.status(key) is Status.EDITED
    assert session.study.annotation(key).provenance["source"] == "click:square 1.0"
    session.undo()
    assert not session.mask(key).any()
    assert not session.can_undo


def test_each_mark_starts_from_what_the_one_before_left(session, clicks):
    clicks.click(8.5, 6.5)
    clicks.click(9.5, 7.5, positive=False)
    first, second = session.answerer.asked
    assert len(first.prompt.marks) == 1
    assert [mark.is_positive for mark in second.prompt.marks] == [True, False]
    assert (second.previous == square(8, 6)).all()
    assert not clicks.ghost(session.key())[9, 7]


def test_clicks_start_from_the_mask_that_is_there_and_spare_its_other_pieces(session, clicks):
    drawn = square(3, 3) | square(15, 12)
    session.push_masks("Brush", {session.key(): drawn})
    clicks.click(15.5, 12.5, positive=False)
    ghost = clicks.ghost(session.key())
    assert (ghost[:8] == drawn[:8]).all()
    assert not ghost[15, 12]
    clicks.accept()
    assert (session.mask(session.key()) == ghost).all()


def test_boxes_and_scribbles_are_marks_too(session, clicks):
    assert clicks.box(12, 11, 8, 5)
    assert clicks.scribble(((5.0, 5.0), (6.0, 6.0)), positive=False, radius=1.5)
    asked = session.answerer.asked[-1].prompt
    assert asked.marks == (Box(8.0, 5.0, 12.0, 11.0), Scribble(((5.0, 5.0), (6.0, 6.0)), False, 1.5))


def test_a_click_on_nothing_says_so_and_leaves_what_was_there(session, clicks):
    clicks.click(8.5, 6.5)
    before = clicks.ghost(session.key()).copy()
    clicks.click(21.5, 6.5)
    assert (clicks.ghost(session.key()) == before).all()
    text, place = session.answerer.noted[-1]
    assert "found here" in text
    assert place == (21.5, 6.5)
    assert len(clicks.plane().marks) == 1


def test_a_first_click_on_nothing_leaves_nothing(session, clicks):
    clicks.click(21.5, 6.5)
    assert clicks.plane() is None
    assert clicks.ghost(session.key()) is None
    assert not clicks.undo()


def test_clicks_outside_the_image_do_not_count(session, clicks):
    for row, col in ((-1.0, 5.0), (5.0, 16.0), (24.0, 0.5), (float("nan"), 3.0), (float("inf"), 3.0)):
        assert not clicks.click(row, col)
    assert not session.answerer.asked
    assert clicks.plane() is None
    assert "outside the image" in session.answerer.noted[0][0]


def test_two_hundred_clicks_are_taken_back_one_by_one(session, clicks):
    seen = []
    for number in range(200):
        clicks.click(3.5 + number % 16, 2.5 + (number * 7) % 12, positive=number % 3 != 2)
        seen.append(clicks.ghost(session.key()).copy())
    assert len(clicks.plane().marks) == 200
    for ghost in reversed(seen[:-1]):
        assert clicks.undo()
        assert (clicks.ghost(session.key()) == ghost).all()
    assert clicks.undo()
    assert clicks.ghost(session.key()) is None
    assert len(session.answerer.asked) == 200  # nothing was asked anew


def test_more_clicks_than_anybody_answers_are_refused_in_words(session, clicks):
    plane = ClickPlane(session.key(), session.mask(session.key()))
    plane.pending = [Click(5.5, 5.5)] * MOST_MARKS
    clicks._planes[session.key()] = plane
    assert not clicks.click(5.5, 5.5)
    assert str(MOST_MARKS) in session.answerer.noted[-1][0]


def test_nothing_is_clicked_with_another_tool_or_where_nothing_may_be_drawn(session, clicks, monkeypatch):
    session.view.tool = Tool.BRUSH
    assert not clicks.click(8.5, 6.5)
    session.view.tool = Tool.CLICK
    monkeypatch.setattr(session, "can_draw", lambda recording_id: "The study is open for reading only")
    assert not clicks.click(8.5, 6.5)
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    assert not session.answerer.asked


def test_a_study_that_is_open_for_reading_takes_no_clicks(session, clicks):
    path = session.study_path
    session.close_study()
    assert session.open_study(path, read_only=True)
    session.go_to(1, 0)
    assert clicks.current is not None
    assert not clicks.click(8.5, 6.5)
    assert not clicks.box(2, 2, 8, 8)
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    assert not session.answerer.asked


# --- undo -------------------------------------------------------------------------------------------


def test_undo_takes_clicks_back_first_and_strokes_after(session, clicks):
    session.push_masks("Brush", {session.key(): square(3, 3)})
    desk = desk_of(session)
    clicks.click(8.5, 6.5)
    clicks.box(2, 2, 9, 9)
    assert click_acts.undo_title(session) == "Undo box on frame 1"
    click_acts.undo(desk)
    assert click_acts.undo_title(session) == "Undo click on frame 1"
    click_acts.undo(desk)
    assert clicks.plane() is None
    assert click_acts.undo_title(session) == "Undo Brush on rib, frame 1"
    assert click_acts.redo_title(session) == "Redo click on frame 1"
    click_acts.redo(desk)
    click_acts.redo(desk)
    assert len(clicks.plane().marks) == 2
    assert not click_acts.can_redo(session)
    for _ in range(3):
        assert click_acts.can_undo(session)
        click_acts.undo(desk)
    assert not session.mask(session.key()).any()
    click_acts.redo(desk)  # the stroke, not clicks from before it
    assert session.mask(session.key()).any()


def test_what_was_dropped_comes_back_until_something_else_is_done(session, clicks):
    clicks.click(8.5, 6.5)
    ghost = clicks.ghost(session.key()).copy()
    desk = desk_of(session)
    click_acts.drop(desk)
    assert clicks.plane() is None
    assert "Ctrl+Z" in desk.said[0]
    assert "dropping" in click_acts.undo_title(session)
    click_acts.undo(desk)
    assert (clicks.ghost(session.key()) == ghost).all()
    click_acts.drop(desk)
    session.push_masks("Brush", {session.key(): square(3, 3)})
    click_acts.undo(desk)
    assert clicks.plane() is None
    assert not session.mask(session.key()).any()


def test_a_stroke_drawn_meanwhile_survives_the_accepting(session, clicks):
    session.push_masks("Brush", {session.key(): square(3, 3)})
    clicks.click(3.5, 3.5, positive=False)
    clicks.click(12.5, 8.5)
    session.push_masks("Brush", {session.key(): square(3, 3) | square(18, 3)})
    clicks.click(12.5, 12.5)
    clicks.accept()
    mask = session.mask(session.key())
    assert mask[18, 3]
    assert mask[12, 8]
    assert mask[12, 12]
    assert not mask[3, 3]


def test_undoing_the_stroke_below_leaves_the_ghost_sound(session, clicks):
    session.push_masks("Brush", {session.key(): square(3, 3)})
    clicks.click(12.5, 8.5)
    session.undo()
    assert (clicks.ghost(session.key()) == square(12, 8)).all()


# --- going elsewhere --------------------------------------------------------------------------------


def test_a_ghost_waits_on_its_frame_and_this_is_said(session, clicks):
    clicks.click(8.5, 6.5)
    here = session.key()
    session.step(2)
    assert "wait on frame 1" in session.answerer.noted[-1][0]
    assert clicks.plane() is None
    assert clicks.waiting() == (here,)
    session.go_to(2, 0)
    session.go_to(1, 0)
    session.go_to(2, 0)
    assert f"frame 1 of {session.row(1).name}" in session.answerer.noted[-1][0]
    desk = desk_of(session)
    click_acts.go_to_waiting(desk)
    assert session.key() == here
    assert (clicks.ghost(here) == square(8, 6)).all()
    assert clicks.waiting() == ()
    click_acts.go_to_waiting(desk)
    assert "No clicks wait" in desk.said[-1]


def test_labels_have_clicks_of_their_own(session, clicks):
    clicks.click(8.5, 6.5)
    session.view.label = "cerebellum"
    assert "wait until you choose it again" in session.answerer.noted[-1][0]
    assert clicks.plane() is None
    clicks.click(14.5, 6.5)
    clicks.accept()
    assert not session.mask(session.key("rib")).any()
    assert session.mask(session.key("cerebellum"))[14, 6]
    session.view.label = "rib"
    assert clicks.plane() is not None


def test_another_tool_hides_the_ghost_and_says_where_it_is(session, clicks):
    clicks.click(8.5, 6.5)
    session.view.tool = Tool.BRUSH
    assert "S shows them again" in session.answerer.noted[-1][0]
    assert clicks.current is None
    assert click_acts.undo_title(session) is None
    session.view.tool = Tool.CLICK
    assert clicks.plane() is not None


def test_closing_the_study_forgets_every_ghost(session, clicks, tmp_path):
    clicks.click(8.5, 6.5)
    session.step(1)
    clicks.click(8.5, 6.5)
    session.close_study()
    assert "2 clicked masks were not accepted" in session.answerer.noted[-1][0]
    assert clicks.waiting() == ()
    assert clicks.plane(PlaneKey(1, 0, "rib")) is None
    assert not clicks.click(3.5, 3.5)


def test_ghosts_that_nobody_accepted_are_taken_over_together(session, clicks):
    clicks.click(8.5, 6.5)
    session.step(1)
    session.push_masks("Brush", {session.key(): square(8, 6)})
    clicks.click(8.5, 6.5)  # changes nothing
    session.step(1)
    clicks.click(12.5, 6.5)
    assert [key.frame for key in clicks.unaccepted()] == [0, 1, 2]
    assert clicks.accept_all()
    assert clicks.unaccepted() == ()
    assert (session.mask(PlaneKey(1, 0, "rib")) == square(8, 6)).all()
    assert session.undo_name == "Clicked mask on rib, 2 frames"
    assert clicks.accept_all()  # nothing to do


def test_a_promoted_model_or_a_run_of_learning_does_not_touch_the_ghost(session, clicks):
    clicks.click(8.5, 6.5)
    session.set_active_model("rib", "another", "another-2")
    session.version_promoted.emit(None, "rib")
    session.prediction_changed.emit(*session.place, "rib")
    assert (clicks.ghost(session.key()) == square(8, 6)).all()


def test_a_recording_that_is_removed_takes_its_ghosts_along(session, clicks):
    clicks.click(8.5, 6.5)
    session.go_to(2, 0)
    session.remove_recording(1)
    assert clicks.waiting() == ()


def test_a_file_read_in_another_way_has_no_ghosts(session, clicks):
    clicks.click(8.5, 6.5)
    clicks.set_ready(session.place, True)
    session.reading_changed.emit(1)
    assert clicks.plane() is None
    assert not clicks.is_ready
    assert "another way" in session.answerer.noted[-1][0]
