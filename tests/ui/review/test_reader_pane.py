import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from lusgui.core.geometry import Box
from lusgui.ui.review.reader_pane import ReaderPane, close_up, fill


def test_a_close_up_shows_everybody_with_room():
    masks = np.zeros((2, 200, 100), bool)
    masks[0, 50:90, 40:60] = masks[1, 60:100, 50:70] = True
    assert close_up(masks) == Box(20, 22, 130, 88)
    assert close_up(masks & False) == Box(0, 0, 200, 100)


@given(
    *(st.integers(1, 300) for _ in range(4)),
    st.floats(0.01, 3),
    st.floats(0.01, 3),
    st.data(),
)
def test_a_part_grown_to_its_room_stays_in_the_frame_and_holds_what_must_be_seen(
    h, w, tall, wide, a, b, data
):
    row0, col0 = data.draw(st.integers(0, h - 1)), data.draw(st.integers(0, w - 1))
    row1, col1 = data.draw(st.integers(row0 + 1, h)), data.draw(st.integers(col0 + 1, w))
    found = fill(Box(row0, col0, row1, col1), (h, w), (a, b), (tall, wide))
    assert 0 <= found.row0 <= row0
    assert row1 <= found.row1 <= h
    assert 0 <= found.col0 <= col0
    assert col1 <= found.col1 <= w


@pytest.fixture
def pane(qtbot):
    made = ReaderPane("#56B4E9")
    qtbot.addWidget(made)
    made.resize(240, 120)
    made.show()
    return made


def test_a_pane_draws_the_outline_in_its_colour_and_says_where_it_was_clicked(pane, qtbot):
    mask = np.zeros((50, 100), bool)
    mask[20:30, 40:60] = True
    disputed = mask.copy()
    disputed[:, 50:] = False
    gray = np.full(mask.shape, 0.5, np.float32)
    pane.show_reading(gray, mask, disputed, Box(0, 0, 50, 100), None)
    picture = pane.grab().toImage()
    names = {picture.pixelColor(x, y).name() for x in range(240) for y in range(120)}
    assert "#56b4e9" in names
    clicked = []
    pane.clicked.connect(lambda row, col: clicked.append((row, col)))
    QTest.mouseClick(pane, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(121, 61))
    assert clicked == [(25, 50)]


def test_an_empty_pane_is_dark_and_mute(pane, qtbot):
    assert pane.place.isEmpty()
    clicked = []
    pane.clicked.connect(lambda *place: clicked.append(place))
    QTest.mouseClick(pane, Qt.MouseButton.LeftButton)
    assert clicked == []
    pane.show_reading(None, np.ones((5, 5), bool), np.zeros((5, 5), bool), Box(0, 0, 5, 5), (0.1, 0.3))
    assert pane.pixel_at(-1, 5) is None
    pane.grab()
