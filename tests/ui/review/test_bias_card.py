"""The bias guard in the real window: lusgui.ui.review.bias_card."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.bias_guard import GuardedFrame, compare
from lusgui.ui.review.bias_card import describe


def test_it_is_switched_on_and_the_frame_says_so(window, qtbot):
    session, card = window.session, window.review.panel.bias
    window.review.show()
    QApplication.processEvents()
    assert card.about.isVisible()
    session.set_active_model("rib", "Rib", "rib@1")
    session.view.label = "rib"
    key = session.key("rib")
    probability = np.full(session.mask(key).shape, 0.9, np.float32)
    session.put_prediction(session.prediction_key(*session.place), probability)
    card.share.setValue(90)
    QTest.mouseClick(card.switch, Qt.MouseButton.LeftButton)
    assert session.bias_guard.is_on
    assert "90 %" in window.status_bar.currentMessage()
    while not session.is_withheld(key):
        session.bias_guard._salt += "x"
    session.bias_guard.changed.emit()
    qtbot.waitUntil(lambda: "withheld: draw" in card.text.text())
    window.threshold._refresh_areas()
    assert "withheld" in window.threshold.note.text()
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert not session.mask(key).any()
    window.actions_by_id["review.bias_guard"].trigger()
    assert session.model_mask(key).any()
    QTest.keyClick(window, Qt.Key.Key_B)
    assert not session.view.erase  # the keyboard is still the canvas's


def test_the_comparison_in_words():
    lean = [GuardedFrame(False, 0.95, 10.0)] * 6 + [GuardedFrame(True, 0.85, 30.0)] * 6
    lines = describe(compare(lean))
    assert lines[0] == "Model shown: frames 6, Dice with the model 0.950, 10 s each"
    assert "+0.100" in lines[2]
    assert "leans towards" in lines[3]
    assert "-20 s" in lines[4]
    away = [GuardedFrame(not one.is_withheld, one.dice) for one in lean]
    assert "farther" in describe(compare(away))[3]
    same = [GuardedFrame(number % 2 == 0, 0.9 + 0.01 * (number % 3)) for number in range(24)]
    assert "No difference" in describe(compare(same))[3]
    assert "from 5 frames" in describe(compare([]))[2]
