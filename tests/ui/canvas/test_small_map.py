from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication


def settle():
    QApplication.processEvents()
    QTest.qWait(130)


@pytest.fixture
def near(window, session):
    """Return the map of a window that shows a part of the frame."""
    settle()
    assert not window.see.small_map.isVisible()
    window.canvas.zoom(4.0, window.canvas.to_viewport(5, 5))
    settle()
    return window.see.small_map


def test_it_comes_while_a_part_is_seen_and_goes_when_all_is(window, near):
    assert near.isVisible()
    assert window.canvas.rect().contains(near.geometry())
    # 60 x 40 pixels of 0.1 x 0.3 mm: twice as wide as high
    assert near.width() == pytest.approx(2 * near.height(), abs=2)
    assert near.framed.left() < near.width() / 4
    assert near.framed.width() < near.width() / 2
    window.canvas.fit()
    settle()
    assert not near.isVisible()


def test_a_press_and_a_drag_move_the_picture(window, near):
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(near, left, none, QPoint(near.width() // 2, near.height() // 2))
    middle = window.canvas.seen_part.center()
    assert (middle.x(), middle.y()) == (pytest.approx(20, abs=1), pytest.approx(30, abs=1))
    QTest.mouseMove(near, QPoint(near.width() * 3 // 4, near.height() // 2))
    QTest.mouseRelease(near, left, none, QPoint(near.width() * 3 // 4, near.height() // 2))
    assert window.canvas.seen_part.center().x() == pytest.approx(30, abs=1)
    settle()
    assert near.framed.center().x() == pytest.approx(near.width() * 3 / 4, abs=2)
    assert not window.session.can_undo  # nothing was drawn below it


def test_it_shows_the_frame_as_it_is_on_screen(window, session, near):
    def look():
        picture = near.grab().toImage()
        at = near.framed.center().toPoint()
        return picture.pixelColor(at)

    before = look()
    session.view.level = -1.0
    settle()
    assert look().lightness() > before.lightness()
    session.view.level = 0.5
    session.view.colormap = "magma"
    settle()
    assert look().red() != look().green()


def test_it_can_be_switched_off_in_the_view_menu(window, session, near):
    window.actions_by_id["view.small_map"].trigger()
    settle()
    assert not session.seeing.small_map
    assert not near.isVisible()


def test_it_goes_with_the_study(window, session, near):
    session.close_study()
    settle()
    assert not near.isVisible()


def test_a_double_click_on_it_does_not_fit(window, near):
    seen = window.canvas.seen_part
    QTest.mouseDClick(near, Qt.MouseButton.LeftButton, pos=near.framed.center().toPoint())
    after = window.canvas.seen_part
    assert np.isclose(seen.width(), after.width())
