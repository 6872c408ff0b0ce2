"""How long work says how far it is, and how it is stopped."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then by long work; raises ``CancelledError`` when the person asked to stop."""

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Say that `done` of `total` units are finished; `text` names what is being done."""


def no_progress(done: int, total: int, text: str = "") -> None:
    """Report nothing and never stop."""
