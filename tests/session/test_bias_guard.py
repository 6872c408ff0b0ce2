import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.session import acts
from lusgui.session.bias_guard import SETTING


@pytest.fixture
def answered(session):
    """Return a session in which a model answers for ribs on every frame of the first recording."""
    session.set_active_model("rib", "Rib", "rib@1")
    session.view.label = "rib"
    probability = np.zeros((24, 16), np.float32)
    probability[4:12, 4:12] = 0.9
    for frame in range(6):
        session.put_prediction(session.prediction_key(1, frame), probability)
    session.go_to(1, 0)
    return session


def split(session):
    """Return the frames on which the model is shown, and those on which it is withheld."""
    keys = [PlaneKey(1, frame, "rib") for frame in range(6)]
    return [k for k in keys if not session.is_withheld(k)], [k for k in keys if session.is_withheld(k)]


def mixed(session):
    """Switch the guard on with a salt that deals both kinds among the six frames."""
    session.bias_guard.set_share(0.5)
    session.bias_guard.switch(True)
    for salt in map(str, range(100)):
        session.bias_guard._salt = salt
        if all(len(kind) == 3 for kind in split(session)):
            return split(session)
    raise AssertionError


def test_it_is_off_until_somebody_switches_it_on(answered):
    guard = answered.bias_guard
    assert not guard.is_on
    assert not guard.switch(False)
    shown, withheld = split(answered)
    assert len(shown) == 6
    assert withheld == []
    assert answered.model_mask(shown[0]) is not None


def test_the_model_is_withheld_and_nothing_of_it_accepted(answered):
    shown, withheld = mixed(answered)
    assert answered.model_mask(shown[0]).any()
    assert answered.prediction(shown[0]) is not None
    key = withheld[0]
    assert answered.model_mask(key) is None
    assert answered.prediction(key) is None
    assert answered.model_mask_behind(key).any()
    answered.go_to(1, key.frame)
    said = []

    class Desk:
        session = answered

        @staticmethod
        def say(text):
            said.append(text)

    acts.accept_whole_model(Desk())
    assert not acts.accept_frame(Desk())
    assert len(said) == 2
    assert all("withheld" in each for each in said)
    assert not answered.mask(key).any()
    assert answered.bias_guard.switch(False)
    assert answered.model_mask(key).any()


def test_what_is_drawn_is_compared(answered):
    shown, withheld = mixed(answered)
    like, unlike = np.zeros((2, 24, 16), bool)
    like[4:12, 4:12] = True
    unlike[4:12, 8:16] = True
    for keys, mask in ((shown, like), (withheld, unlike)):
        for key in keys:
            answered.go_to(1, key.frame)
            answered.push_masks("Brush", {key: mask})
    answered.go_to(1, 0)
    report = answered.bias_guard.report("rib")
    assert (report.shown, report.withheld) == (3, 3)
    assert report.dice_shown == 1
    assert report.dice_withheld == pytest.approx(0.5)
    assert report.seconds_shown is not None
    assert report.dice_difference is None  # too few
    assert answered.bias_guard.report("cerebellum").shown == 0


def test_what_was_drawn_before_does_not_count(answered):
    mask = np.zeros((24, 16), bool)
    mask[4:12, 4:12] = True
    answered.push_masks("Brush", {PlaneKey(1, 0, "rib"): mask})
    mixed(answered)
    answered.bias_guard._since = "9999"
    answered.go_to(1, 1)
    answered.go_to(1, 0)
    report = answered.bias_guard.report("rib")
    assert report.shown + report.withheld == 0


def test_it_survives_a_restart_and_damage(answered, make_session):
    mixed(answered)
    salt, path = answered.bias_guard._salt, answered.study_path
    answered.push_masks("Brush", {PlaneKey(1, 0, "rib"): np.ones((24, 16), bool)})
    answered.go_to(1, 1)
    answered.close_study()
    assert not answered.bias_guard.is_on
    assert answered.open_study(path)
    guard = answered.bias_guard
    assert guard.is_on
    assert (guard.share, guard._salt) == (0.5, salt)
    assert len(guard._noted) == 1
    for harm in ("x", {"share": 7}, {"share": 0.5, "salt": 3}, {"share": None}):
        answered.study.settings.set_setting(SETTING, harm)
        guard._study_changed()
        assert not guard.is_on


def test_a_rejected_frame_is_not_compared(answered):
    mixed(answered)
    answered.set_status(PlaneKey(1, 0, "rib"), Status.REJECTED)
    answered.go_to(1, 1)
    assert answered.bias_guard._noted == {}
