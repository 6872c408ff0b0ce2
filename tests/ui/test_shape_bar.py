"""The strip over the image while one draws a shape, and what is asked when unfinished ones would be lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from lusgui.core.shape_raster import ShapeMode
from lusgui.session.view_state import Tool
from lusgui.ui.canvas_strip import WIDTH
from lusgui.ui.shape_bar import WORDS, what_to_do

LEFT = Qt.MouseButton.LeftButton
CORNERS = ((10, 8), (10, 28), (30, 28), (30, 8))


@pytest.fixture
def bar(window, session):
    """Return the strip with the polygon in use."""
    QTest.keyClick(window, Qt.Key.Key_P)
    QApplication.processEvents()
    return window.shapes.bar


def click(hand, *places):
    for place in places:
        hand.drag(place)
    QApplication.processEvents()


def test_it_is_there_only_with_its_tools(window, session, bar):
    assert bar.isVisible()
    for key, is_seen in ((Qt.Key.Key_B, False), (Qt.Key.Key_F, True), (Qt.Key.Key_W, True)):
        QTest.keyClick(window, key)
        QApplication.processEvents()
        assert bar.isVisible() is is_seen
    session.close_study()
    QApplication.processEvents()
    assert not bar.isVisible()


def test_it_says_what_to_do_next(window, session, hand, bar):
    assert "Click from corner to corner" in bar.text.text()
    click(hand, CORNERS[0])
    assert "click the next corner" in bar.text.text()
    assert "Rib" in bar.text.text()
    click(hand, *CORNERS[1:3])
    assert "Enter finishes" in bar.text.text()
    session.view.tool = Tool.LASSO
    assert "Drag around" in what_to_do(session)
    session.shapes.set_mode(ShapeMode.INTERSECT)
    assert "to be kept" in what_to_do(session)


@pytest.mark.parametrize("tool", [Tool.LASSO, Tool.POLYGON, Tool.LIVEWIRE])
@pytest.mark.parametrize("mode", list(ShapeMode))
def test_what_is_said_before_the_first_corner_is_not_cut(window, session, bar, tool, mode):
    window.resize(1280, 800)
    session.view.tool = tool
    session.shapes.set_mode(mode)
    QApplication.processEvents()
    assert bar.width() == WIDTH
    assert bar.text.width() >= bar.text.sizeHint().width()


def test_every_button_has_a_name_and_a_tooltip_and_takes_no_keys(window, session, hand, bar):
    click(hand, *CORNERS)
    buttons = [*bar.modes.values(), bar.undo, bar.drop, bar.finish, bar.waiting]
    for button in buttons:
        assert button.accessibleName()
        assert button.toolTip()
        assert button.focusPolicy() is Qt.FocusPolicy.NoFocus
    assert bar.strength.accessibleName()
    assert bar.accessibleDescription() == bar.text.text()
    QTest.mouseClick(bar.modes[ShapeMode.SUBTRACT], LEFT)
    assert window.focusWidget() is window.canvas


def test_steps_dropping_and_finishing_are_offered_only_for_an_open_shape(window, session, hand, bar):
    offered = (bar.undo, bar.drop, bar.finish)
    assert not any(button.isVisible() for button in offered)
    click(hand, *CORNERS)
    assert all(button.isVisible() for button in offered)
    QTest.mouseClick(bar.drop, LEFT)
    QApplication.processEvents()
    assert not any(button.isVisible() for button in offered)
    click(hand, *CORNERS)
    QTest.mouseClick(bar.finish, LEFT)
    assert session.mask(session.key()).any()


def test_shapes_that_wait_are_counted_and_lead_there(window, session, hand, bar):
    click(hand, *CORNERS)
    session.step(2)
    QApplication.processEvents()
    assert bar.waiting.isVisible()
    assert bar.waiting.text() == "1 waits"
    QTest.mouseClick(bar.waiting, LEFT)
    QApplication.processEvents()
    assert session.place[1] == 0
    assert len(session.shapes.draft.corners) == 4
    assert not bar.waiting.isVisible()


def test_a_narrow_canvas_has_short_words_and_nothing_is_cut(window, session, hand, bar):
    QTest.keyClick(window, Qt.Key.Key_W)
    click(hand, *CORNERS)
    session.step(1)
    click(hand, *CORNERS)
    window.resize(2000, 900)
    QApplication.processEvents()
    assert [button.text() for button in bar.modes.values()] == list(WORDS.values())
    for button in (*bar.modes.values(), bar.undo, bar.drop, bar.finish, bar.waiting):
        assert button.width() >= button.sizeHint().width()
    assert bar.drop.isVisible()
    window.resize(900, 700)
    QApplication.processEvents()
    bar.refresh()
    QApplication.processEvents()
    assert bar.width() <= window.canvas.width()
    window.grab()
    for button in (*bar.modes.values(), bar.finish, bar.waiting):
        assert button.width() >= button.sizeHint().width()


def asked(window):
    return next((box for box in window.findChildren(QMessageBox) if box.isVisible()), None)


def press(box, text):
    next(button for button in box.buttons() if button.text() == text).click()
    QApplication.processEvents()


def test_closing_with_an_unfinished_shape_asks_and_can_finish_it(window, session, hand, bar):
    click(hand, *CORNERS)
    key = session.key()
    window.close()
    box = asked(window)
    assert "A polygon is not finished yet (frame 1)" in box.text()
    press(box, "Cancel")
    assert window.isVisible()
    assert len(session.shapes.draft.corners) == 4
    window.close()
    press(asked(window), "Keep and close")
    assert not window.isVisible()
    assert session.mask(key).any()


def test_closing_can_drop_unfinished_shapes(window, session, hand, bar):
    click(hand, *CORNERS)
    session.step(1)
    click(hand, *CORNERS[:2])
    window.close()
    box = asked(window)
    assert "2 shapes are not finished yet (frames 1, 2)" in box.text()
    press(box, "Keep and close")  # two corners are no shape: that one stays, and the window with it
    assert window.isVisible()
    window.close()
    press(asked(window), "Drop and close")
    assert not window.isVisible()
    session.close_study()  # as the program does when its window has gone
    assert session.shapes.unfinished == ()
