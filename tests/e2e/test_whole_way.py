"""From a raw .mat to a mask that survives the night, through the real window with real mouse events."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import scipy.io
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.base.paths import resources_dir
from lusgui.core.annotation import PlaneKey, Status

WAIT_MS = 60_000


@pytest.fixture
def recording(tmp_path):
    """Return a copy of the bundled Verasonics-like sample, as if it lay on a person's disk."""
    folder = tmp_path / "clinic"
    folder.mkdir()
    return shutil.copy(resources_dir() / "samples" / "lung_linear_v5.mat", folder / "patient7.mat")


def export(app, qtbot, folder):
    """Export with the dialog's own buttons."""
    QTest.keyClick(app.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = app.window.asking.dialogs.opened
    dialog.choices.folder_line.setText(str(folder))
    for name, box in dialog.choices.formats.items():
        box.setChecked(name in ("tiff", "mat"))
    dialog.choices.labels["cerebellum"].setChecked(False)
    qtbot.waitUntil(dialog.export.isEnabled, timeout=WAIT_MS)
    QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.done_page is not None, timeout=WAIT_MS)
    dialog.reject()


def test_from_mat_to_mask_and_back_again(qtbot, start, hand_of, model, recording, tmp_path):
    app = start(recording)
    window, session = app.window, app.session
    hand = hand_of(app)

    # the recording is read, and the model answers
    qtbot.waitUntil(lambda: session.place is not None and window.presenter.is_up_to_date, timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_1)
    row = session.row(session.place[0])
    assert (row.frames, row.shape) == (24, (960, 128))
    assert row.spacing_mm is not None
    qtbot.waitUntil(lambda: session.model_mask(session.key("rib")) is not None, timeout=WAIT_MS)

    # the threshold is live on the cached answer
    probability = np.asarray(session.prediction(session.key("rib")), np.float32)
    window.threshold.threshold.spin.setValue(0.30)
    assert session.view.threshold == pytest.approx(0.30)
    lower = session.model_mask(session.key("rib")).sum()
    window.threshold.threshold.spin.setValue(0.70)
    assert session.model_mask(session.key("rib")).sum() <= lower
    assert lower == pytest.approx((probability >= 0.3).sum(), abs=2)

    # to frame 5; paint, erase, undo, redo
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.presenter.shown == (row.id, 4), timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_B)
    hand.drag((400, 30), (410, 60), (420, 90))
    key = PlaneKey(row.id, 4, "rib")
    painted = session.mask(key).copy()
    assert painted[410, 60]
    assert painted.sum() > 1000
    QTest.keyClick(window, Qt.Key.Key_E)
    hand.drag((410, 58), (412, 64))
    erased = session.mask(key).copy()
    assert not erased[411, 61]
    assert 0 < erased.sum() < painted.sum()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (session.mask(key) == painted).all()
    QTest.keyClick(
        window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert (session.mask(key) == erased).all()

    # out as TIFF and MAT
    out = tmp_path / "out"
    export(app, qtbot, out)
    pages = tifffile.imread(out / "patient7_rib.tif")
    (mat_file,) = out.glob("*.mat")
    mat = scipy.io.loadmat(mat_file)
    kept = [int(number) for number in np.ravel(mat["frames"])]
    assert len(kept) == 1
    assert (pages.reshape(-1, 960, 128)[0] == 255).tolist() == erased.tolist()
    mask = np.atleast_3d(mat["mask_rib"])
    assert (mask[:, :, 0] > 0).tolist() == erased.tolist()
    # it lies on the source's own variable, although the ring buffer was read in another order
    source = np.squeeze(scipy.io.loadmat(recording)["ImgData"][0, 0])
    assert (source[:, :, kept[0] - 1] == session.open_recording_of(row.id).frame(4)).all()
    assert kept[0] != 5
    assert np.ravel(mat["spacing_mm"]) == pytest.approx(row.spacing_mm)

    # the lid is closed
    study = session.study_path
    window.close()
    assert not session.is_open

    # the next morning: the same place, the same mask, and undo still works
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert again.session.place == (row.id, 4)
    assert (again.session.mask(key) == erased).all()
    assert again.session.status(key) is Status.EDITED
    QTest.keyClick(again.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (again.session.mask(key) == painted).all()


def test_segment_recording_in_the_background(qtbot, start, model, recording):
    app = start(recording)
    session = app.session
    qtbot.waitUntil(lambda: session.place is not None and app.window.presenter.is_up_to_date, timeout=WAIT_MS)
    QTest.keyClick(app.window, Qt.Key.Key_1)
    app.window.actions_by_id["model.segment_recording"].trigger()
    keys = [PlaneKey(session.place[0], frame, "rib") for frame in range(24)]
    qtbot.waitUntil(lambda: all(session.prediction(key) is not None for key in keys), timeout=WAIT_MS)
    # nothing automatic has touched what people draw
    assert not any(session.mask(key).any() for key in keys)
    assert not any(status is not Status.UNTOUCHED for status in session.statuses(session.place[0]).values())
    assert not session.can_undo
