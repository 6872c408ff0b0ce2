"""The strip alone: lusgui.ui.panels.frame_strip. In the window: test_timeline, test_bars."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from lusgui.core.annotation import Status
from lusgui.ui import theme
from lusgui.ui.panels.frame_strip import FrameStrip


def test_a_press_goes_to_its_frame(qtbot):
    strip, chosen = FrameStrip(), []
    qtbot.addWidget(strip)
    strip.resize(220, 34)
    strip.set_frames(10, {2: Status.ACCEPTED}, frozenset())
    strip.frame_chosen.connect(chosen.append)
    for frame in (7, 2):
        at = QPoint(round(strip.x_of(frame)), 15)
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    assert chosen == [7, 2]


def test_the_part_that_is_played_has_a_bracket(qtbot):
    strip = FrameStrip()
    qtbot.addWidget(strip)
    strip.resize(220, 34)
    strip.set_frames(10, {}, frozenset())
    accent = QColor(theme.current().accent).rgb()

    def is_marked(frame):
        return strip.grab().toImage().pixel(round(strip.x_of(frame)), 4) == accent

    assert not is_marked(5)
    strip.set_loop((4, 6))
    assert is_marked(5)
    assert not is_marked(8)
    strip.set_loop(None)
    assert not is_marked(5)
