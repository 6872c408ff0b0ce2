"""Draw the pictures of the guide's page on keys and access, from the real window on the samples.

Called by ``screenshots.py``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from installer.director import Director, direct

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = ("access-palette.png", "access-keys.png", "access-large.png")


class Access(Director):
    """Draws one picture after the other."""

    def play(self) -> Iterator[bool]:
        """Do what is to be seen."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        window = self.app.window
        dialogs = window.asking.dialogs
        self.is_ready = lambda: window.presenter.is_up_to_date
        yield True
        dialogs.ask("palette")
        (palette,) = dialogs.opened
        QTest.keyClicks(palette.search, "frame 1")  # type: ignore[attr-defined]
        yield True
        palette.search.setText("mask")  # type: ignore[attr-defined]
        yield True
        self.drawn += palette.grab().save(str(self.folder / PICTURES[0]), "PNG")
        palette.reject()
        dialogs.ask("keys")
        (editor,) = dialogs.opened
        editor.choose("tool.point")  # type: ignore[attr-defined]
        QTest.keyClick(editor.field, Qt.Key.Key_B)  # type: ignore[attr-defined]
        yield True
        self.drawn += editor.grab().save(str(self.folder / PICTURES[1]), "PNG")
        editor.reject()
        self.app.session.view.text_scale = 1.5
        for _ in range(3):  # everything has taken its place
            yield True
        window.resize(1720, 1000)
        yield True
        yield True
        self.take(PICTURES[2])


def main() -> int:
    """Draw into the folder that is named; return 0 if every picture was drawn."""
    return direct(Access, len(PICTURES))


if __name__ == "__main__":
    sys.exit(main())
