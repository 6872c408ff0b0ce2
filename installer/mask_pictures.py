"""Draw the pictures of the guide's page on shaping masks: real presses in the real window on a sample.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lusgui.app import App

SIZE = "1280x820"
LONGEST_MS = 120_000
LOOK_MS = 300
PICTURES = ("mask-wand.png", "mask-move.png")
SEED = (165.5, 305.5)
"""Row and column of one hemisphere of the bundled fetal plane."""


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
        self._scenes = self._play()
        self._is_ready: Callable[[], bool] = lambda: len(app.session.recording_rows()) >= 2
        self.drawn = 0
        self._clock = QTimer(app.window)
        self._clock.timeout.connect(self._look)
        self._clock.start(LOOK_MS)
        QTimer.singleShot(LONGEST_MS, app.window, self._end)

    def _look(self) -> None:
        """Do the next thing as soon as it can be done."""
        if self._is_ready() and next(self._scenes, None) is None:
            self._end()

    def _end(self) -> None:
        self._clock.stop()
        self._app.session.moving.finish()
        self._app.window.close()

    def _play(self) -> Iterator[bool]:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        from lusgui.session.view_state import Tool

        window, session = self._app.window, self._app.session
        viewport, none = window.canvas.viewport(), Qt.KeyboardModifier.NoModifier
        self._is_ready = lambda: window.presenter.is_up_to_date
        session.go_to(session.recording_rows()[1].id, 0)
        session.choose_label("cerebellum")
        session.view.model_visible = False
        session.view.tool = Tool.WAND
        yield True
        yield True  # the window has taken its places
        place = window.canvas.to_viewport(*SEED).toPoint()
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, none, place)
        yield True
        self._take(PICTURES[0])
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, none, place)
        key = session.key()
        if key is not None:
            session.masking.smooth(key)
        session.masking.settings.copies = True
        session.view.tool = Tool.MOVE
        yield True
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, none, place)
        piece = session.moving.piece
        if piece is not None:
            piece.mirror()
            piece.draft(rows=74, cols=-4, degrees=-20.0)
            piece.keep_draft()
            yield True
            self._take(PICTURES[1])

    def _take(self, name: str) -> None:
        self.drawn += self._app.window.grab().save(str(self._folder / name), "PNG")


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    from PySide6.QtCore import QTimer

    from lusgui.app import App, parse

    folder = Path(sys.argv[1]).absolute()
    app = App(parse(["--sample", "--label", "rib", "--theme", "dark", "--size", SIZE]))
    directors: list[Director] = []
    QTimer.singleShot(0, lambda: directors.append(Director(app, folder)))
    app.run()
    return 0 if directors and directors[0].drawn == len(PICTURES) else 1


if __name__ == "__main__":
    sys.exit(main())
