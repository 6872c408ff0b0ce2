import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.annotation import PlaneKey
from lusgui.core.edits import Edit
from lusgui.core.notes import LONGEST, Note, NoteChange, NoteKind, changed_notes, is_flagged, make_note

KEY = PlaneKey(1, 2, "rib")


def flag(uid="a", at="2026-01-01"):
    return Note(uid, KEY, NoteKind.FLAG, "", "Ada", at)


def test_a_note_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="says nothing"):
        Note("a", KEY, NoteKind.COMMENT, "  ", "Ada", "2026")
    with pytest.raises(ValueError, match="without a name"):
        Note("", KEY, NoteKind.FLAG, "", "Ada", "2026")
    with pytest.raises(ValueError, match="no note"):
        NoteChange(None, None)
    with pytest.raises(ValueError, match="another one"):
        NoteChange(flag("a"), flag("b"))


def test_a_new_note_has_a_name_of_its_own_and_fits_the_page():
    one, other = (make_note(KEY, NoteKind.COMMENT, " x" * LONGEST, "Ada") for _ in range(2))
    assert one.uid != other.uid
    assert len(one.text) == LONGEST
    assert one.text.startswith("x")


def test_a_settled_flag_no_longer_flags():
    assert is_flagged([flag()])
    assert not is_flagged([flag().settled()])
    assert not is_flagged([])
    assert flag().settled().settled(False) == flag()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["put", "settle", "remove"]))))
def test_doing_and_taking_back_leaves_what_was(steps):
    notes, done = (), []
    for uid, step in steps:
        known = {note.uid: note for note in notes}
        before = known.get(uid)
        after = {"put": flag(uid), "settle": flag(uid).settled(), "remove": None}[step]
        if before is None and after is None:
            continue
        change = NoteChange(before, after)
        done.append((notes, change))
        notes = changed_notes(notes, [change])
        assert {note.uid for note in notes} == (set(known) | {uid}) - ({uid} if after is None else set())
    for was, change in reversed(done):
        notes = changed_notes(notes, [change.reversed()])
        assert notes == was


def test_an_edit_of_notes_alone_is_an_edit():
    edit = Edit("Flag", notes=(NoteChange(None, flag()),))
    assert not edit.is_empty
    assert edit.place == KEY
    assert edit.planes == ()
    assert edit.title == "Flag on rib, frame 3"
    assert edit.reversed().notes == (NoteChange(flag(), None),)
