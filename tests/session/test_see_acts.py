from __future__ import annotations

import pytest

from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.session import see_acts
from lusgui.session.session import Session


class Desk:
    """A desk that remembers what it said."""

    def __init__(self):
        self.session = Session()
        self.said = []

    def say(self, text):
        self.said.append(text)


@pytest.fixture
def desk():
    return Desk()


def test_a_wipe_needs_something_to_compare(desk):
    desk.session.view.despeckle = DespeckleSettings(Method.OFF)
    see_acts.toggle_wipe(desk)
    assert not desk.session.seeing.wipe
    assert "choose a method" in desk.said[0]
    desk.session.view.despeckle = DespeckleSettings(Method.FAST)
    see_acts.toggle_wipe(desk)
    assert desk.session.seeing.wipe
    desk.session.view.despeckle = DespeckleSettings(Method.OFF)
    see_acts.toggle_wipe(desk)  # it can always be ended
    assert not desk.session.seeing.wipe


def test_a_switch_is_switched(desk):
    for expected in (True, False):
        see_acts.toggle("side_by_side")(desk)
        assert desk.session.seeing.side_by_side is expected


def test_a_band_needs_a_model_and_brings_the_masks_back(desk):
    see_acts.toggle_band(desk)
    assert not desk.session.seeing.band
    assert "No model" in desk.said[0]
    desk.session.set_active_model(desk.session.view.label, "tiny", "tiny-1.0")
    desk.session.view.overlay_visible = False
    see_acts.toggle_band(desk)
    assert desk.session.seeing.band
    assert desk.session.view.overlay_visible
    see_acts.toggle_band(desk)
    assert not desk.session.seeing.band
