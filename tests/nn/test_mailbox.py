from __future__ import annotations

import threading

import numpy as np
import pytest

from lusgui.core.despeckle import OFF
from lusgui.core.intensity import DisplayMapping
from lusgui.core.messages import LANE_AHEAD, LANE_BATCH, LANE_NOW, LoadModel, Predict
from lusgui.core.prediction_key import PredictionKey
from lusgui.core.recording import Intensity
from lusgui.nn.mailbox import MAX_AHEAD, Mailbox


def request(number, lane=LANE_NOW):
    mapping = DisplayMapping(Intensity.DISPLAY, 0.0, 1.0)
    key = PredictionKey(1, number, "off", "m")
    return Predict(number, key, "m.safetensors", np.zeros((2, 2)), mapping, OFF, lane)


@pytest.fixture
def dropped():
    return []


@pytest.fixture
def mailbox(dropped):
    return Mailbox(dropped.append)


def test_the_latest_request_wins_and_the_older_is_named(mailbox, dropped):
    for number in (1, 2, 3):
        mailbox.put(request(number))
    assert dropped == [1, 2]
    assert mailbox.take().request_id == 3


def test_what_is_waited_for_goes_before_models_neighbours_and_long_jobs(mailbox):
    mailbox.put(request(1, LANE_BATCH))
    mailbox.put(request(2, LANE_AHEAD))
    mailbox.put(LoadModel("m"))
    mailbox.put(request(3, LANE_AHEAD))
    mailbox.put(request(4))
    assert mailbox.take().request_id == 4
    assert mailbox.take() == LoadModel("m")
    assert [mailbox.take().request_id for _ in range(3)] == [2, 3, 1]


def test_neighbours_are_bounded_and_the_oldest_go(mailbox, dropped):
    for number in range(MAX_AHEAD + 3):
        mailbox.put(request(number, LANE_AHEAD))
    assert dropped == [0, 1, 2]


def test_cancelling_names_what_it_dropped(mailbox, dropped):
    for number, lane in ((1, LANE_NOW), (2, LANE_AHEAD), (3, LANE_BATCH), (4, LANE_BATCH)):
        mailbox.put(request(number, lane))
    mailbox.cancel((1, 3, 99))
    assert dropped == [1, 3]
    mailbox.cancel(())
    assert sorted(dropped) == [1, 2, 3, 4]


def test_taking_waits_and_closing_ends_it(mailbox):
    taken = []
    thread = threading.Thread(target=lambda: taken.extend(iter(mailbox.take, None)))
    thread.start()
    mailbox.put(request(7))
    while not taken:
        thread.join(0.01)
    mailbox.close()
    thread.join(5)
    assert not thread.is_alive()
    assert [item.request_id for item in taken] == [7]
