"""Draw the pictures of the guide's page on masks through time: real keys on the bundled clip.

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
LONGEST_MS = 240_000
LOOK_MS = 300
PICTURES = ("time-propagated.png", "time-coherence.png")
START, SHOWN = 5, 14
"""Frame that is drawn by hand, and frame that is shown; 0-based."""
RIB = (587.0, 81.0, 40.0, 12.0)
"""Row, column and half axes of an ellipse over a rib of the bundled clip."""


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
        self._app.session.times.drop_everything()
        self._app.window.close()

    def _play(self) -> Iterator[bool]:
        import numpy as np
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        window, session = self._app.window, self._app.session
        control = Qt.KeyboardModifier.ControlModifier
        self._is_ready = lambda: window.presenter.is_up_to_date and not session.times.is_running
        session.go_to(session.recording_rows()[0].id, START)
        session.choose_label("rib")
        session.view.model_visible = False
        yield True
        key = session.key()
        if key is None:
            return
        rows, cols = session.mask(key).shape
        down, right = np.ogrid[:rows, :cols]
        rib = ((down - RIB[0]) / RIB[2]) ** 2 + ((right - RIB[1]) / RIB[3]) ** 2 <= 1
        session.push_masks("Brush", {key: rib})
        QTest.keyClick(window, Qt.Key.Key_P, control)
        yield True
        session.go_to(key.recording_id, SHOWN)
        yield True
        yield True  # the line of ghosts has taken its place
        self._take(PICTURES[0])
        session.go_to(key.recording_id, START)
        QTest.keyClick(window, Qt.Key.Key_P, control | Qt.KeyboardModifier.ShiftModifier)
        yield True
        QTest.keyClick(window, Qt.Key.Key_Return, control | Qt.KeyboardModifier.ShiftModifier)
        session.push_masks("Brush", {type(key)(key.recording_id, 9, "rib"): np.roll(rib, 20, axis=1)})
        session.view.coherence_visible = True
        session.go_to(key.recording_id, 9)
        yield True
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
