from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import Status
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.session import acts
from lusgui.session.session import Session
from lusgui.session.view_state import OverlayStyle, Tool


class Desk:
    """Remembers what commands ask of a window."""

    def __init__(self, session):
        self.session = session
        self.said = []
        self.space = []

    def say(self, text):
        self.said.append(text)

    def hold_space(self, held):
        self.space.append(held)
        return False


@pytest.fixture
def desk(tmp_path):
    path = tmp_path / "clip.npy"
    np.save(path, np.arange(4 * 40 * 30, dtype=np.uint8).reshape(4, 40, 30))
    session = Session()
    problems = []
    session.problem_reported.connect(problems.append)
    session.new_study(tmp_path / "study.lusgui")
    session.add_recordings([path])
    assert not problems
    session.view.despeckle = DespeckleSettings(Method.OFF)
    yield Desk(session)
    session.close_study()


def answer(session, value):
    session.set_active_model("rib", "tiny", "tiny-1")
    probability = np.zeros((40, 30), np.float32)
    probability[2:5, 2:5] = value
    session.put_prediction(session.prediction_key(*session.place, "rib"), probability)


def draw(session):
    mask = np.zeros((40, 30), bool)
    mask[1:3, 1:3] = True
    session.push_masks("Brush", {session.key(): mask})


def test_accepting_prefers_what_was_drawn(desk):
    session = desk.session
    answer(session, 0.9)
    draw(session)
    assert acts.accept_frame(desk)
    assert session.mask(session.key()).sum() == 4
    assert session.status(session.key()) is Status.ACCEPTED


def test_accepting_takes_the_model_otherwise(desk):
    answer(desk.session, 0.9)
    assert acts.accept_frame(desk)
    assert desk.session.mask(desk.session.key()).sum() == 9


def test_accepting_nothing_says_so(desk):
    answer(desk.session, 0.1)
    assert not acts.accept_frame(desk)
    assert desk.said
    assert desk.session.status(desk.session.key()) is Status.UNTOUCHED


def test_an_erased_mask_is_not_filled_by_the_model(desk):
    session = desk.session
    answer(session, 0.9)
    draw(session)
    session.clear_mask(session.key())
    acts.accept_frame(desk)
    assert not session.mask(session.key()).any()


def test_going_on_follows_the_worklist(desk):
    session = desk.session
    acts.go_on(desk)
    assert session.current_frame == 1
    session.draw_worklist(every=3)  # frames 0 and 3
    acts.go_on(desk)
    assert session.current_frame == 3


def test_a_proposal_goes_before_the_model(desk):
    session = desk.session
    answer(session, 0.9)
    ghost = np.zeros((40, 30), bool)
    ghost[8, 8] = True
    session.set_proposal(session.key(), ghost, "test")
    acts.accept_whole_model(desk)
    assert session.mask(session.key()).sum() == 1


def test_nothing_here_refuses_a_mask(desk):
    draw(desk.session)
    acts.nothing_here(desk)
    assert "clear it first" in desk.said[0]
    acts.clear_mask(desk)
    place = desk.session.place
    acts.nothing_here(desk)
    assert desk.session.frame_statuses(place[0])[place[1]] is Status.NOTHING_HERE
    assert desk.session.current_frame == 1


def test_switches_numbers_and_tools(desk):
    view = desk.session.view
    acts.change("threshold", 0.05)(desk)
    assert view.threshold == 0.55
    acts.toggle("show_raw")(desk)
    assert not view.show_raw
    acts.choose_tool(Tool.BRUSH, erase=True)(desk)
    assert view.erase
    acts.swap_outline_and_fill(desk)
    assert view.overlay_style is OverlayStyle.FILL
    acts.choose_label(1)(desk)
    assert view.label == "cerebellum"
    acts.choose_label(8)(desk)
    assert view.label == "cerebellum"
    acts.go_to_end(last=True)(desk)
    assert desk.session.current_frame == 3
    view.window = 0.3
    acts.reset_window(desk)
    assert (view.window, view.level) == (1.0, 0.5)
    acts.set_theme("light")(desk)
    assert view.theme == "light"
    acts.press_space(desk)
    assert desk.space == [True]
    assert not view.overlay_visible


def test_an_empty_worklist_is_explained(desk):
    acts.next_on_worklist(1)(desk)
    assert "no worklist" in desk.said[0]


def test_nothing_breaks_without_a_study():
    desk = Desk(Session())
    for act in (acts.accept_frame, acts.accept_whole_model, acts.nothing_here, acts.clear_mask, acts.go_on):
        act(desk)
    acts.set_status(Status.REJECTED)(desk)
    acts.go_to_end(last=False)(desk)


def test_uncertainty_needs_a_model(desk):
    acts.show_uncertainty(desk)
    assert not desk.session.view.uncertainty_visible
    assert "No model" in desk.said[0]
    answer(desk.session, 0.5)
    desk.session.view.overlay_visible = False
    acts.show_uncertainty(desk)
    assert desk.session.view.uncertainty_visible
    assert desk.session.view.overlay_visible
    acts.show_uncertainty(desk)
    assert not desk.session.view.uncertainty_visible
