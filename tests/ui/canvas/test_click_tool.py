"""Clicking on the canvas with real events: lusgui.ui.canvas.click_tool, lusgui.ui.canvas.click_ghost and
lusgui.ui.canvas.click_view."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import PlaneKey
from lusgui.core.click.answer import ClickAnswer, nothing_found
from lusgui.core.click.merge import merge
from lusgui.core.click.prompt import Box, Click, Scribble, is_positive, mark_mask
from lusgui.session.clicking import ClickEngineState
from lusgui.session.view_state import Tool
from lusgui.ui.canvas.click_ghost import touched_pieces

SHAPE = (60, 40)
RIGHT = Qt.MouseButton.RightButton
KEYS = Qt.KeyboardModifier


def disk(row, col, radius=4):
    rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot(rows - row, cols - col) <= radius


@pytest.fixture
def asked(window, session):
    """Choose the tool with its key; answer every question at once with a disk about the newest mark."""
    questions = []

    def answer(ask):
        questions.append(ask)
        mark = ask.prompt.marks[-1]
        area = mark_mask(mark, SHAPE)
        rows, cols = np.nonzero(area)
        near = disk(rows.mean(), cols.mean())
        previous = np.zeros(SHAPE, bool) if ask.previous is None else ask.previous
        if rows.mean() > 50:
            said = nothing_found(SHAPE, ask.previous, engine="disk 1.0", seconds=0.0)
        else:
            found = previous | near if is_positive(mark) else previous & ~near
            said = ClickAnswer(
                merge(found, ask.previous, ask.prompt), found.astype(np.float32), True, "", 0.0, "disk 1.0"
            )
        session.clicking.take_answer(ask.token, ask.place, said)

    session.click_asked.connect(answer)
    QTest.keyClick(window, Qt.Key.Key_S)
    assert session.view.tool is Tool.CLICK
    session.clicking.set_engine(ClickEngineState("disk 1.0", "ready"))
    session.clicking.set_ready(session.place, True)
    QApplication.processEvents()
    return questions


def hover(hand, row, col, keys=KEYS.NoModifier):
    hand.move(row, col, keys=keys)
    QTest.qWait(80)


def test_a_click_shows_a_ghost_and_enter_makes_it_the_mask(window, session, hand, asked):
    hand.drag((20.5, 20.5))
    mark = asked[0].prompt.marks[0]
    assert isinstance(mark, Click)
    assert (mark.row, mark.col) == (pytest.approx(20.5, abs=0.3), pytest.approx(20.5, abs=0.3))
    assert mark.is_positive
    ghost = window.clicks.ghost
    assert not ghost.outline.isEmpty()
    assert ghost.marks == (mark,)
    assert not session.mask(session.key()).any()
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert (session.mask(session.key()) == disk(20, 20)).all()
    assert ghost.outline.isEmpty()
    assert ghost.marks == ()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert not session.mask(session.key()).any()


def test_the_right_button_t_and_alt_take_away(window, session, hand, asked):
    hand.drag((20, 20))
    hand.drag((20, 22), button=RIGHT)
    QTest.keyClick(window, Qt.Key.Key_T)
    hand.drag((18, 20))
    hand.drag((16, 20), keys=KEYS.AltModifier)
    QTest.keyClick(window, Qt.Key.Key_T)
    hand.drag((17, 20), keys=KEYS.AltModifier)
    signs = [mark.is_positive for mark in asked[-1].prompt.marks]
    assert signs == [True, False, False, True, False]
    QTest.keyClick(window, Qt.Key.Key_T)
    QTest.keyClick(window, Qt.Key.Key_B)
    assert not session.view.click_negative  # the tool begins anew


def test_a_right_drag_still_changes_the_contrast(window, session, hand, asked):
    hand.drag((20, 10), (20, 30), button=RIGHT)
    assert session.view.window > 1.0
    assert not asked


def test_a_drag_is_a_box_and_with_shift_a_scribble(window, session, hand, asked):
    hand.press(12, 8)
    hand.move(20, 20, button=Qt.MouseButton.LeftButton)
    draft = window.clicks.ghost.draft
    assert isinstance(draft, Box)
    hand.move(30, 25, button=Qt.MouseButton.LeftButton)
    hand.release(30, 25)
    box = asked[-1].prompt.box
    assert tuple(box) == pytest.approx((12, 8, 30, 25), abs=0.3)
    assert window.clicks.ghost.draft is None
    hand.drag((40, 10), (41, 14), (42, 18), keys=KEYS.ShiftModifier)
    QTest.keyClick(window, Qt.Key.Key_T)
    hand.drag((44, 10), (45, 14), keys=KEYS.ShiftModifier)
    one, other = asked[-1].prompt.scribbles
    assert isinstance(one, Scribble)
    assert one.is_positive
    assert not other.is_positive
    assert len(one.points) == 3
    assert one.points[-1] == pytest.approx((42, 18), abs=0.3)


def test_a_trembling_hand_still_clicks(window, session, hand, asked):
    at = hand.at(20, 20)
    QTest.mousePress(hand.viewport, Qt.MouseButton.LeftButton, KEYS.NoModifier, at)
    row, col = window.canvas.to_frame(at.toPointF())
    hand.move(row + 0.1, col + 0.1, button=Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hand.viewport, Qt.MouseButton.LeftButton, KEYS.NoModifier, at)
    assert isinstance(asked[-1].prompt.marks[0], Click)


def test_escape_gives_up_the_drag_first_then_the_ghost(window, session, hand, asked):
    hand.drag((20, 20))
    hand.press(30, 10)
    hand.move(40, 20, button=Qt.MouseButton.LeftButton)
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    hand.release(40, 20)
    assert len(asked) == 1
    assert session.clicking.plane() is not None
    assert window.clicks.ghost.draft is None
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert session.clicking.plane() is None
    assert window.clicks.ghost.outline.isEmpty()
    assert not session.can_undo
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert session.clicking.plane() is not None


def test_ctrl_z_takes_back_clicks_one_by_one(window, session, hand, asked):
    hand.drag((20.5, 20.5))
    hand.drag((20.5, 28.5))
    undo = window.actions_by_id["edit.undo"]
    assert undo.text() == "Undo click on frame 1"
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert (session.clicking.ghost(session.key()) == disk(20, 20)).all()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert session.clicking.plane() is None
    assert not undo.isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert (session.clicking.ghost(session.key()) == disk(20, 20)).all()


def test_a_click_outside_the_image_does_nothing(window, session, hand, asked):
    hand.drag((20, -6))
    hand.drag((-3, 20), button=RIGHT)
    assert not asked
    assert "inside the image" in window.status_bar.currentMessage()


def test_a_click_on_nothing_is_said_beside_it(window, session, hand, asked):
    hand.drag((55, 20))
    assert window.clicks.note.isVisible()
    assert "found here" in window.clicks.note.text()
    assert "found here" in window.status_bar.currentMessage()
    assert window.clicks.ghost.marks == ()
    at = hand.at(55, 20)
    note = window.clicks.note.geometry()
    assert abs(note.center().x() - at.x()) < 250
    assert abs(note.center().y() - at.y()) < 120
    hand.drag((20, 20))
    assert not window.clicks.note.isVisible()


def test_hovering_shows_what_a_click_would_give(window, session, hand, asked):
    hover(hand, 20, 20)
    assert [ask.is_preview for ask in asked] == [True]
    ghost = window.clicks.ghost
    assert not ghost.preview.isEmpty()
    assert ghost.outline.isEmpty()
    window.canvas.leaveEvent(_leave())
    assert ghost.preview.isEmpty()
    window.actions_by_id["click.preview"].trigger()
    hover(hand, 22, 20)
    assert len(asked) == 1
    assert ghost.preview.isEmpty()


def test_nothing_is_asked_for_the_pointer_beside_the_image_or_before_the_frame_is_ready(
    window, session, hand, asked
):
    hover(hand, 20, -5)
    session.clicking.set_ready(session.place, False)
    hover(hand, 20, 20)
    assert not asked


def test_the_ghost_goes_with_its_frame_and_comes_back(window, session, hand, asked):
    hand.drag((20, 20))
    session.step(1)
    assert window.clicks.ghost.outline.isEmpty()
    assert "frame 1" in window.status_bar.currentMessage()
    session.step(-1)
    assert not window.clicks.ghost.outline.isEmpty()
    assert len(window.clicks.ghost.marks) == 1


def test_nothing_is_clicked_while_the_next_frame_is_being_read(window, session, hand, asked):
    hand.drag((20, 20))
    session.frame_changed.disconnect(session.frame_ready.emit)
    session.step(1)
    hand.drag((20, 20))
    session.frame_changed.connect(session.frame_ready.emit)
    assert len(asked) == 1
    # the old picture is still there, but nothing of another frame's clicks is drawn on it
    assert window.clicks.ghost.outline.isEmpty()
    session.frame_ready.emit(*session.place)


def test_a_frame_changed_during_a_drag_ends_it(window, session, hand, asked):
    hand.press(12, 8)
    hand.move(20, 20, button=Qt.MouseButton.LeftButton)
    session.step(1)
    hand.release(30, 25)
    assert not asked
    assert window.clicks.ghost.draft is None


def test_hiding_masks_hides_the_ghost(window, session, hand, asked):
    hand.drag((20, 20))
    assert window.clicks.ghost.isVisible()
    QTest.keyPress(window, Qt.Key.Key_H)
    assert not window.clicks.ghost.isVisible()
    QTest.keyRelease(window, Qt.Key.Key_H)
    assert window.clicks.ghost.isVisible()
    session.view.overlay_visible = False
    assert not window.clicks.ghost.isVisible()


def test_a_read_only_study_says_why_nothing_is_clicked(window, session, hand, asked, monkeypatch):
    monkeypatch.setattr(session, "can_draw", lambda recording_id: "This study is open elsewhere")
    hand.drag((20, 20))
    hand.drag((20, 20), button=RIGHT)
    hover(hand, 20, 20)
    assert not asked
    assert window.status_bar.currentMessage() == "This study is open elsewhere"


def test_shift_enter_follows_to_the_next_frame(window, session, hand, asked):
    hand.drag((20.5, 20.5))
    QTest.keyClick(window, Qt.Key.Key_Return, KEYS.ShiftModifier)
    assert session.current_frame == 1
    assert session.mask(PlaneKey(session.place[0], 0, "rib")).any()
    assert not window.clicks.ghost.outline.isEmpty()
    assert len(window.clicks.ghost.marks) == 1
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert (session.mask(session.key()) == disk(20, 20)).all()


def test_v_accepts_what_was_clicked_and_goes_on(window, session, hand, asked):
    hand.drag((20, 20))
    QTest.keyClick(window, Qt.Key.Key_V)
    assert session.current_frame == 1
    assert session.mask(PlaneKey(session.place[0], 0, "rib")).any()


def test_marks_that_wait_look_as_if_they_did(window, session, hand, asked, monkeypatch):
    monkeypatch.setattr(session.clicking, "take_answer", lambda *a: False)
    hand.drag((20, 20))
    assert window.clicks.ghost.waiting == 1
    assert window.clicks.ghost.outline.isEmpty()


def test_two_clicks_in_one_place_are_two_clicks_not_a_zoom(window, session, hand, asked):
    at = hand.at(20, 20)
    QTest.mouseClick(hand.viewport, Qt.MouseButton.LeftButton, KEYS.NoModifier, at)
    QTest.mouseDClick(hand.viewport, Qt.MouseButton.LeftButton, KEYS.NoModifier, at)
    QTest.mouseRelease(hand.viewport, Qt.MouseButton.LeftButton, KEYS.NoModifier, at)
    assert len(session.clicking.plane().marks) == 2


def test_the_ghost_is_painted_in_the_colour_of_the_label_and_unlike_a_mask(window, session, hand, asked):
    hand.drag((30, 20))
    QApplication.processEvents()
    at = hand.at(30, 23)
    picture = window.canvas.grab().toImage()
    ratio = picture.devicePixelRatio()
    color = picture.pixelColor(round(at.x() * ratio), round(at.y() * ratio))
    assert color.red() > color.blue() + 15  # the rib's orange, lightly over gray
    assert window.presenter.overlay_of("rib").human_path.isEmpty()


def test_what_a_ghost_takes_away_is_shown_as_such(window, session, hand, asked):
    session.push_masks("Brush", {session.key(): disk(20, 20, 8) | disk(45, 20)})
    hand.drag((20, 20), button=RIGHT)
    ghost = window.clicks.ghost
    assert not ghost.lost.isEmpty()
    window.canvas.grab()  # the hatching is drawn
    assert ghost.outline.boundingRect().bottom() < 40  # the piece below is nobody's business
    hand.drag((45, 20), keys=KEYS.ControlModifier)  # Ctrl+click deletes a piece of the mask, as ever
    assert not session.mask(session.key())[45, 20]
    assert session.clicking.plane() is not None


def test_only_touched_pieces_are_outlined():
    present = disk(20, 20) | disk(45, 20)
    assert not touched_pieces(present, present).any()
    assert (touched_pieces(present | disk(20, 24), present) == (disk(20, 20) | disk(20, 24))).all()
    smaller = present & ~disk(20, 17, 2)
    assert (touched_pieces(smaller, present) == (smaller & disk(20, 20))).all()
    assert (touched_pieces(present, np.zeros(SHAPE, bool)) == present).all()


def _leave():
    from PySide6.QtCore import QEvent

    return QEvent(QEvent.Type.Leave)
