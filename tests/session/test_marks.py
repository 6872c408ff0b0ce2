import pytest

from lusgui.base.errors import WriteFailedError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.session.marks import MarkCounts


def places(session, key):
    return [(mark.kind, mark.row0, mark.col0, mark.row1, mark.col1) for mark in session.marks(key)]


def test_a_point_is_one_edit_that_undo_names_and_finds(session):
    key = session.key()
    assert session.add_point(key, 3.456, 7.0)
    assert places(session, key) == [("point", 3.46, 7.0, 3.46, 7.0)]
    assert session.heard.of("marks_changed") == [(key,)]
    assert session.heard.of("status_changed") == []
    assert session.undo_name == "Centre point on rib, frame 1"
    session.go_to(3, 5)
    session.heard.clear()
    assert session.undo().name == "Centre point"
    assert session.place == (key.recording_id, key.frame)
    assert session.heard.of("marks_changed") == [(key,)]
    assert session.marks(key) == ()
    session.redo()
    assert len(session.marks(key)) == 1
    assert session.status(key) is Status.UNTOUCHED


def test_ribs_have_many_points_a_cerebellum_one(session):
    rib, cerebellum = session.key("rib"), session.key("cerebellum")
    for row in (2, 8, 14):
        session.add_point(rib, row, 5)
        session.add_point(cerebellum, row, 5)
    assert len(session.marks(rib)) == 3
    assert places(session, cerebellum) == [("point", 14, 5, 14, 5)]
    assert session.undo_name == "Move centre point on cerebellum, frame 1"
    assert not session.add_point(rib, 2, 5)  # there already


def test_boxes_are_put_down_changed_and_taken_away(session):
    key = session.key()
    assert not session.add_box(key, (3, 3), (3.5, 9))
    assert session.add_box(key, (9, 8), (3, 2))
    box = session.marks(key)[0]
    assert places(session, key) == [("box", 3, 2, 9, 8)]
    assert session.add_box(key, (3, 2), (99, 99), instead=box)
    assert places(session, key) == [("box", 3, 2, 23.5, 15.5)]
    assert not session.remove_mark(box)
    assert session.remove_mark(session.marks(key)[0])
    assert session.undo_name == "Delete box on rib, frame 1"
    session.undo()
    session.undo()
    assert session.marks(key) == (box,)


def test_marks_survive_closing_and_are_counted_by_frame(session):
    for frame in (0, 0, 2):
        session.add_point(PlaneKey(1, frame, "rib"), 1 + frame, 4)
    session.add_point(PlaneKey(1, 0, "rib"), 9, 9)
    session.add_box(PlaneKey(2, 1, "rib"), (1, 1), (9, 9))
    assert session.count_marks("rib") == MarkCounts(points=2, boxes=1)
    assert session.count_marks("cerebellum") == MarkCounts()
    path, before = session.study_path, session.marks_of(1)
    assert session.close_study()
    assert session.marks_of(1) == {}
    assert session.count_marks("rib") == MarkCounts()
    session.open_study(path)
    assert session.marks_of(1) == before
    assert session.can_undo


def test_what_the_disk_refuses_stays_on_top_and_is_written_later(session, monkeypatch, tmp_path):
    key = PlaneKey(2, 1, "rib")  # not read before the disk fails
    session.add_point(session.key(), 1, 1)

    def refuse(edit=None):
        raise WriteFailedError("the disk is full", path=session.study_path)

    with monkeypatch.context() as broken:
        for name in ("push", "undo", "redo"):
            broken.setattr(session.study, name, refuse)
        session.add_point(key, 5, 5)
        session.add_point(key, 9, 9)
        assert session.unsaved_count == 2
        assert len(session.marks(key)) == 2
        assert session.undo().name == "Centre point"
        assert len(session.marks(key)) == 1
        session.redo()
        assert len(session.marks(key)) == 2
        session.remove_mark(session.marks(key)[0])
    assert session.study.marks.of(2) == {}
    assert session.save_copy_to(tmp_path / "copy")
    assert session.study.marks.of(2) == {(1, "rib"): session.marks(key)}
    assert [m.row0 for m in session.marks(key)] == [9]
    for _ in range(4):
        session.undo()
    assert session.marks(key) == ()
    assert session.marks(PlaneKey(1, 0, "rib")) == ()


def test_why_nothing_was_marked_is_said(session):
    session.go_to(1, 0)
    path = session.study_path
    session.close_study()
    assert not session.add_point(PlaneKey(1, 0, "rib"), 1, 1)
    session.open_study(path, read_only=True)
    session.heard.clear()
    assert not session.add_box(PlaneKey(1, 0, "rib"), (1, 1), (9, 9))
    assert "reading only" in session.heard.of("problem_reported")[-1][0].message
    session.close_study()
    session.open_study(path)
    with pytest.raises(ValueError, match="frame 99"):
        session.add_point(PlaneKey(1, 99, "rib"), 1, 1)
