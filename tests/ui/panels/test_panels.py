"""Panels show the session and change it, and nothing else: lusgui.ui.panels.threshold,
lusgui.ui.panels.brush, lusgui.ui.panels.labels, lusgui.ui.panels.display, lusgui.ui.panels.worklist,
lusgui.ui.panels.welcome, lusgui.ui.panels.parts."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from lusgui.core.despeckle import Method
from lusgui.core.model_card import ModelCard
from lusgui.session.view_state import BrushUnit
from lusgui.ui.panels.parts import SliderSpin
from lusgui.ui.panels.threshold import describe_mask


def settle():
    QApplication.processEvents()


def test_slider_and_number_box_are_one(window, session):
    part = window.threshold.threshold
    part.slider.setValue(800)
    assert session.view.threshold == pytest.approx(0.79, abs=0.01)
    assert part.spin.value() == session.view.threshold
    session.view.threshold = 0.2
    assert part.value() == 0.2


def test_a_logarithmic_slider_has_its_ends(qtbot):
    part = SliderSpin(0.1, 10.0, 0.1, 2, "x", "tip", logarithmic=True)
    qtbot.addWidget(part)
    part.set_value(1.0)
    assert part.slider.value() == 500
    got = []
    part.value_changed.connect(got.append)
    part.slider.setValue(1000)
    part.slider.setValue(0)
    assert got == [pytest.approx(10.0), pytest.approx(0.1)]


def test_the_handle_comes_to_the_pointer(qtbot):
    part = SliderSpin(0.0, 1.0, 0.01, 2, "x", "tip")
    qtbot.addWidget(part)
    part.resize(400, 30)
    part.show()
    got = []
    part.value_changed.connect(got.append)
    slider = part.slider
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert got[-1] == pytest.approx(0.5, abs=0.02)
    assert len(got) == 1
    for x, value in ((slider.width() - 1, 1.0), (0, 0.0)):
        middle = slider.rect().center().y()
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, middle))
        assert got[-1] == value


def test_the_areas_are_live(window, session, predicted):
    session.view.threshold = 0.5
    settle()
    # half of 60 x 40 pixels of 0.1 x 0.3 mm
    assert window.threshold.model_area.text() == "36.00 mm² in 1 piece"
    assert window.threshold.human_area.text() == "empty"
    session.view.threshold = 0.75
    settle()
    assert window.threshold.model_area.text() == "18.00 mm² in 1 piece"


def test_areas_without_spacing_are_in_pixels(window, session, predicted):
    session.set_spacing(session.place[0], None)
    settle()
    assert "px" in window.threshold.model_area.text()
    assert "pixels" in window.threshold.note.text()


def test_clean_up_reaches_the_mask(window, session):
    session.set_active_model("rib", "tiny", "tiny-1.0")
    probability = np.zeros((60, 40), np.float32)
    probability[10:20, 10:20] = 0.9
    probability[14:16, 14:16] = 0.0
    probability[40, 5] = 0.9
    session.put_prediction(session.prediction_key(*session.place, "rib"), probability)
    key = session.key("rib")
    assert session.model_mask(key).sum() == 97
    window.threshold.least.setValue(5)
    assert session.model_mask(key).sum() == 96
    window.threshold.fill.setChecked(True)
    assert session.model_mask(key).sum() == 100
    window.threshold.least.setValue(0)
    window.threshold.keep.setValue(1)
    assert session.model_mask(key).sum() == 100


def test_the_model_can_be_chosen(window, session):
    assert window.threshold.model.count() == 1
    window.threshold.model.activated.emit(0)
    assert ("model", "rib", "tiny") in window.services.asked
    session.view.label = "cerebellum"
    assert not window.threshold.model.isEnabled()


def test_words_for_masks():
    mask = np.zeros((10, 10), bool)
    assert describe_mask(mask, None) == "empty"
    mask[0, 0] = mask[5, 5] = True
    assert describe_mask(mask, None) == "2 px in 2 pieces"
    assert describe_mask(mask, (0.5, 0.5)) == "0.50 mm² in 2 pieces"


def test_the_brush_is_in_mm_only_where_that_is_known(window, session):
    assert window.brush.diameter.spin.suffix() == " mm"
    window.brush.diameter.spin.setValue(4.0)
    assert session.view.brush_size_mm == 4.0
    session.set_spacing(session.place[0], None)
    settle()
    assert window.brush.diameter.spin.suffix() == " px"
    window.brush.diameter.spin.setValue(12)
    assert session.view.brush_size_px == 12
    assert session.view.brush_size_mm == 4.0


def test_the_unit_can_be_chosen(window, session):
    window.brush.unit.activated.emit(1)
    assert session.view.brush_unit is BrushUnit.PX


def test_a_click_on_a_label_draws_it(window, session):
    row = window.labels._widgets["cerebellum"]
    QTest.mouseClick(row.name, Qt.MouseButton.LeftButton)
    assert session.view.label == "cerebellum"
    settle()
    assert row.name.isChecked()
    assert not window.labels._widgets["rib"].name.isChecked()


def test_the_eye_hides_a_label_and_keeps_doing_so(window, session):
    QTest.mouseClick(window.labels._widgets["rib"].eye, Qt.MouseButton.LeftButton)
    assert not window.presenter.overlay_of("rib").isVisible()
    session.add_label("Pleura")
    settle()
    assert not window.labels._widgets["rib"].is_shown
    assert not window.presenter.overlay_of("rib").isVisible()


def test_despeckling_is_chosen_in_words(window, session):
    window.display.method.activated.emit(window.display.method.findData(Method.MEDIAN))
    assert session.view.despeckle.method is Method.MEDIAN
    window.display.strength.spin.setValue(1.4)
    assert session.view.despeckle.strength == 1.4
    window.display.method.activated.emit(window.display.method.findData(Method.OFF))
    assert not window.display.strength.isEnabled()


def test_contrast_and_colours(window, session):
    window.display.window_width.spin.setValue(0.5)
    window.display.level.spin.setValue(0.4)
    assert (session.view.window, session.view.level) == (0.5, 0.4)
    window.actions_by_id["view.reset_window"].trigger()
    assert window.display.window_width.value() == 1.0
    window.display.colormap.activated.emit(2)
    assert session.view.colormap == window.display.colormap.itemData(2)


def test_a_worklist_is_drawn_and_worked_through(window, session):
    window.worklist.count.setValue(3)
    window.worklist.seed.setValue(7)
    QTest.mouseClick(window.worklist.draw, Qt.MouseButton.LeftButton) if window.worklist.isVisible() else (
        window.worklist.draw.click()
    )
    first = session.worklist
    assert len(first) == 3
    window.worklist.draw.click()
    assert session.worklist == first  # the same seed
    settle()
    assert window.worklist.total.text() == "0 of 3 frames"
    QTest.keyClick(window, Qt.Key.Key_N)
    assert session.place in first
    QTest.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ShiftModifier)
    settle()
    assert window.worklist.total.text() == "1 of 3 frames"
    assert window.worklist.left.text() == "2 left"
    window.worklist.clear.click()
    settle()
    assert not window.worklist.empty.isHidden()


def test_every_kth_frame(window, session):
    window.worklist.regular.setChecked(True)
    window.worklist.every.setValue(2)
    window.worklist.draw.click()
    assert [frame for _, frame in session.worklist] == [0, 2, 4]


def test_segmenting_the_worklist_asks_for_its_frames(window, session):
    session.draw_worklist(2, seed=1)
    settle()
    window.actions_by_id["model.segment_worklist"].trigger()
    assert window.services.asked[-1] == ("segment", tuple(session.worklist), "Segment worklist")
    window.actions_by_id["model.segment_recording"].trigger()
    assert len(window.services.asked[-1][1]) == 6


def test_recent_studies_are_offered(window, tmp_path):
    chosen = []
    window.welcome.recent_chosen.connect(chosen.append)
    path = tmp_path / "old.lusgui"
    window.welcome.recent_chosen.disconnect(window.asking.open_study)
    window.welcome.set_recent([path])
    (button,) = [b for b in window.welcome.findChildren(QPushButton) if b.toolTip() == str(path)]
    button.click()
    assert chosen == [path]


BRAIN = ModelCard(
    "brain",
    "2.0",
    "lus-unet",
    ("cerebellum", "vermis"),
    (32, 32),
    {"out_channels": 2},
    scores={"cross_validation": {"raw": {"frames": 23, "groups": 15, "dice_mean": 0.871}}},
    notes="Research use only, not a medical device. For planes of 19 to 22 weeks. Others mean nothing.",
)


def test_what_the_model_knows_besides_is_offered_and_one_click_adds_it(window, session):
    panel = window.labels
    assert panel.offers.isHidden()
    window.services.cards["cerebellum"] = BRAIN
    session.view.label = "cerebellum"
    settle()
    (button,) = panel.offers.findChildren(QToolButton)
    assert "Vermis" in button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.services.asked[-1] == ("label", "cerebellum", "vermis")
    settle()
    assert "vermis" in panel._widgets
    assert panel.offers.isHidden()
    session.view.label = "rib"  # whose model knows ribs alone
    settle()
    assert panel.offers.isHidden()


def test_how_a_recording_came_to_its_label_is_said_until_the_person_chooses(window, session):
    note = window.labels.note
    assert note.isHidden()
    session.suggest_label(session.place[0], None, "Both see something.")
    settle()
    assert note.isVisible()
    assert note.text() == "Both see something."
    session.view.label = "cerebellum"
    settle()
    assert note.isHidden()
