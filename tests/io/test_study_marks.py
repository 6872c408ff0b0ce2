import contextlib
import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MarkChange, MaskPatch, StatusChange, now_utc
from lusgui.core.geometry import Box
from lusgui.core.learning.job import Mark
from lusgui.core.marks import box_mark, changed, point_mark
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

SHAPE = (40, 24)
RIB = PlaneKey(1, 3, "rib")


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 5, *SHAPE))
        yield made


def put(*marks, name="Point", rater="Ada"):
    changes = tuple(MarkChange(None, mark) for mark in marks)
    return Edit(name, (), (), rater, now_utc(), marks=changes)


def point(row=3.25, col=7.0, key=RIB):
    return point_mark(key, row, col, SHAPE)


def test_a_mark_is_written_undone_and_redone(study):
    study.push(put(point()))
    assert study.marks.of(1) == {(3, "rib"): (point(),)}
    assert study.journal.next_undo() == ("Point on rib, frame 4", RIB)
    assert study.undo().marks == (MarkChange(None, point()),)
    assert study.marks.of(1) == {}
    assert study.journal.next_redo() == ("Point on rib, frame 4", RIB)
    study.redo()
    assert study.marks.of(1) == {(3, "rib"): (point(),)}
    assert study.status(RIB) is Status.UNTOUCHED  # a mark says nothing about the mask


def test_taking_back_a_removal_brings_its_rater_and_time_back(study):
    study.push(put(point(), rater="Ada"))
    before = study.marks.entries()
    study.push(Edit("Remove", (), (), "Bea", now_utc(), marks=(MarkChange(point(), None),)))
    assert study.marks.entries() == []
    study.undo()
    assert study.marks.entries() == before
    assert before[0].rater == "Ada"


def test_marks_masks_and_statuses_of_one_edit_go_together(study):
    patch = MaskPatch(RIB, Box(0, 0, 2, 2), np.ones((2, 2), bool))
    change = StatusChange(RIB, Status.UNTOUCHED, Status.EDITED)
    other = point(key=PlaneKey(1, 0, "cerebellum"))
    study.push(Edit("Both", (patch,), (change,), "Ada", now_utc(), marks=(MarkChange(None, other),)))
    study.undo()
    assert study.mask(RIB) is None or not study.mask(RIB).any()
    assert study.marks.of(1) == {}
    study.redo()
    assert study.mask(RIB).sum() == 4
    assert study.marks.of(1) == {(0, "cerebellum"): (other,)}


def test_what_does_not_fit_is_refused_and_changes_nothing(study):
    outside = Mark(1, 3, "rib", "point", 99.0, 1.0, 99.0, 1.0)
    for wrong in (outside, Mark(1, 77, "rib", "point", 1.0, 1.0, 1.0, 1.0)):
        with pytest.raises(StudyError, match="outside"):
            study.push(put(point(), wrong))
    with pytest.raises(StudyError, match="no recording"):
        study.push(put(Mark(9, 0, "rib", "point", 1.0, 1.0, 1.0, 1.0)))
    with pytest.raises(StudyError, match="not there"):
        study.push(Edit("Remove", marks=(MarkChange(point(), None),)))
    assert study.marks.entries() == []
    assert study.journal.next_undo() is None


def test_frames_are_counted_once_and_removed_recordings_not(study, tmp_path):
    box = box_mark(RIB, (1, 1), (9, 9), SHAPE)
    study.push(put(point(), point(20, 9), box))
    study.push(put(point(key=PlaneKey(1, 4, "rib"))))
    assert study.marks.count() == {("rib", "point"): 2, ("rib", "box"): 1}
    study.content.remove(1)
    assert study.marks.count() == {}
    assert study.marks.entries() == []


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE marks SET kind = 'blob'",
        "UPDATE marks SET label = '../x'",
        "UPDATE marks SET row0 = 9e999",
        "UPDATE marks SET row1 = row0 + 3",
        "UPDATE marks SET frame = -1",
    ],
)
def test_a_damaged_mark_is_named(study, harm):
    study.push(put(point()))
    path = study.path
    study.close()
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(harm)
    with Study.open(path) as again, pytest.raises(StudyError):
        again.marks.of(1)


@pytest.mark.parametrize("harm", ["'{'", "'[]'", '\'{"row0": "x"}\'', "'{\"row0\": 1e999}'", "'7'"])
def test_a_damaged_journal_of_marks_is_named_and_changes_nothing(study, harm):
    study.push(put(point()))
    path = study.path
    study.close()
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(f"UPDATE journal_marks SET after = {harm}")
    with Study.open(path) as again:
        with pytest.raises(StudyError):
            again.undo()
        assert again.marks.of(1) == {(3, "rib"): (point(),)}


places = st.tuples(st.integers(0, 4), st.sampled_from(["rib", "cerebellum"]))
spots = st.floats(-5, 50, allow_nan=False)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_walk_ends_where_a_plain_list_ends(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("walk") / "a.lusgui"
    kept, done, undone = {}, [], []
    with Study.create(path) as study:
        study.add_recording(NewRecording(path.with_suffix(".mat"), 5, *SHAPE))
        for _ in range(data.draw(st.integers(1, 12))):
            act = data.draw(st.sampled_from(["put", "put", "move", "remove", "undo", "redo"]))
            if act in ("undo", "redo"):
                (study.undo if act == "undo" else study.redo)()
                source, target = (done, undone) if act == "undo" else (undone, done)
                if source:
                    edit = source.pop()
                    target.append(edit)
                    for change in (edit.reversed() if act == "undo" else edit).marks:
                        kept[change.key] = changed(kept.get(change.key, ()), [change])
                continue
            key = PlaneKey(1, *data.draw(places))
            there = kept.get(key, ())
            old = data.draw(st.sampled_from(there)) if act != "put" and there else None
            new = point_mark(key, data.draw(spots), data.draw(spots), SHAPE)
            if act == "remove" and old is None:
                continue
            change = MarkChange(old, None if act == "remove" else new)
            edit = Edit(act, (), (), "Ada", now_utc(), marks=(change,))
            study.push(edit)
            kept[key] = changed(there, [change])
            done.append(edit)
            undone.clear()
    with Study.open(path) as study:
        found = study.marks.of(1)
        assert {k: set(v) for k, v in found.items()} == {
            (key.frame, key.label): set(marks) for key, marks in kept.items() if marks
        }
