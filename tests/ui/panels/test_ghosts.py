"""The line of ghosts under the canvas: lusgui.ui.panels.ghosts."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from lusgui.core.annotation import PlaneKey

SHAPE = (60, 40)
LEFT = Qt.MouseButton.LeftButton


def settle():
    QApplication.processEvents()
    QApplication.processEvents()


@pytest.fixture
def ghosts(window, session):
    """Return the bar, with ghosts on frames 2 to 4 of the clip, copied from frame 1."""
    mask = np.zeros(SHAPE, bool)
    mask[20:30, 10:30] = True
    session.view.label = "rib"
    session.push_masks("Brush", {PlaneKey(session.place[0], 0, "rib"): mask})
    for frame in (1, 2, 3):
        session.go_to(session.place[0], frame)
        session.times.copy_from(-1)
    settle()
    return window.ghosts


def test_nothing_is_shown_without_ghosts(window):
    settle()
    assert window.ghosts.isHidden()


def test_it_says_what_waits_and_each_button_does_it(window, session, ghosts):
    recording = session.place[0]
    assert ghosts.isVisible()
    assert ghosts.text.text() == "Copied from frame 1 · 3 ghosts wait: frames 2 to 4"
    assert ghosts.accept_all.text() == "Accept all 3"
    assert not ghosts.next.isVisible()
    QTest.mouseClick(ghosts.accept, LEFT)
    assert session.mask(PlaneKey(recording, 3, "rib")).any()
    settle()
    assert ghosts.text.text() == "2 ghosts wait: frames 2 to 3"
    assert not ghosts.accept.isVisible()
    QTest.mouseClick(ghosts.next, LEFT)
    settle()
    assert session.current_frame == 1
    QTest.mouseClick(ghosts.drop, LEFT)
    assert list(session.times.ghosts_here()) == [2]
    settle()
    QTest.mouseClick(ghosts.accept_all, LEFT)
    settle()
    assert ghosts.isHidden()
    assert session.mask(PlaneKey(recording, 2, "rib")).any()


def test_a_range_from_the_bar_in_a_wide_window(window, session, ghosts):
    window.resize(1700, 860)
    session.go_to(session.place[0], 2)
    settle()
    assert ghosts.accept_to.isVisible()
    assert ghosts.drop_rest.isVisible()
    QTest.mouseClick(ghosts.accept_to, LEFT)
    assert list(session.times.ghosts_here()) == [3]
    window.resize(1000, 700)
    settle()
    assert not ghosts.accept_to.isVisible()


def test_the_only_ghost_has_one_way_to_be_accepted(window, session, ghosts):
    recording = session.place[0]
    for frame in (1, 2):
        session.go_to(recording, frame)
        settle()
        QTest.mouseClick(ghosts.drop, LEFT)
        settle()
    session.go_to(recording, 3)
    settle()
    assert ghosts.accept.isVisible()
    assert not ghosts.accept_all.isVisible()
    session.go_to(recording, 0)
    settle()
    assert not ghosts.accept.isVisible()
    assert ghosts.accept_all.text() == "Accept it"
    assert ghosts.accept_all.isVisible()


def test_another_label_has_no_ghosts(session, ghosts):
    session.view.label = "cerebellum"
    settle()
    assert ghosts.isHidden()


def test_buttons_leave_the_keyboard_and_are_named(ghosts):
    buttons = (ghosts.next, ghosts.drop, ghosts.drop_rest, ghosts.accept_to, ghosts.accept_all, ghosts.accept)
    for button in buttons:
        assert button.focusPolicy() is Qt.FocusPolicy.NoFocus
        assert button.accessibleName()
        assert button.toolTip()


def test_closing_asks_about_ghosts(window, session, ghosts):
    recording = session.place[0]
    window.close()
    assert window.isVisible()
    (box,) = window.findChildren(QMessageBox)
    assert box.text() == "3 ghosts wait to be accepted."
    (accept,) = [each for each in box.buttons() if each.text() == "Keep and close"]
    QTest.mouseClick(accept, LEFT)
    settle()
    assert not window.isVisible()
    assert all(session.mask(PlaneKey(recording, frame, "rib")).any() for frame in range(4))


def test_dropping_at_the_end_writes_nothing(window, session, ghosts):
    recording = session.place[0]
    window.close()
    (box,) = window.findChildren(QMessageBox)
    (drop,) = [each for each in box.buttons() if each.text() == "Drop and close"]
    QTest.mouseClick(drop, LEFT)
    settle()
    assert not window.isVisible()
    assert not session.mask(PlaneKey(recording, 2, "rib")).any()
