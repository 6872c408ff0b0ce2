import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.core.notes import NoteKind

KEY = PlaneKey(1, 2, "rib")


@pytest.fixture
def review(session):
    session.rater = "Ada"
    session.heard.clear()
    return session.review


def test_a_flag_is_put_up_taken_down_and_undone(session, review):
    heard = []
    session.notes_changed.connect(heard.append)
    assert review.flag(KEY)
    assert not review.flag(KEY)
    assert review.is_flagged(KEY)
    assert review.flagged() == [KEY]
    assert session.undo_name == "Flag on rib, frame 3"
    assert review.unflag(KEY)
    assert not review.unflag(KEY)
    assert review.flagged() == []
    session.undo()
    assert review.is_flagged(KEY)
    session.undo()
    assert review.notes(KEY) == ()
    assert heard == [KEY] * 4
    assert session.place == (1, 2)  # undo goes where it was


def test_comments_are_left_settled_and_deleted(session, review):
    assert not review.comment(KEY, "  ")
    assert review.comment(KEY, " is this a rib? ")
    (said,) = review.comments(KEY)
    assert (said.text, said.rater, said.kind) == ("is this a rib?", "Ada", NoteKind.COMMENT)
    assert review.commented() == [KEY]
    assert review.settle(said)
    assert not review.settle(said)
    assert review.commented() == []
    assert review.settle(said, False)
    assert review.remove(said)
    assert not review.remove(said)
    session.undo()
    assert review.comments(KEY) == (said,)


def test_notes_survive_a_restart_and_leave_the_mask_alone(session, review, make_session):
    session.stroke(KEY, Box(2, 2, 5, 5), np.ones((3, 3), bool), True)
    review.comment(KEY, "a note")
    review.flag(PlaneKey(2, 0, "rib"))
    path = session.study_path
    assert session.close_study()
    again = make_session()
    assert again.open_study(path)
    assert [note.text for note in again.review.notes(KEY)] == ["a note"]
    assert again.review.flagged() == [PlaneKey(2, 0, "rib")]
    assert again.mask(KEY).sum() == 9


def test_what_the_disk_refuses_is_kept_in_memory(session, review, monkeypatch):
    from lusgui.base.errors import WriteFailedError
    from lusgui.io.study import Study

    with monkeypatch.context() as disk:

        def refuse(self, edit):
            raise WriteFailedError("the disk is full")

        disk.setattr(Study, "push", refuse)
        assert review.comment(KEY, "kept")
        assert session.unsaved_count == 1
        assert [note.text for note in review.notes(KEY)] == ["kept"]
    assert session.retry_saving()
    assert [note.text for note in session.study.notes.all()] == ["kept"]


def test_a_study_open_for_reading_takes_no_notes(session, review, make_session):
    path = session.study_path
    session.close_study()
    reader = make_session()
    assert reader.open_study(path, read_only=True)
    reader.heard.clear()
    assert not reader.review.comment(KEY, "no")
    assert reader.heard.problems[0].title == "Nothing was noted"
    assert reader.review.notes(KEY) == ()
    assert reader.review.notes(None) == ()
