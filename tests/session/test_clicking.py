"""Clicks, ghosts and what becomes of them: lusgui.session.clicking, lusgui.session.click_answers,
lusgui.session.click_previews, lusgui.session.click_plane and lusgui.session.click_acts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.click.answer import ClickAnswer, nothing_found
from lusgui.core.click.merge import merge
from lusgui.core.click.prompt import MOST_MARKS, Box, Click, Scribble
from lusgui.session import acts, click_acts
from lusgui.session.click_plane import ClickPlane
from lusgui.session.clicking import ClickEngineState
from lusgui.session.commands import COMMANDS
from lusgui.session.view_state import Tool

SHAPE = (24, 16)


class Answerer:
    """Answers clicks with a square of 5 x 5 about the newest one; nothing is found in row 20 and below."""

    def __init__(self, session):
        self.session = session
        self.asked = []
        self.given_up = 0
        self.noted = []
        self.at_once = True
        session.click_asked.connect(self.ask)
        session.click_given_up.connect(self.give_up)
        session.click_noted.connect(self.note)

    def ask(self, ask):
        self.asked.append(ask)
        if self.at_once:
            self.answer(ask)

    def give_up(self):
        self.given_up += 1

    def note(self, text, place):
        self.noted.append((text, place))

    def answer(self, ask, place=None):
        mark = ask.prompt.marks[-1]
        found = np.zeros(SHAPE, bool)
        row, col = (
            (mark.pixel if isinstance(mark, Click) else (10, 8)) if not isinstance(mark, Box) else (10, 8)
        )
        if row >= 20 or (ask.previous is None and not ask.prompt.has_positive):
            answer = nothing_found(SHAPE, ask.previous, engine="square 1.0", seconds=0.0)
        else:
            square = np.zeros(SHAPE, bool)
            square[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
            previous = np.zeros(SHAPE, bool) if ask.previous is None else ask.previous
            found = (
                previous & ~square if isinstance(mark, Click) and not mark.is_positive else previous | square
            )
            mask = merge(found, ask.previous, ask.prompt)
            answer = ClickAnswer(mask, found.astype(np.float32), True, "", 0.001, "square 1.0")
        return self.session.clicking.take_answer(ask.token, place or ask.place, answer)


@pytest.fixture
def clicks(session):
    """Return the session's clicks, with the tool in use on frame 1 of the first recording."""
    session.go_to(1, 0)
    session.view.label = "rib"
    session.answerer = Answerer(session)
    session.view.tool = Tool.CLICK
    session.heard.clear()
    return session.clicking


def square(row, col):
    mask = np.zeros(SHAPE, bool)
    mask[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
    return mask


def desk_of(session):
    said = []
    return SimpleNamespace(session=session, say=said.append, said=said)


# --- marks and ghosts ---------------------------------------------------------------------------


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


# --- undo ---------------------------------------------------------------------------------------


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


# --- answers that are late ----------------------------------------------------------------------


def test_marks_are_answered_one_after_another(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.click(8.5, 6.5)
    clicks.click(8.5, 10.5)
    assert len(answerer.asked) == 1
    assert clicks.ghost(session.key()) is None
    assert len(clicks.plane().pending) == 2
    answerer.answer(answerer.asked[0])
    assert len(answerer.asked) == 2
    assert (answerer.asked[1].previous == square(8, 6)).all()
    answerer.answer(answerer.asked[1])
    assert not clicks.plane().pending
    assert (clicks.ghost(session.key()) == (square(8, 6) | square(8, 10))).all()


@pytest.mark.parametrize("move", ["frame", "recording", "label", "tool"])
def test_a_late_answer_lands_nowhere_else_and_is_asked_again(session, clicks, move):
    answerer = session.answerer
    answerer.at_once = False
    clicks.click(8.5, 6.5)
    here = session.key()
    if move == "frame":
        session.step(1)
    elif move == "recording":
        session.go_to(2, 0)
    elif move == "label":
        session.view.label = "cerebellum"
    else:
        session.view.tool = Tool.BRUSH
    assert answerer.given_up == 1
    assert not answerer.answer(answerer.asked[0])
    for recording_id in (1, 2, 3):
        for frame in range(3):
            for label in ("rib", "cerebellum"):
                assert clicks.ghost(PlaneKey(recording_id, frame, label)) is None
    answerer.at_once = True
    session.go_to(here.recording_id, here.frame)
    session.view.label, session.view.tool = here.label, Tool.CLICK
    assert (clicks.ghost(here) == square(8, 6)).all()


def test_an_answer_about_another_frame_or_shape_is_refused(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.click(8.5, 6.5)
    assert not answerer.answer(answerer.asked[0], place=(1, 3))
    assert len(answerer.asked) == 2  # so it is asked again
    wrong = ClickAnswer(np.ones((3, 3), bool), np.ones((3, 3), np.float32), True, "", 0.0, "square 1.0")
    assert not clicks.take_answer(answerer.asked[1].token, session.place, wrong)
    assert clicks.ghost(session.key()) is None


def test_a_question_that_is_lost_takes_its_mark_along(session, clicks):
    answerer = session.answerer
    clicks.click(8.5, 6.5)
    answerer.at_once = False
    clicks.click(8.5, 10.5)
    clicks.click(8.5, 2.5)
    clicks.lost(answerer.asked[1].token)
    assert "try again" in answerer.noted[-1][0]
    assert len(answerer.asked) == 3  # the next one is asked
    answerer.answer(answerer.asked[2])
    assert len(clicks.plane().marks) == 2
    clicks.lost(answerer.asked[2].token)  # too late to matter
    assert len(clicks.plane().marks) == 2


def test_taking_back_what_is_being_asked(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.click(8.5, 6.5)
    assert clicks.undo()
    assert answerer.given_up == 1
    assert not answerer.answer(answerer.asked[0])
    assert clicks.plane() is None
    clicks.click(9.5, 6.5)
    clicks.click(9.5, 9.5)
    assert clicks.undo()  # only the newest goes
    assert answerer.answer(answerer.asked[1])
    assert (clicks.ghost(session.key()) == square(9, 6)).all()


def test_enter_before_the_answer_waits_for_it(session, clicks):
    answerer, desk = session.answerer, desk_of(session)
    answerer.at_once = False
    clicks.click(8.5, 6.5)
    acts.accept_whole_model(desk)
    assert not session.mask(session.key()).any()
    answerer.answer(answerer.asked[0])
    assert (session.mask(session.key()) == square(8, 6)).all()


def test_enter_before_an_answer_that_finds_nothing_accepts_nothing(session, clicks):
    answerer, desk = session.answerer, desk_of(session)
    clicks.click(8.5, 6.5)
    answerer.at_once = False
    clicks.click(21.5, 6.5)
    acts.accept_and_go_on(desk)
    answerer.answer(answerer.asked[-1])
    assert session.current_frame == 0
    assert not session.mask(session.key()).any()
    assert clicks.plane() is not None


# --- going elsewhere ----------------------------------------------------------------------------


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


# --- the model's mask ---------------------------------------------------------------------------


def give_model(session, mask):
    session.set_active_model("rib", "tiny", "tiny-1.0")
    session.put_prediction(session.prediction_key(*session.place, "rib"), mask.astype(np.float32) * 0.9)


def test_a_first_click_on_the_models_mask_takes_that_piece(session, clicks):
    give_model(session, square(8, 6) | square(18, 12))
    assert clicks.click(9.5, 7.5)
    assert not session.answerer.asked
    assert (clicks.ghost(session.key()) == square(8, 6)).all()
    clicks.click(8.5, 10.5)  # and mended like any other ghost
    assert (session.answerer.asked[0].previous == square(8, 6)).all()
    clicks.undo()
    assert clicks.accept()
    assert (session.mask(session.key()) == square(8, 6)).all()


def test_the_models_mask_is_not_taken_where_it_is_not_seen_or_not_meant(session, clicks):
    give_model(session, square(8, 6))
    session.view.model_visible = False
    clicks.click(9.5, 7.5)
    assert len(session.answerer.asked) == 1
    clicks.drop()
    session.view.model_visible = True
    clicks.click(9.5, 7.5, positive=False)
    assert len(session.answerer.asked) == 2


# --- what would be ------------------------------------------------------------------------------


def test_a_preview_is_asked_only_when_the_frame_is_ready(session, clicks):
    clicks.preview_at(8.5, 6.5)
    assert not session.answerer.asked
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    assert session.answerer.asked[0].is_preview
    assert (clicks.preview == square(8, 6)).all()
    assert clicks.plane() is None
    clicks.click(8.5, 6.5)
    assert clicks.preview is None


def test_previews_go_one_at_a_time_and_the_newest_wins(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.set_ready(session.place, True)
    for col in (3.5, 4.5, 5.5, 5.7, 6.5):
        clicks.preview_at(8.5, col)
    assert len(answerer.asked) == 1
    answerer.answer(answerer.asked[0])
    assert len(answerer.asked) == 2
    assert answerer.asked[1].prompt.marks[-1].col == 6.5
    clicks.preview_at(8.5, 6.6)  # the same pixel
    answerer.answer(answerer.asked[1])
    assert len(answerer.asked) == 2
    assert (clicks.preview == square(8, 6)).all()


def test_a_preview_that_comes_late_is_not_shown(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    session.step(1)
    answerer.answer(answerer.asked[0])
    assert clicks.preview is None
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    clicks.lost(answerer.asked[-1].token)
    clicks.preview_at(8.5, 6.5)
    assert len(answerer.asked) == 3


def test_previews_can_be_switched_off_and_are_not_made_while_a_mark_waits(session, clicks):
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    session.view.click_preview = False
    assert clicks.preview is None
    clicks.preview_at(8.5, 7.5)
    session.view.click_preview = True
    session.answerer.at_once = False
    clicks.click(8.5, 6.5)
    clicks.preview_at(8.5, 9.5)
    assert [ask.is_preview for ask in session.answerer.asked] == [True, False]


def test_what_a_click_would_not_change_has_no_preview(session, clicks):
    session.push_masks("Brush", {session.key(): square(3, 3)})
    clicks.set_ready(session.place, True)
    clicks.preview_at(3.5, 3.5)  # in the mask already
    clicks.preview_at(12.5, 8.5, positive=False)  # not in it
    assert not session.answerer.asked
    clicks.preview_at(3.5, 3.5, positive=False)
    assert len(session.answerer.asked) == 1
    assert not clicks.preview[3, 3]
    clicks.click(12.5, 8.5)
    clicks.preview_at(12.5, 8.5)  # in the ghost
    assert clicks.preview is None


def test_the_piece_of_the_model_is_the_preview_where_it_would_be_taken(session, clicks):
    give_model(session, square(8, 6))
    clicks.preview_at(9.5, 7.5)
    assert (clicks.preview == square(8, 6)).all()
    assert not session.answerer.asked
    clicks.set_ready(session.place, True)
    clicks.preview_at(9.5, 7.5, positive=False)  # nothing to take away from
    assert clicks.preview is None
    assert not session.answerer.asked


# --- following ----------------------------------------------------------------------------------


def test_the_next_frame_starts_from_the_same_clicks(session, clicks):
    clicks.click(8.5, 6.5)
    clicks.click(8.5, 10.5)
    click_acts.follow(desk_of(session))
    assert session.current_frame == 1
    assert (session.mask(PlaneKey(1, 0, "rib")) == (square(8, 6) | square(8, 10))).all()
    assert not session.mask(session.key()).any()
    assert (clicks.ghost(session.key()) == (square(8, 6) | square(8, 10))).all()
    assert clicks.undo()  # click by click here too
    assert (clicks.ghost(session.key()) == square(8, 6)).all()


def test_following_ends_at_the_last_frame(session, clicks):
    session.go_to(1, 5)
    clicks.click(8.5, 6.5)
    click_acts.follow(desk_of(session))
    assert session.current_frame == 5
    assert session.mask(session.key()).any()
    assert "last frame" in session.answerer.noted[-1][0]


def test_following_to_where_the_structure_is_not_says_so(session, clicks):
    answerer = session.answerer
    clicks.click(8.5, 6.5)
    clicks.click(9.5, 7.5, positive=False)
    answerer.at_once = False
    clicks.follow()
    ask = answerer.asked[-1]
    clicks.take_answer(ask.token, ask.place, nothing_found(SHAPE, None, engine="square 1.0", seconds=0.0))
    assert clicks.plane() is None
    assert "on the frame before" in answerer.noted[-1][0]
    assert len(answerer.asked) == 3  # a negative click alone is not asked


def test_following_does_not_overwrite_clicks_that_wait_there(session, clicks):
    session.step(1)
    clicks.click(14.5, 6.5)
    session.step(-1)
    clicks.click(8.5, 6.5)
    clicks.follow()
    assert len(clicks.plane().marks) == 1
    assert (clicks.ghost(session.key()) == square(14, 6)).all()
    assert "of its own" in session.answerer.noted[-1][0]


# --- commands -----------------------------------------------------------------------------------


def test_accept_and_go_on_takes_what_was_clicked_in_one_edit(session, clicks):
    clicks.click(8.5, 6.5)
    acts.accept_and_go_on(desk_of(session))
    assert session.current_frame == 1
    key = PlaneKey(1, 0, "rib")
    assert session.status(key) is Status.ACCEPTED
    assert (session.mask(key) == square(8, 6)).all()
    session.undo()
    assert session.status(key) is Status.UNTOUCHED
    assert not session.mask(key).any()
    assert not session.can_undo


def test_accepting_what_changes_nothing_is_no_edit(session, clicks):
    session.push_masks("Brush", {session.key(): square(8, 6)})
    clicks.click(8.5, 6.5)
    assert "changes nothing" in session.answerer.noted[-1][0]
    assert clicks.accept()
    assert session.undo_name == "Brush on rib, frame 1"
    clicks.click(8.5, 6.5)
    assert clicks.accept(Status.ACCEPTED)
    assert session.status(session.key()) is Status.ACCEPTED


def test_nothing_here_asks_for_a_decision_on_what_was_clicked(session, clicks):
    clicks.click(8.5, 6.5)
    desk = desk_of(session)
    acts.nothing_here(desk)
    assert "drop it first" in desk.said[-1]
    assert session.status(session.key()) is Status.UNTOUCHED


def test_what_cannot_be_accepted_stays_a_ghost(session, clicks, monkeypatch):
    clicks.click(8.5, 6.5)
    monkeypatch.setattr(session, "push_masks", lambda *a, **k: False)
    assert not clicks.accept()
    assert clicks.plane() is not None


def test_commands_can_be_used_when_they_mean_something(session, clicks):
    commands = {command.id: command for command in COMMANDS}

    def usable(name):
        return commands[name].enabled_when(session)

    assert usable("click.sign")
    assert not usable("click.drop")
    assert not usable("click.follow")
    assert not usable("model.accept")
    clicks.click(8.5, 6.5)
    assert usable("click.drop")
    assert usable("click.follow")
    assert usable("model.accept")
    assert commands["model.accept"].title_now(session) == "Accept the clicked mask"
    session.set_stroke_open(True)
    assert not usable("click.drop")  # Esc is for the drag under way
    session.set_stroke_open(False)
    click_acts.swap_sign(desk_of(session))
    assert session.view.click_negative
    session.view.tool = Tool.BRUSH
    assert not usable("click.sign")
    assert usable("click.waiting")


def test_who_answers_is_known_and_told_once(session, clicks):
    told = []
    session.click_engine_changed.connect(lambda: told.append(clicks.is_ready))
    clicks.set_engine(ClickEngineState("square 1.0", "ready"))
    clicks.set_engine(ClickEngineState("square 1.0", "ready"))
    clicks.set_ready(session.place, True)
    clicks.set_ready(session.place, True)
    clicks.set_ready((2, 3), False)
    assert told == [False, True]
    clicks.set_ready(session.place, False)
    assert not clicks.is_ready


# --- any order of doing things ------------------------------------------------------------------

DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("click"), st.integers(0, 19), st.integers(0, 15), st.booleans()),
        st.tuples(st.sampled_from(["undo", "redo", "drop", "restore", "stroke"])),
    ),
    max_size=25,
)


@given(DOINGS)
@settings(max_examples=60)
def test_undo_and_redo_of_a_plane_always_lead_to_what_was_seen(doings):
    base = np.zeros(SHAPE, bool)
    plane = ClickPlane(PlaneKey(1, 0, "rib"), base)
    seen, ahead = [base], []
    for doing in doings:
        if doing[0] == "click":
            _, row, col, positive = doing
            mask = seen[-1] | square(row, col) if positive else seen[-1] & ~square(row, col)
            plane.add(Click(row + 0.5, col + 0.5, positive))
            plane.answer(mask, base, "square")
            seen.append(mask)
            ahead = []
        elif doing[0] == "undo" and len(seen) > 1:
            assert plane.undo() is not None
            ahead.append(seen.pop())
        elif doing[0] == "redo":
            assert (plane.redo() is not None) == bool(ahead)
            if ahead:
                seen.append(ahead.pop())
        assert (plane.over(base) == seen[-1]).all()
        assert len(plane.marks) == len(seen) - 1
    gained, lost = plane.changes()
    assert not (gained & lost).any()
