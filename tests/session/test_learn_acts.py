"""lusgui.session.learn_acts: N follows suggestions and says why; roll-back and use in words."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lusgui.core.learning.result import Suggestion
from lusgui.session import acts, learn_acts
from lusgui.session.session import Session


@pytest.fixture
def desk(tmp_path):
    path = tmp_path / "clip.npy"
    np.save(path, np.zeros((9, 40, 30), np.uint8))
    session = Session()
    session.new_study(tmp_path / "study.lusgui")
    session.add_recordings([path])
    session.view.label = "rib"
    said = []
    yield SimpleNamespace(session=session, said=said, say=said.append)
    session.close_study()


def suggest(session, *frames):
    session.learning.set_suggestions(
        [Suggestion(session.place[0], frame, 1.0 - n / 10, ("nothing like it is labelled",), None, "rib")
         for n, frame in enumerate(frames)]
    )  # fmt: skip


def draw(session):
    mask = np.zeros((40, 30), bool)
    mask[1:9, 1:9] = True
    session.push_masks("Brush", {session.key(): mask})


def test_n_goes_to_what_teaches_most_and_says_why(desk):
    session = desk.session
    suggest(session, 5, 2)
    learn_acts.next_suggested(1)(desk)
    assert session.current_frame == 5
    assert desk.said == ["Suggested: nothing like it is labelled"]
    learn_acts.next_suggested(1)(desk)
    assert session.current_frame == 2
    learn_acts.next_suggested(-1)(desk)
    assert session.current_frame == 5


def test_without_suggestions_n_is_the_worklist(desk):
    learn_acts.next_suggested(1)(desk)
    assert "No frames are suggested" in desk.said[-1]
    desk.session.draw_worklist(every=4)
    learn_acts.next_suggested(1)(desk)
    assert desk.session.current_frame == 4


def test_accepting_a_suggested_frame_goes_to_the_next_one(desk):
    session = desk.session
    session.draw_worklist(every=4)
    suggest(session, 5, 2)
    learn_acts.next_suggested(1)(desk)
    draw(session)
    acts.accept_and_go_on(desk)
    assert session.current_frame == 2
    assert desk.said == ["Suggested: nothing like it is labelled"] * 2
    acts.nothing_here(desk)
    assert session.current_frame == 4  # all of them are reviewed: the worklist goes on


def test_forgotten_suggestions_are_gone(desk):
    suggest(desk.session, 5)
    learn_acts.forget_suggestions(desk)
    assert desk.session.learning.suggestions() == ()


def test_there_is_nothing_before_the_default_model(desk):
    learn_acts.roll_back(desk)
    assert "none before it" in desk.said[-1]
    learn_acts.use_newest(desk)
    assert len(desk.said) == 1
