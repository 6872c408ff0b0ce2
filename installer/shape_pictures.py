"""Draw the pictures of the guide's page on shapes: real presses in the real window on the samples.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from installer.director import Director, direct

if TYPE_CHECKING:
    from collections.abc import Iterator


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


class Shapes(Director):
    """Draws one picture after the other."""

    def tidy(self) -> None:
        """Leave nothing that waits."""
        self.app.session.shapes.forget_all()

    def play(self) -> Iterator[bool]:
        """Do what is to be seen."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        from lusgui.session.view_state import Tool

        window, session = self.app.window, self.app.session
        viewport, none = window.canvas.viewport(), Qt.KeyboardModifier.NoModifier
        self.is_ready = lambda: window.presenter.is_up_to_date
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
                self.take(scene.name)
            session.shapes.forget_all()


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    return direct(Shapes, len(SCENES))


if __name__ == "__main__":
    sys.exit(main())
