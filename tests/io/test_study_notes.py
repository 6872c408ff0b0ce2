import contextlib
import sqlite3

import pytest

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, now_utc
from lusgui.core.notes import NoteChange, NoteKind, make_note
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

KEY = PlaneKey(1, 3, "rib")


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 5, 40, 24))
        yield made


def note(text="look here", kind=NoteKind.COMMENT, key=KEY):
    return make_note(key, kind, text, "Ada")


def push(study, *changes, name="Comment"):
    return study.push(Edit(name, (), (), "Ada", now_utc(), notes=changes))


def test_a_note_is_written_undone_redone_and_there_after_a_restart(study):
    said = note("„Schallschatten“ fehlt\nsecond line")
    push(study, NoteChange(None, said))
    assert study.notes.of(1) == {(3, "rib"): (said,)}
    assert study.status(KEY) is Status.UNTOUCHED  # a note says nothing about the mask
    assert study.annotation(KEY) is None
    assert study.journal.next_undo() == ("Comment on rib, frame 4", KEY)
    assert study.undo().notes == (NoteChange(None, said),)
    assert study.notes.all() == []
    assert study.journal.next_redo() == ("Comment on rib, frame 4", KEY)
    study.close()
    with Study.open(study.path) as again:
        assert again.redo().notes == (NoteChange(None, said),)
        assert again.notes.all() == [said]


def test_settling_and_deleting_go_back_step_by_step(study):
    said = note()
    push(study, NoteChange(None, said))
    push(study, NoteChange(said, said.settled()))
    push(study, NoteChange(said.settled(), None))
    assert study.notes.all() == []
    study.undo()
    assert study.notes.all() == [said.settled()]
    study.undo()
    assert study.notes.all() == [said]


def test_a_note_outside_its_recording_changes_nothing(study):
    for key in (PlaneKey(1, 5, "rib"), PlaneKey(9, 0, "rib"), PlaneKey(1, 0, "no such label")):
        with pytest.raises(StudyError):
            push(study, NoteChange(None, note()), NoteChange(None, note(key=key)))
    assert study.notes.all() == []
    assert study.journal.entries() == []


def test_notes_of_a_removed_recording_wait_for_it(study):
    push(study, NoteChange(None, note()))
    study.content.remove(1)
    assert study.notes.all() == []
    assert len(study.notes.all(1)) == 1


@pytest.mark.parametrize("harm", ["kind = 'shout'", "text = ''", "text = x'00'"])
def test_a_damaged_note_is_said_to_be_damaged(study, harm):
    push(study, NoteChange(None, note()))
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute(f"UPDATE notes SET {harm}")
        raw.commit()
    with Study.open(study.path) as again, pytest.raises(StudyError):
        again.notes.all()


@pytest.mark.parametrize("harm", ["'[]'", "'{}'", "'{'", "x'00'"])
def test_a_damaged_history_of_notes_changes_nothing(study, harm):
    push(study, NoteChange(None, note()))
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute(f"UPDATE journal_notes SET after = {harm}")
        raw.commit()
    with Study.open(study.path) as again:
        with pytest.raises(StudyError):
            again.undo()
        assert len(again.notes.all()) == 1
