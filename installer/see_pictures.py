"""Draw the pictures of the guide's page on comparing: the wipe, two pictures, the stability band.

Called by ``screenshots.py``; on the bundled samples, with the model that answers for everybody.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lusgui.app import App

SIZE = "1280x820"
LONGEST_MS = 240_000
LOOK_MS = 900
FRAME = 12
PICTURES = ("seeing-wipe.png", "seeing-beside.png", "seeing-band.png")


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
        self._is_ready: Callable[[], bool] = lambda: bool(app.session.recording_rows())
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
        self._app.window.close()

    def _take(self, number: int) -> None:
        self.drawn += self._app.window.grab().save(str(self._folder / PICTURES[number]), "PNG")

    def _has_answer(self) -> bool:
        key = self._app.session.key()
        is_shown = self._app.window.presenter.is_up_to_date
        return is_shown and key is not None and self._app.session.model_mask(key) is not None

    def _play(self) -> Iterator[bool]:
        window, session = self._app.window, self._app.session
        seeing = session.seeing
        session.go_to(session.recording_rows()[0].id, FRAME)
        session.choose_label("rib")
        self._is_ready = self._has_answer
        yield True
        seeing.wipe = True
        yield True
        self._take(0)
        seeing.wipe, seeing.side_by_side = False, True
        self._is_ready = lambda: self._has_answer() and window.see.companion is not None
        yield True
        yield True  # the neighbour is read, and the model has looked at it
        yield True
        window.canvas.zoom(1.5, window.canvas.to_viewport(450, 40))
        yield True
        self._take(1)
        seeing.side_by_side, seeing.band = False, True
        yield True
        window.canvas.fit()
        window.canvas.zoom(2.6, window.canvas.to_viewport(480, 20))
        yield True
        self._take(2)


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
