from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSpinBox

from lusgui.core.annotation import PlaneKey, Status


@pytest.fixture
def mask():
    made = np.zeros((60, 40), dtype=np.uint8)
    made[30:40, 8:20] = 255
    return made


def _read(qtbot, dialog, paths):
    dialog.read(paths)
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=10_000)


def test_masks_come_in_as_one_edit_that_one_undo_takes_back(qtbot, ask, session, mask, tmp_path):
    for number in (2, 5):
        tifffile.imwrite(tmp_path / f"clip_rib_{number:05d}.tif", mask)
    dialog = ask("import masks")
    assert not dialog.apply.isEnabled()
    _read(qtbot, dialog, [tmp_path / f"clip_rib_{number:05d}.tif" for number in (2, 5)])
    assert dialog.apply.text() == "Import 2 masks"
    recording_id = session.place[0]
    assert not session.mask(PlaneKey(recording_id, 1, "rib")).any(), "a preview changes nothing"
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.mask(PlaneKey(recording_id, 1, "rib")).any(), timeout=10_000)
    for frame in (1, 4):
        assert np.array_equal(session.mask(PlaneKey(recording_id, frame, "rib")), mask > 0)
    assert session.place == (recording_id, 1)
    assert "Import of 2 masks" in session.undo_name
    session.undo()
    assert not session.mask(PlaneKey(recording_id, 4, "rib")).any()
    assert session.status(PlaneKey(recording_id, 1, "rib")) is Status.UNTOUCHED


def test_a_typed_first_frame_counts_at_once(qtbot, ask, mask, tmp_path):
    tifffile.imwrite(tmp_path / "from_matlab_rib.tif", mask)
    dialog = ask("import masks")
    _read(qtbot, dialog, [tmp_path / "from_matlab_rib.tif"])
    dialog.table.cellWidget(0, 2).findChild(QComboBox).setCurrentIndex(1)
    assert not dialog.apply.isEnabled()
    first = dialog.table.cellWidget(0, 3).findChild(QSpinBox)
    first.selectAll()
    qtbot.keyClicks(first, "3")  # and no Return: the mouse goes to Import
    assert dialog.rows[0].pairing.frames == (2,)
    assert dialog.apply.isEnabled()


def test_an_unknown_file_is_placed_by_hand(qtbot, ask, session, mask, tmp_path):
    tifffile.imwrite(tmp_path / "from_matlab.tif", np.stack([mask, mask]), photometric="minisblack")
    dialog = ask("import masks")
    _read(qtbot, dialog, [tmp_path / "from_matlab.tif"])
    assert not dialog.apply.isEnabled()
    assert "1 needs a look" in dialog.state.text()
    dialog.table.cellWidget(0, 2).findChild(QComboBox).setCurrentIndex(1)
    dialog.table.cellWidget(0, 3).findChild(QSpinBox).setValue(3)
    label = dialog.table.cellWidget(0, 4).findChild(QComboBox)
    label.setCurrentIndex(label.findData("cerebellum"))
    assert dialog.rows[0].pairing.frames == (2, 3)
    assert dialog.apply.text() == "Import 2 masks"
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    key = PlaneKey(session.place[0], 3, "cerebellum")
    qtbot.waitUntil(lambda: session.mask(key).any(), timeout=10_000)


def test_a_line_can_be_left_out_and_wrong_ones_say_why(qtbot, ask, mask, tmp_path):
    tifffile.imwrite(tmp_path / "clip_rib_00001.tif", mask)
    tifffile.imwrite(tmp_path / "clip_rib_00002.tif", mask[:30])
    (tmp_path / "clip_rib_00003.tif").write_bytes(b"no picture")
    dialog = ask("import masks")
    _read(qtbot, dialog, [tmp_path / f"clip_rib_0000{n}.tif" for n in (1, 2, 3)])
    assert dialog.apply.text() == "Import 1 mask"
    assert "30 × 40" in dialog.table.item(1, 5).text()
    assert dialog.table.item(2, 5).text()
    dialog.table.item(0, 0).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.apply.isEnabled()
    assert dialog.table.item(0, 5).text() == "Left out"


def test_drawn_frames_can_be_left_alone_or_added_to(qtbot, ask, session, drawn, mask, tmp_path):
    tifffile.imwrite(tmp_path / "clip_rib_00001.tif", mask)
    recording_id = session.place[0]
    dialog = ask("import masks")
    _read(qtbot, dialog, [tmp_path / "clip_rib_00001.tif"])
    dialog.policy.setCurrentIndex(dialog.policy.findData("leave"))
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.warning.isVisible(), timeout=10_000)
    assert np.array_equal(session.mask(PlaneKey(recording_id, 0, "rib")), drawn)
    dialog.policy.setCurrentIndex(dialog.policy.findData("add"))
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.mask(PlaneKey(recording_id, 0, "rib"))[35, 10], timeout=10_000)
    assert np.array_equal(session.mask(PlaneKey(recording_id, 0, "rib")), drawn | (mask > 0))


def test_export_then_import_is_bit_identical(qtbot, ask, session, drawn, tmp_path):
    from lusgui.io.export import export_study

    first = session.recording_rows()[0].id
    session.go_to(first, 4)
    session.nothing_here(session.key("rib"))
    export_study(session.study, tmp_path / "out", ["mat"])
    for frame in (0, 2):
        session.clear_mask(PlaneKey(first, frame, "rib"))
    dialog = ask("import masks")
    _read(qtbot, dialog, [tmp_path / "out"])
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.mask(PlaneKey(first, 2, "rib")).any(), timeout=10_000)
    for frame in range(6):
        expected = drawn if frame in (0, 2) else np.zeros_like(drawn)
        assert np.array_equal(session.mask(PlaneKey(first, frame, "rib")), expected)
    assert session.status(PlaneKey(first, 4, "rib")) is Status.NOTHING_HERE


def test_masks_of_a_known_structure_bring_its_label(qtbot, ask, session, mask, tmp_path):
    tifffile.imwrite(tmp_path / "clip.cisterna_magna_00002.tif", mask)
    dialog = ask("import masks")
    _read(qtbot, dialog, [tmp_path / "clip.cisterna_magna_00002.tif"])
    assert session.label("cisterna_magna") is None, "a preview changes nothing"
    assert dialog.rows[0].pairing.label == "cisterna_magna"
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    key = PlaneKey(session.place[0], 1, "cisterna_magna")
    qtbot.waitUntil(lambda: session.mask(key).any(), timeout=10_000)
    assert session.label("cisterna_magna").name == "Cisterna magna"
    assert session.view.label == "cisterna_magna"
    assert session.label("vermis") is None
