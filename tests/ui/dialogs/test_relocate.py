from __future__ import annotations

import numpy as np
import tifffile
from PySide6.QtCore import Qt


def _reopen(session):
    path = session.study_path
    assert session.close_study()
    assert session.open_study(path)


def test_a_missing_file_is_pointed_at_and_a_wrong_one_refused(qtbot, ask, session, tmp_path):
    frames = np.random.default_rng(7).integers(0, 255, (5, 50, 30)).astype(np.uint8)
    lost = tmp_path / "only-here.tif"
    tifffile.imwrite(lost, frames, photometric="minisblack")
    (recording_id,) = session.add_recordings([lost])
    session.go_to(recording_id, 0)
    session.run_hash_jobs()
    moved = tmp_path / "elsewhere" / "deep" / "down" / "far" / "renamed.tif"
    moved.parent.mkdir(parents=True)
    lost.rename(moved)
    wrong = moved.with_name("wrong.tif")
    tifffile.imwrite(wrong, 255 - frames, photometric="minisblack")
    _reopen(session)
    session.run_hash_jobs()
    if session.row(recording_id).missing:
        dialog = ask("relocate")
        assert "Where is this file" in dialog.windowTitle()
        dialog.take(wrong)
        assert dialog.warning.isVisible()
        assert session.row(recording_id).missing
        dialog.take(moved)
    assert not session.row(recording_id).missing
    assert session.row(recording_id).path == moved


def test_a_changed_file_is_compared_and_accepted(qtbot, ask, session, clip):
    session.run_hash_jobs()
    tifffile.imwrite(clip, np.full((6, 60, 40), 7, np.uint8), photometric="minisblack", compression="zlib")
    _reopen(session)
    session.run_hash_jobs()
    row = session.recording_rows()[0]
    assert row.changed
    dialog = ask("relocate")
    qtbot.waitUntil(lambda: dialog.accept_button.isEnabled(), timeout=10_000)
    qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    assert not session.row(row.id).changed


def test_a_changed_file_of_another_size_is_not_offered(qtbot, ask, session, clip):
    session.run_hash_jobs()
    tifffile.imwrite(clip, np.full((4, 30, 20), 7, np.uint8), photometric="minisblack")
    _reopen(session)
    session.run_hash_jobs()
    dialog = ask("relocate")
    qtbot.waitUntil(lambda: dialog.warning.isVisible(), timeout=10_000)
    assert not dialog.accept_button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
