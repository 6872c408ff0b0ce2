"""The cards Mask and Limit painting, and the padlock: lusgui.ui.panels.mask and lusgui.ui.panels.limits."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from lusgui.session.painting_guard import Where

KEYS = Qt.KeyboardModifier


def draw(session, *boxes):
    mask = np.zeros((60, 40), bool)
    for row0, row1, col0, col1 in boxes:
        mask[row0:row1, col0:col1] = True
    session.push_masks("Test", {session.key(): mask})
    return mask


def test_amounts_are_in_the_unit_of_the_recording(window, session):
    panel = window.masks
    panel.step.control.spin.setValue(0.6)
    assert session.masking.settings.step_mm == 0.6
    QApplication.processEvents()
    assert window.actions_by_id["mask.grow"].text() == "Grow by 0.6 mm"
    session.set_spacing(session.place[0], None)
    QApplication.processEvents()
    assert panel.step.control.spin.suffix() == " px"
    panel.step.control.spin.setValue(3)
    assert session.masking.settings.step_px == 3
    assert session.masking.settings.step_mm == 0.6
    QApplication.processEvents()
    assert window.actions_by_id["mask.grow"].text() == "Grow by 3 px"


def test_buttons_of_the_card_do_what_they_say(window, session):
    mask = draw(session, (20, 30, 10, 20))
    QApplication.processEvents()
    grow = next(
        button
        for button in window.masks.findChildren(QToolButton)
        if button.defaultAction() is window.actions_by_id["mask.grow"]
    )
    grow.click()
    assert session.mask(session.key()).sum() > mask.sum()


def test_limits_are_chosen_and_switched(window, session):
    panel, guard = window.limits, session.guard
    window.actions_by_id["mask.limit"].trigger()
    assert not guard.is_on  # there is none yet
    assert "Set a limit" in panel.note.text()
    panel.low.spin.setValue(30)
    panel.high.spin.setValue(60)
    assert guard.range == (0.3, 0.6)
    assert guard.is_on
    panel.high.spin.setValue(20)
    assert guard.range == (0.19, 0.2)
    window.actions_by_id["mask.limit"].trigger()
    assert not guard.is_on
    assert "Switched off" in panel.note.text()
    index = panel.where.findText("Only inside Cerebellum")
    panel.where.setCurrentIndex(index)
    panel.where.activated.emit(index)
    assert guard.where == (Where.INSIDE, "cerebellum")
    assert "inside Cerebellum" in panel.note.text()
    session.recolour_label("rib", "#ffffff")
    assert panel.where.currentText() == "Only inside Cerebellum"


def test_a_limited_stroke_looks_limited_while_it_is_down(window, session, hand):
    session.view.brush_size_mm = 6.0
    session.guard.set_range(0.9, 1.0)
    session.guard.is_on = True
    key = session.key()
    hand.press(12, 20)
    hand.move(12, 25, button=Qt.MouseButton.LeftButton)
    shown = window.presenter.overlay_of("rib").human_path.boundingRect()
    assert shown.top() >= 10  # the bar of frame 1: rows 10 to 13
    assert shown.bottom() <= 14
    hand.release(12, 25)
    rows = np.flatnonzero(session.mask(key).any(axis=1))
    assert (rows[0], rows[-1]) == (10, 13)


def test_a_locked_label_is_not_painted_and_the_window_says_so(window, session, hand):
    row = window.labels._widgets["rib"]
    QTest.mouseClick(row.lock, Qt.MouseButton.LeftButton)
    assert session.locks.is_locked("rib")
    QApplication.processEvents()
    assert row.lock.accessibleName() == "Unlock Rib"
    heard = []
    window.presenter.message.connect(heard.append)
    hand.drag((20, 10), (25, 20))
    assert not session.mask(session.key()).any()
    assert heard
    assert "Rib is locked" in heard[-1]
    assert window.actions_by_id["mask.lock"].isChecked()
    assert window.actions_by_id["mask.lock"].text() == "Lock Rib"
    window.actions_by_id["mask.lock"].trigger()
    QApplication.processEvents()
    assert not row.lock.isChecked()
    hand.drag((20, 10), (25, 20))
    assert session.mask(session.key()).any()


def test_keys_of_the_menu(window, session, hand):
    mask = draw(session, (10, 30, 5, 25), (50, 53, 5, 8))
    mask[15:20, 10:15] = False
    session.push_masks("Test", {session.key(): mask})
    QApplication.processEvents()
    control = KEYS.ControlModifier | KEYS.AltModifier

    def now():
        return session.mask(session.key())

    QTest.keyClick(window, Qt.Key.Key_H, control)
    assert now()[10:30, 5:25].all()
    QTest.keyClick(window, Qt.Key.Key_Up, control)
    grown = now().copy()
    assert grown[5, 15]
    QTest.keyClick(window, Qt.Key.Key_Down, control)
    QTest.keyClick(window, Qt.Key.Key_S, control)
    QTest.keyClick(window, Qt.Key.Key_M, control)
    hand.move(20, 15)
    QTest.keyClick(window, Qt.Key.Key_L, control)
    assert not now()[45:].any()
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    assert not now().any()
    names = []
    for _ in range(6):
        names.append(session.undo_name.split(" on ")[0])
        session.undo()
    assert names == ["Remove piece", "Keep largest", "Mirror", "Smooth", "Shrink", "Grow"]


def test_regions_to_ignore_are_drawn_and_left_again(window, session, hand):
    window.actions_by_id["mask.ignore"].trigger()
    QApplication.processEvents()
    assert session.view.label == "ignore"
    assert window.actions_by_id["mask.ignore"].isChecked()
    assert "ignore" in window.labels._widgets
    hand.drag((30, 10), (30, 20))
    assert session.mask(session.key("ignore")).any()
    window.actions_by_id["mask.ignore"].trigger()
    assert session.view.label == "rib"
    assert not session.mask(session.key("rib")).any()
    combo = [window.limits.where.itemText(i) for i in range(window.limits.where.count())]
    assert "Only outside Ignore" in combo
