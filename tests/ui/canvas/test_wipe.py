from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.ui.keys import HOLD_SECONDS


def settle():
    QApplication.processEvents()
    QTest.qWait(20)


def gray_at(window, row, col):
    window.canvas.viewport().repaint()
    picture = window.canvas.grab().toImage()
    at = window.canvas.to_viewport(row, col)
    scale = picture.devicePixelRatio()
    return picture.pixelColor(round(at.x() * scale), round(at.y() * scale)).red()


@pytest.fixture
def smoothed(window, session, monkeypatch):
    """Return the window with a frame that despeckling turns white, and no masks in the way."""
    presenter, fetch = window.presenter, window.presenter._fetch

    def fetch_smoothed(recording_id, frame):
        found = fetch(recording_id, frame)
        return type(found)(found.stored, found.gray_raw, np.ones_like(found.gray_raw))

    monkeypatch.setattr(presenter, "_fetch", fetch_smoothed)
    session.view.despeckle = DespeckleSettings(Method.MEDIAN)
    session.frame_ready.emit(*session.place)
    settle()
    return window


def test_z_parts_the_frame_and_z_ends_it(smoothed, session):
    assert gray_at(smoothed, 50.5, 30.5) < 140
    QTest.keyClick(smoothed.canvas, Qt.Key.Key_Z)
    settle()
    assert session.seeing.wipe
    assert gray_at(smoothed, 50.5, 10.5) < 140  # raw on the left
    assert gray_at(smoothed, 50.5, 30.5) == 255
    assert smoothed.see.wipe.line.names == ("raw", "despeckled")
    assert smoothed.actions_by_id["view.wipe"].isChecked()
    QTest.keyClick(smoothed.canvas, Qt.Key.Key_Z)
    settle()
    assert gray_at(smoothed, 50.5, 30.5) < 140
    assert not smoothed.see.wipe.grip.isVisible()


def test_g_swaps_the_sides(smoothed, session):
    session.seeing.wipe = True
    QTest.keyClick(smoothed.canvas, Qt.Key.Key_G)
    settle()
    assert smoothed.see.wipe.line.names == ("despeckled", "raw")
    assert gray_at(smoothed, 50.5, 10.5) == 255
    assert gray_at(smoothed, 50.5, 30.5) < 140


def test_a_held_z_is_a_peek(smoothed, session):
    QTest.keyPress(smoothed.canvas, Qt.Key.Key_Z)
    assert session.seeing.wipe
    time.sleep(HOLD_SECONDS + 0.05)
    QTest.keyRelease(smoothed.canvas, Qt.Key.Key_Z)
    assert not session.seeing.wipe


def test_the_handle_is_dragged_and_the_image_can_still_be_drawn_on(smoothed, session, hand):
    session.seeing.wipe = True
    settle()
    grip = smoothed.see.wipe.grip
    middle = grip.rect().center()
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    target = smoothed.canvas.to_viewport(50, 10).toPoint() - grip.pos()
    QTest.mouseMove(grip, QPoint(target.x(), middle.y()))
    QTest.mouseRelease(
        grip, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(target.x(), middle.y())
    )
    settle()
    assert session.seeing.wipe_at == pytest.approx(10 / 40, abs=0.03)
    assert gray_at(smoothed, 50.5, 15.5) == 255
    hand.drag((20, 8), (20, 14))  # across the divider
    mask = session.mask(session.key())
    assert mask[20, 8]
    assert mask[20, 13]


def test_the_handle_moves_with_arrow_keys_once_tab_has_reached_it(smoothed, session):
    session.seeing.wipe = True
    settle()
    frame = session.current_frame
    smoothed.see.wipe.grip.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(smoothed.see.wipe.grip, Qt.Key.Key_Right)
    assert session.seeing.wipe_at == pytest.approx(0.51)
    assert session.current_frame == frame


def test_it_follows_contrast_frame_and_zoom(smoothed, session):
    session.seeing.wipe = True
    settle()
    session.view.level = 1.5
    settle()
    assert gray_at(smoothed, 50.5, 30.5) < 10
    session.view.level = 0.5
    session.step(1)
    settle()
    assert gray_at(smoothed, 50.5, 30.5) == 255
    smoothed.canvas.zoom(30.0, smoothed.canvas.to_viewport(5, 2))
    settle()
    grip = smoothed.see.wipe.grip
    assert smoothed.canvas.rect().contains(grip.geometry())  # reachable though the line is out of sight


def test_without_despeckling_it_says_what_to_do(window, session):
    said = []
    window.status_bar.messageChanged.connect(said.append)
    QTest.keyClick(window.canvas, Qt.Key.Key_Z)
    assert not session.seeing.wipe
    assert any("Despeckling is off" in text for text in said)


def test_nothing_is_left_when_the_study_is_closed(smoothed, session):
    session.seeing.wipe = True
    settle()
    session.close_study()
    settle()
    assert not smoothed.see.wipe.grip.isVisible()
    assert smoothed.see.wipe.image is None
