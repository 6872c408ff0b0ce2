import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


@pytest.fixture
def replay(drawn, session, ask):
    """Open the strokes of a frame on which two were made."""
    session.rater = "Ada"
    session.push_masks("Second", {session.key("rib"): np.roll(drawn, 5, axis=0)})
    session.view.label = "rib"
    return ask("replay")


def test_strokes_are_listed_played_and_stepped_through(replay, qtbot, session, drawn):
    assert [replay.list.item(row).text() for row in range(3)] == [
        "0  Nothing drawn yet",
        "1  Test: +250 px, edited",
        "2  Second: +125 −125 px, Ada",
    ]
    assert replay.slider.value() == 2
    assert not replay.back.isEnabled()
    replay._timer.setInterval(5)
    QTest.mouseClick(replay.play, Qt.MouseButton.LeftButton)
    assert replay.play.text() == "Pause"
    qtbot.waitUntil(lambda: not replay.is_playing)
    assert replay.slider.value() == 2
    assert replay.play.text() == "Play"
    QTest.keyClick(replay.slider, Qt.Key.Key_Left)
    assert replay.list.currentRow() == 1
    assert replay.text.text().startswith("1 of 2: Test")
    assert np.array_equal(replay.pane._mask, drawn)
    replay.list.setCurrentRow(0)
    assert replay.text.text() == "Before the first stroke"
    replay.reject()


def test_a_former_state_is_one_edit(replay, session, drawn):
    key = session.key("rib")
    now = session.mask(key).copy()
    replay.slider.setValue(1)
    QTest.mouseClick(replay.back, Qt.MouseButton.LeftButton)
    assert np.array_equal(session.mask(key), drawn)
    assert session.undo_name.startswith("Back to stroke 1")
    session.undo()
    assert np.array_equal(session.mask(key), now)


def test_closing_while_it_plays_stops_it(replay):
    replay._toggle()
    assert replay.is_playing
    replay._toggle()
    assert not replay.is_playing
    replay._toggle()
    replay.reject()
    assert not replay.is_playing


def test_a_frame_without_strokes_has_nothing_to_play(session, ask):
    dialog = ask("replay")
    assert dialog.list.count() == 1
    dialog._toggle()
    assert not dialog.is_playing
    dialog.reject()
