from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import Status
from lusgui.session.view_state import Tool


def test_a_drag_paints_and_is_one_undoable_edit(window, session, hand):
    hand.drag((20, 10), (20, 20), (20, 28))
    mask = session.mask(session.key("rib")).copy()
    assert mask[20, 10:28].all()
    assert session.undo_name.startswith("Brush")
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not session.mask(session.key("rib")).any()
    QTest.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert (session.mask(session.key("rib")) == mask).all()


def test_alt_erases_while_held(window, session, hand):
    hand.drag((20, 8), (20, 30))
    before = session.mask(session.key("rib")).sum()
    hand.drag((20, 18), (20, 20), keys=Qt.KeyboardModifier.AltModifier)
    after = session.mask(session.key("rib"))
    assert after.sum() < before
    assert not after[20, 19]
    assert after[20, 9]


def test_a_brush_in_mm_is_an_ellipse_in_pixels(window, session, hand):
    session.view.brush_size_mm = 3.0
    hand.drag((30, 20), (30, 20))
    rows, cols = np.nonzero(session.mask(session.key("rib")))
    assert 29 <= np.ptp(rows) + 1 <= 31  # 3 mm at 0.1 mm a row
    assert 9 <= np.ptp(cols) + 1 <= 11  # and at 0.3 mm a column


def test_undo_goes_back_to_the_frame_it_changes(window, session, hand):
    hand.drag((20, 10), (20, 20))
    session.step(3)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.current_frame == 0
    assert window.presenter.shown == session.place


def test_escape_gives_a_stroke_up(window, session, hand):
    hand.press(20, 10)
    hand.move(20, 25, button=Qt.MouseButton.LeftButton)
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    hand.release(20, 25)
    assert not session.mask(session.key("rib")).any()
    assert not session.can_undo


def test_v_accepts_and_goes_on(window, session, hand):
    hand.drag((20, 10), (20, 20))
    QTest.keyClick(window, Qt.Key.Key_V)
    recording_id = session.place[0]
    assert session.current_frame == 1
    assert session.frame_statuses(recording_id)[0] is Status.ACCEPTED


def test_v_takes_the_model_where_nothing_was_drawn(window, session, predicted):
    session.view.threshold = 0.5
    QTest.keyClick(window, Qt.Key.Key_V)
    session.go_to(session.place[0], 0)
    assert (session.mask(session.key("rib")) == (predicted >= 0.5)).all()


def test_v_says_why_when_there_is_nothing_to_accept(window, session):
    QTest.keyClick(window, Qt.Key.Key_V)
    assert session.current_frame == 0
    assert "Nothing to accept" in window.status_bar.currentMessage()


def test_nothing_here_is_not_untouched(window, session):
    QTest.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ShiftModifier)
    assert session.frame_statuses(session.place[0])[0] is Status.NOTHING_HERE


def test_a_click_with_the_pick_tool_takes_one_piece(window, session, hand):
    session.set_active_model("rib", "tiny", "tiny-1.0")
    probability = np.zeros((60, 40), np.float32)
    probability[10:14, 5:15] = 0.9
    probability[40:44, 5:15] = 0.9
    session.put_prediction(session.prediction_key(*session.place, "rib"), probability)
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert session.view.tool is Tool.ACCEPT
    hand.drag((12, 8))
    mask = session.mask(session.key("rib"))
    assert mask[12, 8]
    assert not mask[40:44].any()


def test_ctrl_click_deletes_one_piece(window, session, hand):
    hand.drag((10, 5), (10, 12))
    hand.drag((45, 5), (45, 12))
    hand.drag((10, 8), keys=Qt.KeyboardModifier.ControlModifier)
    mask = session.mask(session.key("rib"))
    assert not mask[10].any()
    assert mask[45, 8]


def test_keys_move_the_threshold(window, session, predicted):
    QTest.keyClick(window, Qt.Key.Key_Up)
    assert session.view.threshold == 0.51
    QTest.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert session.view.threshold == 0.46
    QApplication.processEvents()
    assert window.threshold.threshold.value() == 0.46


def test_right_drag_changes_contrast_and_draws_nothing(window, session, hand):
    hand.drag((20, 10), (20, 30), button=Qt.MouseButton.RightButton)
    assert session.view.window > 1.0
    assert not session.mask(session.key("rib")).any()


def test_nothing_can_be_drawn_while_the_next_frame_is_read(window, session, feed, hand):
    session.frame_changed.disconnect(session.frame_ready.emit)
    session.step(1)
    hand.drag((20, 10), (20, 20))
    session.frame_changed.connect(session.frame_ready.emit)
    assert not session.can_undo


def test_labels_have_planes_of_their_own(window, session, hand):
    hand.drag((20, 10), (20, 20))
    QTest.keyClick(window, Qt.Key.Key_2)
    assert session.view.label == "cerebellum"
    hand.drag((20, 15), (20, 28))
    assert session.mask(session.key("rib"))[20, 18]
    assert session.mask(session.key("cerebellum"))[20, 18]


def test_space_hides_masks_and_pans(window, session, hand):
    QTest.keyPress(window, Qt.Key.Key_Space)
    assert not session.view.overlay_visible
    before = hand.at(20, 20)
    hand.drag((20, 10), (20, 20))
    QTest.keyRelease(window, Qt.Key.Key_Space)
    assert session.view.overlay_visible  # used to pan, so the tap is taken back
    assert hand.at(20, 20) != before
    assert not session.can_undo
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert not session.view.overlay_visible


def test_the_welcome_page_shows_while_nothing_is_open(window, session):
    session.close_study()
    QApplication.processEvents()
    assert window.pages.currentWidget() is window.welcome


def test_the_geometry_is_remembered(window, session, tmp_path):
    window.resize(1111, 777)
    window.close()
    assert window._settings.value("geometry") is not None


def test_every_control_has_a_tooltip_and_a_name(window):
    from PySide6.QtWidgets import (
        QAbstractButton,
        QAbstractSlider,
        QAbstractSpinBox,
        QComboBox,
        QListView,
        QScrollBar,
    )

    bare = []
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox)
    for kind in kinds:
        for control in window.findChildren(kind):
            if (
                isinstance(control, QScrollBar)
                or control.isHidden()
                or control.objectName().startswith(("qt_", "Scroll"))
            ):
                continue
            text = getattr(control, "text", lambda: "")()
            if not control.toolTip() or not (control.accessibleName() or text):
                bare.append((type(control).__name__, control.objectName(), text, control.accessibleName()))
    assert not bare
    for view in window.findChildren(QListView):
        if view.parent() is not None and "Popup" not in type(view.parent()).__name__ and view.isVisible():
            assert view.accessibleName()
