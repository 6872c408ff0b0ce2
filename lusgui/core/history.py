"""Undo and redo over edits, without limit and without storage: the rule that the journal follows on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lusgui.core.edits import Edit


class History:
    """Edits done, and edits taken back that can be done again.

    A new edit makes what was taken back unreachable, as everywhere.

    Parameters
    ----------
    done : iterable of Edit
        Edits already applied, oldest first.
    """

    def __init__(self, done: Iterable[Edit] = ()) -> None:
        self._done = list(done)
        self._undone: list[Edit] = []

    def __len__(self) -> int:
        return len(self._done)

    def __iter__(self) -> Iterator[Edit]:
        """Go through the applied edits, oldest first."""
        return iter(tuple(self._done))

    @property
    def next_undo(self) -> Edit | None:
        """What undo would take back."""
        return self._done[-1] if self._done else None

    @property
    def next_redo(self) -> Edit | None:
        """What redo would do again."""
        return self._undone[-1] if self._undone else None

    def push(self, edit: Edit) -> None:
        """Remember an edit that was just applied."""
        self._done.append(edit)
        self._undone.clear()

    def undo(self) -> Edit | None:
        """Return the edit whose ``reversed()`` is to be applied now, or None."""
        if not self._done:
            return None
        edit = self._done.pop()
        self._undone.append(edit)
        return edit

    def redo(self) -> Edit | None:
        """Return the edit that is to be applied again, or None."""
        if not self._undone:
            return None
        edit = self._undone.pop()
        self._done.append(edit)
        return edit

    def take_oldest(self) -> Edit | None:
        """Hand out and forget the oldest applied edit: it has found its place on disk."""
        return self._done.pop(0) if self._done else None

    def clear(self) -> None:
        """Forget everything."""
        self._done.clear()
        self._undone.clear()
