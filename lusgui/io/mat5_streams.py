"""Bytes of a MAT v5 file in order: from the file itself, or out of a compressed element."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO, Protocol

from lusgui.base.errors import UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.progress import Progress

MAX_RATIO = 1032
"""More than this deflate cannot inflate: a larger claim is a lie."""
PIECE_BYTES = 256 * 1024


class BudgetSpentError(Exception):
    """Listing would inflate more than is sensible; what was found so far is kept."""


def damaged(path: Path, cause: str, variable: str | None = None) -> UnreadableFileError:
    """Return the error for a damaged file."""
    return UnreadableFileError(cause, path=path, variable=variable, remedy="Copy or save the file again")


class ByteStream(Protocol):
    """Bytes that are read forward."""

    path: Path

    @property
    def position(self) -> int:
        """Bytes since the start of the stream."""

    def read(self, count: int) -> bytes:
        """Return exactly `count` bytes."""

    def read_into(self, target: memoryview, progress: Progress, text: str) -> None:
        """Fill `target`."""

    def skip(self, count: int) -> None:
        """Pass over `count` bytes."""


class FileStream:
    """A region of the file.

    Parameters
    ----------
    stream : binary file
        Opened file.
    path : Path
        For messages.
    start, end : int
        Region in the file.
    """

    def __init__(self, stream: BinaryIO, path: Path, start: int, end: int) -> None:
        self._stream = stream
        self.path = path
        self._start = start
        self._at = start
        self._end = end

    @property
    def position(self) -> int:
        """Bytes since the start of the region."""
        return self._at - self._start

    def _claim(self, count: int) -> None:
        if count < 0 or self._at + count > self._end:
            raise damaged(self.path, "the file ends early or states wrong sizes")

    def read(self, count: int) -> bytes:
        """Return exactly `count` bytes."""
        self._claim(count)
        self._stream.seek(self._at)
        piece = self._stream.read(count)
        if len(piece) != count:
            raise damaged(self.path, "the file ends early")
        self._at += count
        return piece

    def read_into(self, target: memoryview, progress: Progress, text: str) -> None:
        """Fill `target` from the file."""
        self._claim(len(target))
        self._stream.seek(self._at)
        done = 0
        while done < len(target):
            got = self._stream.readinto(target[done : done + 16 * PIECE_BYTES])  # type: ignore[attr-defined]
            if not got:
                raise damaged(self.path, "the file ends early")
            done += got
            progress(done, len(target), text)
        self._at += done

    def skip(self, count: int) -> None:
        """Pass over `count` bytes."""
        self._claim(count)
        self._at += count


class InflateStream:
    """What a compressed element inflates to, in pieces, never whole.

    Parameters
    ----------
    stream : binary file
        Opened file.
    path : Path
        For messages.
    start, size : int
        The compressed bytes in the file.
    budget : int or None
        How many bytes may be passed over before ``BudgetSpentError``.
    """

    def __init__(
        self, stream: BinaryIO, path: Path, start: int, size: int, budget: int | None = None
    ) -> None:
        self._stream = stream
        self.path = path
        self._at = start
        self._end = start + size
        self._budget = budget
        self._inflater = zlib.decompressobj()
        self._position = 0
        self.largest = size * MAX_RATIO + 4096

    @property
    def position(self) -> int:
        """Inflated bytes so far."""
        return self._position

    def _next(self, most: int) -> bytes:
        """Return 1 to `most` inflated bytes, or nothing at the end."""
        while True:
            if self._inflater.eof:
                return b""
            fed = self._inflater.unconsumed_tail
            if not fed:
                self._stream.seek(self._at)
                fed = self._stream.read(min(PIECE_BYTES, self._end - self._at))
                self._at += len(fed)
            try:
                piece = self._inflater.decompress(fed, most)
            except zlib.error as error:
                raise damaged(self.path, "its compressed data are damaged") from error
            if piece:
                self._position += len(piece)
                return piece
            if not fed:
                return b""

    def read(self, count: int) -> bytes:
        """Return exactly `count` bytes."""
        if count < 0 or self._position + count > self.largest:
            raise damaged(self.path, "it states a size that its data cannot have")
        pieces = []
        while count > 0:
            piece = self._next(count)
            if not piece:
                raise damaged(self.path, "its compressed data end early")
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def read_into(self, target: memoryview, progress: Progress, text: str) -> None:
        """Fill `target`, saying how far it is."""
        done, total = 0, len(target)
        said = 0
        while done < total:
            piece = self._next(min(total - done, 4 * PIECE_BYTES))
            if not piece:
                raise damaged(self.path, "its compressed data end early")
            target[done : done + len(piece)] = piece
            done += len(piece)
            if done - said >= 4 * PIECE_BYTES or done == total:
                said = done
                progress(done, total, text)

    def skip(self, count: int) -> None:
        """Inflate and forget `count` bytes."""
        if count < 0 or self._position + count > self.largest:
            raise damaged(self.path, "it states a size that its data cannot have")
        while count > 0:
            if self._budget is not None:
                if self._position > self._budget:
                    raise BudgetSpentError
                piece = self._next(min(count, PIECE_BYTES))
            else:
                piece = self._next(min(count, 4 * PIECE_BYTES))
            if not piece:
                raise damaged(self.path, "its compressed data end early")
            count -= len(piece)

    def check_end(self, most: int) -> None:
        """Read on to the checksum if it is at most `most` bytes away; a wrong one raises."""
        left = most
        while left > 0:
            piece = self._next(min(left, PIECE_BYTES))
            if not piece:
                if not self._inflater.eof:
                    raise damaged(self.path, "its compressed data end early")
                return
            left -= len(piece)
