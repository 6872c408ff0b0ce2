"""Following, and what commands do with clicks: lusgui.session.click_acts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.click.answer import nothing_found
from lusgui.session import acts, click_acts
from lusgui.session.clicking import ClickEngineState
from lusgui.session.commands import COMMANDS
from lusgui.session.view_state import Tool

SHAPE = (24, 16)


def square(row, col):
    mask = np.zeros(SHAPE, bool)
    mask[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
    return mask


def desk_of(session):
    said = []
    return SimpleNamespace(session=session, say=said.append, said=said)


# --- following --------------------------------------------------------------------------------------


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


# --- commands ---------------------------------------------------------------------------------------


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
