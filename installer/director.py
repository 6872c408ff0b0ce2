"""Direct a window through scenes, one step whenever it is ready, and take pictures of it for the guide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lusgui.app import App

SIZE = "1280x820"
LONGEST_MS = 240_000


class Director:
    """Goes through `play` in a window, and closes it.

    Parameters
    ----------
    app : App
        The program, with the samples open.
    folder : Path
        Where the pictures go.
    """

    look_ms = 300
    """How often it looks whether the next thing can be done."""

    def __init__(self, app: App, folder: Path) -> None:
        from PySide6.QtCore import QTimer

        self.app = app
        self.folder = folder
        self.is_ready: Callable[[], bool] = lambda: len(app.session.recording_rows()) >= 2
        self.drawn = 0
        self._scenes = self.play()
        self._clock = QTimer(app.window)
        self._clock.timeout.connect(self._look)
        self._clock.start(self.look_ms)
        QTimer.singleShot(LONGEST_MS, app.window, self._end)

    def play(self) -> Iterator[bool]:
        """Do what is to be seen; yield where the window must be ready before the next thing."""
        raise NotImplementedError

    def tidy(self) -> None:
        """Leave nothing that the window would ask about when it closes."""

    def take(self, name: str) -> None:
        """Take a picture of the window."""
        self.drawn += self.app.window.grab().save(str(self.folder / name), "PNG")

    def _look(self) -> None:
        """Do the next thing as soon as it can be done."""
        if self.is_ready() and next(self._scenes, None) is None:
            self._end()

    def _end(self) -> None:
        self._clock.stop()
        self.tidy()
        self.app.window.close()


def direct(kind: type[Director], wanted: int) -> int:
    """Draw into the folder that the command line names; return 0 if so many pictures were drawn."""
    from PySide6.QtCore import QTimer

    from lusgui.app import App, parse

    folder = Path(sys.argv[1]).absolute()
    app = App(parse(["--sample", "--label", "rib", "--theme", "dark", "--size", SIZE]))
    directors: list[Director] = []
    QTimer.singleShot(0, lambda: directors.append(kind(app, folder)))
    app.run()
    return 0 if directors and directors[0].drawn == wanted else 1
