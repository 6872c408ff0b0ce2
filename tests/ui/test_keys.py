"""After a click on any control, the keys still do what they say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QListView,
    QScrollBar,
    QTabBar,
)

from lusgui.session.view_state import Tool
from lusgui.ui.keys import HOLD_SECONDS

OPENS_DIALOGS = (
    "Open", "New", "Export", "Add label", "Rename", "Inference worker", "Save", "Use it", "Help", "About",
)  # fmt: skip


def press_b(window, session):
    """Press B wherever the keyboard is and say whether the brush came."""
    session.view.tool = Tool.PAN
    focus = QApplication.focusWidget() or window
    QTest.keyClick(focus, Qt.Key.Key_B)
    return session.view.tool is Tool.BRUSH


def controls(window):
    for kind in (QAbstractSlider, QAbstractSpinBox, QComboBox, QAbstractButton, QListView, QTabBar):
        for control in window.findChildren(kind):
            if control.isVisible() and control.isEnabled() and not isinstance(control, QScrollBar):
                yield control


@pytest.mark.parametrize("tab", [0, 1, 2])
def test_b_gives_the_brush_after_a_click_on_any_control(window, session, tab):
    window.tabs.setCurrentIndex(tab)
    QApplication.processEvents()
    failed = []
    tried = 0
    for control in list(controls(window)):
        name = control.accessibleName() or getattr(control, "text", lambda: "")()
        action = getattr(control, "defaultAction", lambda: None)()
        if name.startswith(OPENS_DIALOGS) or (
            action is not None and action.objectName().startswith(("file", "study"))
        ):
            continue
        if isinstance(control, QComboBox):
            control.showPopup()
            QApplication.processEvents()
            QTest.keyClick(control.view(), Qt.Key.Key_Return)
        else:
            target = control.viewport() if isinstance(control, QListView) else control
            QTest.mouseClick(target, Qt.MouseButton.LeftButton)
        QApplication.processEvents()
        tried += 1
        if not press_b(window, session):
            failed.append(f"{type(control).__name__} {name}")
    assert tried > 10
    assert not failed


@pytest.mark.parametrize("key", [Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_E, Qt.Key.Key_Space])
def test_keys_work_after_dragging_a_slider(window, session, key):
    slider = window.threshold.threshold.slider
    QTest.mousePress(slider, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton)
    before = (session.current_frame, session.view.threshold, session.view.erase, session.view.overlay_visible)
    QTest.keyClick(QApplication.focusWidget(), key)
    now = (session.current_frame, session.view.threshold, session.view.erase, session.view.overlay_visible)
    assert now != before


def test_digits_go_into_a_number_box_and_letters_do_not(window, session):
    box = window.threshold.threshold.spin
    QTest.mouseClick(box.lineEdit(), Qt.MouseButton.LeftButton)
    box.selectAll()
    QTest.keyClicks(box.lineEdit(), "0.7")
    QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    assert session.view.threshold == 0.7
    assert window.canvas.hasFocus()


def test_letters_stay_letters_in_a_text_box(window, session, qtbot):
    box = QLineEdit(window)
    box.show()
    box.setFocus()
    session.view.tool = Tool.PAN
    QTest.keyClicks(box, "bed")
    assert box.text() == "bed"
    assert session.view.tool is Tool.PAN
    box.deleteLater()


def test_a_list_reached_with_tab_keeps_its_arrows(window, session):
    window.recordings.grid.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(window.recordings.grid, Qt.Key.Key_Up)
    assert session.view.threshold == 0.5  # the arrow moved in the list


def test_a_held_key_is_undone_when_let_go(window, session):
    QTest.keyPress(window, Qt.Key.Key_G)
    assert not session.view.show_raw
    QTest.qWait(int(HOLD_SECONDS * 1000) + 80)
    QTest.keyRelease(window, Qt.Key.Key_G)
    assert session.view.show_raw


def test_a_tapped_key_stays(window, session):
    QTest.keyClick(window, Qt.Key.Key_G)
    assert not session.view.show_raw
    QTest.keyClick(window, Qt.Key.Key_G)
    assert session.view.show_raw


def test_h_hides_masks_only_while_down(window, session):
    overlay = window.presenter.overlay_of("rib")
    assert overlay.isVisible()
    QTest.keyPress(window, Qt.Key.Key_H)
    assert not overlay.isVisible()
    QTest.keyRelease(window, Qt.Key.Key_H)
    assert overlay.isVisible()


def test_a_question_mark_is_a_shortcut(window, session):
    shown = []
    window.asking.ask = shown.append
    QTest.keyClick(window, Qt.Key.Key_Question)
    assert shown == ["shortcuts"]
