"""What the commands of the Time menu do: lusgui.session.time_acts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.session import time_acts

SHAPE = (24, 16)


def bar(row):
    mask = np.zeros(SHAPE, bool)
    mask[row : row + 3, 4:12] = True
    return mask


@pytest.fixture
def desk(session):
    session.go_to(1, 0)
    session.view.label = "rib"
    said = []
    return SimpleNamespace(session=session, said=said, say=said.append)


def draw(session, frame, row=8, recording=1):
    session.push_masks("Brush", {PlaneKey(recording, frame, "rib"): bar(row)})


def ghost(desk, *frames):
    for frame in frames:
        desk.session.go_to(1, frame)
        time_acts.copy_from(-1)(desk)


def test_what_was_done_is_said(desk):
    draw(desk.session, 0)
    ghost(desk, 1, 2, 3)
    assert time_acts.has_ghost(desk.session)
    desk.session.go_to(1, 2)
    time_acts.accept_to_here(desk)
    assert desk.said[-1] == "2 ghosts accepted; Ctrl+Z takes them back at once"
    time_acts.drop_all(desk)
    assert desk.said[-1] == "1 ghost dropped"
    ghost(desk, 4, 5)
    desk.session.go_to(1, 5)
    time_acts.accept_from_here(desk)
    assert desk.said[-1] == "1 ghost accepted"
    time_acts.drop_from_here(desk)
    assert desk.said[-1] == "0 ghosts dropped"
    time_acts.accept_all(desk)
    assert desk.said[-1] == "1 ghost accepted"
    assert not time_acts.has_ghosts(desk.session)
    time_acts.toggle_key_frame(desk)
    assert time_acts.is_key_frame(desk.session)
    time_acts.interpolate(desk)
    time_acts.propagate(1)(desk)
    assert all(desk.said)


def test_unlabelled_frames_are_found_in_every_recording_going_round(desk):
    session = desk.session
    for frame in range(6):
        if frame != 3:
            draw(session, frame)
    time_acts.go_to_unlabelled(1)(desk)
    assert session.place == (1, 3)
    time_acts.go_to_unlabelled(1)(desk)
    assert session.place == (2, 0)
    time_acts.go_to_unlabelled(-1)(desk)
    assert session.place == (1, 3)
    time_acts.go_to_unlabelled(-1)(desk)
    assert session.place == (3, 5)
    session.set_status(PlaneKey(3, 4, "rib"), Status.NOTHING_HERE)
    time_acts.go_to_unlabelled(-1)(desk)
    assert session.place == (3, 3)
    session.go_to(1, 0)
    session.view.label = "cerebellum"  # of another label nothing is done
    time_acts.go_to_unlabelled(1)(desk)
    assert session.place == (1, 1)


def test_when_all_is_done_it_is_said(desk):
    session = desk.session
    for recording in (1, 2, 3):
        for frame in range(6):
            session.set_status(PlaneKey(recording, frame, "rib"), Status.IGNORED)
    time_acts.go_to_unlabelled(1)(desk)
    assert desk.said == ["Every frame is done for Rib"]
    assert session.place == (1, 0)
    # the one left is the one before, after going all the way round
    session.go_to(1, 3)
    session.set_status(PlaneKey(1, 2, "rib"), Status.UNTOUCHED)
    time_acts.go_to_unlabelled(1)(desk)
    assert session.place == (1, 2)


def test_ghosts_are_gone_through(desk):
    draw(desk.session, 0)
    ghost(desk, 2, 5)
    desk.session.go_to(1, 0)
    for frame in (2, 5, 2):
        time_acts.go_to_ghost(desk)
        assert desk.session.current_frame == frame
    time_acts.go_to_doubtful(desk)
    assert "confidence" in desk.said[-1]


def test_flagged_frames_are_gone_through_in_every_recording(desk):
    session = desk.session
    time_acts.go_to_flagged(desk)
    assert "Shift+F" in desk.said[-1]
    session.review.flag(PlaneKey(1, 4, "rib"))
    session.review.flag(PlaneKey(3, 2, "cerebellum"))
    for place, label in (((1, 4), "rib"), ((3, 2), "cerebellum"), ((1, 4), "rib")):
        time_acts.go_to_flagged(desk)
        assert session.place == place
        assert session.view.label == label


def test_outliers_are_gone_to(desk):
    time_acts.go_to_outlier(desk)
    assert "Too few" in desk.said[-1]
    for frame in range(6):
        draw(desk.session, frame, 15 if frame == 3 else 5)
    time_acts.go_to_outlier(desk)
    assert desk.session.current_frame == 3
    assert "it jumps" in desk.said[-1]
    draw(desk.session, 3, 5)
    desk.session.push_masks("Brush", {PlaneKey(1, 3, "rib"): bar(5)})
    time_acts.go_to_outlier(desk)
    assert desk.said[-1] == "Every mask fits its neighbours"
