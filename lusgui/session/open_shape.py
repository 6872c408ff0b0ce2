"""The shape that a tool has begun and not finished: who may finish it, take a step back, or give it up.

A tool with several presses to one edit (polygon, live-wire, a piece being moved) opens a shape here, so that
Return, Ctrl+Z and Esc mean the shape while it is open, wherever the keyboard is.
"""

from __future__ import annotations

from typing import Protocol

from psygnal import Signal


class OpenShape(Protocol):
    """What can be done with a shape that is open."""

    @property
    def name(self) -> str:
        """What menus call it, e.g. "polygon"."""

    def finish(self) -> bool:
        """Make it one edit of the mask; return whether it was done."""

    def step_back(self) -> bool:
        """Take back the last thing done to it; return false where there is nothing left of it."""

    def cancel(self) -> None:
        """Give it up, leaving no trace."""


class Shaping:
    """Holds the one shape that is open.

    Signals
    -------
    changed()
        A shape was opened, changed or closed.
    stroke_given_up()
        What is being drawn at this very moment, the button being down, is to be taken back.
    """

    changed = Signal()
    stroke_given_up = Signal()

    def __init__(self) -> None:
        self._shape: OpenShape | None = None

    @property
    def shape(self) -> OpenShape | None:
        """The shape that is open, if any."""
        return self._shape

    def open(self, shape: OpenShape) -> None:
        """Begin with a shape; another that was open is given up first."""
        if self._shape is not shape:
            self.cancel()
            self._shape = shape
        self.changed.emit()

    def close(self, shape: OpenShape) -> None:
        """Have done with a shape; of another one nothing changes."""
        if self._shape is shape:
            self._shape = None
            self.changed.emit()

    def finish(self) -> bool:
        """Finish what is open; return whether there was something."""
        if self._shape is None:
            return False
        self._shape.finish()
        return True

    def step_back(self) -> bool:
        """Take a step back in what is open; return whether there was something."""
        if self._shape is None:
            return False
        if not self._shape.step_back():
            self.cancel()
        return True

    def cancel(self) -> bool:
        """Give up what is open; return whether there was something."""
        shape, self._shape = self._shape, None
        if shape is None:
            return False
        shape.cancel()
        self.changed.emit()
        return True
