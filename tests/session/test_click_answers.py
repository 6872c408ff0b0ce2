"""Answers that are late, lost, or the model's own: lusgui.session.click_answers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.click.answer import ClickAnswer
from lusgui.session import acts
from lusgui.session.view_state import Tool

SHAPE = (24, 16)


def square(row, col):
    mask = np.zeros(SHAPE, bool)
    mask[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
    return mask


def desk_of(session):
    said = []
    return SimpleNamespace(session=session, say=said.append, said=said)


# --- answers that are late --------------------------------------------------------------------------


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


def test_an_answer_to_a_question_that_was_asked_again_is_refused(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.click(8.5, 6.5)
    session.step(1)
    session.step(-1)
    before, after = answerer.asked
    assert before.token != after.token
    assert not answerer.answer(before)  # it comes while the other is waited for
    clicks.lost(before.token)
    assert clicks.plane().pending
    assert clicks.ghost(session.key()) is None
    assert answerer.answer(after)
    assert (clicks.ghost(session.key()) == square(8, 6)).all()


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


# --- the model's mask -------------------------------------------------------------------------------


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


def test_the_piece_of_the_model_is_the_preview_where_it_would_be_taken(session, clicks):
    give_model(session, square(8, 6))
    clicks.preview_at(9.5, 7.5)
    assert (clicks.preview == square(8, 6)).all()
    assert not session.answerer.asked
    clicks.set_ready(session.place, True)
    clicks.preview_at(9.5, 7.5, positive=False)  # nothing to take away from
    assert clicks.preview is None
    assert not session.answerer.asked
