import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.geometry import Box

SQUARE = np.ones((4, 4), bool)
BOX = Box(2, 3, 6, 7)


def test_a_stroke_is_one_edit_and_tells_its_box(session):
    session.rater = "Ada"
    key = session.key()
    assert session.stroke(key, Box(-2, -2, 2, 2), SQUARE, True)
    assert session.heard.of("mask_changed") == [(key, Box(0, 0, 2, 2))]
    assert session.heard.of("status_changed") == [(key,)]
    assert session.mask(key).sum() == 4
    assert session.area(key) == (4, pytest.approx(0.08))
    assert session.undo_name == "Brush on rib, frame 1"
    assert session.study.annotation(key).rater == "Ada"
    assert not session.mask(key).flags.writeable


def test_a_stroke_that_changes_nothing_is_no_edit(session):
    key = session.key()
    assert not session.stroke(key, BOX, SQUARE, False)
    assert not session.stroke(key, Box(90, 90, 94, 94), SQUARE, True)
    assert session.stroke(key, BOX, SQUARE, True)
    session.heard.clear()
    assert not session.stroke(key, BOX, SQUARE, True)
    assert not session.heard


def test_labels_overlap_and_do_not_touch_each_other(session):
    rib, cerebellum = session.key("rib"), session.key("cerebellum")
    session.stroke(rib, BOX, SQUARE, True)
    session.stroke(cerebellum, BOX, SQUARE, True)
    session.stroke(rib, BOX, SQUARE, False)
    assert session.mask(rib).sum() == 0
    assert session.mask(cerebellum).sum() == 16


def test_undo_goes_there_and_names_itself(session):
    session.go_to(1, 2)
    session.stroke(session.key("cerebellum"), BOX, SQUARE, True)
    session.go_to(3, 5)
    session.view.label = "rib"
    order = []
    session.frame_changed.connect(lambda r, f: order.append((r, f)))
    session.mask_changed.connect(lambda key, box: order.append("mask"))
    assert session.undo().title == "Brush on cerebellum, frame 3"
    assert order == [(1, 2), "mask"]
    assert session.view.label == "cerebellum"
    assert session.redo_name == "Brush on cerebellum, frame 3"
    assert not session.can_undo
    session.go_to(2, 0)
    session.redo()
    assert session.place == (1, 2)
    assert not session.can_redo


def test_nothing_here_empties_the_mask_in_one_edit(session):
    key = session.key()
    session.stroke(key, BOX, SQUARE, True)
    assert session.nothing_here(key)
    assert not session.mask(key).any()
    assert session.status(key) is Status.NOTHING_HERE
    assert session.undo().name == "Nothing here"
    assert session.mask(key).sum() == 16
    assert session.status(key) is Status.EDITED


def test_statuses(session):
    key = session.key()
    assert session.accept(key)
    assert not session.accept(key)
    assert session.reject(key)
    assert session.frame_statuses(1) == {0: Status.REJECTED}
    assert session.frame_statuses(1, "cerebellum") == {}
    assert session.stroke(key, BOX, SQUARE, True)
    assert session.status(key) is Status.EDITED
    assert session.clear_mask(key)
    assert not session.clear_mask(key)
    assert session.count_statuses() == {Status.EDITED: 1}


def test_many_masks_are_one_edit(session):
    masks = {
        PlaneKey(r, f, "rib"): np.random.default_rng(f).random((24, 16)) < 0.2
        for r in (1, 2)
        for f in range(6)
    }
    session.stroke(PlaneKey(1, 0, "rib"), BOX, SQUARE, True)
    assert session.push_masks("Import a.tif", masks, "import:a.tif")
    for key, mask in masks.items():
        assert np.array_equal(session.mask(key), mask)
    assert session.study.annotation(PlaneKey(2, 3, "rib")).provenance["source"] == "import:a.tif"
    assert session.undo().source == "import:a.tif"
    assert session.mask(PlaneKey(1, 0, "rib")).sum() == 16
    assert not session.mask(PlaneKey(2, 3, "rib")).any()
    key = PlaneKey(1, 0, "rib")
    assert session.push_masks("Add", {key: masks[key]}, replace=False)
    assert session.mask(key).sum() == (masks[key] | _square()).sum()


def _square():
    full = np.zeros((24, 16), bool)
    full[BOX.slices] = True
    return full


def test_masks_of_another_size_are_refused(session):
    assert not session.push_masks("Import", {session.key(): np.ones((3, 3), bool)})
    assert "3 x 3" in session.heard.problems[0].message
    assert not session.can_undo


def test_missing_and_changed_files_are_not_drawn_on(session, make_session, folder, write_recording):
    path = session.study_path
    session.close_study()
    (folder / "r0.npy").unlink()
    write_recording(folder / "r1.npy", 9, frames=7)
    later = make_session()
    later.open_study(path)
    assert [p.title for p in later.heard.problems] == ["Recordings are missing", "Recordings have changed"]
    for recording_id in (1, 2):
        assert later.can_draw(recording_id)
        assert not later.stroke(PlaneKey(recording_id, 0, "rib"), BOX, SQUARE, True)
        assert later.heard.problems[-1].title == "Nothing was drawn"
        assert not later.mask(PlaneKey(recording_id, 0, "rib")).any()
    assert later.can_draw(3) is None
    assert later.can_draw(77)


def test_damaged_mask_is_reported_and_never_drawn_over(session, make_session):
    key = session.key()
    session.stroke(key, BOX, SQUARE, True)
    path = session.study_path
    session.study._database.raw.execute("UPDATE annotations SET mask = x'00'")
    session.close_study()
    later = make_session()
    later.open_study(path)
    later.heard.clear()
    assert later.mask(key).shape == (0, 0)
    assert not later.stroke(key, BOX, SQUARE, True)
    assert "does not fit" in later.heard.problems[-1].message
