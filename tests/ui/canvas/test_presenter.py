"""What is on screen follows the session: lusgui.ui.canvas.presenter, lusgui.ui.canvas.brush,
lusgui.ui.canvas.pick, lusgui.ui.canvas.region and lusgui.ui.canvas.colormaps."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import PlaneKey
from lusgui.session.view_state import BrushUnit, OverlayStyle, Tool
from lusgui.ui.canvas.colormaps import COLORMAPS, lookup_table


def shown_gray(window):
    return window.canvas._image.image


def test_the_frame_of_the_place_is_shown(window, session):
    assert window.presenter.shown == session.place
    assert shown_gray(window)[11, 15] == 240
    session.step(2)
    assert shown_gray(window)[13, 15] == 240
    assert window.presenter.is_up_to_date


def test_masks_change_with_their_frame(window, session, hand):
    hand.drag((20, 10), (20, 20))
    overlay = window.presenter.overlay_of("rib")
    assert not overlay.human_path.isEmpty()
    session.step(1)
    assert overlay.human_path.isEmpty()
    session.step(-1)
    assert not overlay.human_path.isEmpty()


def test_the_old_frame_keeps_its_masks_until_the_new_one_is_read(window, session, hand):
    hand.drag((20, 10), (20, 20))
    session.frame_changed.disconnect(session.frame_ready.emit)
    session.step(1)
    assert not window.presenter.overlay_of("rib").human_path.isEmpty()
    assert not window.presenter.is_up_to_date
    session.frame_ready.emit(*session.place)
    assert window.presenter.overlay_of("rib").human_path.isEmpty()
    session.frame_changed.connect(session.frame_ready.emit)


def test_a_late_frame_is_not_shown(window, session):
    recording_id = session.place[0]
    session.step(3)
    window.presenter.show_frame(recording_id, 1)
    assert window.presenter.shown == (recording_id, 3)


def test_window_and_level_change_the_picture_only(window, session):
    before = window.presenter.raw.copy()
    session.view.window, session.view.level = 0.5, 0.3
    QApplication.processEvents()
    expected = np.clip((before - 0.05) / 0.5 * 255, 0, 255)
    assert np.abs(shown_gray(window).astype(float) - expected).max() <= 1
    assert (window.presenter.raw == before).all()


def test_the_models_mask_follows_the_threshold(window, session, predicted):
    QApplication.processEvents()
    overlay = window.presenter.overlay_of("rib")
    session.view.threshold = 0.25
    QApplication.processEvents()
    assert overlay.model_path.boundingRect().left() == 10
    session.view.threshold = 0.75
    QApplication.processEvents()
    assert overlay.model_path.boundingRect().left() == 30


def test_heat_appears_when_asked_for(window, session, predicted):
    overlay = window.presenter.overlay_of("rib")
    assert not overlay.has_heat
    session.view.overlay_style = OverlayStyle.HEAT
    assert overlay.has_heat


def test_a_hidden_label_stays_hidden(window, session):
    window.presenter.set_label_visible("rib", False)
    session.step(1)
    assert not window.presenter.overlay_of("rib").isVisible()
    window.presenter.set_label_visible("rib", True)
    assert window.presenter.overlay_of("rib").isVisible()


def test_drawing_brings_hidden_masks_back(window, session, hand):
    session.view.overlay_visible = False
    hand.drag((20, 10), (20, 20))
    assert session.view.overlay_visible


def test_labels_come_and_go(window, session):
    session.add_label("Pleura")
    key = session.labels[-1].key
    assert window.presenter.overlay_of(key) is not None
    session.view.label = key


def test_a_brush_in_pixels_ignores_the_spacing(window, session, hand):
    session.view.brush_unit = BrushUnit.PX
    session.view.brush_size_px = 9
    hand.drag((30.5, 20.5))
    rows, cols = np.nonzero(session.mask(session.key("rib")))
    assert np.ptp(rows) == np.ptp(cols) == 8


def test_the_brush_steps_up_and_down(window, session):
    session.view.brush_unit = BrushUnit.PX
    session.view.brush_size_px = 1
    window.presenter.step_brush_size(1)
    assert session.view.brush_size_px == 2
    window.presenter.step_brush_size(-1)
    assert session.view.brush_size_px == 1


def test_one_stroke_is_one_edit_however_it_crosses_itself(window, session, hand):
    hand.drag((20, 10), (20, 30), (20, 10), (25, 20))
    session.undo()
    assert not session.mask(session.key("rib")).any()
    assert not session.can_undo


def test_erasing_nothing_is_no_edit(window, session, hand):
    session.view.erase = True
    hand.drag((20, 10), (20, 30))
    assert not session.can_undo


def test_picking_beside_the_model_says_what_to_do(window, session, predicted, hand):
    session.view.tool = Tool.ACCEPT
    session.view.threshold = 0.9
    hand.drag((20, 3))
    assert "dashed outline" in window.status_bar.currentMessage()
    assert not session.can_undo


def test_a_read_only_study_says_why_nothing_is_drawn(window, session, hand, monkeypatch):
    monkeypatch.setattr(session, "can_draw", lambda recording_id: "This study is open elsewhere")
    hand.drag((20, 10), (20, 20))
    assert window.status_bar.currentMessage() == "This study is open elsewhere"
    assert not session.mask(session.key("rib")).any()


def test_closing_the_study_clears_the_canvas(window, session):
    session.close_study()
    assert not window.canvas.has_frame
    assert window.presenter.drawing_key() is None


def test_stored_numbers_can_be_read(window):
    assert window.presenter.stored_value(11, 15) == "240"
    assert window.presenter.dynamic_range_db > 0


def test_undo_brings_its_place_into_view(window, session, hand):
    hand.drag((50, 35))
    window.canvas.zoom(8.0, window.canvas.to_viewport(5, 5))
    session.undo()
    assert window.canvas.viewport().rect().contains(window.canvas.to_viewport(50, 35).toPoint())


def test_a_mask_of_another_frame_leaves_the_screen_alone(window, session):
    mask = np.zeros((60, 40), bool)
    mask[5:9, 5:9] = True
    session.push_masks("Import", {PlaneKey(session.place[0], 4, "rib"): mask})
    assert window.presenter.overlay_of("rib").human_path.isEmpty() == (session.current_frame != 4)


@pytest.mark.parametrize("name", COLORMAPS)
def test_colour_maps_have_256_colours(name):
    table = lookup_table(name)
    if name == "gray":
        assert table is None
        return
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    light = table.astype(float) @ [0.3, 0.6, 0.1]
    assert (np.diff(light) >= -1).all() or (np.diff(light) <= 1).all()


def test_an_unknown_colour_map_is_gray():
    assert lookup_table("nonsense") is None


@pytest.fixture
def three_labels(session):
    """Let one model answer for two labels, and another for ribs, on the frame that is shown."""
    session.ensure_label("vermis")
    for label, name in (("cerebellum", "brain"), ("vermis", "brain"), ("rib", "ribs")):
        session.set_active_model(label, name, f"{name}-1.0")
        probability = np.zeros((60, 40), np.float32)
        probability[10:20, 5:15] = 0.9
        session.put_prediction(session.prediction_key(*session.place, label), probability)
    session.view.label = "cerebellum"
    QApplication.processEvents()


def shown_models(window):
    overlays = window.presenter._overlays
    return {key for key, each in overlays.items() if not each.model_path.isEmpty() and each._model_is_shown}


def test_all_labels_of_the_model_are_shown_or_only_the_present_one(window, session, three_labels):
    assert shown_models(window) == {"cerebellum", "vermis"}
    session.view.label = "rib"
    QApplication.processEvents()
    assert shown_models(window) == {"rib"}  # another model has nothing to say about a brain
    session.view.label = "vermis"
    QApplication.processEvents()
    assert shown_models(window) == {"cerebellum", "vermis"}
    action = window.actions_by_id["view.all_labels"]
    QApplication.processEvents()
    assert action.isChecked()
    action.trigger()
    QApplication.processEvents()
    assert shown_models(window) == {"vermis"}
    assert not action.isChecked()


def test_a_new_frame_is_painted_with_its_own_masks_before_any_timer_fires(window, session, hand):
    hand.drag((20, 10), (20, 20))
    QApplication.processEvents()
    painted = []

    class Watch(QObject):
        def eventFilter(self, _watched, event):
            if event.type() is QEvent.Type.Paint:
                overlay = window.presenter.overlay_of("rib")
                painted.append((window.presenter.shown, overlay.human_outline.is_empty))
            return False

    watch = Watch()
    window.canvas.viewport().installEventFilter(watch)
    session.step(1)
    assert painted == [(session.place, True)]
    session.step(-1)
    assert painted[1:] == [(session.place, False)]
    window.canvas.viewport().removeEventFilter(watch)
