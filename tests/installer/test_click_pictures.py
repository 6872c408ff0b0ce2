from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from PIL import Image
from PySide6.QtWidgets import QWidget

from installer.click_pictures import SCENES, Director, Scene
from lusgui.base.paths import resources_dir
from lusgui.session.view_state import Tool


def test_scenes_lie_on_the_samples():
    with Image.open(resources_dir() / "samples" / "fetal_cerebellum.png") as picture:
        sizes = {0: (960, 128), 1: picture.size[::-1]}
    for scene in SCENES:
        for row, col in scene.clicks:
            assert 0 <= row < sizes[scene.recording][0]
            assert 0 <= col < sizes[scene.recording][1]


def test_the_page_on_clicking_shows_no_other_pictures():
    page = (resources_dir() / "guide" / "clicking.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(images/([a-z-]+\.png)\)", page))
    assert shown <= {scene.name for scene in SCENES}


class Window(QWidget):
    """As much of the window as a director needs."""

    def __init__(self, log):
        super().__init__()
        self.log = log
        self.presenter = SimpleNamespace(is_up_to_date=True)
        self.canvas = SimpleNamespace(
            to_viewport=lambda row, col: self.rect().center().toPointF(), viewport=lambda: self
        )

    def mousePressEvent(self, event):
        self.log.append("click")

    def close(self):
        self.log.append("closed")
        return super().close()


@pytest.fixture
def app(qtbot):
    log = []
    window = Window(log)
    clicking = SimpleNamespace(
        is_ready=False,
        is_asking=False,
        plane=lambda: object() if "click" in log else None,
        drop=lambda: log.append("dropped"),
        forget_all=lambda: log.append("forgotten"),
    )
    session = SimpleNamespace(
        clicking=clicking,
        view=SimpleNamespace(tool=None, model_visible=True),
        recording_rows=lambda: [SimpleNamespace(id=7), SimpleNamespace(id=8)],
        go_to=lambda *place: log.append(place),
        choose_label=log.append,
    )
    yield SimpleNamespace(window=window, session=session, log=log)
    window.deleteLater()


def test_a_director_clicks_when_the_frame_is_ready_and_draws_what_comes(app, tmp_path, monkeypatch):
    monkeypatch.setattr("installer.click_pictures.SCENES", (Scene("one.png", 1, 3, "rib", ((5.5, 6.5),)),))
    director = Director(app, tmp_path)
    director._clock.stop()
    director._look()
    assert app.log == [(8, 3), "rib"]
    assert app.session.view.tool is Tool.CLICK
    director._look()
    assert "click" not in app.log  # the frame is not prepared yet
    app.session.clicking.is_ready = True
    director._look()
    assert app.log[-1] == "click"
    for _ in range(3):
        director._look()
    assert director.drawn == 1
    assert (tmp_path / "one.png").exists()
    assert app.log[-3:] == ["dropped", "forgotten", "closed"]
    assert not director._clock.isActive()
