"""Keys of commands that cannot be used now: the reason is said, and keys that came too early are kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from lusgui.session.commands import COMMANDS
from lusgui.session.why_not import why_not
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from lusgui.session.acts import Desk
    from lusgui.session.commands import Command

KEEP_SECONDS = 5.0
"""A key that came before the first frame is forgotten after so long."""

MOST_KEPT = 8

HARMLESS = ("tool.", "view.", "recording.", "label.choose", "frame.next", "frame.previous", "frame.first")
"""What the ids of commands begin with that change nothing of a study: only those are kept."""

_QUIET = (Qt.Key.Key_Escape,)
"""Keys that are pressed to be sure that nothing is open."""


class RefusedKeys:
    """Tells why a key does nothing.

    Parameters
    ----------
    desk : Desk
        Says the reason, and gets the commands that were pressed too early.
    window : QWidget
        Owner.
    """

    def __init__(self, desk: Desk, window: object) -> None:
        self._desk = desk
        self._by_key: dict[int, Command] = {}
        self._early: list[tuple[float, Command]] = []
        self._bindings = Bindings()
        self._later = Later(self._catch_up, window)  # type: ignore[arg-type]
        self._bindings.connect(desk.session.key_map.changed, self._find_keys)
        self._bindings.connect(desk.session.frame_changed, self._frame_came)
        self._find_keys()

    def close(self) -> None:
        """Stop listening and forget what came too early."""
        self._bindings.disconnect()
        self._later.stop()
        self._early.clear()

    def _find_keys(self) -> None:
        key_map = self._desk.session.key_map
        self._by_key = {
            QKeySequence(keys)[0].toCombined(): command  # type: ignore[index]
            for command in COMMANDS
            for keys in key_map.keys(command.id)
        }

    def press(self, key: int) -> None:
        """Learn of a key that goes down in the window, with its modifiers; say why where it does nothing."""
        command, session = self._by_key.get(key), self._desk.session
        if command is None or key in _QUIET or command.enabled_when(session):
            return
        if session.place is None and command.id.startswith(HARMLESS):
            self._early = [*self._early[-MOST_KEPT + 1 :], (time.monotonic(), command)]
        self._desk.say(why_not(session, command))

    def _frame_came(self, *_: object) -> None:
        if self._early:
            self._later()

    def _catch_up(self) -> None:
        """Do what was asked for before there was a frame."""
        early, self._early = self._early, []
        now = time.monotonic()
        for pressed, command in early:
            if now - pressed < KEEP_SECONDS and command.enabled_when(self._desk.session):
                command.run(self._desk)
