from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.despeckle import OFF
from lusgui.core.messages import LANE_AHEAD, LANE_BATCH, LANE_NOW
from lusgui.core.prediction_key import PredictionKey
from lusgui.runtime.outstanding import Outstanding, PredictRequest


@pytest.fixture
def make(mapping):
    def request(frame):
        key = PredictionKey(1, frame, "off", "m")
        return PredictRequest(key, np.zeros((2, 2)), mapping, OFF, "m.safetensors")

    return request


@pytest.fixture
def waiting():
    return Outstanding()


def frames(questions):
    return [q.request.key.frame for q in questions]


def test_questions_are_numbered_and_answered_once(waiting, make):
    first, second = waiting.add(make(1), LANE_NOW), waiting.add(make(2), LANE_NOW)
    assert first.request_id != second.request_id
    message = first.to_message()
    assert (message.request_id, message.key.frame, message.lane) == (first.request_id, 1, LANE_NOW)
    assert waiting.pop(first.request_id) is first
    assert waiting.pop(first.request_id) is None
    assert len(waiting) == 1


def test_questions_are_found_and_withdrawn_by_key_and_lane(waiting, make):
    for frame, lane in ((1, LANE_NOW), (1, LANE_AHEAD), (2, LANE_AHEAD), (3, LANE_BATCH)):
        waiting.add(make(frame), lane)
    assert waiting.find(make(1).key, (LANE_AHEAD,)).lane == LANE_AHEAD
    assert waiting.find(make(3).key, (LANE_NOW, LANE_AHEAD)) is None
    assert frames(waiting.pop_where(lane=LANE_AHEAD, key=make(1).key)) == [1]
    assert frames(waiting.pop_where(lane=LANE_AHEAD)) == [2]
    assert frames(waiting.pop_where()) == [1, 3]


def test_after_a_death_the_superseded_go_and_the_rest_is_asked_in_order_of_need(waiting, make):
    for frame, lane in ((9, LANE_BATCH), (5, LANE_AHEAD), (1, LANE_NOW), (2, LANE_NOW)):
        waiting.add(make(frame), lane)
    assert frames(waiting.after_crash(True)) == [1]
    assert frames(waiting.after_restart()) == [2, 5, 9]


def test_what_was_computed_at_two_deaths_is_given_up_and_nothing_else(waiting, make):
    waiting.add(make(1), LANE_BATCH)
    waiting.add(make(2), LANE_BATCH)
    assert waiting.after_crash(True) == []
    (guilty,) = waiting.after_crash(True)
    assert (guilty.request.key.frame, guilty.tries) == (1, 2)
    assert frames(waiting.after_restart()) == [2]


def test_a_process_that_never_computed_blames_nobody(waiting, make):
    waiting.add(make(1), LANE_NOW)
    for _ in range(5):
        assert waiting.after_crash(False) == []
    assert len(waiting) == 1


def test_one_question_can_be_about_several_labels_of_a_model(make):
    from dataclasses import replace

    request = replace(make(1), key=replace(make(1).key, label="cerebellum"), others=("vermis",))
    assert request.key_of("cerebellum") == request.key
    assert request.key_of("vermis") == replace(request.key, label="vermis")
    assert request.key_of("rib") is None
    waiting = Outstanding()
    question = waiting.add(request, LANE_NOW)
    assert question.to_message().others == ("vermis",)
    assert waiting.get(question.request_id) is question
    waiting.pop(question.request_id)
    assert waiting.get(question.request_id) is None
