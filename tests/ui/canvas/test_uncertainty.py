from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.confidence import uncertainty_codes
from lusgui.ui.canvas.uncertainty import UncertaintyItem, color_table, describe


def settle(window):
    QApplication.processEvents()
    QTest.qWait(60)


def pixel(window, row, col):
    """Return the colour on screen in the middle of a pixel of the frame."""
    window.canvas.viewport().repaint()
    picture = window.canvas.grab().toImage()
    at = window.canvas.to_viewport(row + 0.5, col + 0.5)
    scale = picture.devicePixelRatio()
    return picture.pixelColor(round(at.x() * scale), round(at.y() * scale))


def saturation(color):
    return max(color.red(), color.green(), color.blue()) - min(color.red(), color.green(), color.blue())


@pytest.fixture
def bare(window, session, predicted):
    """Return the window without masks in the way, answers known."""
    session.view.model_visible = False
    settle(window)
    return window


def test_the_table_is_clear_where_the_model_is_sure_and_brightest_where_it_is_undecided():
    colors = [QColor.fromRgba(value) for value in color_table(0.4)]
    assert [color.alpha() for color in colors[:204]] == [0] * 204
    alpha = [color.alpha() for color in colors[204:]]
    assert alpha == sorted(alpha)
    assert colors[255].lightness() > colors[235].lightness() > colors[210].lightness()
    assert color_table(0.0)[255] >> 24 == 0


def test_u_colours_where_the_model_is_undecided(bare, session):
    assert saturation(pixel(bare, 30, 20)) < 12
    QTest.keyClick(bare.canvas, Qt.Key.Key_U)
    settle(bare)
    assert session.view.uncertainty_visible
    # the ramp is 0.5 at column 20, and certain at both sides
    assert saturation(pixel(bare, 30, 20)) > 60
    assert saturation(pixel(bare, 30, 1)) < 12
    assert saturation(pixel(bare, 30, 38)) < 12
    QTest.keyClick(bare.canvas, Qt.Key.Key_U)
    settle(bare)
    assert saturation(pixel(bare, 30, 20)) < 12
    assert not bare.uncertainty.legend.isVisible()


def test_the_legend_says_what_it_is_and_what_dice_to_expect(bare, session):
    session.view.uncertainty_visible = True
    settle(bare)
    legend = bare.uncertainty.legend
    assert legend.isVisible()
    assert legend.geometry().right() <= bare.canvas.width()
    assert "Rib" in legend.title.text()
    value = session.confidence.expected_dice(session.key())
    assert f"{value:.2f}" in legend.dice.text()
    assert f"{value:.2f}" in legend.accessibleDescription()
    assert "not as a measurement" in legend.toolTip()
    assert bare.threshold.dice.text() == f"{value:.2f}"
    session.view.threshold = 0.9
    settle(bare)
    assert f"{session.confidence.expected_dice(session.key()):.2f}" in legend.dice.text()
    bare.resize(900, 700)
    settle(bare)
    assert legend.geometry().right() <= bare.canvas.width()


def test_it_steps_aside_for_a_held_h_for_space_and_for_strokes(bare, session, hand):
    session.view.uncertainty_visible = True
    settle(bare)
    bare.hide_overlay(True)
    assert not bare.uncertainty.item.has_heat
    bare.hide_overlay(False)
    assert bare.uncertainty.item.has_heat
    session.view.overlay_visible = False
    settle(bare)
    assert not bare.uncertainty.item.has_heat
    session.view.overlay_visible = True
    settle(bare)
    hand.press(50, 2)
    hand.move(50, 4, button=Qt.MouseButton.LeftButton)
    assert saturation(pixel(bare, 30, 20)) < 12
    hand.release(50, 4)
    assert saturation(pixel(bare, 30, 20)) > 60


def test_without_an_answer_it_says_so(window, session):
    said = []
    window.status_bar.messageChanged.connect(said.append)
    QTest.keyClick(window.canvas, Qt.Key.Key_U)
    assert not session.view.uncertainty_visible
    assert any("No model answers" in text for text in said)
    session.set_active_model("rib", "tiny", "tiny-1.0")
    QTest.keyClick(window.canvas, Qt.Key.Key_U)
    settle(window)
    assert "looking" in window.uncertainty.legend.dice.text()
    assert not window.uncertainty.legend.scale.isVisible()
    session.add_label("Pleura")
    session.view.label = "pleura"
    settle(window)
    assert "No model knows Pleura" in window.uncertainty.legend.title.text()


def test_another_frame_has_its_own_heat(bare, session):
    session.view.uncertainty_visible = True
    session.put_prediction(session.prediction_key(session.place[0], 1), np.zeros((60, 40), np.float32))
    session.step(1)
    settle(bare)
    assert saturation(pixel(bare, 30, 20)) < 12
    assert "Nothing is marked" in bare.uncertainty.legend.dice.text()


def test_the_strip_shows_which_frames_look_doubtful(bare, session):
    strip = bare.timeline.strip
    assert "predicted" not in strip.toolTip()
    session.view.uncertainty_visible = True
    QTest.qWait(300)
    assert "predicted Dice" in strip.toolTip()
    picture = strip.grab().toImage()
    with_line = [picture.pixelColor(round(strip.x_of(frame)), 8) for frame in range(1, 6)]
    session.view.uncertainty_visible = False
    QTest.qWait(100)
    assert "predicted" not in strip.toolTip()
    picture = strip.grab().toImage()
    assert all(
        picture.pixelColor(round(strip.x_of(frame)), 8) != color
        for frame, color in enumerate(with_line, start=1)
    )


def test_the_picture_is_that_of_the_codes(qapp):
    item = UncertaintyItem(lambda: False)
    p = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    item.set_probability(p)
    assert item.boundingRect().width() == 4
    assert item._codes.tolist() == uncertainty_codes(p).tolist()
    item.set_probability(None)
    assert not item.has_heat


def test_words():
    assert describe(None).startswith("Nothing is marked")
    assert describe(0.5).startswith("Predicted Dice 0.50")
