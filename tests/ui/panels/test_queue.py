from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.annotation import PlaneKey
from lusgui.session.review_queue import Reason


def test_one_goes_through_what_waits_for_a_reason(window, qtbot):
    session, queue = window.session, window.worklist.queue
    window.tabs.setCurrentIndex(2)
    queue.refresh()
    assert queue.empty.isVisible()
    assert not queue.buttons[Reason.FLAGGED].isEnabled()
    for frame in (1, 4):
        session.review.flag(PlaneKey(1, frame, "rib"))
    qtbot.waitUntil(queue.buttons[Reason.FLAGGED].isEnabled)
    assert queue.buttons[Reason.FLAGGED].text() == "Flagged: 2"
    assert not queue.empty.isVisible()
    QTest.mouseClick(queue.buttons[Reason.FLAGGED], Qt.MouseButton.LeftButton)
    assert session.current_frame == 1
    window.actions_by_id["review.queue_next"].trigger()
    assert session.current_frame == 4
    window.actions_by_id["review.queue_previous"].trigger()
    assert session.current_frame == 1
    session.review.unflag(session.key("rib"))
    session.review.unflag(PlaneKey(1, 4, "rib"))
    qtbot.waitUntil(lambda: not queue.buttons[Reason.FLAGGED].isEnabled())
    window.actions_by_id["review.queue_next"].trigger()
    assert session.current_frame in (1, 4)
