"""lusgui.ui.tool_bar: every button does what its command does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.annotation import Status
from lusgui.ui.tool_bar import LEFT, MORE, RIGHT, FurtherTools


def test_every_tool_has_a_name_for_those_who_cannot_see_it(window):
    names = [name for name in LEFT.split() if name not in ("|", MORE)]
    for name in (*names, *RIGHT):
        bar = window.tools.verdict if name in RIGHT else window.tools
        button = bar.widgetForAction(window.actions_by_id[name])
        assert button.accessibleName() or button.text()
        assert button.toolTip()


def test_the_large_button_accepts_and_goes_on(window, session):
    key = session.key("rib")
    mask = session.mask(key).copy()
    mask[10:20, 10:20] = True
    session.push_masks("Test", {key: mask})
    QTest.mouseClick(window.tools.primary, Qt.MouseButton.LeftButton)
    assert session.status(key) is Status.ACCEPTED
    assert session.current_frame == 1


def test_its_icon_follows_the_theme(window):
    before = window.tools.primary.icon().cacheKey()
    window.apply_theme("light")
    assert window.tools.primary.icon().cacheKey() != before
    window.apply_theme("dark")


def test_the_arrow_of_the_further_tools_leaves_their_icon_alone(window):
    further = window.tools.findChild(FurtherTools)
    brush = window.tools.widgetForAction(window.actions_by_id["tool.brush"])
    assert further.sizeHint().width() >= brush.sizeHint().width() + 12
