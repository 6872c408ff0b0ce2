"""Draw the pictures of the guide's page on shaping masks: real presses in the real window on a sample.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from installer.director import Director, direct

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = ("mask-wand.png", "mask-move.png")
SEED = (165.5, 305.5)
"""Row and column of one hemisphere of the bundled fetal plane."""


class Masks(Director):
    """Draws one picture after the other."""

    def tidy(self) -> None:
        """Leave nothing that waits."""
        self.app.session.moving.finish()

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


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    return direct(Masks, len(PICTURES))


if __name__ == "__main__":
    sys.exit(main())
