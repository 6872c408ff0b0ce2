"""Bytes of a pipe cut into lines, whatever somebody writes into it."""

from __future__ import annotations

from dataclasses import dataclass

from lusgui.core.learning.messages import MAX_LINE_BYTES


@dataclass(frozen=True)
class TooLong:
    """A line that was skipped because it is longer than any message.

    Parameters
    ----------
    size_bytes : int
        How long it was.
    """

    size_bytes: int


class LineSplitter:
    """Collects bytes and gives whole lines; memory stays bounded.

    Parameters
    ----------
    max_bytes : int
        A longer line is counted, not kept.
    """

    def __init__(self, max_bytes: int = MAX_LINE_BYTES) -> None:
        self._max = max_bytes
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes | TooLong]:
        """Take what came; return the lines that it ends, without their ends and without empty ones."""
        *ended, rest = data.split(b"\n")
        lines: list[bytes | TooLong] = []
        for piece in ended:
            self._keep(piece)
            lines += self.finish()
        self._keep(rest)
        return lines

    def finish(self) -> list[bytes | TooLong]:
        """Return the last line, which nobody ended, if there is one."""
        parts, size = self._parts, self._size
        self._parts, self._size = [], 0
        if size > self._max:
            return [TooLong(size)]
        line = b"".join(parts).rstrip(b"\r")
        return [line] if line.strip() else []

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max:
            self._parts = []
        elif piece:
            self._parts.append(piece)
