"""What is said at the edges: lusgui.ui.panels.status_bar, lusgui.ui.panels.banner, lusgui.ui.panels.metrics,
lusgui.ui.panels.measures."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.geometry import Box
from lusgui.core.model_card import ModelCard
from lusgui.session.jobs import FinishReason, JobState, JobStatus
from lusgui.ui.panels.measures import MEASURES, measure, to_amplitude


def settle():
    QApplication.processEvents()


def test_the_readout_names_place_value_and_probability(window, session, predicted, hand):
    hand.move(11.5, 20.5)
    text = window.status_bar.readout.text()
    assert "row 11, col 20" in text
    assert "1.2, 6.1 mm" in text or "1.1, 6.2 mm" in text or "1.1, 6.1 mm" in text
    assert "(240)" in text
    assert "p 0.50" in text


def test_nothing_is_read_out_beside_the_image(window, hand):
    hand.move(-5, -5)
    assert window.status_bar.readout.text() == ""


def test_a_job_shows_and_goes(window, session):
    bar = window.status_bar
    session.job_changed.emit(JobStatus("a", "Segment rib", 3, 10))
    assert not bar.bar.isHidden()
    assert bar.job.text() == "Segment rib 3/10"
    session.job_changed.emit(JobStatus("b", "Check file", 0, 0))
    assert bar.job.text() == "Check file (+1)"
    for name in "ab":
        session.job_changed.emit(
            JobStatus(name, name, state=JobState.FINISHED, reason=FinishReason.COMPLETED)
        )
    assert bar.bar.isHidden()


def test_the_end_of_what_nobody_asked_for_is_not_told(window, session):
    bar = window.status_bar
    bar.clearMessage()
    done = {"state": JobState.FINISHED, "reason": FinishReason.COMPLETED}
    session.job_changed.emit(JobStatus("a", "Check clip.tif", 1, 2, is_quiet=True))
    assert not bar.bar.isHidden()
    session.job_changed.emit(JobStatus("a", "Check clip.tif", is_quiet=True, **done))
    assert bar.bar.isHidden()
    assert bar.currentMessage() == ""
    session.job_changed.emit(JobStatus("b", "Open recordings", **done))
    assert bar.currentMessage() == "Open recordings: done"


def test_the_stability_row_says_what_a_press_does(window, session):
    panel = window.threshold
    assert panel.band_off.isVisible()
    assert panel.band_off.text() == "press: how far the area moves"
    session.seeing.band = True
    settle()
    assert panel.band.isVisible()
    assert not panel.band_off.isVisible()
    session.seeing.band = False
    settle()
    assert panel.band_off.isVisible()


def test_stop_asks_the_services(window, session):
    session.job_changed.emit(JobStatus("a", "Segment rib", 3, 10))
    window.status_bar.cancel.click()
    assert ("cancel",) in window.services.asked
    session.job_changed.emit(JobStatus("a", "a", state=JobState.FINISHED, reason=FinishReason.CANCELLED))
    assert "stopped" in window.status_bar.currentMessage()


def test_the_worker_is_shown_with_its_device(window):
    window.status_bar.show_worker("ready", "CPU, 2 threads", "")
    assert window.status_bar.worker.text() == "Model ready · CPU, 2 threads"
    window.status_bar.show_worker("failed", "", "out of memory")
    assert "out of memory" in window.status_bar.worker.toolTip()


def test_the_save_state_is_told(window, session, hand):
    hand.drag((20, 10), (20, 20))
    settle()
    assert window.status_bar.saved.text() == "Saved"
    assert str(session.study_path) in window.status_bar.saved.toolTip()


def test_a_missing_file_offers_the_way_out(window, session, clip, monkeypatch):
    settle()
    assert window.banner.isHidden()
    asked = []
    monkeypatch.setattr(window.asking, "locate_recording", asked.append)
    row = session.row(session.place[0])
    from dataclasses import replace

    from lusgui.session.recording_rows import FileState

    monkeypatch.setattr(session, "row", lambda recording_id: replace(row, state=FileState.MISSING))
    window.banner.refresh()
    assert not window.banner.isHidden()
    assert "clip.tif is not where it was" in window.banner.text.text()
    window.banner.button.click()
    assert asked == [row.id]


def test_a_doubtful_reading_can_be_confirmed(window, session, monkeypatch):
    doubts = ["Two variables look like the recording."]
    monkeypatch.setattr(window.asking, "doubt_about", lambda recording_id: doubts[0] if doubts else None)
    monkeypatch.setattr(window.asking, "dismiss_doubt", lambda recording_id: doubts.clear())
    window.banner.refresh()
    assert not window.banner.dismiss.isHidden()
    window.banner.dismiss.click()
    assert window.banner.isHidden()


def test_regions_are_measured_raw_and_despeckled(window, session, hand):
    window.tabs.setCurrentIndex(1)
    settle()
    window.metrics.first.click()
    hand.drag((30, 5), (50, 30))
    enl = window.metrics.values["ENL"]
    assert enl[0].text() != "–"
    assert window.metrics.values["CNR"][0].text() == "–"
    window.metrics.second.click()
    hand.drag((2, 5), (8, 30))
    assert window.metrics.values["gCNR"][0].text() != "–"
    assert not session.can_undo
    window.metrics.clear.click()
    assert enl[0].text() == "–"
    hand.drag((20, 10), (20, 20))  # the brush is back
    assert session.can_undo


def test_after_a_region_the_next_drag_paints(window, session, hand):
    window.metrics.first.click()
    hand.drag((30, 5), (50, 30))
    figures = window.metrics.values["ENL"][0].text()
    hand.drag((20, 10), (20, 20))
    assert session.can_undo
    assert window.metrics.values["ENL"][0].text() == figures


def test_choosing_the_brush_ends_the_drawing_of_a_region(window, session, hand):
    window.metrics.first.click()
    window.actions_by_id["tool.brush"].trigger()  # the brush is the tool already: no state changes
    hand.drag((20, 10), (20, 20))
    assert session.can_undo
    assert window.metrics.values["ENL"][0].text() == "–"


def test_amplitude_is_gray_before_compression():
    gray = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert to_amplitude(gray, 60.0).ravel() == pytest.approx([1e-3, 10**-1.5, 1.0], rel=1e-4)


def test_smoothing_is_seen_in_the_figures():
    chance = np.random.default_rng(1)
    amplitude = chance.rayleigh(0.1, (64, 64))
    raw = (1 + 20 * np.log10(np.clip(amplitude, 1e-3, 1)) / 60).astype(np.float32)
    smooth = np.full_like(raw, raw.mean()) + 0.1 * (raw - raw.mean())
    box = Box(10, 10, 50, 50)
    before, after = measure(raw, raw, box, None), measure(smooth, raw, box, None)
    assert set(before) == {each.name for each in MEASURES}
    assert before["ENL"] == pytest.approx(3.66, rel=0.3)
    assert after["ENL"] > 5 * before["ENL"]
    assert after["SSI"] < 0.5
    assert before["SSI"] == pytest.approx(1.0)
    assert before["CNR"] is None


def test_in_a_small_window_the_strip_keeps_its_room(window):
    timeline = window.timeline
    for width, shows in ((420, False), (900, True)):
        timeline.resize(width, 40)
        timeline.layout().activate()
        assert timeline.speed.isHidden() is not shows
        assert timeline.strip.width() > 80


def test_the_status_bar_names_the_model_its_score_and_its_limits(window, session):
    model = window.status_bar.model
    assert model.whole_text() == ""
    assert not model.isEnabled()
    window.services.cards["rib"] = ModelCard(
        "rib",
        "2.0",
        "lus-unet",
        ("rib",),
        (32, 32),
        scores={"held_out_of_these_weights": {"raw": {"frames": 23, "groups": 6, "dice_mean": 0.873}}},
        notes="Research use only, not a medical device. Finds <thin> arcs. Misses grey shadows.",
    )
    session.labels_changed.emit()
    QApplication.processEvents()
    assert model.whole_text() == (
        "rib 2.0 · Dice 0.87 on 23 frames of 6 recording groups it never saw · Finds <thin> arcs."
    )
    assert "Misses grey shadows." in model.toolTip()
    assert "&lt;thin&gt;" in model.toolTip()
    window.resize(900, 700)
    QApplication.processEvents()
    assert model.text().endswith("…")  # no room, no crowding
    # a click tells more
    QTest.mouseClick(model, Qt.MouseButton.LeftButton)
    (dialog,) = window.asking.dialogs.opened
    assert dialog.windowTitle() == "Model rib 2.0"
    dialog.reject()
    session.view.label = "cerebellum"
    QApplication.processEvents()
    assert model.whole_text() == ""


def test_the_strip_of_a_long_recording_draws_its_marks_once(qtbot, monkeypatch):
    from lusgui.core.annotation import Status
    from lusgui.ui.panels import frame_strip as timeline

    strip, looked = timeline.FrameStrip(), []
    qtbot.addWidget(strip)
    strip.resize(400, 34)
    look = timeline.color_of
    monkeypatch.setattr(timeline, "color_of", lambda name: (looked.append(name), look(name))[1])
    marks = dict.fromkeys(range(5_000, 10_000), Status.ACCEPTED)
    strip.set_frames(10_000, marks, frozenset())
    picture = strip.grab().toImage()
    assert 150 < len(looked) < 250  # one a pixel, not one a frame
    assert picture.pixelColor(300, 16) != picture.pixelColor(100, 16)
    looked.clear()
    for frame in (100, 7_000):
        strip.set_frame(frame)
        strip.set_frames(10_000, dict(marks), frozenset())  # the same once more
        assert strip.grab().toImage() != picture  # the handle has moved
    assert looked == []
    strip.set_frames(10_000, {}, frozenset())
    picture = strip.grab().toImage()
    assert picture.pixelColor(320, 16) == picture.pixelColor(100, 16)


def test_what_is_said_is_never_written_over_the_readout(qtbot, window, hand):
    hand.move(11.5, 20.5)
    bar = window.status_bar
    bar.say("5 frames lie between key frames")
    settle()
    assert not bar.readout.isVisible()
    bar.learning.setText("Learning Rib")  # a taller entry comes: Qt lays the line out anew
    bar.learning.setFixedHeight(26)
    bar.learning.show()
    qtbot.wait(30)
    assert bar.currentMessage()
    assert not bar.readout.isVisible()
    assert not bar.model.isVisible()
    bar.clearMessage()
    assert bar.readout.isVisible()
    assert bar.model.isVisible()
