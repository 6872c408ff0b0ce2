from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, StatusChange
from lusgui.core.geometry import Box
from lusgui.core.label import Label
from lusgui.core.learning.status import FinishReason
from lusgui.io.study import Study
from lusgui.io.study_codec import unpack_mask
from lusgui.io.study_entries import NewRecording

SHAPE = (9, 7)


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        for name in "ab":
            made.add_recording(NewRecording(tmp_path / f"{name}.mat", 20, *SHAPE))
        made.settings.put_label(Label("ignore", "Ignore", "#BBBBBB"))
        yield made


def draw(study, recording_id, frame, status, label="rib", pixels=True):
    key = PlaneKey(recording_id, frame, label)
    patch = MaskPatch(key, Box(1, 2, 4, 5), np.ones((3, 3), bool))
    change = StatusChange(key, study.status(key), status)
    study.push(Edit("Brush", (patch,) if pixels else (), (change,), "Ada"))
    return key


def test_what_is_reviewed_and_what_is_not(study):
    drawn = draw(study, 1, 3, Status.EDITED)
    accepted = draw(study, 2, 0, Status.ACCEPTED)
    nothing = draw(study, 1, 5, Status.NOTHING_HERE, pixels=False)
    empty = draw(study, 1, 6, Status.ACCEPTED, pixels=False)
    draw(study, 1, 7, Status.EDITED, pixels=False)  # drawn and erased again: says nothing
    draw(study, 1, 8, Status.REJECTED)
    draw(study, 1, 9, Status.UNTOUCHED)
    draw(study, 1, 10, Status.IGNORED)
    other = draw(study, 1, 3, Status.EDITED, "cerebellum")
    ignored = draw(study, 1, 3, Status.UNTOUCHED, "ignore")
    found = study.runs.reviewed(["rib"])
    assert [plane.key for plane in found] == [ignored, drawn, nothing, empty, accepted]
    assert [plane.mask is None for plane in found] == [False, False, True, True, False]
    assert np.array_equal(unpack_mask(found[1].mask, SHAPE), study.mask(drawn))
    assert found[1].status is Status.EDITED
    assert study.runs.reviewed_frames("rib") == {1: {3: True, 5: False, 6: False}, 2: {0: True}}
    assert other in [plane.key for plane in study.runs.reviewed(["rib", "cerebellum"])]
    study.content.remove(2)
    assert accepted not in [plane.key for plane in study.runs.reviewed(["rib"])]
    assert study.runs.reviewed_frames("rib").keys() == {1}


def test_what_changed_since(study):
    draw(study, 1, 3, Status.EDITED)
    seq = study.runs.last_seq()
    assert seq == 1
    assert study.runs.count_changed("rib", 0) == 1
    assert study.runs.count_changed("rib", seq) == 0
    draw(study, 1, 4, Status.EDITED)
    draw(study, 1, 4, Status.ACCEPTED, pixels=False)
    draw(study, 2, 4, Status.EDITED)
    draw(study, 2, 4, Status.EDITED, "cerebellum")
    assert study.runs.count_changed("rib", seq) == 2, "frames, not edits"
    assert study.runs.count_changed("cerebellum", seq) == 1
    study.undo()
    study.undo()
    assert study.runs.count_changed("rib", seq) == 1, "what was taken back does not count"


def test_a_run_begins_and_ends_once(study):
    first = study.runs.start("masks", {"labels": ["rib"], "seq": 3})
    second = study.runs.start("points", {"labels": ["rib", "cerebellum"]})
    assert (first, second) == (1, 2)
    run = study.runs.get(first)
    assert (run.kind, run.labels, run.is_open, run.finished_at) == ("masks", ("rib",), True, None)
    assert study.runs.finish(first, FinishReason.FAILED, text="The disk is full.")
    assert not study.runs.finish(first, FinishReason.COMPLETED)
    run = study.runs.get(first)
    assert (run.reason, run.detail["text"], run.detail["seq"]) == ("failed", "The disk is full.", 3)
    assert not run.is_open
    assert [run.id for run in study.runs.all()] == [2, 1]
    assert study.runs.get(9) is None
    assert not study.runs.finish(9, FinishReason.FAILED)


@pytest.mark.parametrize("reason", [FinishReason.INTERRUPTED, FinishReason.CRASHED])
def test_a_run_that_was_interrupted_can_go_on(study, reason):
    run_id = study.runs.start("masks", {"labels": ["rib"]})
    study.runs.finish(run_id, reason)
    assert study.runs.get(run_id).is_open
    study.runs.reopen(run_id)
    assert study.runs.get(run_id).finished_at is None
    study.runs.finish(run_id, FinishReason.COMPLETED)
    study.runs.reopen(run_id)
    assert study.runs.get(run_id).reason == "completed"
