"""Points and boxes on the canvas: lusgui.ui.canvas.marks, lusgui.ui.canvas.marks_overlay,
lusgui.ui.canvas.point, lusgui.ui.canvas.box, lusgui.ui.canvas.tool and lusgui.ui.canvas.shown_frame."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.detections import Detection, Detections
from lusgui.session.view_state import Tool

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def overlay(window):
    return window.presenter._marks.overlay


def click(window, row, col, held=Qt.KeyboardModifier.NoModifier):
    at = window.canvas.to_viewport(row, col).toPoint()
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, held, at)


def near(mark, kind, *corners):
    assert mark.kind == kind
    found = (mark.row0, mark.col0) if kind == "point" else (mark.row0, mark.col0, mark.row1, mark.col1)
    assert found == pytest.approx(corners, abs=0.6)  # a screen pixel is less than half a frame pixel


def test_the_key_and_one_click_put_a_point_down(window, session, overlay):
    QTest.keyClick(window.canvas, Qt.Key.Key_Q)
    assert session.view.tool is Tool.POINT
    click(window, 20.5, 10.5)
    (mark,) = session.marks(session.key())
    near(mark, "point", 20, 10)
    assert [each.mark for each in overlay.drawn] == [mark]
    assert overlay.preview is None
    assert "1 frame has a centre point" in window.status_bar.currentMessage()
    session.undo()
    assert overlay.drawn == ()
    session.redo()
    assert [each.mark for each in overlay.drawn] == [mark]


def test_shift_steps_on_and_marks_stay_with_their_frame(window, session, overlay):
    session.view.tool = Tool.POINT
    for frame in range(3):
        assert session.current_frame == frame
        click(window, 20 + frame, 10, SHIFT)
    assert session.current_frame == 3
    assert overlay.drawn == ()
    assert session.count_marks("rib").points == 3
    session.go_to(session.place[0], 1)
    near(overlay.drawn[0].mark, "point", 20.5, 9.5)


def test_shift_follows_the_worklist(window, session):
    session.draw_worklist(every=2)
    session.view.tool = Tool.POINT
    click(window, 20, 10, SHIFT)
    assert session.current_frame == 2


def test_a_point_is_dragged_and_escape_leaves_it(window, session, hand, overlay):
    session.view.tool = Tool.POINT
    click(window, 20.5, 10.5)
    hand.drag((20.5, 10.5), (30.5, 20.5))
    (mark,) = session.marks(session.key())
    near(mark, "point", 30, 20)
    assert session.undo_name.startswith("Move centre point")
    start = window.canvas.to_viewport(30.5, 20.5).toPoint()
    QTest.mousePress(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(window.canvas.viewport(), start + QPoint(30, 30))
    assert overlay.preview is not None
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert overlay.preview is None
    QTest.mouseRelease(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(30, 30))
    assert session.marks(session.key()) == (mark,)


def test_a_box_is_dragged_changed_by_its_corner_and_deleted(window, session, hand, overlay):
    QTest.keyClick(window.canvas, Qt.Key.Key_R)
    assert session.view.tool is Tool.BOX
    hand.drag((40.5, 30.5), (20.5, 10.5))
    near(session.marks(session.key())[0], "box", 20, 10, 40, 30)
    hand.drag((40.5, 30.5), (50.5, 35.5))
    (mark,) = session.marks(session.key())
    near(mark, "box", 20, 10, 50, 35)
    assert session.undo_name.startswith("Move box")
    click(window, 35.5, 22.5, CTRL)  # inside, not at its edge
    assert "none is here" in window.status_bar.currentMessage()
    assert session.marks(session.key()) == (mark,)
    click(window, 20.5, 22.5, CTRL)
    assert session.marks(session.key()) == ()
    assert overlay.drawn == ()
    assert session.undo_name.startswith("Delete box")


def test_a_click_is_no_box_and_says_what_to_do(window, session):
    session.view.tool = Tool.BOX
    click(window, 20, 10)
    assert session.marks(session.key()) == ()
    assert "corner" in window.status_bar.currentMessage()
    assert not session.can_undo


def test_a_frame_change_ends_a_box_that_is_under_way(window, session, overlay):
    session.view.tool = Tool.BOX
    start = window.canvas.to_viewport(20, 10).toPoint()
    QTest.mousePress(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(window.canvas.viewport(), start + QPoint(60, 60))
    assert window.canvas.gestures.tool.is_drawing
    session.step(1)
    assert overlay.preview is None
    QTest.mouseRelease(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(60, 60))
    assert not session.can_undo


def test_ctrl_click_with_the_brush_prefers_the_mask(window, session, hand):
    key = session.key()
    hand.drag((20, 10), (20, 20))
    session.add_point(key, 20, 12)
    click(window, 20.5, 12.5, CTRL)
    assert not session.mask(key).any()
    assert len(session.marks(key)) == 1
    click(window, 20.5, 12.5, CTRL)
    assert session.marks(key) == ()


def test_detections_are_shown_with_the_model_and_fill_the_worklist(window, session, overlay):
    recording_id = session.place[0]
    boxes = [(0, 0.9), (2, 0.8), (4, 0.1)]
    found = tuple(Detection(recording_id, f, 5.0, 5.0, 30.0, 25.0, sure) for f, sure in boxes)
    session.take_detections(Detections("rib", "yolo 1", 6, found))
    assert [each.confidence for each in overlay.drawn] == [0.9]
    session.view.model_visible = False
    assert overlay.drawn == ()
    session.view.model_visible = True
    session.view.label = "cerebellum"
    assert not overlay.drawn[0].current
    session.view.label = "rib"
    window.actions_by_id["worklist.found"].trigger()
    assert session.worklist == [(recording_id, 0), (recording_id, 2)]
    assert "2 frames" in window.status_bar.currentMessage()
    session.view.label = "cerebellum"
    window.actions_by_id["worklist.found"].trigger()
    assert "put boxes around it" in window.status_bar.currentMessage()


def test_hidden_labels_hide_their_marks(window, session, overlay):
    session.add_point(session.key(), 20, 10)
    window.presenter.set_label_visible("rib", False)
    assert overlay.drawn == ()
    window.presenter.set_label_visible("rib", True)
    assert len(overlay.drawn) == 1
    session.view.overlay_visible = False
    QApplication.processEvents()
    assert not overlay.isVisible()


def test_marks_are_painted_where_they_are(window, session):
    def picture():
        return window.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    before = picture()
    session.add_point(session.key(), 20, 10)
    session.add_box(session.key(), (30, 20), (50, 35))
    after = picture()
    ratio = after.devicePixelRatio()

    def differs(row, col):
        at = window.canvas.to_viewport(row + 0.5, col + 0.5) * ratio
        spots = [(round(at.x()) + dx, round(at.y()) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        return any(before.pixel(*spot) != after.pixel(*spot) for spot in spots)

    assert differs(20, 10)
    assert differs(30, 27)
    assert differs(50, 35)
    assert not differs(40, 27)


def test_closing_the_study_clears_the_marks(window, session, overlay):
    session.add_point(session.key(), 20, 10)
    session.close_study()
    assert overlay.drawn == ()
