from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.confidence import expected_dice
from lusgui.session import confidence

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
    recording_id, _ = session.place
    for frame in range(4):
        session.put_prediction(session.prediction_key(recording_id, frame), probability)
    return session


def test_it_is_of_the_mask_that_is_shown(answered, probability):
    key = answered.key("rib")
    held = probability.astype(np.float16)
    assert answered.confidence.expected_dice(key) == pytest.approx(expected_dice(held, held >= 0.5))
    answered.view.threshold = 0.7
    assert answered.confidence.expected_dice(key) == pytest.approx(expected_dice(held, held >= 0.7))
    answered.view.threshold = 0.95
    assert answered.confidence.expected_dice(key) is None


def test_it_is_computed_once(answered, monkeypatch):
    asked = []
    monkeypatch.setattr(confidence, "expected_dice", lambda *given: asked.append(1) or 0.5)
    key = answered.key("rib")
    for _ in range(3):
        assert answered.confidence.expected_dice(key) == 0.5
    assert len(asked) == 1


def test_without_an_answer_there_is_none(session):
    assert session.confidence.expected_dice(session.key("rib")) is None
    session.set_active_model("rib", "Rib", "rib@1")
    assert session.confidence.expected_dice(session.key("rib")) is None
    assert session.confidence.of_frames(session.place[0], "rib", 8) == ({}, False)


def test_a_new_answer_is_judged_anew(answered):
    key = answered.key("rib")
    before = answered.confidence.expected_dice(key)
    sure = np.zeros(SHAPE, np.float32)
    sure[3:9, 3:9] = 1.0
    answered.put_prediction(answered.prediction_key(*answered.place), sure)
    assert answered.confidence.expected_dice(key) == 1.0 != before


def test_many_frames_come_in_portions(answered):
    recording_id, _ = answered.place
    known, is_more = answered.confidence.of_frames(recording_id, "rib", 3)
    assert (len(known), is_more) == (3, True)
    known, is_more = answered.confidence.of_frames(recording_id, "rib", 3)
    assert (sorted(known), is_more) == ([0, 1, 2, 3], False)
    assert known[2] == answered.confidence.expected_dice(PlaneKey(recording_id, 2, "rib"))
    assert answered.confidence.of_frames(recording_id, "rib", 0) == (known, False)


def test_of_another_model_nothing_is_said(answered):
    recording_id, _ = answered.place
    answered.confidence.of_frames(recording_id, "rib", 9)
    answered.set_active_model("rib", "Rib", "rib@2")
    assert answered.confidence.of_frames(recording_id, "rib", 9) == ({}, False)


def test_what_is_dropped_is_forgotten(answered):
    recording_id, _ = answered.place
    answered.confidence.of_frames(recording_id, "rib", 9)
    answered.drop_predictions(recording_id)
    assert answered.confidence.of_frames(recording_id, "rib", 9) == ({}, False)


def test_memory_is_bounded(answered, monkeypatch):
    monkeypatch.setattr(confidence, "_MOST_KEPT", 2)
    monkeypatch.setattr(confidence, "_MOST_THRESHOLDS", 2)
    recording_id, _ = answered.place
    for threshold in (0.4, 0.5, 0.55):
        answered.view.threshold = threshold
        for frame in range(4):
            assert answered.confidence.expected_dice(PlaneKey(recording_id, frame, "rib")) is not None
