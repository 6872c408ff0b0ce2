from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import PlaneKey
from lusgui.ui.panels.two_thumbs import ThresholdSlider


def x_of(slider, value):
    """Return where a value between 0.01 and 0.99 lies, in pixels from the left end."""
    return slider._thumb(round(1000 * (value - 0.01) / 0.98)).center().x()


@pytest.fixture
def part(qtbot):
    part = ThresholdSlider(0.01, 0.99, 0.01, 2, "Threshold", "tip")
    qtbot.addWidget(part)
    part.resize(500, 30)
    part.show()
    part.set_value(0.6)
    return part


def drag(slider, start, end):
    middle = slider.rect().center().y()
    none = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, none, QPoint(x_of(slider, start), middle))
    QTest.mouseMove(slider, QPoint(x_of(slider, end), middle))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, none, QPoint(x_of(slider, end), middle))


def test_with_one_thumb_it_is_a_plain_slider(part):
    lows = []
    part.low_changed.connect(lows.append)
    drag(part.slider, 0.2, 0.3)
    assert part.value() == pytest.approx(0.3, abs=0.02)
    assert lows == []


def test_the_nearer_thumb_is_dragged(part):
    part.set_low(0.3)
    lows, highs = [], []
    part.low_changed.connect(lows.append)
    part.value_changed.connect(highs.append)
    drag(part.slider, 0.3, 0.45)
    assert lows[-1] == pytest.approx(0.45, abs=0.02)
    assert highs == []
    drag(part.slider, 0.6, 0.8)
    assert highs[-1] == pytest.approx(0.8, abs=0.02)
    assert lows[-1] == pytest.approx(0.45, abs=0.02)


def test_the_lower_thumb_never_passes_the_upper_one(part):
    part.set_low(0.3)
    drag(part.slider, 0.3, 0.9)
    assert part.slider.low == part.slider.value()


def test_both_thumbs_are_seen(part):
    bare = part.slider.grab().toImage()
    part.set_low(0.2)
    assert part.slider.grab().toImage() != bare


def test_in_the_window_the_model_follows_both(window, session, predicted):
    key = PlaneKey(*session.place, "rib")
    panel = window.threshold
    assert not panel.low.isEnabled()
    panel.hysteresis.click()
    QApplication.processEvents()
    assert session.view.threshold_low == 0.3
    assert session.model_mask(key)[0].sum() == 28  # the ramp down to 0.3, all of one piece
    assert panel.threshold.slider.low is not None
    panel.low.setValue(0.1)
    assert session.model_mask(key)[0].sum() == 36
    panel.low.setValue(0.7)
    assert session.view.threshold_low == 0.49  # stays below the threshold
    session.view.threshold = 0.2
    assert session.view.threshold_low == 0.19  # pushed along: what is ticked is done
    assert session.model_mask(key)[0].sum() == 32
    QApplication.processEvents()
    assert panel.threshold.slider.low is not None
    assert panel.low.value() == 0.19
    panel.hysteresis.click()
    assert session.view.threshold_low == 0.0
    assert not panel.low.isEnabled()


def test_the_canvas_shows_what_hysteresis_adds(window, session, predicted):
    window.threshold.hysteresis.click()
    QTest.qWait(30)
    assert window.presenter.overlay_of("rib").model_path.boundingRect().left() == 12
