"""Draw the pictures of the guide's page on comparing: the wipe, two pictures, the stability band.

Called by ``screenshots.py``; on the bundled samples, with the model that answers for everybody.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from installer.director import Director, direct

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAME = 12
PICTURES = ("seeing-wipe.png", "seeing-beside.png", "seeing-band.png")


class Comparing(Director):
    """Draws one picture after the other."""

    look_ms = 900

    def _has_answer(self) -> bool:
        key = self.app.session.key()
        is_shown = self.app.window.presenter.is_up_to_date
        return is_shown and key is not None and self.app.session.model_mask(key) is not None

    def play(self) -> Iterator[bool]:
        """Do what is to be seen."""
        window, session = self.app.window, self.app.session
        seeing = session.seeing
        session.go_to(session.recording_rows()[0].id, FRAME)
        session.choose_label("rib")
        self.is_ready = self._has_answer
        yield True
        seeing.wipe = True
        yield True
        self.take(PICTURES[0])
        seeing.wipe, seeing.side_by_side = False, True
        self.is_ready = lambda: self._has_answer() and window.see.companion is not None
        yield True
        yield True  # the neighbour is read, and the model has looked at it
        yield True
        window.canvas.zoom(1.5, window.canvas.to_viewport(450, 40))
        yield True
        self.take(PICTURES[1])
        seeing.side_by_side, seeing.band = False, True
        yield True
        window.canvas.fit()
        window.canvas.zoom(2.6, window.canvas.to_viewport(480, 20))
        yield True
        self.take(PICTURES[2])


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    return direct(Comparing, len(PICTURES))


if __name__ == "__main__":
    sys.exit(main())
