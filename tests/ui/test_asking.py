from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from lusgui.session.problems import Problem


@pytest.fixture
def box():
    """Return a function: the message box that is open now."""

    def find():
        (found,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
        return found

    return find


def press(box, text):
    next(button for button in box.buttons() if button.text().startswith(text)).click()
    QApplication.processEvents()


def test_removing_a_recording_is_asked_first(window, session, box):
    window.asking.remove_recording(session.place[0])
    press(box(), "Cancel")
    assert len(session.recording_rows()) == 1
    window.asking.remove_recording(session.place[0])
    press(box(), "Remove")
    assert session.recording_rows() == []


def test_unsaved_strokes_keep_the_window_open(window, session, box, monkeypatch):
    monkeypatch.setattr(type(session), "unsaved_count", property(lambda self: 3))
    monkeypatch.setattr(session, "retry_saving", lambda: False)
    window.close()
    assert window.isVisible()
    assert "3 strokes" in box().text()
    press(box(), "Cancel")
    monkeypatch.undo()


def test_files_can_be_dropped(window, session, clip, monkeypatch):
    dropped = []
    monkeypatch.setattr(window.asking, "open_paths", dropped.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip))])
    event = QDropEvent(
        QPointF(100, 100),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert dropped == [[clip]]


def test_worklist_and_metrics_are_pages_of_the_window(window):
    window.ask("worklist")
    assert window.tabs.currentIndex() == 2
    window.ask("metrics")
    assert window.tabs.currentIndex() == 1


def test_the_worker_menu_moves_and_restarts_it(window):
    window.asking.show_worker_menu()
    menu = QApplication.activePopupWidget()
    for action in menu.actions():
        if action.text().endswith("CPU") or action.text().startswith("Start"):
            action.trigger()
    menu.close()
    assert ("device", "cpu") in window.services.asked
    assert ("restart",) in window.services.asked


def test_no_doubt_before_the_dialogs_are_there(window, session):
    assert window.asking.doubt_about(session.place[0]) is None


def test_a_problem_is_shown_with_its_way_out(window, session):
    session.report(Problem("It did not work", "clip.tif: damaged.", "Copy it again."))
    QApplication.processEvents()
    dialogs = window.asking.dialogs.opened
    assert len(dialogs) == 1
    labels = dialogs[0].findChildren(QLabel)
    texts = " ".join(label.text() for label in labels)
    assert "Copy it again" in texts
    window.asking.close()
    QApplication.processEvents()
