from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

SHIFT = Qt.KeyboardModifier.ShiftModifier


def settle():
    QApplication.processEvents()
    QTest.qWait(20)


@pytest.fixture
def banded(window, session, predicted):
    """Return the window with the band shown: p = column / 40, threshold 0.5, delta 0.1."""
    settle()
    QTest.keyClick(window.canvas, Qt.Key.Key_U, SHIFT)
    settle()
    assert session.seeing.band
    return window


def test_its_key_shows_the_ground_between_the_two_contours(banded, session):
    between = banded.see.band.item.between.boundingRect()
    assert (between.left(), between.right()) == (16, 24)
    assert banded.threshold.band.isVisible()
    # 60 rows of 0.1 x 0.3 mm pixels: 16 to 24 columns
    assert banded.threshold.band.text().startswith("28.80 to 43.20 mm² for 0.40 to 0.60:")
    QTest.keyClick(banded.canvas, Qt.Key.Key_U, SHIFT)
    settle()
    assert banded.see.band.item.between.isEmpty()
    assert not banded.threshold.band.isVisible()
    assert banded.threshold.band_off.text() == "press: how far the area moves"
    assert not banded.threshold.band_off.isHidden()


def test_it_follows_threshold_width_label_and_frame(banded, session):
    session.view.threshold = 0.3
    settle()
    assert banded.see.band.item.between.boundingRect().left() == 8
    banded.threshold.delta.setValue(0.2)
    settle()
    assert session.view.band_delta == 0.2
    assert banded.see.band.item.between.boundingRect().left() == 4
    session.step(1)
    settle()
    assert not banded.see.band.item.between.isEmpty()
    session.view.label = "cerebellum"
    settle()
    assert banded.see.band.item.between.isEmpty()
    assert "not answered" in banded.threshold.band.text()


def test_it_goes_with_the_masks(banded, session):
    session.view.overlay_visible = False
    settle()
    assert banded.see.band.item.between.isEmpty()
    session.view.overlay_visible = True
    settle()
    banded.hide_overlay(True)
    assert not banded.see.band.item.isVisible()
    banded.hide_overlay(False)
    assert banded.see.band.item.isVisible()


def test_it_is_painted_in_the_colour_of_the_label(banded, session):
    session.view.model_visible = False
    session.view.uncertainty_visible = False
    settle()
    picture = banded.canvas.grab().toImage()
    at = banded.canvas.to_viewport(50.5, 20.5)
    color = picture.pixelColor(round(at.x()), round(at.y()))
    assert color.red() > color.blue() + 25


def test_without_a_model_it_says_so(window, session):
    said = []
    window.status_bar.messageChanged.connect(said.append)
    QTest.keyClick(window.canvas, Qt.Key.Key_U, SHIFT)
    assert not session.seeing.band
    assert any("No model answers" in text for text in said)
