"""Measuring in the whole program: real mouse and keys on simulated recordings whose truth is known."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.measures.drawn import Kind
from lusgui.session.view_state import Tool
from training.simulate.head import simulate_head
from training.simulate.lung_wide import simulate_wide

WAIT_MS = 60_000
KEYS = Qt.KeyboardModifier
CTRL = KEYS.ControlModifier


@pytest.fixture
def open_made(qtbot, start, tmp_path):
    """Return a function that opens frames of gray with the program and takes the callipers up."""

    def open_it(gray, label):
        folder = tmp_path / "clinic"
        folder.mkdir()
        frames = np.stack([np.round(gray * 255).astype(np.uint8)] * 3)
        tifffile.imwrite(folder / "clip.tif", frames, photometric="minisblack")
        app = start("--label", label, folder / "clip.tif")
        session, window = app.session, app.window
        qtbot.waitUntil(lambda: session.place is not None and window.presenter.is_up_to_date, timeout=WAIT_MS)
        session.view.model_visible = False
        session.view.label = label
        QTest.keyClick(window, Qt.Key.Key_R, KEYS.ShiftModifier)
        assert session.view.tool is Tool.CALLIPER
        return app

    return open_it


def measured(qtbot, window, key):
    window.measure.refresh()
    qtbot.waitUntil(lambda: window.measure.measured.figure(key) is not None, timeout=WAIT_MS)
    return window.measure.measured.figure(key)


def click(hand, row, col):
    QTest.mouseClick(hand.viewport, Qt.MouseButton.LeftButton, KEYS.NoModifier, hand.at(row, col))


def calibrate(qtbot, window, hand, first, last, length_mm):
    """Draw a line along a known distance and say how long it is, with the keys."""
    QTest.keyClick(window, Qt.Key.Key_C, CTRL | KEYS.AltModifier)
    hand.drag(first, last)
    qtbot.waitUntil(lambda: "calibrate" in window.asking.dialogs._open, timeout=WAIT_MS)
    dialog = window.asking.dialogs._open["calibrate"]
    dialog.along.setCurrentIndex(0)
    dialog.length.setValue(length_mm)
    QTest.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    QApplication.sendPostedEvents(None, 52)


def test_from_an_unknown_spacing_to_a_gestational_age(qtbot, open_made, hand_of, tmp_path):
    made = simulate_head(np.random.default_rng(4), (320, 360), ga_weeks=24.0)
    app = open_made(made.gray, "cerebellum")
    session, window, hand = app.session, app.window, hand_of(app)
    key = session.key()
    session.push_masks("Truth", {key: made.cerebellum})
    spacing = made.pose.spacing_mm

    # nothing is known of the spacing: every length is refused and the way out is said
    assert session.measuring.spacing_mm() is None
    assert measured(qtbot, window, "tcd").value is None
    assert "calibrate" in window.measure.panel.refusals.text()
    qtbot.waitUntil(lambda: "Ctrl+Alt+C" in window.measure.bar.text.text(), timeout=WAIT_MS)

    calibrate(qtbot, window, hand, (40.5, 100.5), (240.5, 100.5), round(200 * spacing, 2))
    row_mm, col_mm = session.measuring.spacing_mm()
    assert row_mm == col_mm == pytest.approx(spacing, rel=0.01)
    diameter = measured(qtbot, window, "tcd")
    assert diameter.value == pytest.approx(made.anatomy.tcd_mm, rel=0.03)
    age = measured(qtbot, window, "ga_intergrowth21")
    assert age.value == pytest.approx(24, abs=2)
    qtbot.waitUntil(lambda: "INTERGROWTH-21st" in window.measure.panel.ages["intergrowth21"].text())

    # the ends are pulled by hand, and let go of again
    (row, col), _ = diameter.line
    hand.drag((row + 0.5, col + 0.5), (row + 10, col + 10), (row + 20.5, col + 20.5))
    assert "by hand" in measured(qtbot, window, "tcd").note
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert measured(qtbot, window, "tcd").value == pytest.approx(diameter.value)

    # calibration is a step too
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert session.measuring.spacing_mm() is None
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL | KEYS.ShiftModifier)
    assert session.measuring.spacing_mm() == (row_mm, col_mm)

    # and out as a table
    QTest.keyClick(window, Qt.Key.Key_E, CTRL | KEYS.ShiftModifier)
    dialog = window.asking.dialogs._open["export measures"]
    dialog.path_line.setText(str(tmp_path / "out.csv"))
    QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((tmp_path / "out.csv").exists, timeout=WAIT_MS)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as stream:
        rows = {row["measure"]: row for row in csv.DictReader(stream)}
    assert float(rows["tcd"]["value"]) == pytest.approx(diameter.value, abs=1e-3)
    assert rows["ga_intergrowth21"]["part"] == "INTERGROWTH-21st"


def test_ribs_follow_the_brush_and_callipers_survive_the_night(qtbot, open_made, hand_of, start):
    made = simulate_wide(np.random.default_rng(5), (320, 280), ribs=2)
    app = open_made(made.gray, "rib")
    session, window, hand = app.session, app.window, hand_of(app)
    session.set_spacing(session.place[0], made.spacing_mm)
    key = session.key()
    session.push_masks("Truth", {key: made.rib})
    assert measured(qtbot, window, "depth").value == pytest.approx(made.facts["rib_depth_mm"], abs=0.8)
    assert measured(qtbot, window, "rib_count").value == made.facts["ribs"]
    before = measured(qtbot, window, "area").value

    # one stroke with the brush, and the page follows by itself
    window.ask("measures")
    QTest.keyClick(window, Qt.Key.Key_B)
    hand.drag((250, 100), (250, 130), (250, 160))
    qtbot.waitUntil(lambda: window.measure.measured.figure("area").value > before, timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(
        lambda: window.measure.measured.figure("area").value == pytest.approx(before), timeout=WAIT_MS
    )

    QTest.keyClick(window, Qt.Key.Key_R, KEYS.ShiftModifier)
    hand.drag((200.5, 50.5), (230.5, 100.5), (260.5, 150.5))
    QTest.mouseClick(window.measure.bar.kinds[Kind.AREA], Qt.MouseButton.LeftButton)
    for corner in ((100.5, 50.5), (100.5, 150.5), (180.5, 150.5), (180.5, 50.5)):
        click(hand, *corner)
    QTest.keyClick(window, Qt.Key.Key_Return)
    distance, area = session.callipers.here
    row_mm, col_mm = made.spacing_mm
    read = [one.value for one in session.measuring.now().callipers]
    assert read[0] == pytest.approx(np.hypot(60 * row_mm, 100 * col_mm), rel=0.02)
    assert read[1] == pytest.approx(80 * row_mm * 100 * col_mm, rel=0.03)

    # something begun is not lost silently, and lands nowhere else
    click(hand, 50.5, 50.5)
    click(hand, 50.5, 90.5)
    QTest.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert "waits on frame 1" in window.status_bar.currentMessage()
    assert session.callipers.here == ()
    assert not session.mask(session.key()).any()

    study = session.study_path
    window.close()
    again = start(study)
    qtbot.waitUntil(lambda: again.window.presenter.is_up_to_date, timeout=WAIT_MS)
    assert again.session.callipers.of(key.recording_id, 0) == (distance, area)
