"""The question before a study is left, from every way out of the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QFont, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from lusgui.io.study import Study
from lusgui.session.view_state import Tool

LEFT, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier
CORNERS = ((10, 5), (10, 30), (40, 30), (40, 5))


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.lusgui"
    Study.create(path).close()
    return path


@pytest.fixture
def outlined(window, session, hand):
    """Return the plane on which a polygon is not finished."""
    session.view.tool = Tool.POLYGON
    for row, col in CORNERS:
        hand.press(row + 0.5, col + 0.5)
        hand.release(row + 0.5, col + 0.5)
    assert len(session.shapes.unfinished) == 1
    return session.key()


def question():
    QApplication.processEvents()
    boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
    return boxes[0] if boxes else None


def press(text):
    box = question()
    (button,) = [each for each in box.buttons() if each.text().replace("&", "") == text]
    QTest.mouseClick(button, LEFT)
    QApplication.processEvents()


def choose_file(path):
    (dialog,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()]
    dialog.filesSelected.emit([str(path)])
    dialog.reject()


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, data, LEFT, KEYS.NoModifier)
    window.dropEvent(event)


def way_out(window, name, other, tmp_path):
    """Go one of the ways out of the study."""
    window.activateWindow()  # the offscreen platform leaves that to us after a question
    QApplication.processEvents()
    if name == "close study":
        QTest.keyClick(window.canvas, Qt.Key.Key_W, KEYS.ControlModifier)
    elif name == "quit":
        QTest.keyClick(window.canvas, Qt.Key.Key_Q, KEYS.ControlModifier)
    elif name == "window":
        window.close()
    elif name == "drop":
        drop(window, other)
    elif name == "recent":
        window.welcome.recent_chosen.emit(other)
    elif name == "open study":
        window.ask("open study")
        choose_file(other)
    else:
        window.ask("new study")
        choose_file(tmp_path / "fresh.lusgui")


WAYS = ("close study", "quit", "window", "drop", "recent", "open study", "new study")
CLOSING = ("close study", "quit", "window")


@pytest.mark.parametrize("name", WAYS)
def test_every_way_out_asks_alike(window, session, outlined, other, tmp_path, name):
    study = session.study_path
    way_out(window, name, other, tmp_path)
    box = question()
    assert box.text() == "A polygon is not finished yet (frame 1)."
    end = "close" if name in CLOSING else "go on"
    words = [button.text().replace("&", "") for button in box.buttons()]
    assert sorted(words) == sorted([f"Keep and {end}", f"Drop and {end}", "Cancel"])
    bold = QFont(box.font())
    bold.setBold(True)
    for button in box.buttons():  # the default one is written in bold
        assert button.width() > QFontMetrics(bold).horizontalAdvance(button.text()) + 8
    assert all(button.toolTip() for button in box.buttons() if button.text().endswith(end))
    press("Cancel")
    assert session.study_path == study
    assert len(session.shapes.unfinished) == 1
    way_out(window, name, other, tmp_path)
    is_kept = WAYS.index(name) % 2 == 0
    press(f"{'Keep' if is_kept else 'Drop'} and {end}")
    assert question() is None
    if name in CLOSING[1:]:
        assert not window.isVisible()
        session.close_study()
    assert session.study_path != study
    with Study.open(study, read_only=True) as left:
        mask = left.mask(outlined)
        assert (mask is not None and mask.any()) == is_kept


def test_nobody_is_asked_where_nothing_would_be_lost(window, session, other, tmp_path):
    study = session.study_path
    for name in ("drop", "recent", "open study", "new study", "close study", "window"):
        way_out(window, name, other, tmp_path)
        assert question() is None
        if name in ("recent", "open study"):
            session.open_study(study)
    assert not window.isVisible()


def test_recordings_join_the_open_study_without_a_question(window, session, outlined, clip):
    drop(window, clip)
    assert question() is None
    assert len(session.shapes.unfinished) == 1


def test_files_dropped_with_a_study_are_opened_in_it(window, session, outlined, other, clip):
    drop(window, other, clip)
    press("Drop and go on")
    assert session.study_path == other
    assert [row.path for row in session.recording_rows()] == [clip]


def test_a_second_study_that_is_dropped_is_named(window, session, other, tmp_path):
    further = tmp_path / "further.lusgui"
    Study.create(further).close()
    heard = []
    session.problem_reported.connect(heard.append)
    drop(window, other, further)
    assert session.study_path == other
    assert "further.lusgui" in heard[0].message


def test_one_question_at_a_time(window, outlined):
    window.close()
    window.close()
    assert len([w for w in window.findChildren(QMessageBox) if w.isVisible()]) == 1
    press("Cancel")


def test_taking_a_recording_away_says_what_goes_with_it(window, session, outlined):
    window.asking.remove_recording(session.place[0])
    box = question()
    assert "A polygon is not finished yet (frame 1)." in box.informativeText()
    press("Cancel")


def test_a_copy_saved_from_the_question_lets_one_go(window, session, other, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(type(session), "unsaved_count", property(lambda self: 3))
        patched.setattr(session, "retry_saving", lambda: False)
        drop(window, other)
        assert question().text() == "3 strokes could not be written to the study."
        press("Save a copy…")
    copy = tmp_path / "copy.lusgui"
    choose_file(copy)
    QApplication.processEvents()
    assert copy.exists()
    assert session.study_path == other
