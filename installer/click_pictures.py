"""Draw the pictures of the guide's page on clicking: real clicks in the real window on the bundled samples.

Called by ``screenshots.py``; the click process answers as it does for everybody.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.app import App

SIZE = "1280x820"
LONGEST_MS = 240_000
LOOK_MS, SETTLE_MS = 100, 600


@dataclass(frozen=True)
class Scene:
    """One picture.

    Parameters
    ----------
    name : str
        File of the picture.
    recording, frame : int
        Which of the samples, from 0, and which frame.
    label : str
        What is clicked.
    clicks : tuple of (row, column)
        Where, in pixels of the frame.
    """

    name: str
    recording: int
    frame: int
    label: str
    clicks: tuple[tuple[float, float], ...]


SCENES = (
    Scene("clicking-rib.png", 0, 11, "rib", ((587.5, 81.5),)),
    Scene("clicking-cerebellum.png", 1, 0, "cerebellum", ((165.5, 305.5), (238.5, 303.5))),
)


class Director:
    """Goes from scene to scene in a window, and closes it.

    Parameters
    ----------
    app : App
        The program, with the samples open.
    folder : Path
        Where the pictures go.
    """

    def __init__(self, app: App, folder: Path) -> None:
        from PySide6.QtCore import QTimer

        self._app = app
        self._folder = folder
        self._scenes = list(SCENES)
        self._left: list[tuple[float, float]] = []
        self.drawn = 0
        self._clock = QTimer(app.window)
        self._clock.timeout.connect(self._look)
        self._next: Callable[[], bool] = self._begin
        self._clock.start(LOOK_MS)
        QTimer.singleShot(LONGEST_MS, app.window, self._end)

    def _look(self) -> None:
        """Do the next thing as soon as it can be done."""
        if self._next():
            return
        self._clock.stop()
        self._end()

    def _end(self) -> None:
        self._clock.stop()
        self._app.session.clicking.forget_all()
        self._app.window.close()

    def _begin(self) -> bool:
        from lusgui.session.view_state import Tool

        session = self._app.session
        if not self._scenes:
            return False
        rows = session.recording_rows()
        if len(rows) < 2:
            return True
        scene = self._scenes[0]
        session.go_to(rows[scene.recording].id, scene.frame)
        session.choose_label(scene.label)
        session.view.model_visible = False
        session.view.tool = Tool.CLICK
        self._left = list(scene.clicks)
        self._next = self._click
        return True

    def _click(self) -> bool:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        window, clicking = self._app.window, self._app.session.clicking
        if not (window.presenter.is_up_to_date and clicking.is_ready) or clicking.is_asking:
            return True
        if self._left:
            row, col = self._left.pop(0)
            place = window.canvas.to_viewport(row, col).toPoint()
            QTest.mouseClick(
                window.canvas.viewport(),
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
                place,
            )
        else:
            self._clock.setInterval(SETTLE_MS)
            self._next = self._take
        return True

    def _take(self) -> bool:
        scene = self._scenes.pop(0)
        if self._app.session.clicking.plane() is not None:
            self.drawn += self._app.window.grab().save(str(self._folder / scene.name), "PNG")
        self._app.session.clicking.drop()
        self._clock.setInterval(LOOK_MS)
        self._next = self._begin
        return True


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    from PySide6.QtCore import QTimer

    from lusgui.app import App, parse

    folder = Path(sys.argv[1]).absolute()
    app = App(parse(["--sample", "--label", "rib", "--theme", "dark", "--size", SIZE]))
    directors: list[Director] = []
    QTimer.singleShot(0, lambda: directors.append(Director(app, folder)))
    app.run()
    return 0 if directors and directors[0].drawn == len(SCENES) else 1


if __name__ == "__main__":
    sys.exit(main())
