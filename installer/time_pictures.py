"""Draw the pictures of the guide's page on masks through time: real keys on the bundled clip.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from installer.director import Director, direct

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = ("time-propagated.png", "time-coherence.png")
START, SHOWN = 5, 14
"""Frame that is drawn by hand, and frame that is shown; 0-based."""
RIB = (587.0, 81.0, 40.0, 12.0)
"""Row, column and half axes of an ellipse over a rib of the bundled clip."""


class Time(Director):
    """Draws one picture after the other."""

    def tidy(self) -> None:
        """Leave nothing that waits."""
        self.app.session.times.drop_everything()

    def play(self) -> Iterator[bool]:
        """Do what is to be seen."""
        import numpy as np
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        window, session = self.app.window, self.app.session
        control = Qt.KeyboardModifier.ControlModifier
        self.is_ready = lambda: window.presenter.is_up_to_date and not session.times.is_running
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
        self.take(PICTURES[0])
        session.go_to(key.recording_id, START)
        QTest.keyClick(window, Qt.Key.Key_P, control | Qt.KeyboardModifier.ShiftModifier)
        yield True
        QTest.keyClick(window, Qt.Key.Key_Return, control | Qt.KeyboardModifier.ShiftModifier)
        session.push_masks("Brush", {type(key)(key.recording_id, 9, "rib"): np.roll(rib, 20, axis=1)})
        session.view.coherence_visible = True
        session.go_to(key.recording_id, 9)
        yield True
        yield True
        self.take(PICTURES[1])


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    return direct(Time, len(PICTURES))


if __name__ == "__main__":
    sys.exit(main())
