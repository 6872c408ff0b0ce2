"""installer.director: a window is led through its scenes, and closed at the end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QWidget

from installer.director import Director


class Two(Director):
    """Takes two pictures, then leaves things as they were."""

    look_ms = 5

    def play(self):
        self.is_ready = lambda: self.app.allows
        yield True
        self.take("one.png")
        yield True
        self.take("two.png")

    def tidy(self):
        self.app.tidied.append(self.app.window.isVisible())


@pytest.fixture
def app(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    rows = []
    session = SimpleNamespace(recording_rows=lambda: rows)
    return SimpleNamespace(window=window, session=session, rows=rows, allows=True, tidied=[])


def test_every_picture_is_drawn_and_the_window_closed(app, qtbot, tmp_path):
    director = Two(app, tmp_path)
    qtbot.wait(30)
    assert director.drawn == 0  # the samples are not open yet
    app.rows += [1, 2]
    qtbot.waitUntil(lambda: not app.window.isVisible(), timeout=5000)
    assert {path.name for path in tmp_path.glob("*.png")} == {"one.png", "two.png"}
    assert director.drawn == 2
    assert app.tidied == [True]  # before it closes, so that nothing is asked


def test_what_is_not_ready_is_waited_for(app, qtbot, tmp_path):
    app.rows += [1, 2]
    app.allows = False
    director = Two(app, tmp_path)
    qtbot.wait(40)
    assert app.window.isVisible()
    assert director.drawn == 0
    app.allows = True
    qtbot.waitUntil(lambda: not app.window.isVisible(), timeout=5000)
    assert director.drawn == 2
