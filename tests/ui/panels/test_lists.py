"""Recordings, frames and the strip under the canvas: lusgui.ui.panels.recordings, lusgui.ui.panels.delegates,
lusgui.ui.panels.timeline, lusgui.ui.panels.statuses."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import Status
from lusgui.ui.panels.recordings import MARK_ROLE, describe_recording, predicted_frames
from lusgui.ui.panels.statuses import STATUS_LOOKS, color_of, status_pixmap


def settle():
    QApplication.processEvents()


def test_every_status_has_a_look_of_its_own(qapp):
    assert set(STATUS_LOOKS) == set(Status)
    assert len({color_of(look) for look in STATUS_LOOKS.values()}) == len(Status)
    assert len({look.icon for look in STATUS_LOOKS.values()}) == len(Status)
    assert not status_pixmap(Status.ACCEPTED, 16, 1.0).isNull()


def test_the_lists_show_what_is_there(window, session):
    settle()
    assert window.recordings.recordings.rowCount() == 1
    assert window.recordings.frames.rowCount() == 6
    text = describe_recording(session.row(session.place[0]))
    assert "6 frames, 60 × 40 px, 0.1 × 0.3 mm" in text


def test_a_click_on_a_frame_goes_there(window, session):
    settle()
    grid = window.recordings.grid
    where = grid.visualRect(grid.model().index(4, 0)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert session.current_frame == 4


def test_marks_follow_the_status(window, session):
    session.set_status(session.key("rib"), Status.NOTHING_HERE)
    session.draw_worklist(every=1)
    settle()
    index = window.recordings.frames.index(0)
    assert index.data(MARK_ROLE) == (Status.NOTHING_HERE, True, False)
    assert "nothing here" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert window.recordings.summary.text() == "1 of 6 done"


def test_frames_with_an_answer_of_the_model_are_marked(window, session, predicted, qtbot):
    assert predicted_frames(session, session.place[0], "rib") == frozenset(range(6))
    index = window.recordings.frames.index(3)
    qtbot.waitUntil(lambda: index.data(MARK_ROLE)[2], timeout=3000)
    assert "model has answered" in index.data(Qt.ItemDataRole.ToolTipRole)
    session.view.label = "cerebellum"
    qtbot.waitUntil(lambda: not index.data(MARK_ROLE)[2], timeout=3000)


def test_the_list_follows_the_session(window, session):
    session.step(3)
    settle()
    assert window.recordings.grid.currentIndex().row() == 3


def test_the_menu_of_a_recording(window, session):
    settle()
    asked = []
    window.recordings.remove_asked.disconnect(window.asking.remove_recording)
    window.recordings.remove_asked.connect(asked.append)
    rect = window.recordings.list.visualRect(window.recordings.list.model().index(0, 0))
    window.recordings._menu(rect.center())
    menu = QApplication.activePopupWidget()
    action = next(each for each in menu.actions() if each.text().startswith("Remove"))
    action.trigger()
    menu.close()
    assert asked == [session.place[0]]


def test_the_strip_goes_where_it_is_pressed(window, session):
    strip = window.timeline.strip
    x = round(strip.x_of(5))
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 15))
    assert session.current_frame == 5
    assert window.timeline.number.text() == "frame 6 / 6"


def test_the_cine_loop_goes_round_at_its_speed(window, session, qtbot):
    session.view.cine_fps = 60
    QTest.keyClick(window, Qt.Key.Key_C)
    assert window.timeline.is_playing
    qtbot.waitUntil(lambda: session.current_frame == 5, timeout=5000)
    qtbot.waitUntil(lambda: session.current_frame == 0, timeout=5000)
    QTest.keyClick(window, Qt.Key.Key_C)
    assert not window.timeline.is_playing


def test_the_cine_loop_never_runs_ahead_of_the_screen(window, session, qtbot):
    session.frame_changed.disconnect(session.frame_ready.emit)
    session.view.cine_fps = 100
    window.timeline.toggle_play()
    qtbot.wait(150)
    assert session.current_frame == 1  # asked for one frame, and waits for it
    window.timeline.toggle_play()
    session.frame_changed.connect(session.frame_ready.emit)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_everything_is_painted_in_both_themes(window, session, theme):
    for frame, status in enumerate(list(Status)[:6]):
        session.go_to(session.place[0], frame)
        session.set_status(session.key("rib"), status)
    session.draw_worklist(every=2)
    session.view.theme = theme
    settle()
    picture = window.grab().toImage()
    colors = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 3) for y in range(0, 860, 3)}
    assert len(colors) > 50


def test_a_change_of_one_frame_of_ten_thousand_is_told_of_that_frame_alone(qtbot):
    from lusgui.core.annotation import Status
    from lusgui.ui.panels.recordings import FrameModel

    model, told = FrameModel(), []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    marks = dict.fromkeys(range(10_000), Status.ACCEPTED)
    model.set_frames(10_000, marks)
    assert told == []
    model.set_frames(10_000, dict(marks))
    assert told == []
    model.set_frames(10_000, marks | {77: Status.EDITED}, frozenset({5}))
    assert sorted(told) == [(5, 5), (77, 77)]
    told.clear()
    model.set_frames(10_000, {}, frozenset({5}))
    assert told == [(0, 9999)]


def test_another_frame_of_the_same_recording_lists_nothing_anew(window, session, monkeypatch):
    listed = []
    monkeypatch.setattr(window.recordings.frames, "set_frames", lambda *frames: listed.append(frames))
    session.step(1)
    QTest.qWait(20)
    assert listed == []
    assert window.recordings.grid.currentIndex().row() == session.current_frame
