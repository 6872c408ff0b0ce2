import numpy as np
import pytest

from lusgui.core.annotation import Status
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.core.geometry import Box
from lusgui.core.intensity import DisplayMapping
from lusgui.core.recording import Intensity

SHAPE = (24, 16)


@pytest.fixture
def probability():
    values = np.zeros(SHAPE, np.float32)
    values[2:6, 2:6] = 0.9
    values[12:20, 5:12] = 0.6
    return values


@pytest.fixture
def answered(session, probability):
    session.set_active_model("rib", "Rib", "rib@1")
    key = session.key("rib")
    assert session.put_prediction(session.prediction_key(*session.place), probability)
    session.heard.clear()
    return session, key


def test_an_answer_never_writes_the_human_plane(answered):
    session, key = answered
    assert session.prediction(key) is not None
    assert session.model_mask(key).sum() == 72
    assert not session.mask(key).any()
    assert session.status(key) is Status.UNTOUCHED
    assert not session.can_undo


def test_threshold_works_on_the_kept_answer(answered):
    session, key = answered
    session.view.threshold = 0.7
    assert session.model_mask(key).sum() == 16
    session.view.threshold = 0.5
    session.view.keep_largest = 1
    assert session.model_mask(key).sum() == 56
    assert session.model_mask(key) is session.model_mask(key)
    assert not session.model_mask(key).flags.writeable


def test_stale_answers_are_kept_but_not_shown(session, probability):
    session.set_active_model("rib", "Rib", "rib@1")
    wanted = session.prediction_key(1, 0)
    session.view.despeckle = DespeckleSettings(Method.OFF)
    session.heard.clear()
    assert not session.put_prediction(wanted, probability)
    assert not session.heard
    assert session.prediction(session.key("rib")) is None
    session.view.despeckle = DespeckleSettings(Method.FAST)
    assert session.prediction(session.key("rib")) is not None
    session.set_active_model("rib", "Rib", "rib@2")
    assert session.heard.of("prediction_changed") == [(1, 0, "rib")]
    assert session.prediction(session.key("rib")) is None
    session.set_active_model("rib", "Rib", "rib@1", "own")
    assert session.prediction_key(1, 0).despeckle_key == "own"


def test_answers_of_another_study_or_size_are_dropped(session, probability):
    session.set_active_model("rib", "Rib", "rib@1")
    key = session.prediction_key(1, 0)
    assert not session.put_prediction(key, probability[:5])
    assert not session.put_prediction(session.prediction_key(99, 0), probability)
    assert len(session.predictions) == 0


def test_accept_whole(answered):
    session, key = answered
    session.stroke(key, Box(0, 10, 2, 12), np.ones((2, 2), bool), True)
    assert session.accept_model(key)
    assert session.mask(key).sum() == 76
    assert session.status(key) is Status.ACCEPTED
    assert session.study.annotation(key).provenance["sources"] == ["human", "model:rib@1"]
    session.undo()
    assert session.mask(key).sum() == 4
    assert session.accept_model(key, replace=True)
    assert session.mask(key).sum() == 72


def test_accept_one_component(answered):
    session, key = answered
    assert not session.accept_model(key, component_at=(0, 0))
    assert session.accept_model(key, component_at=(3, 3))
    assert session.mask(key).sum() == 16
    assert session.status(key) is Status.EDITED
    assert session.undo_name == "Accept component on rib, frame 1"


def test_accept_without_answer_says_so(session):
    assert not session.accept_model(session.key("rib"))
    assert "not answered" in session.heard.problems[0].message


def test_stored_answers_survive_a_restart(session, make_session, probability):
    session.set_active_model("rib", "Rib", "rib@1")
    wanted = session.prediction_key(2, 3, "rib")
    assert session.store_prediction(wanted, probability)
    assert session.study.statuses(2) == {}
    path = session.study_path
    session.close_study()
    later = make_session()
    later.open_study(path)
    later.set_active_model("rib", "Rib", "rib@1")
    later.go_to(2, 3)
    assert later.has_prediction(wanted)
    assert later.model_mask(later.key("rib")).sum() == 72
    assert not later.mask(later.key("rib")).any()
    assert later.set_mapping(2, DisplayMapping(Intensity.DISPLAY, 0, 100))
    assert not later.has_prediction(wanted)


def test_proposals_are_ghosts_until_accepted(session):
    key = session.key()
    ghost = np.zeros(SHAPE, bool)
    ghost[3:5, 3:5] = True
    session.set_proposal(key, ghost, "proposal:interpolation")
    ghost[:] = True
    assert session.proposal(key).sum() == 4
    assert not session.mask(key).any()
    session.reject_proposal(key)
    assert session.proposal(key) is None
    assert not session.accept_proposal(key)
    session.set_proposal(key, session.proposal(key) is None and np.ones(SHAPE, bool), "proposal:x")
    assert session.accept_proposal(key)
    assert session.mask(key).all()
    assert session.proposal(key) is None
    assert session.undo().source == "proposal:x"
    assert len(session.heard.of("proposal_changed")) == 4


def test_a_model_keeps_as_many_pieces_as_the_label_can_have(session, probability):
    probability[0, 10:14] = 0.9  # a third piece, the smallest
    session.set_active_model("cerebellum", "Cerebellum", "cerebellum@1")
    key = session.key("cerebellum")
    assert session.put_prediction(
        session.prediction_key(key.recording_id, key.frame, "cerebellum"), probability
    )
    assert session.model_mask(key).sum() == 72
    session.view.keep_largest = 3
    assert session.model_mask(key).sum() == 76
