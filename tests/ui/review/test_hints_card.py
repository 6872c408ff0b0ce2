"""Hints and the queue in the real window: lusgui.ui.review.hints_card."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.rib_shadow import Oddity
from lusgui.session.review_queue import Reason


def bar(row=20):
    mask = np.zeros((60, 40), bool)
    mask[row : row + 4, 12:28] = True
    return mask


def test_a_rib_on_even_tissue_is_called_into_question(window, qtbot):
    session, card = window.session, window.review.panel.hints
    window.review.show()
    window.review.panel.refresh()
    assert card.words.text() == "No rib is drawn on this frame."
    session.push_masks("Brush", {session.key("rib"): bar()})
    qtbot.waitUntil(lambda: len(card.buttons) == 1)
    assert card.buttons[0].text() == "Rib without shadow, columns 13 to 28"
    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    session.undo()
    qtbot.waitUntil(lambda: card.buttons == [])


def test_the_shadow_of_a_hint_is_ignored(window, qtbot):
    session, card = window.session, window.review.panel.hints
    window.review.show()
    session.push_masks("Brush", {session.key("rib"): bar()})
    qtbot.waitUntil(lambda: len(card.fills) == 1)
    assert "Ignore the shadow" in card.fills[0].accessibleName()
    QTest.mouseClick(card.fills[0], Qt.MouseButton.LeftButton)
    key = session.key("ignore")
    assert session.view.label == "ignore"
    assert session.times.ghost(key).mask[24:, 12:28].all()
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert session.mask(key)[24:, 12:28].all()
    assert session.view.label == "rib"
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not session.mask(key).any()
    window.actions_by_id["mask.fill_shadow"].trigger()
    assert session.times.ghost(key) is not None
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert session.times.ghost(key) is None
    assert session.view.label == "rib"


def test_all_ribs_are_checked_and_wait_in_the_queue(window, qtbot):
    session, queue = window.session, window.worklist.queue
    session.push_masks("Brush", {session.key("rib"): bar()})
    recording = session.recording_rows()[0].id
    session.mapping(recording)
    window.actions_by_id["review.queue"].trigger()
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Worklist"
    window.actions_by_id["review.check_ribs"].trigger()
    assert ("job", "Check ribs and shadows") in window.services.asked
    assert session.rib_checks.places(Oddity.NO_SHADOW) == [session.key("rib")]
    qtbot.waitUntil(lambda: queue.buttons[Reason.NO_SHADOW].text() == "Rib without shadow: 1")
    session.step(3)
    QTest.mouseClick(queue.buttons[Reason.NO_SHADOW], Qt.MouseButton.LeftButton)
    assert session.current_frame == 0
    assert queue.buttons[Reason.NO_SHADOW].isChecked()
    QTest.keyClick(window, Qt.Key.Key_E)
    assert session.view.erase  # the keyboard is still the canvas's
