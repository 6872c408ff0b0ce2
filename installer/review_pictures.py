"""Draw the pictures of the guide's page on reviewing: two readers' studies of the samples, joined.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from lusgui.app import App

SIZE = "1280x820"
LONGEST_MS = 120_000
LOOK_MS = 300
PICTURES = ("review-adjudicate.png", "review-page.png", "review-replay.png", "review-bias.png")
READERS = ("Fellow", "Supervisor")
SAMPLES = ("lung_linear_v5.mat", "fetal_cerebellum.png")
FRAME = 11


def ellipse(shape: tuple[int, int], row: float, col: float, rows: float, cols: float) -> NDArray[np.bool_]:
    """Return a filled ellipse (H, W)."""
    down, right = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(((down - row) / rows) ** 2 + ((right - col) / cols) ** 2 <= 1, bool)


def make_studies(folder: Path) -> Path:
    """Make two readers' studies of the samples and join them; return the joined one."""
    from lusgui.base.paths import resources_dir
    from lusgui.core.annotation import PlaneKey, Status
    from lusgui.io.study_join import join_studies
    from lusgui.session.session import Session

    paths = []
    for number, reader in enumerate(READERS):
        session = Session()
        session.rater = reader
        session.new_study(folder / f"{reader.lower()}.lusgui")
        lung, head = session.add_recordings([resources_dir() / "samples" / name for name in SAMPLES])
        session.run_hash_jobs()
        sizes = {row.id: row.shape for row in session.recording_rows()}
        upper = ellipse(sizes[head], 165 + 3 * number, 305, 30 + 3 * number, 38)
        lower = ellipse(sizes[head], 238, 303 + 8 * number, 33 - 4 * number, 40)
        plane = PlaneKey(head, 0, "cerebellum")
        session.push_masks("Lasso", {plane: upper})
        session.push_masks("Lasso", {plane: upper | lower})
        session.push_masks("Brush", {plane: upper | lower}, status=Status.ACCEPTED)
        rib = PlaneKey(lung, FRAME, "rib")
        session.push_masks("Brush", {rib: ellipse(sizes[lung], 585 + 8 * number, 81, 14, 16)})
        if number == 0:
            alone = PlaneKey(lung, 2, "rib")
            for step, cols in enumerate((4, 8, 12, 14)):
                session.push_masks("Brush", {alone: ellipse(sizes[lung], 580, 70 + step * 3, 13, cols)})
            session.review.flag(alone)
            session.review.comment(alone, "The left end is hard to see. Do we draw it to the shadow's edge?")
        session.close_study()
        paths.append(folder / f"{reader.lower()}.lusgui")
    return join_studies(paths, folder / "both").path


class Director:
    """Draws one picture after the other in a window, and closes it.

    Parameters
    ----------
    app : App
        The program, with the joined study open.
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
        self._app.window.close()

    def _play(self) -> Iterator[bool]:
        from lusgui.core.consensus import Consensus

        window, session = self._app.window, self._app.session
        lung, head = (row.id for row in session.recording_rows())
        self._is_ready = lambda: window.presenter.is_up_to_date
        session.view.model_visible = False
        window.review.show()
        session.adjudicating.show()
        session.go_to(head, 0)
        session.view.label = "cerebellum"
        yield True
        session.adjudicating.agree(Consensus.STAPLE)
        yield True
        yield True
        self._take(window, PICTURES[0])
        session.adjudicating.show(False)
        session.go_to(lung, 2)
        session.view.label = "rib"
        for _ in range(4):  # the page finds its heights
            yield True
        self._take(window, PICTURES[1])
        window.actions_by_id["review.bias_guard"].trigger()
        yield True
        self._take(window.review.panel.bias, PICTURES[3])
        window.actions_by_id["review.bias_guard"].trigger()
        window.ask("replay")
        yield True
        (dialog,) = [one for one in window.asking.dialogs.opened if one.objectName() == "replay"]
        yield True
        self._take(dialog, PICTURES[2])
        dialog.reject()

    def _take(self, widget: object, name: str) -> None:
        self.drawn += widget.grab().save(str(self._folder / name), "PNG")  # type: ignore[attr-defined]


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    from PySide6.QtCore import QTimer

    from lusgui.app import App, parse

    folder = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory() as work:
        joined = make_studies(Path(work))
        app = App(parse([str(joined), "--theme", "dark", "--size", SIZE]))
        directors: list[Director] = []
        QTimer.singleShot(0, lambda: directors.append(Director(app, folder)))
        app.run()
    return 0 if directors and directors[0].drawn == len(PICTURES) else 1


if __name__ == "__main__":
    sys.exit(main())
