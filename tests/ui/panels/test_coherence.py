"""The strip of coherence under the timeline: lusgui.ui.panels.coherence."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from lusgui.core.annotation import PlaneKey

SHAPE = (60, 40)


@pytest.fixture
def strip(window, session, qtbot):
    """Return the strip, switched on with its key, over five masks of which the fourth is elsewhere."""
    session.view.label = "rib"
    for frame in range(5):
        mask = np.zeros(SHAPE, bool)
        row = 40 if frame == 3 else 10
        mask[row : row + 10, 10:30] = True
        session.push_masks("Brush", {PlaneKey(session.place[0], frame, "rib"): mask})
    QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(window.coherence.found) == 5, timeout=5000)
    return window.coherence


def test_it_is_off_until_asked_for_and_says_what_is_missing(window, session, qtbot):
    strip = window.coherence
    assert strip.isHidden()
    QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert strip.isVisible()
    assert window.actions_by_id["time.coherence"].isEnabled()
    assert "Two masks of" in strip._what_is_missing()
    strip.grab()
    QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert strip.isHidden()


def test_outliers_stand_out_and_are_clicked(window, session, strip):
    assert [one.frame for one in strip.found if one.is_outlier] == [3]
    assert "1 outlier" in strip.accessibleDescription()
    place = QPoint(round(strip.x_of(3)), 10)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert session.current_frame == 3
    session.go_to(session.place[0], 0)
    QTest.mouseClick(strip.button, Qt.MouseButton.LeftButton)
    assert session.current_frame == 3
    assert "it jumps" in window.status_bar.currentMessage()


def test_frames_stand_under_those_of_the_timeline(window, strip):
    timeline = window.timeline.strip
    for frame in (0, 3, 5):
        here = strip.mapToGlobal(QPoint(round(strip.x_of(frame)), 0)).x()
        above = timeline.mapToGlobal(QPoint(round(timeline.x_of(frame)), 0)).x()
        assert abs(here - above) <= 1


def test_it_is_painted_with_dots_in_the_colour_of_warnings(window, session, strip):
    from lusgui.ui import theme

    image = strip.grab().toImage()
    wanted = theme.current().warning.lower()
    x = round(strip.x_of(3) * image.devicePixelRatio())
    names = {image.pixelColor(x, y).name() for y in range(image.height())}
    assert wanted in names


def test_a_mask_says_what_is_known_of_it(window, strip, monkeypatch):
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, widget: said.append(text))
    for x in (round(strip.x_of(3)), 2):
        place = QPoint(x, 10)
        QApplication.sendEvent(strip, QHelpEvent(QHelpEvent.Type.ToolTip, place, strip.mapToGlobal(place)))
    assert "Frame 4: area 6.0 mm²" in said[0]
    assert "Outlier: it jumps" in said[0]
    assert "ghosts" in said[1]


def test_it_follows_strokes_and_labels(window, session, strip, qtbot):
    plane = PlaneKey(session.place[0], 3, "rib")
    session.push_masks("Brush", {plane: session.mask(PlaneKey(plane.recording_id, 2, "rib"))})
    qtbot.waitUntil(lambda: not any(one.is_outlier for one in strip.found), timeout=5000)
    assert strip.button.text() == "No outliers"
    session.view.label = "cerebellum"
    qtbot.waitUntil(lambda: strip.found == (), timeout=5000)


def test_the_models_masks_are_a_faint_line(window, session, strip, qtbot):
    before = strip.grab().toImage()
    session.set_active_model("rib", "Rib", "rib@1")
    for frame in range(4):
        probability = np.zeros(SHAPE, np.float32)
        probability[10 : 20 + 3 * frame, 10:30] = 0.9
        session.put_prediction(session.prediction_key(session.place[0], frame), probability)
    qtbot.waitUntil(lambda: len(strip._model) == 4, timeout=5000)
    assert [one.frame for one in strip._model] == [0, 1, 2, 3]
    assert strip.grab().toImage() != before
    assert "dashed" in strip._explain()
