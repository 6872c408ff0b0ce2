from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.annotation import Status
from lusgui.io.second_read import suggest_path


def test_the_bar_says_how_far_a_second_read_is_and_what_comes_next(window, qtbot):
    session, bar = window.session, window.review.bar
    assert not bar.isVisible()
    first = session.study_path
    session.nothing_here(session.key("rib"))
    path = suggest_path(first, "Sue")
    assert session.second_reading.begin(path, "Sue", ["rib"], [(1, 0)])
    qtbot.waitUntil(bar.isVisible)
    assert "Sue: 0 of 1 frames read" in bar.text.text()
    assert not window.actions_by_id["tool.click"].isEnabled() or qtbot.waitUntil(
        lambda: not window.actions_by_id["tool.click"].isEnabled()
    )
    session.set_status(session.key("rib"), Status.NOTHING_HERE)
    qtbot.waitUntil(lambda: "1 of 1" in bar.text.text())
    assert not bar.back.isVisible()
    assert session.second_reading.finish()
    qtbot.waitUntil(bar.back.isVisible)
    assert "is finished" in bar.text.text()
    assert not window.banner.isVisible()
    window.apply_theme("light")
    QTest.mouseClick(bar.back, Qt.MouseButton.LeftButton)
    assert session.study_path == first
    qtbot.waitUntil(lambda: not bar.isVisible())
