from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from lusgui.core.annotation import PlaneKey
from lusgui.core.recording import Intensity
from lusgui.io.recipes import folder_recipe, load_recipes


@pytest.fixture
def dialog(qtbot, two_images, ask):
    made = ask("recipe")
    qtbot.waitUntil(lambda: made.look is not None and made.list.count() == 2, timeout=15_000)
    qtbot.waitUntil(lambda: not made._thumbnail_work.is_busy, timeout=15_000)
    return made


def _settled(qtbot, dialog):
    qtbot.waitUntil(lambda: dialog.apply.isEnabled() or dialog.warning.isVisible(), timeout=15_000)


def test_candidates_show_with_thumbnails_and_the_reason(dialog):
    assert [dialog.list.item(i).text().split("\n")[0] for i in range(2)] == ["ImgData", "Img"]
    assert dialog.list.currentRow() == 0
    assert dialog.list.item(0).toolTip()
    assert not dialog.list.item(1).icon().isNull()
    assert dialog.preview.pixmap().height() > 100
    assert "6" in dialog.facts.text()


def test_another_variable_and_state_are_previewed_and_then_read(qtbot, dialog, session, two_images):
    dialog.list.setCurrentRow(1)
    assert not dialog.apply.isEnabled(), "nothing is done that was not seen"
    dialog.form.intensity.setCurrentIndex(dialog.form.intensity.findData(Intensity.DISPLAY))
    qtbot.waitUntil(lambda: dialog.look.variable == "Img" and dialog.apply.isEnabled(), timeout=15_000)
    assert dialog.look.shape == (3, 48, 40)
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    row = session.row(two_images)
    assert (row.frames, row.intensity) == (3, Intensity.DISPLAY)


def test_turned_axes_turn_the_picture(qtbot, dialog, session, two_images):
    turned = dialog.form.axes.findData("wh1t")
    dialog.form.axes.setCurrentIndex(turned)
    qtbot.waitUntil(lambda: dialog.look.shape == (6, 40, 48), timeout=15_000)
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert session.row(two_images).shape == (40, 48)


def test_masks_that_would_not_fit_keep_the_reading(qtbot, dialog, session, two_images):
    mask = np.ones((48, 40), dtype=bool)
    assert session.push_masks("Test", {PlaneKey(two_images, 0, "rib"): mask})
    dialog.list.setCurrentRow(1)
    qtbot.waitUntil(lambda: dialog.look.variable == "Img", timeout=15_000)
    assert "not fit" in dialog.warning.text()
    assert not dialog.apply.isEnabled()


def test_spacing_and_name_are_saved_for_the_folder(qtbot, dialog, session, two_images, tmp_path):
    dialog.form.spacing.setCurrentIndex(dialog.form.spacing.findData("typed"))
    dialog.form.row_mm.setValue(0.05)
    dialog.form.col_mm.setValue(0.2)
    dialog.name.setText("our probe")
    dialog.folder.setChecked(True)
    qtbot.waitUntil(
        lambda: dialog.look.spacing_mm == (0.05, 0.2) and dialog.apply.isEnabled(), timeout=15_000
    )
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert session.row(two_images).spacing_mm == (0.05, 0.2)
    assert [one.name for one in load_recipes()] == ["our probe"]
    assert folder_recipe(tmp_path).spacing_mm == (0.05, 0.2)


def test_a_picture_file_has_one_candidate_and_no_axes(qtbot, ask, session):
    session.go_to(session.recording_rows()[0].id, 0)
    made = ask("recipe")
    qtbot.waitUntil(lambda: made.look is not None, timeout=15_000)
    assert made.list.count() == 1
    assert not made.form.axes.isEnabled()


@pytest.fixture
def white(session, tmp_path):
    """Add a picture whose black and white are exchanged; return the recording's number and the true gray."""
    gray = np.zeros((120, 100), np.uint8)
    gray[20:-20, 20:-20] = np.random.default_rng(0).integers(20, 140, (80, 60))
    Image.fromarray(255 - gray).save(tmp_path / "white.png")
    (recording_id,) = session.add_recordings([tmp_path / "white.png"])
    session.go_to(recording_id, 0)
    return recording_id, gray


def test_exchanged_black_and_white_are_doubted_and_put_right(qtbot, desk, ask, session, white):
    recording_id, gray = white
    assert "look exchanged" in desk.ambiguity(recording_id)
    made = ask("recipe")
    qtbot.waitUntil(lambda: made.look is not None, timeout=15_000)
    assert made.look.looks_inverted
    assert made.form.polarity.currentText() == "as found: they look exchanged"
    assert made.form.polarity.isEnabled()
    made.form.polarity.setCurrentIndex(made.form.polarity.findData(True))
    qtbot.waitUntil(lambda: not made.look.looks_inverted and made.apply.isEnabled(), timeout=15_000)
    np.testing.assert_allclose(made.look.gray, gray / 255, atol=1e-6)
    qtbot.mouseClick(made.apply, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(session.open_recording_of(recording_id).frame(0), gray)
    assert session.study.recording(recording_id).recipe.is_inverted is True
