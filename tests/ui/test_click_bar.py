"""The strip over the image while one clicks to segment."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.click.answer import ClickAnswer
from lusgui.session.clicking import ClickEngineState
from lusgui.session.view_state import Tool
from lusgui.ui.click_bar import WITHOUT, what_to_do


def square(row, col):
    mask = np.zeros((60, 40), bool)
    mask[row - 3 : row + 4, col - 3 : col + 4] = True
    return mask


@pytest.fixture
def bar(window, session):
    """Return the strip with the tool in use and a frame that is prepared."""
    QTest.keyClick(window, Qt.Key.Key_S)
    session.clicking.set_engine(ClickEngineState(WITHOUT, "ready"))
    session.clicking.set_ready(session.place, True)
    QApplication.processEvents()
    return window.clicks.bar


def answer(session, asked, mask):
    said = ClickAnswer(mask, mask.astype(np.float32), True, "", 0.0, WITHOUT)
    session.clicking.take_answer(asked.token, asked.place, said)
    QApplication.processEvents()


@pytest.fixture
def asked(session):
    questions = []
    session.click_asked.connect(questions.append)
    return questions


def test_the_strip_is_there_only_with_its_tool(window, session, bar):
    assert bar.isVisible()
    QTest.keyClick(window, Qt.Key.Key_B)
    QApplication.processEvents()
    assert not bar.isVisible()
    QTest.keyClick(window, Qt.Key.Key_S)
    QApplication.processEvents()
    assert bar.isVisible()
    session.close_study()
    QApplication.processEvents()
    assert not bar.isVisible()


def test_it_says_what_to_do_and_who_answers(window, session, bar, asked):
    assert "Click on a structure" in bar.text.text()
    assert bar.engine.text() == f"{WITHOUT} · ready"
    assert "No click network" in bar.engine.toolTip()
    session.clicking.set_ready(session.place, False)
    QApplication.processEvents()
    assert "preparing" in bar.engine.text()
    session.clicking.click(20.5, 20.5)
    QApplication.processEvents()
    assert "Preparing" in bar.text.text()
    answer(session, asked[0], square(20, 20))
    assert "1 mark" in bar.text.text()
    assert bar.accept.isVisible()
    session.clicking.set_engine(ClickEngineState("click 1.0", "ready", "one thread"))
    QApplication.processEvents()
    assert "one thread" in bar.engine.toolTip()
    assert "network outlines" in bar.engine.toolTip()


def test_its_buttons_do_what_the_keys_do(window, session, bar, asked):
    assert not bar.accept.isVisible()
    QTest.mouseClick(bar.sign, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert session.view.click_negative
    assert bar.sign.isChecked()
    assert "too much" in bar.text.text()
    QTest.mouseClick(bar.sign, Qt.MouseButton.LeftButton)
    session.clicking.click(20.5, 20.5)
    answer(session, asked[0], square(20, 20))
    session.clicking.click(40.5, 20.5)
    answer(session, asked[1], square(20, 20) | square(40, 20))
    QTest.mouseClick(bar.undo, Qt.MouseButton.LeftButton)
    assert len(session.clicking.plane().marks) == 1
    QTest.mouseClick(bar.drop, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert session.clicking.plane() is None
    assert bar.undo.isVisible()
    QTest.mouseClick(bar.undo, Qt.MouseButton.LeftButton)
    assert session.clicking.plane() is not None
    QApplication.processEvents()
    QTest.mouseClick(bar.accept, Qt.MouseButton.LeftButton)
    assert session.mask(session.key())[20, 20]
    session.clicking.click(30.5, 20.5)
    answer(session, asked[2], square(20, 20) | square(30, 20))
    QTest.mouseClick(bar.follow, Qt.MouseButton.LeftButton)
    assert session.current_frame == 1
    # a click on the strip is none on the image, and takes no keys away
    assert not bar.accept.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.BRUSH


def test_clicks_that_wait_elsewhere_are_counted_and_can_be_gone_to(window, session, bar, asked):
    session.clicking.click(20.5, 20.5)
    answer(session, asked[0], square(20, 20))
    session.step(2)
    QApplication.processEvents()
    assert bar.waiting.isVisible()
    assert bar.waiting.text() == "1 waits elsewhere"
    QTest.mouseClick(bar.waiting, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert session.current_frame == 0
    assert not bar.waiting.isVisible()


def test_what_has_stopped_can_be_started_again(window, session, bar):
    asked = []
    session.click_restart_asked.connect(lambda: asked.append(1))
    assert not bar.restart.isVisible()
    session.clicking.set_engine(ClickEngineState("click 1.0", "stopped", "it was killed"))
    QApplication.processEvents()
    assert "no longer answered" in bar.text.text()
    QTest.mouseClick(bar.restart, Qt.MouseButton.LeftButton)
    assert asked == [1]


def test_a_read_only_study_says_so(window, session, bar, monkeypatch):
    monkeypatch.setattr(session, "can_draw", lambda recording_id: "The study is open for reading only.")
    assert what_to_do(session) == "The study is open for reading only."


def test_the_strip_stays_on_the_canvas_however_narrow(window, bar):
    for width in (1280, 900, 1500):
        window.resize(width, 700)
        QApplication.processEvents()
        canvas = window.canvas.rect()
        assert canvas.contains(bar.geometry()), (canvas, bar.geometry())


def test_a_narrow_strip_cuts_no_button_off(window, session, bar, asked):
    session.clicking.click(20.5, 20.5)
    answer(session, asked[0], square(20, 20))
    session.step(1)
    session.clicking.click(20.5, 20.5)
    answer(session, asked[1], square(20, 20))
    wide = bar.follow.text()
    assert bar.waiting.isVisible()
    window.resize(900, 700)
    QApplication.processEvents()
    QApplication.processEvents()
    assert bar.width() < 600
    assert bar.follow.text() != wide
    for button in (bar.sign, bar.undo, bar.drop, bar.follow, bar.accept):
        assert button.isVisible()
        assert button.width() >= button.minimumSizeHint().width()
        assert bar.rect().contains(button.geometry())
    assert WITHOUT in bar.text.toolTip()


def test_every_button_of_the_strip_is_named_and_explained(bar):
    for button in (bar.sign, bar.undo, bar.waiting, bar.drop, bar.follow, bar.accept, bar.restart):
        assert button.toolTip()
        assert button.accessibleName()
    assert bar.accessibleDescription()
