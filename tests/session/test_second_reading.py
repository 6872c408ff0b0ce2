import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.geometry import Box
from lusgui.core.prediction_key import PredictionKey
from lusgui.io.second_read import suggest_path
from lusgui.session.view_state import Tool

SHAPE = (24, 16)
FULL = np.ones((4, 4), bool)


def stroke(session, key, row=2):
    return session.stroke(key, Box(row, 2, row + 4, 6), FULL, True)


@pytest.fixture
def first(session):
    """Return a session in which Ada drew on two frames, and a model answers."""
    session.rater = "Ada"
    for frame in (1, 4):
        stroke(session, PlaneKey(1, frame, "rib"))
    session.set_status(PlaneKey(2, 0, "rib"), Status.NOTHING_HERE)
    session.set_active_model("rib", "tiny", "v1", "raw")
    session.heard.clear()
    return session


def begin(session, reader="Sue"):
    reading = session.second_reading
    path = suggest_path(session.study_path, reader)
    return reading.begin(path, reader, ["rib"], reading.decided(["rib"]))


def test_the_second_reader_sees_nothing_and_the_first_study_stays(first):
    path = first.study_path
    before = path.read_bytes()
    assert first.second_reading.decided(["rib"]) == [(1, 1), (1, 4), (2, 0)]
    assert first.second_reading.decided(["cerebellum"]) == []
    first.view.tool = Tool.CLICK
    assert begin(first)
    assert first.heard.problems == []
    assert first.is_blinded
    assert first.rater == "Sue"
    assert first.view.tool is Tool.BRUSH
    assert first.place == (1, 1)
    assert first.worklist == [(1, 1), (1, 4), (2, 0)]
    assert not first.mask(PlaneKey(1, 1, "rib")).any()
    assert first.active_model("rib") is None
    assert first.prediction_key(1, 1, "rib") is None
    first.put_prediction(PredictionKey(1, 1, "raw", "v1", "rib"), np.ones(SHAPE))
    assert first.model_mask(PlaneKey(1, 1, "rib")) is None
    assert first.second_reading.progress() == (0, 3)
    stroke(first, PlaneKey(1, 1, "rib"), 8)
    assert first.second_reading.progress() == (1, 3)
    first.open_study(path)
    assert not first.is_blinded
    assert first.rater == "Ada"
    assert first.active_model("rib") is not None
    assert first.mask(PlaneKey(1, 1, "rib")).sum() == 16
    assert not first.mask(PlaneKey(1, 1, "rib"))[8].any()
    assert before[:100] == path.read_bytes()[:100]


def test_a_second_read_goes_on_after_a_restart_and_is_finished_once(first, make_session):
    heard = []
    first_path = first.study_path
    assert begin(first)
    path = first.study_path
    stroke(first, PlaneKey(1, 1, "rib"))
    assert first.close_study()
    again = make_session()
    again.second_reading.changed.connect(lambda: heard.append(again.is_blinded))
    assert again.open_study(path)
    assert again.is_blinded
    assert again.rater == "Sue"
    assert again.second_reading.finish()
    assert not again.is_blinded
    assert again.second_reading.read.is_locked
    assert again.is_read_only
    assert not stroke(again, PlaneKey(1, 4, "rib"))
    assert not again.second_reading.finish()
    assert again.mask(PlaneKey(1, 1, "rib")).any()
    assert again.second_reading.open_first()
    assert again.study_path == first_path
    assert again.second_reading.progress() == (0, 0)
    assert heard[0] is True
    assert heard[-1] is False


def test_a_read_that_cannot_be_begun_leaves_the_study_open(first):
    path = first.study_path
    assert not first.second_reading.begin(path, "Sue", ["rib"], [(1, 1)])
    assert first.study_path == path
    assert first.heard.problems[0].title == "The second read was not begun"
    first.close_study()
    assert not first.second_reading.begin(path, "Sue", ["rib"], [(1, 1)])
    assert not first.second_reading.open_first()


def test_a_piece_in_hand_is_put_down_before_the_read_is_locked(first):
    assert begin(first)
    key = PlaneKey(1, 1, "rib")
    stroke(first, key, 8)
    first.go_to(1, 1)
    first.view.label, first.view.tool = "rib", Tool.MOVE
    piece = first.moving.take(key, 9.5, 3.5)
    piece.draft(rows=6)
    piece.keep_draft()
    heard = []
    first.mask_changed.connect(lambda *_: heard.append(first.study.settings.lock_reason()))
    assert first.second_reading.finish()
    assert heard == [None]
    assert first.mask(key)[14:18, 2:6].all()
    assert first.mask(key).sum() == 16
