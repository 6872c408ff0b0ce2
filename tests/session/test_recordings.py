import os
import shutil

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.geometry import Box
from lusgui.core.intensity import DisplayMapping
from lusgui.core.recording import Intensity
from lusgui.session.recordings import FileState

SQUARE = np.ones((4, 4), bool)


@pytest.fixture
def reopened(session, make_session):
    """Close the study, let the test change files, and open it again."""
    path = session.study_path
    key = PlaneKey(1, 0, "rib")
    session.stroke(key, Box(0, 0, 4, 4), SQUARE, True)
    session.close_study()

    def reopen(study_path=path):
        later = make_session()
        assert later.open_study(study_path)
        return later

    return reopen


def state(session, recording_id):
    return session.row(recording_id).state


def test_hashes_are_filled_in_the_background(make_session, folder):
    session = make_session()
    session.add_recordings([folder])
    jobs = session.pending_hash_jobs()
    assert [job.reason for job in jobs] == ["first"] * 3
    assert session.can_draw(1) is None
    session.run_hash_jobs()
    assert session.pending_hash_jobs() == []
    assert all(len(entry.sha256) == 64 for entry in session.study.recordings())


def test_file_renamed_beside_many_of_the_same_size(reopened, folder):
    (folder / "r0.npy").rename(folder / "zz renamed.npy")
    session = reopened()
    assert state(session, 1) is FileState.CHECKING
    assert "compared" in session.can_draw(1)
    session.run_hash_jobs()
    assert state(session, 1) is FileState.OK
    assert session.row(1).path == folder / "zz renamed.npy"
    assert session.mask(PlaneKey(1, 0, "rib")).sum() == 16
    session.close_study()
    assert state(reopened(), 1) is FileState.OK


def test_everything_moved_together(reopened, folder, tmp_path):
    (tmp_path / "archive").mkdir()
    shutil.move(folder, tmp_path / "archive" / "ward 2026")
    session = reopened(tmp_path / "archive" / "ward 2026" / "ward.lusgui")
    session.run_hash_jobs()
    assert [row.state for row in session.recording_rows()] == [FileState.OK] * 3
    assert session.row(2).path == tmp_path / "archive" / "ward 2026" / "r1.npy"
    assert not [p for p in session.heard.problems if "missing" in p.title]


def test_file_moved_into_a_folder_nearby(reopened, folder):
    (folder.parent / "done" / "may").mkdir(parents=True)
    shutil.move(folder / "r2.npy", folder.parent / "done" / "may")
    session = reopened()
    session.run_hash_jobs()
    assert session.row(3).path == folder.parent / "done" / "may" / "r2.npy"


def test_missing_file_is_asked_for(reopened, folder, tmp_path, write_recording):
    hidden = tmp_path / ".far" / "away.npy"
    hidden.parent.mkdir()
    (folder / "r0.npy").rename(hidden)
    session = reopened()
    session.run_hash_jobs()
    assert state(session, 1) is FileState.MISSING
    assert session.heard.problems[-1].title in ("A recording is missing", "Recordings are missing")
    assert session.open_recording_of(1) is None
    wrong = write_recording(tmp_path / ".far" / "wrong.npy", 77)
    assert not session.relocate(1, wrong)
    assert "not the file" in session.heard.problems[-1].message
    assert not session.relocate(1, tmp_path / "nowhere.npy")
    assert session.relocate(1, hidden)
    assert session.can_draw(1) is None
    assert session.open_recording_of(1).frame_count == 6


def test_dropped_file_fills_the_gap_of_a_missing_one(reopened, folder, tmp_path):
    hidden = tmp_path / ".far" / "away.npy"
    hidden.parent.mkdir()
    (folder / "r0.npy").rename(hidden)
    session = reopened()
    session.run_hash_jobs()
    assert session.add_recordings([hidden]) == [1]
    assert state(session, 1) is FileState.OK
    assert len(session.recording_rows()) == 3


def test_touched_file_is_compared_then_fine(reopened, folder):
    os.utime(folder / "r0.npy", (1, 1))
    session = reopened()
    assert state(session, 1) is FileState.CHECKING
    session.run_hash_jobs()
    assert state(session, 1) is FileState.OK
    session.close_study()
    assert state(reopened(), 1) is FileState.OK


def test_changed_file_is_never_silently_mixed(reopened, folder, write_recording):
    write_recording(folder / "r0.npy", 55)
    session = reopened()
    assert session.can_draw(1)
    session.run_hash_jobs()
    assert state(session, 1) is FileState.CHANGED
    assert session.heard.problems[-1].title == "A recording has changed"
    assert not session.stroke(PlaneKey(1, 0, "rib"), Box(5, 5, 9, 9), SQUARE, True)
    assert session.accept_changed(1)
    assert state(session, 1) is FileState.OK
    session.run_hash_jobs()
    assert session.stroke(PlaneKey(1, 0, "rib"), Box(5, 5, 9, 9), SQUARE, True)
    session.close_study()
    assert state(reopened(), 1) is FileState.OK


def test_changed_size_is_seen_at_once_and_masks_must_fit(reopened, folder, write_recording):
    write_recording(folder / "r0.npy", 0, frames=9)
    session = reopened()
    assert state(session, 1) is FileState.CHANGED
    assert not session.accept_changed(1)
    assert "9 frames" in session.heard.problems[-1].message
    assert state(session, 1) is FileState.CHANGED


def test_frames_in_another_order_are_not_what_was_drawn_on(reopened, monkeypatch):
    import sys

    session = reopened()
    reader = sys.modules["lusgui.io.open"]
    plain = reader.open_recording

    def reordered(path, **more):
        recording = plain(path, **more)
        recording.frame_numbers = (2, 3, 4, 5, 6, 1)
        return recording

    monkeypatch.setattr(reader, "open_recording", reordered)
    assert session.open_recording_of(1) is not None
    assert state(session, 1) is FileState.CHANGED
    assert not session.accept_changed(1)
    assert "another order" in session.heard.problems[-1].message


def test_unreadable_hash_is_not_an_answer(reopened, folder):
    os.utime(folder / "r0.npy", (1, 1))
    session = reopened()
    session.hash_ready(session.pending_hash_jobs()[0], None)
    assert state(session, 1) is FileState.MISSING
    assert session.pending_hash_jobs() == []


def test_late_answer_of_another_file_is_ignored(session):
    from lusgui.session.recordings import HashJob

    session.hash_ready(HashJob(1, session.row(1).path, "verify"), "0" * 64)
    session.hash_ready(HashJob(99, session.row(1).path, "first"), "0" * 64)
    assert state(session, 1) is FileState.OK


def test_handles_are_few_and_closed(session, write_recording, folder):
    paths = [write_recording(folder / f"more{number}.npy", number + 10) for number in range(12)]
    session.add_recordings(paths)
    assert len(session._recordings._handles) == 8
    assert session.open_recording_of(1) is session.open_recording_of(1)
    assert session.row(1).warnings == ("made for a test",)


def test_spacing_and_mapping_are_kept(reopened):
    session = reopened()
    assert session.mapping(1) == DisplayMapping(Intensity.DISPLAY, 0.0, 255.0)
    assert session.set_spacing(1, (0.05, 0.5))
    assert session.open_recording_of(1).spacing_mm == (0.05, 0.5)
    assert session.set_mapping(1, DisplayMapping(Intensity.DISPLAY, 10.0, 200.0))
    assert not session.set_spacing(99, None)
    session.close_study()
    later = reopened()
    assert later.row(1).spacing_mm == (0.05, 0.5)
    assert later.mapping(1).low == 10.0
    assert later.area(PlaneKey(1, 0, "rib")) == (16, pytest.approx(16 * 0.025))


def test_removed_recording_comes_back_with_its_masks(session, folder):
    key = PlaneKey(1, 0, "rib")
    session.stroke(key, Box(0, 0, 4, 4), SQUARE, True)
    session.draw_worklist(every=3)
    assert session.remove_recording(1)
    assert session.place == (2, 0)
    assert [row.id for row in session.recording_rows()] == [2, 3]
    assert all(r != 1 for r, _f in session.worklist)
    assert session.status(key) is Status.EDITED
    assert session.add_recordings([folder / "r0.npy"]) == [1]
    assert session.mask(key).sum() == 16


def test_undo_of_a_removed_recording_does_not_break(session):
    session.stroke(PlaneKey(1, 0, "rib"), Box(0, 0, 4, 4), SQUARE, True)
    session.remove_recording(1)
    assert session.undo() is not None
    assert session.place == (2, 0)
    assert not session.mask(PlaneKey(1, 0, "rib")).any()
