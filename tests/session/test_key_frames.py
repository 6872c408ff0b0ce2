"""Key frames in the study: lusgui.session.key_frames."""

from __future__ import annotations

import pytest

from lusgui.session.key_frames import SETTING, KeyFrames, gaps_between


def test_they_are_kept_by_recording_and_label(session):
    keys = KeyFrames(session)
    assert keys.toggle(1, 4, "rib")
    assert keys.toggle(1, 0, "rib")
    assert keys.toggle(2, 3, "cerebellum")
    assert keys.of(1, "rib") == (0, 4)
    assert keys.of(1, "cerebellum") == ()
    assert session.study.settings.setting(SETTING) == {"1": {"rib": [0, 4]}, "2": {"cerebellum": [3]}}
    assert not keys.toggle(1, 4, "rib")
    assert KeyFrames(session).of(1, "rib") == (0,)


@pytest.mark.parametrize(
    "left",
    [
        *(7, [1], {"x": {}}, {"1": 3}, {"1": {"rib": "no"}}, {"1": {"rib": [-1, "a", 10**400]}}),
        *({"²": {"rib": [1]}}, {"9" * 5000: {"rib": [1]}}),
    ],
)
def test_what_cannot_be_read_is_passed_over(session, left):
    session.study.settings.set_setting(SETTING, left)
    assert KeyFrames(session).of(1, "rib") == ()


def test_a_study_for_reading_only_takes_none(session):
    path = session.study_path
    session.close_study()
    session.open_study(path, read_only=True)
    keys = KeyFrames(session)
    assert not keys.toggle(1, 2, "rib")
    assert keys.of(1, "rib") == ()
    assert session.heard.problems


def test_gaps_have_frames_between_them():
    assert gaps_between([9, 2, 3, 6]) == [(3, 6), (6, 9)]
    assert gaps_between([4]) == []
