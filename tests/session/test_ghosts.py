"""Ghosts of many frames: lusgui.session.ghosts. How they are made: test_through_time."""

from __future__ import annotations

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.session.carrying import COPIED

SHAPE = (24, 16)


def bar(row):
    mask = np.zeros(SHAPE, bool)
    mask[row : row + 3, 4:12] = True
    return mask


def prepare(session, *frames):
    """Put ghosts on frames of the first recording by copying from its first frame."""
    session.go_to(1, 0)
    session.view.label = "rib"
    session.push_masks("Brush", {PlaneKey(1, 0, "rib"): bar(4)})
    for frame in frames:
        session.go_to(1, frame)
        session.times.copy_from(-1)
    return session.times


def test_a_ghost_knows_where_it_comes_from(session):
    times = prepare(session, 1, 3)
    ghosts = times.ghosts(1, "rib")
    assert list(ghosts) == [1, 3]
    assert ghosts[3].origin == "copied from frame 1"
    assert ghosts[3].source == COPIED
    assert ghosts[3].confidence is None
    assert times.count == 2
    assert times.ghost(None) is None
    assert list(times.ghosts_here()) == [1, 3]


def test_what_the_study_keeps_names_the_source(session):
    times = prepare(session, 1)
    assert times.accept(status=Status.ACCEPTED)
    key = PlaneKey(1, 1, "rib")
    assert session.status(key) is Status.ACCEPTED
    assert session.study.annotation(key).provenance["source"] == COPIED
    assert not times.accept()


def test_a_ghost_asked_for_on_a_drawn_frame_adds_to_it(session):
    times = prepare(session)
    session.go_to(1, 2)
    session.push_masks("Brush", {PlaneKey(1, 2, "rib"): bar(15)})
    times.copy_from(-1)
    session.go_to(1, 4)
    assert times.accept_range() == (1, 0)
    assert (session.mask(PlaneKey(1, 2, "rib")) == (bar(4) | bar(15))).all()


def test_another_proposal_takes_the_place_of_a_ghost(session):
    times = prepare(session, 1)
    session.set_proposal(PlaneKey(1, 1, "rib"), bar(10), "proposal:other")
    assert times.ghost(PlaneKey(1, 1, "rib")) is None
    assert session.proposal(PlaneKey(1, 1, "rib")) is not None


def test_everything_is_accepted_or_dropped_at_the_end(session):
    times = prepare(session, 1, 3)
    session.go_to(2, 0)
    session.push_masks("Brush", {PlaneKey(1, 3, "rib"): bar(18)})  # drawn over since
    assert times.accept_everything()
    assert times.count == 0
    assert (session.mask(PlaneKey(1, 1, "rib")) == bar(4)).all()
    assert (session.mask(PlaneKey(1, 3, "rib")) == bar(18)).all()
    times = prepare(session, 4)
    times.drop_everything()
    assert session.proposal(PlaneKey(1, 4, "rib")) is None
    assert times.accept_everything()


def test_dropping_one_leaves_the_others(session):
    times = prepare(session, 1, 3, 5)
    assert times.drop()
    assert not times.drop()
    assert list(times.ghosts(1, "rib")) == [1, 3]
    assert times.drop_range(first=2, last=4) == 1
    assert list(times.ghosts(1, "rib")) == [1]


def test_a_label_or_recording_that_goes_takes_its_ghosts_along(session):
    times = prepare(session, 1)
    session.remove_recording(1)
    assert times.count == 0
