"""Draw the pictures of the guide's page on measuring: simulated recordings, whose truth is known.

Called by ``screenshots.py``. The bundled samples do not say how large their pixels are.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.app import App

SIZE = "1280x820"
LONGEST_MS = 120_000
LOOK_MS = 700
PICTURES = ("measuring-rib.png", "measuring-cerebellum.png")
RIB_SEED, HEAD_SEED, WEEKS = 5, 4, 24.0

Made = tuple[str, "NDArray[np.bool_]", tuple[float, float]]
"""Label, mask and spacing of a recording."""


def make_recordings(folder: Path) -> list[tuple[Path, Made]]:
    """Write a chest wall with two ribs and a fetal head of 24 weeks; return files and truth."""
    import numpy as np
    import tifffile

    from training.simulate.head import simulate_head
    from training.simulate.lung_wide import simulate_wide

    wall = simulate_wide(np.random.default_rng(RIB_SEED), (320, 280), ribs=2)
    head = simulate_head(np.random.default_rng(HEAD_SEED), (320, 360), ga_weeks=WEEKS)
    size = float(head.pose.spacing_mm)
    made = (
        ("ribs.tif", wall.gray, ("rib", wall.rib, wall.spacing_mm)),
        ("head.tif", head.gray, ("cerebellum", head.cerebellum, (size, size))),
    )
    for name, gray, _truth in made:
        tifffile.imwrite(folder / name, np.round(gray * 255).astype(np.uint8), photometric="minisblack")
    return [(folder / name, truth) for name, _gray, truth in made]


class Director:
    """Draws one picture after the other in a window, and closes it.

    Parameters
    ----------
    app : App
        The program, with the recordings open.
    made : list of Made
        What is known of them, in their order.
    folder : Path
        Where the pictures go.
    """

    def __init__(self, app: App, made: list[Made], folder: Path) -> None:
        from PySide6.QtCore import QTimer

        self._app = app
        self._made = made
        self._folder = folder
        self._scenes = self._play()
        self._is_ready: Callable[[], bool] = lambda: len(app.session.recording_rows()) >= len(made)
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

    def _play(self) -> Iterator[bool]:
        from lusgui.core.measures.drawn import Drawn, Kind
        from lusgui.session.view_state import Tool

        window, session = self._app.window, self._app.session
        self._is_ready = lambda: window.presenter.is_up_to_date
        rows = session.recording_rows()
        for number, (label, mask, spacing) in enumerate(self._made):
            row = next(one for one in rows if one.shape == mask.shape)
            session.go_to(row.id, 0)
            session.set_spacing(row.id, spacing)
            session.choose_label(label)
            session.view.model_visible = False
            key = session.key()
            if key is not None:
                session.push_masks("Simulated truth", {key: mask})
            session.view.tool = Tool.CALLIPER
            height, width = mask.shape
            if number == 0:
                session.callipers.add(
                    Drawn(Kind.DISTANCE, ((0.72 * height, 0.1 * width), (0.72 * height, 0.3 * width)))
                )
            else:
                session.measuring.set_known_weeks(WEEKS)
            window.ask("measures")
            yield True
            yield True  # the window has measured
            self.drawn += window.grab().save(str(self._folder / PICTURES[number]), "PNG")


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    from PySide6.QtCore import QTimer

    from lusgui.app import App, parse

    folder = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory() as place:
        made = make_recordings(Path(place))
        words = ["--label", "rib", "--theme", "dark", "--size", SIZE]
        app = App(parse([*words, *(str(path) for path, _truth in made)]))
        directors: list[Director] = []
        QTimer.singleShot(
            0, lambda: directors.append(Director(app, [truth for _path, truth in made], folder))
        )
        app.run()
    return 0 if directors and directors[0].drawn == len(PICTURES) else 1


if __name__ == "__main__":
    sys.exit(main())
