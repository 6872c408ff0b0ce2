"""The palette in the real window: lusgui.ui.dialogs.palette, lusgui.ui.dialogs.help_dialogs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.session.view_state import Tool
from lusgui.ui import theme

CTRL = Qt.KeyboardModifier.ControlModifier


def open_palette(window):
    window.activateWindow()
    QApplication.processEvents()
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    (palette,) = window.asking.dialogs.opened
    assert palette.isVisible()
    QApplication.processEvents()
    assert palette.focusWidget() is palette.search
    return palette


def test_a_few_letters_and_return_do_it(window, session):
    session.view.tool = Tool.PAN
    palette = open_palette(window)
    QTest.keyClicks(palette.search, "bru")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert session.view.tool is Tool.BRUSH
    assert window.asking.dialogs.opened == []


def test_a_number_goes_to_the_frame(window, session):
    palette = open_palette(window)
    QTest.keyClicks(palette.search, "frame 4")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert session.current_frame == 3


def test_arrows_choose_and_pass_over_what_cannot_be_done(window, session):
    palette = open_palette(window)
    QTest.keyClicks(palette.search, "worklist")
    usable = [row for row, each in enumerate(palette.findings()) if each.is_usable]
    assert len(usable) < len(palette.findings())
    assert palette.list.currentRow() == usable[0]
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.list.currentRow() == usable[1]
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.list.currentRow() == usable[0]
    QTest.keyClick(palette.search, Qt.Key.Key_PageDown)
    assert palette.list.currentRow() in usable


def test_what_cannot_be_done_does_nothing(window, session):
    palette = open_palette(window)
    QTest.keyClicks(palette.search, "frame 99")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert session.current_frame == 0
    QTest.keyClick(palette, Qt.Key.Key_Escape)
    assert window.asking.dialogs.opened == []


def test_a_click_does_it_too(window, session):
    palette = open_palette(window)
    QTest.keyClicks(palette.search, "eraser")
    where = palette.list.visualItemRect(palette.list.item(0)).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert session.view.erase
    assert window.asking.dialogs.opened == []


def test_nothing_found_says_so_and_the_last_thing_comes_first(window, session):
    palette = open_palette(window)
    QTest.keyClicks(palette.search, "eraser")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    palette = open_palette(window)
    assert palette.findings()[0].id == "tool.eraser"
    assert "E" in palette.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    palette.search.setText("qqqzzz")
    assert palette.empty.isVisible()
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.reject()


def test_a_dialog_can_be_asked_for(window, session):
    palette = open_palette(window)
    QTest.keyClicks(palette.search, "about")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    (about,) = window.asking.dialogs.opened
    assert "About" in about.windowTitle()
    about.reject()


def test_it_looks_right_in_both_themes(window, session):
    for name in ("dark", "light"):
        session.view.theme = name
        palette = open_palette(window)
        picture = palette.grab().toImage()
        colors = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 3) for y in (20, 70, 90)}
        assert theme.palette_for(name).accent_soft in colors
        palette.reject()
    session.view.theme = "dark"
