"""Comparing in the whole program: real mouse and keys, real reading of frames; no model is needed."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import PlaneKey
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.session.seeing import Beside
from lusgui.session.view_state import OverlayStyle

WAIT_MS = 60_000
SHAPE, FRAMES = (120, 100), 40
LEFT, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier


@pytest.fixture
def clip(tmp_path):
    """Return a clip of speckle whose frames get brighter."""
    noise = np.random.default_rng(8)
    level = np.linspace(60, 140, FRAMES)[:, None, None]
    frames = np.clip(level * noise.rayleigh(0.8, (FRAMES, *SHAPE)), 0, 255).astype(np.uint8)
    folder = tmp_path / "clinic"
    folder.mkdir()
    path = folder / "clip.tif"
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


@pytest.fixture
def app(qtbot, start, clip):
    app = start("--label", "rib", clip)
    wait(qtbot, lambda: app.session.place is not None and app.window.presenter.is_up_to_date)
    app.session.view.despeckle = DespeckleSettings(Method.MEDIAN)
    wait(qtbot, lambda: app.window.presenter.other is not None)
    return app


def wait(qtbot, condition):
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def roughness(canvas, row, first, last):
    """Return how much neighbouring pixels of the frame differ on screen, between two columns."""
    picture = canvas.grab().toImage()
    places = [canvas.to_viewport(row + 0.5, col + 0.5) for col in range(first, last)]
    values = [picture.pixelColor(round(at.x()), round(at.y())).red() for at in places]
    return np.abs(np.diff(np.array(values, float))).mean()


def test_the_wipe_parts_speckle_from_smooth_and_is_dragged(app, qtbot):
    window, canvas = app.window, app.window.canvas
    QTest.keyClick(window, Qt.Key.Key_Z)
    wait(qtbot, lambda: window.see.wipe.image is not None)
    assert roughness(canvas, 60, 5, 45) > 2 * roughness(canvas, 60, 55, 95)
    grip = window.see.wipe.grip
    middle = grip.rect().center()
    QTest.mousePress(grip, LEFT, KEYS.NoModifier, middle)
    target = canvas.to_viewport(60, 20).toPoint() - grip.pos()
    QTest.mouseMove(grip, QPoint(target.x(), middle.y()))
    QTest.mouseRelease(grip, LEFT, KEYS.NoModifier, QPoint(target.x(), middle.y()))
    assert app.session.seeing.wipe_at == pytest.approx(0.2, abs=0.02)
    assert roughness(canvas, 60, 0, 18) > 2 * roughness(canvas, 60, 25, 65)
    QTest.keyClick(window, Qt.Key.Key_B)  # the keyboard is still the image's
    QTest.keyClick(window, Qt.Key.Key_Z)
    wait(qtbot, lambda: window.see.wipe.image is None)
    assert roughness(canvas, 60, 55, 95) > 10


def test_two_pictures_read_what_they_need_and_go_in_step(app, qtbot, hand_of):
    session, window = app.session, app.window
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ShiftModifier)
    companion = window.see.companion
    assert "first frame" in companion.empty.text()
    recording = session.place[0]
    session.go_to(recording, 25)
    wait(qtbot, lambda: companion.shown == (recording, 24))
    companion.pin.click()
    wait(qtbot, lambda: companion.shown == (recording, 25))
    session.go_to(recording, 2)  # far away: what is pinned has to be there all the same
    session.view.despeckle = DespeckleSettings(Method.OFF)  # and is read anew
    wait(qtbot, lambda: window.presenter.is_up_to_date and window.presenter.other is None)
    wait(qtbot, lambda: companion.caption.text() == "frame 26")
    assert companion.canvas.gray.mean() > window.canvas.gray.mean() + 20  # later frames are brighter
    at = QPointF(window.canvas.to_viewport(30, 30).toPoint())
    wheel = QWheelEvent(
        at,
        window.canvas.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, 360),
        Qt.MouseButton.NoButton,
        KEYS.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = window.canvas.pixels_per_unit
    QApplication.sendEvent(window.canvas.viewport(), wheel)
    assert window.canvas.pixels_per_unit > 1.5 * before
    assert companion.canvas.pixels_per_unit == pytest.approx(window.canvas.pixels_per_unit, rel=1e-3)
    wait(qtbot, window.see.small_map.isVisible)
    hand_of(app).drag((30, 25), (30, 35))  # drawn on the frame looked at, not on the pinned one
    assert session.mask(PlaneKey(recording, 2, "rib")).any()
    assert not session.mask(PlaneKey(recording, 25, "rib")).any()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.mask(PlaneKey(recording, 2, "rib")).any()
    companion.visit.click()
    assert session.place == (recording, 25)
    session.seeing.beside = Beside.OTHER
    wait(qtbot, lambda: companion.shown == (recording, 25) and "alike" in companion.caption.text())


def test_hysteresis_band_and_bare_tissue_under_the_pen(app, qtbot, hand_of):
    session, window = app.session, app.window
    key = session.key()
    session.set_active_model("rib", "tiny", "tiny-1.0")
    probability = np.zeros(SHAPE, np.float32)
    probability[40:60, 20:40] = 0.9  # sure
    probability[40:60, 40:70] = 0.4  # faint, of one piece with it
    probability[90:100, 20:40] = 0.4  # faint, alone
    session.put_prediction(session.prediction_key(*session.place, "rib"), probability)
    window.threshold.hysteresis.click()
    session.view.threshold_low = 0.3
    wait(qtbot, lambda: session.model_mask(key)[50, 60])
    assert not session.model_mask(key)[95, 30]
    QTest.keyClick(window, Qt.Key.Key_U, KEYS.ShiftModifier)
    session.view.band_delta = 0.15  # the lower threshold moves along, to 0.45: there the faint part goes
    wait(qtbot, lambda: window.see.band.item.between.contains(QPointF(55, 50)))
    assert not window.see.band.item.between.contains(QPointF(30, 50))
    assert "hangs on the threshold" in window.threshold.band.text()
    QTest.keyClick(window, Qt.Key.Key_Return)
    wait(qtbot, lambda: session.mask(key)[50, 60])
    QTest.keyClick(window, Qt.Key.Key_U, KEYS.ShiftModifier)
    session.view.overlay_style, session.view.opacity = OverlayStyle.FILL, 1.0
    QTest.qWait(50)

    def is_coloured():
        picture, at = window.canvas.grab().toImage(), window.canvas.to_viewport(50.5, 30.5)
        color = picture.pixelColor(round(at.x()), round(at.y()))
        return color.red() - color.blue() > 60

    assert is_coloured()
    hand = hand_of(app)
    QTest.mousePress(hand.viewport, LEFT, KEYS.NoModifier, hand.at(110, 50))
    assert not is_coloured()
    QTest.mouseRelease(hand.viewport, LEFT, KEYS.NoModifier, hand.at(110, 50))
    assert is_coloured()
