import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.learning.result import Suggestion
from lusgui.core.learning.status import IDLE, LearnStatus, RunState
from lusgui.session.learn_notes import LearnNotes

WORTH = [Suggestion(1, 4, 0.9, ("a",), 0.5, "rib"), Suggestion(2, 1, 0.5, ("b",), None, "rib")]


def test_a_status_is_told_once(session):
    heard = []
    session.learn_status_changed.connect(heard.append)
    assert isinstance(session.learning, LearnNotes)
    assert session.learning.status == IDLE
    status = LearnStatus(1, ("rib",), RunState.RUNNING)
    session.learning.set_status(status)
    session.learning.set_status(LearnStatus(1, ("rib",), RunState.RUNNING))
    assert heard == [status]
    assert session.learning.status is status


def test_suggestions_are_kept_until_they_are_done(session, make_session):
    heard = []
    session.suggestions_changed.connect(lambda: heard.append(1))
    session.learning.set_suggestions(WORTH)
    assert heard == [1]
    path = session.study_path
    session.close_study()
    later = make_session()
    later.open_study(path)
    assert later.learning.suggestions() == tuple(WORTH)
    assert later.learning.suggestion_at(1, 4).reasons == ("a",)
    assert later.learning.suggestion_at(1, 4, "cerebellum") is None
    draw(later, 1, 4)
    assert later.learning.suggestions("rib") == tuple(WORTH[1:])
    later.set_status(PlaneKey(2, 1, "rib"), Status.IGNORED)
    assert later.learning.suggestions("rib") == tuple(WORTH[1:])
    later.remove_recording(2)
    assert later.learning.suggestions() == ()


def test_going_through_them(session):
    assert not session.learning.next_suggestion()
    session.learning.set_suggestions([*WORTH, Suggestion(3, 0, 0.1, (), None, "cerebellum")])
    session.view.label = "rib"
    session.go_to(3, 5)
    assert session.learning.next_suggestion()
    assert session.place == (1, 4)
    assert session.learning.next_suggestion()
    assert session.place == (2, 1)
    assert session.learning.next_suggestion()
    assert session.place == (1, 4), "round"
    assert session.learning.next_suggestion(-1)
    assert session.place == (2, 1)
    session.go_to(3, 5)
    session.learning.next_suggestion(-1)
    assert session.place == (2, 1)


def test_what_is_not_sound_is_passed_over(session):
    good = WORTH[0].to_json()
    stored = [good, {}, 3, good | {"frame": 99}, good | {"recording_id": 9}]
    session.study.settings.set_setting("learn_suggestions", stored)
    assert session.learning.suggestions() == (WORTH[0],)
    session.study.settings.set_setting("learn_suggestions", {"no": "list"})
    assert session.learning.suggestions() == ()


def test_a_stroke_is_told(session):
    heard = []
    session.stroke_open_changed.connect(heard.append)
    for is_open in (True, True, False, False):
        session.set_stroke_open(is_open)
        assert session.is_stroke_open is is_open
    assert heard == [True, False]
