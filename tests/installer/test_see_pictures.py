from __future__ import annotations

import re
from types import SimpleNamespace

from PySide6.QtWidgets import QWidget

from installer.screenshots import SCRIPTS
from installer.see_pictures import FRAME, PICTURES, Comparing
from lusgui.base.paths import resources_dir
from lusgui.session.seeing import Seeing


def test_the_page_shows_these_pictures_and_they_are_there():
    page = (resources_dir() / "guide" / "seeing.md").read_text(encoding="utf-8")
    assert re.findall(r"\(images/([a-z-]+\.png)\)", page) == list(PICTURES)
    for name in PICTURES:
        assert (resources_dir() / "guide" / "images" / name).exists()
    assert "installer.see_pictures" in SCRIPTS


class Window(QWidget):
    """As much of the window as a director needs."""

    def __init__(self):
        super().__init__()
        self.presenter = SimpleNamespace(is_up_to_date=True)
        self.see = SimpleNamespace(companion=object())
        self.zoomed = []
        self.canvas = SimpleNamespace(
            to_viewport=lambda row, col: (row, col),
            zoom=lambda factor, at: self.zoomed.append(factor),
            fit=lambda: self.zoomed.append(0),
        )


def test_a_director_waits_for_the_model_and_draws_each_picture(qtbot, tmp_path):
    window, places, answers = Window(), [], []
    session = SimpleNamespace(
        seeing=Seeing(),
        recording_rows=lambda: [SimpleNamespace(id=7), SimpleNamespace(id=8)],
        go_to=lambda *place: places.append(place),
        choose_label=lambda name: None,
        key=lambda: "key",
        model_mask=lambda key: answers[0] if answers else None,
    )
    director = Comparing(SimpleNamespace(window=window, session=session), tmp_path)
    director._clock.stop()
    director._look()
    director._look()
    assert places == [(7, FRAME)]
    assert not session.seeing.wipe  # the model has not answered yet
    answers.append(object())
    for _ in range(12):
        director._look()
    assert director.drawn == len(PICTURES)
    assert all((tmp_path / name).exists() for name in PICTURES)
    assert session.seeing.band
    assert not session.seeing.side_by_side
    window.deleteLater()
