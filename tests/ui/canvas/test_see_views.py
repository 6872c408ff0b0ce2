from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.geometry import Box
from lusgui.session.view_state import OverlayStyle, Tool


def test_nothing_of_it_costs_the_start_of_the_window(window):
    assert window.see.companion is None
    assert window.see.wipe.image is None


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_second_picture_takes_the_theme(window, session, name):
    session.seeing.side_by_side = True
    QTest.qWait(10)
    window.apply_theme(name)
    first, second = (c.backgroundBrush().color() for c in (window.canvas, window.see.companion.canvas))
    assert first == second


def test_h_hides_masks_in_both_pictures(window, session):
    session.seeing.side_by_side = True
    QTest.qWait(10)
    overlay = window.see.companion._overlays[session.view.label]
    session.step(1)
    QTest.qWait(10)
    assert overlay.isVisible()
    window.hide_overlay(True)
    assert not overlay.isVisible()
    window.hide_overlay(False)
    assert overlay.isVisible()


@pytest.fixture
def filled(window, session):
    """Return what looks at a pixel of a filled mask: its saturation."""
    session.stroke(session.key(), Box(30, 5, 50, 15), np.ones((20, 10), bool), True)
    session.view.overlay_style = OverlayStyle.FILL
    session.view.opacity = 1.0
    QTest.qWait(20)

    def saturation():
        window.canvas.viewport().repaint()
        picture = window.canvas.grab().toImage()
        at = window.canvas.to_viewport(40.5, 10.5)
        color = picture.pixelColor(round(at.x()), round(at.y()))
        return max(color.red(), color.blue()) - min(color.red(), color.blue())

    assert saturation() > 60
    return saturation


def test_fills_make_room_while_a_stroke_is_down_and_come_back(window, session, hand, filled):
    hand.press(10, 30)
    hand.move(10, 33, button=Qt.MouseButton.LeftButton)
    assert filled() < 20
    hand.release(10, 33)
    assert filled() > 60
    hand.press(10, 30)
    hand.move(12, 33, button=Qt.MouseButton.LeftButton)
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert filled() > 60


def test_all_labels_make_room_not_only_the_one_that_is_drawn(window, session, hand, filled):
    session.view.label = "cerebellum"
    QTest.qWait(10)
    hand.press(10, 30)
    hand.move(10, 33, button=Qt.MouseButton.LeftButton)
    assert filled() < 20
    hand.release(10, 33)
    assert filled() > 60


def test_its_key_lets_fills_stay(window, session, hand, filled):
    QTest.keyClick(window.canvas, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert not session.view.outline_strokes
    hand.press(10, 30)
    hand.move(10, 33, button=Qt.MouseButton.LeftButton)
    assert filled() > 60
    hand.release(10, 33)


def test_dragging_the_picture_changes_nothing(window, session, hand, filled):
    session.view.tool = Tool.PAN
    drawn = []
    window.canvas.drawing_changed.connect(drawn.append)
    hand.drag((10, 30), (11, 31))
    assert not drawn
