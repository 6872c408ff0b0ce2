"""Draw the pictures of the guide's page on keys and access, from the real window on the samples.

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
PICTURES = ("access-palette.png", "access-keys.png", "access-large.png")


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
        self._app.window.close()

    def _play(self) -> Iterator[bool]:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        window = self._app.window
        dialogs = window.asking.dialogs
        self._is_ready = lambda: window.presenter.is_up_to_date
        yield True
        dialogs.ask("palette")
        (palette,) = dialogs.opened
        QTest.keyClicks(palette.search, "frame 1")  # type: ignore[attr-defined]
        yield True
        palette.search.setText("mask")  # type: ignore[attr-defined]
        yield True
        self.drawn += palette.grab().save(str(self._folder / PICTURES[0]), "PNG")
        palette.reject()
        dialogs.ask("keys")
        (editor,) = dialogs.opened
        editor.choose("tool.point")  # type: ignore[attr-defined]
        QTest.keyClick(editor.field, Qt.Key.Key_B)  # type: ignore[attr-defined]
        yield True
        self.drawn += editor.grab().save(str(self._folder / PICTURES[1]), "PNG")
        editor.reject()
        self._app.session.view.text_scale = 1.5
        for _ in range(3):  # everything has taken its place
            yield True
        window.resize(1720, 1000)
        yield True
        yield True
        self.drawn += window.grab().save(str(self._folder / PICTURES[2]), "PNG")


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
