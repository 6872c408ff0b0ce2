"""A tool for as long as its key is down: when the key is let go, the tool from before is back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.ui.bindings import Bindings

if TYPE_CHECKING:
    from lusgui.session.commands import Command
    from lusgui.session.session import Session
    from lusgui.session.view_state import Tool


@dataclass
class _Hold:
    command: Command
    tool: Tool
    erase: bool
    was_used: bool = False


class HeldTools:
    """Remembers what each held key of a tool has put aside.

    A shape that is open stays open: it belongs to ``session.shaping``, not to the tool. A stroke that is
    under way when its key is let go is ended with the tool it began with.

    Parameters
    ----------
    session : Session
        Whose tool.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._holds: dict[int, _Hold] = {}
        self._waiting: _Hold | None = None
        self._bindings = Bindings()
        self._bindings.connect(session.stroke_open_changed, self._stroke_changed)

    def close(self) -> None:
        """Stop listening and forget everything."""
        self._bindings.disconnect()
        self._holds.clear()
        self._waiting = None

    def press(self, key: int, command: Command) -> None:
        """Learn that the key of a tool goes down; the tool is still the one from before."""
        view = self._session.view
        self._holds[key] = _Hold(command, view.tool, view.erase)

    def release(self, key: int, *, was_held: bool) -> None:
        """Give the tool back if its key was held or drawn with, and not only tapped."""
        hold = self._holds.pop(key, None)
        if hold is None or not (was_held or hold.was_used):
            return
        later = next(iter(self._holds.values()), None)
        if later is not None and not self._is_in_use(hold):
            later.tool, later.erase = hold.tool, hold.erase  # the one above gives back what this one took
        elif self._session.is_stroke_open:
            self._waiting = hold
        else:
            self._give_back(hold)

    def _stroke_changed(self, is_open: bool) -> None:
        if is_open:
            for hold in self._holds.values():
                hold.was_used = True
            return
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._give_back(waiting)

    def _is_in_use(self, hold: _Hold) -> bool:
        checked = hold.command.checked_when
        return checked is not None and checked(self._session)

    def _give_back(self, hold: _Hold) -> None:
        if not self._is_in_use(hold):
            return  # another tool was chosen meanwhile
        view = self._session.view
        view.erase = hold.erase
        if view.tool is not hold.tool:
            view.tool = hold.tool
