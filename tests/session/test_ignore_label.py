"""The label ignore: drawn like any other, never learnt, and its pixels count for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.label import IGNORE_LABEL
from lusgui.core.learning.snapshot import unpack_masks
from lusgui.session import mask_acts
from lusgui.session.frame_judge import judge_answer
from tests.session.test_masking import SHAPE, FakeDesk

KEY = IGNORE_LABEL.key


def boxed(row0, row1, col0, col1):
    mask = np.zeros(SHAPE, bool)
    mask[row0:row1, col0:col1] = True
    return mask


@pytest.fixture
def ignoring(session):
    """Return a session with ribs on two frames, of which the first has a region to ignore."""
    session.go_to(1, 0)
    session.choose_label("rib")
    mask_acts.draw_ignored(FakeDesk(session))
    ribs = {PlaneKey(1, frame, "rib"): boxed(4, 12, 2, 12) for frame in range(2)}
    session.push_masks("Test", ribs, status=Status.ACCEPTED)
    session.push_masks("Test", {session.key(): boxed(0, 24, 8, 16)})
    return session


def test_the_command_brings_the_label_and_goes_back(session):
    session.go_to(1, 0)
    session.choose_label("cerebellum")
    desk = FakeDesk(session)
    mask_acts.draw_ignored(desk)
    label = session.label(KEY)
    assert (label.name, label.color) == ("Ignore", "#BBBBBB")
    assert session.view.label == KEY
    assert "nobody can tell" in desk.said[0]
    mask_acts.draw_ignored(desk)
    assert session.view.label == "cerebellum"


def test_it_is_drawn_on_from_frame_to_frame_but_not_into_another_recording(ignoring):
    session = ignoring
    session.choose_label("rib")
    mask_acts.draw_ignored(FakeDesk(session))
    session.step(1)
    assert session.view.label == KEY  # or the next stroke would be rib
    session.go_to(2, 0)
    session.go_to(1, 0)
    assert session.view.label == "rib"


def test_it_is_never_what_a_recording_begins_with(ignoring):
    session = ignoring
    for frame in range(3, 6):
        session.push_masks("Test", {PlaneKey(2, frame, KEY): boxed(0, 3, 0, 3)})
    assert session.label_of(1) == "rib"
    assert session.label_of(2) is None
    session.choose_label("rib")
    session.go_to(2, 0)
    session.choose_label(KEY)
    session.go_to(1, 0)
    assert session.view.label == "rib"
    assert session.frame_statuses(2) == {}
    assert set(session.frame_statuses(2, KEY)) == {3, 4, 5}


def test_it_is_no_target_of_learning_but_its_pixels_come_along(ignoring):
    session = ignoring
    assert session.learning.draft_job([KEY]) is None
    assert session.learning.count("rib").frames == 2
    draft = session.learning.draft_job(["rib"])
    job = draft.write()
    assert job.labels == ("rib",)
    first, second = job.frames
    assert set(first.statuses) == {"rib"}
    assert set(first.masks) == {"rib", KEY}
    assert set(second.masks) == {"rib"}
    masks = unpack_masks(draft.folder / "masks.npz", job)
    assert np.array_equal(masks[PlaneKey(1, 0, KEY)], boxed(0, 24, 8, 16))


def test_what_it_covers_is_not_judged(ignoring):
    session = ignoring
    ignored = boxed(0, 24, 8, 16)
    truth = session.mask(PlaneKey(1, 0, "rib"))
    answers = [truth & ~ignored, truth | ignored, np.where(ignored, ~truth, truth)]
    for answer in answers:
        score = judge_answer(session, PlaneKey(1, 0, "rib"), answer.astype(np.float32), 0.5)
        assert score.dice == 1.0
        assert score.false_components == 0
        there = judge_answer(session, PlaneKey(1, 1, "rib"), answer.astype(np.float32), 0.5)
        assert there.dice < 1.0
