"""Draw the pictures of the guide's page on shaping masks: real presses in the real window on a sample.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from installer.director import Director, direct

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = ("mask-wand.png", "mask-move.png", "mask-shadow.png")
SEED = (165.5, 305.5)
"""Row and column of one hemisphere of the bundled fetal plane."""


class Masks(Director):
    """Draws one picture after the other."""

    def tidy(self) -> None:
        """Leave nothing that waits."""
        self.app.session.moving.finish()
        self.app.session.times.drop_everything()

    def play(self) -> Iterator[bool]:
        """Do what is to be seen."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        from lusgui.session.view_state import Tool

        window, session = self.app.window, self.app.session
        viewport, none = window.canvas.viewport(), Qt.KeyboardModifier.NoModifier
        self.is_ready = lambda: window.presenter.is_up_to_date
        session.go_to(session.recording_rows()[1].id, 0)
        session.choose_label("cerebellum")
        session.view.model_visible = False
        session.view.tool = Tool.WAND
        yield True
        yield True  # the window has taken its places
        place = window.canvas.to_viewport(*SEED).toPoint()
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, none, place)
        yield True
        self.take(PICTURES[0])
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
            self.take(PICTURES[1])
        yield from self._shadow()

    def _shadow(self) -> Iterator[bool]:
        """Offer the shadow of a rib as a region to ignore."""
        import numpy as np

        from lusgui.session.view_state import Tool

        window, session = self.app.window, self.app.session
        session.moving.finish()
        session.view.tool = Tool.BRUSH
        session.go_to(session.recording_rows()[0].id, 11)
        session.choose_label("rib")
        key = session.key()
        yield True
        yield True
        if key is not None:
            down, right = np.ogrid[: session.mask(key).shape[0], : session.mask(key).shape[1]]
            arc = 590 + 0.25 * (right - 81) ** 2
            session.push_masks("Brush", {key: (abs(down - arc) < 9) & (abs(right - 81) < 17)})
        yield True
        window.actions_by_id["mask.fill_shadow"].trigger()
        for _ in range(3):  # the page lists another label now
            yield True
        self.take(PICTURES[2])


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    return direct(Masks, len(PICTURES))


if __name__ == "__main__":
    sys.exit(main())
