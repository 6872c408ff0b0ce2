"""Draw the pictures of the guide's page on shapes: real presses in the real window on the samples.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lusgui.app import App

SIZE = "1280x820"
LONGEST_MS = 120_000
LOOK_MS = 300


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
        What is drawn.
    tool : str
        What draws it.
    corners : tuple of (row, column)
        Where it is clicked, in pixels of the frame.
    pointer : (row, column)
        Where the mouse rests then.
    zoom : float
        How much is magnified about the first corner.
    """

    name: str
    recording: int
    frame: int
    label: str
    tool: str
    corners: tuple[tuple[float, float], ...]
    pointer: tuple[float, float]
    zoom: float


SCENES = (
    Scene(
        "shape-livewire.png",
        1,
        0,
        "cerebellum",
        "live-wire",
        ((137.5, 303.5), (152.5, 327.5), (180.5, 328.5), (203.5, 308.5)),
        (188.5, 296.5),
        2.6,
    ),
    Scene(
        "shape-polygon.png",
        0,
        11,
        "rib",
        "polygon",
        ((622.5, 108.5), (638.5, 104.5), (608.5, 78.5), (588.5, 54.5), (570.5, 56.5), (584.5, 76.5)),
        (577.5, 66.5),
        1.5,
    ),
)


class Director:
    """Draws one picture after the other in a window, and closes it.

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
        self._moves = self._play()
        self._is_ready: Callable[[], bool] = lambda: len(app.session.recording_rows()) >= 2
        self.drawn = 0
        self._clock = QTimer(app.window)
        self._clock.timeout.connect(self._look)
        self._clock.start(LOOK_MS)
        QTimer.singleShot(LONGEST_MS, app.window, self._end)

    def _look(self) -> None:
        """Do the next thing as soon as it can be done."""
        if self._is_ready() and next(self._moves, None) is None:
            self._end()

    def _end(self) -> None:
        self._clock.stop()
        self._app.session.shapes.forget_all()
        self._app.window.close()

    def _play(self) -> Iterator[bool]:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        from lusgui.session.view_state import Tool

        window, session = self._app.window, self._app.session
        viewport, none = window.canvas.viewport(), Qt.KeyboardModifier.NoModifier
        self._is_ready = lambda: window.presenter.is_up_to_date
        session.view.model_visible = False
        for scene in SCENES:
            session.go_to(session.recording_rows()[scene.recording].id, scene.frame)
            session.choose_label(scene.label)
            session.view.tool = Tool(scene.tool)
            yield True
            yield True  # the window has taken its places
            window.canvas.zoom(scene.zoom, window.canvas.to_viewport(*scene.corners[0]))
            yield True
            for corner in scene.corners:
                place = window.canvas.to_viewport(*corner).toPoint()
                QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, none, place)
            yield True
            QTest.mouseMove(viewport, window.canvas.to_viewport(*scene.pointer).toPoint())
            yield True
            draft = session.shapes.draft
            if draft is not None and len(draft.corners) == len(scene.corners):
                self.drawn += window.grab().save(str(self._folder / scene.name), "PNG")
            session.shapes.forget_all()


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
