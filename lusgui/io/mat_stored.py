"""Numbers of MAT v4 to v7 variables: read in place where stored plainly, inflated once where compressed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from lusgui.core.progress import no_progress
from lusgui.io.mat5_streams import ByteStream, FileStream, InflateStream, damaged
from lusgui.io.memory import refuse_too_large

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.io.mat_node import Index, MatNode

_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CHECK_BYTES = 4 * 1024 * 1024


class BlockArray:
    """One block of numbers in column-major order, followed by one of imaginary parts if complex.

    Parameters
    ----------
    node : MatNode
        What the numbers belong to.
    path : Path
        For messages.
    stream : binary file
        Opened file.
    region : tuple of int
        Start and size in the file of the element that holds the block.
    compressed : bool
        Whether that element is compressed.
    offset : int
        Where the block starts in the (inflated) element.
    stored : numpy.dtype
        Element type in the file, which may be narrower than the declared class.
    has_imaginary : bool
        Whether a second block follows.
    tagged : bool
        Whether the second block has a tag of its own (v5) or follows at once (v4).
    """

    def __init__(
        self,
        node: MatNode,
        path: Path,
        stream: BinaryIO,
        region: tuple[int, int],
        compressed: bool,
        offset: int,
        stored: np.dtype[Any],
        has_imaginary: bool,
        *,
        tagged: bool = True,
    ) -> None:
        self._node = node
        self._path = path
        self._file = stream
        self._region = region
        self._compressed = compressed
        self._offset = offset
        self._stored = stored
        self._imaginary: tuple[int, np.dtype[Any]] | None = None
        self._has_imaginary = has_imaginary
        self._tagged = tagged
        self._loaded: NDArray[Any] | None = None
        self._limit: int | None = None

    def frames_are_cheap(self) -> bool:
        """Whether every frame can be looked at without much time."""
        return self._loaded is not None or self._node.nbytes < 256 * 1024 * 1024

    def prepare(self, progress: Progress, limit_bytes: int | None) -> None:
        """Inflate a compressed block, after asking whether it fits; check the rest.

        Raises
        ------
        TooLargeError, UnreadableFileError, CancelledError
        """
        self._limit = limit_bytes
        if self._compressed and self._loaded is None:
            self._load(progress)
        elif self._has_imaginary and self._imaginary is None:
            self._find_imaginary(self._open())

    def plane(self, index: Index) -> NDArray[Any]:
        """Return the part at `index` in the declared class, its axes in MATLAB's order."""
        if self._loaded is None and not _is_contiguous(index):
            self._load(no_progress)
        part = self._read_plane(index) if self._loaded is None else self._loaded[index]
        declared = self._node.dtype
        return part if declared is None else part.astype(declared, copy=False)

    def _open(self) -> ByteStream:
        start, size = self._region
        if self._compressed:
            return InflateStream(self._file, self._path, start, size)
        return FileStream(self._file, self._path, start, start + size)

    def _find_imaginary(self, stream: ByteStream) -> None:
        size = self._node.size * self._stored.itemsize
        self._imaginary = (self._offset + size, self._stored)
        if not self._tagged:
            return
        stream.skip(self._offset + size + (-size % 8) - stream.position)
        order = self._stored.byteorder if self._stored.byteorder in "<>" else "<"
        order = "<" if order == "=" else order
        kind, length = struct.unpack(order + "II", stream.read(8))
        at = stream.position
        if kind >> 16:
            kind, length, at = kind & 0xFFFF, kind >> 16, at - 4
        stored = np.dtype(order + _STORED[kind]) if kind in _STORED else None
        if stored is None or length != self._node.size * stored.itemsize:
            raise damaged(self._path, "its imaginary part is damaged", self._node.path)
        self._imaginary = (at, stored)

    def _load(self, progress: Progress) -> None:
        node = self._node
        count = node.size
        wanted = count * self._stored.itemsize
        if self._has_imaginary and node.dtype is not None:
            wanted += count * node.dtype.itemsize
        refuse_too_large(wanted, self._limit, path=self._path, variable=node.path, shape=node.shape)
        stream = self._open()
        stream.skip(self._offset - stream.position)
        text = f"Reading {node.path}"
        real = _fill(stream, count, self._stored, progress, text)
        if self._has_imaginary:
            self._find_imaginary(stream)
            if self._imaginary is None or node.dtype is None:
                raise damaged(self._path, "its imaginary part is missing", node.path)
            back = self._imaginary[0] - stream.position
            if back < 0:
                raise damaged(self._path, "its imaginary part is damaged", node.path)
            stream.skip(back)
            both = np.empty(count, dtype=node.dtype)
            both.real = real
            both.imag = _fill(stream, count, self._imaginary[1], progress, text)
            real = both
        if isinstance(stream, InflateStream):
            stream.check_end(_CHECK_BYTES)
        self._loaded = real.reshape(node.shape, order="F")

    def _read_plane(self, index: Index) -> NDArray[Any]:
        node = self._node
        start = 0
        stride = 1
        lengths = []
        for axis, length in enumerate(node.shape):
            place = index[axis]
            if isinstance(place, int):
                start += place * stride
            else:
                lengths.append(length)
            stride *= length
        count = int(np.prod(lengths, dtype=np.int64))
        refuse_too_large(count * 16, self._limit, path=self._path, variable=node.path, shape=node.shape)
        real = self._piece(self._offset, self._stored, start, count)
        if self._has_imaginary:
            if self._imaginary is None:
                self._find_imaginary(self._open())
            if self._imaginary is not None:
                real = real + 1j * self._piece(*self._imaginary, start, count).astype(np.float64)
        return real.reshape(lengths, order="F")

    def _piece(self, offset: int, stored: np.dtype[Any], start: int, count: int) -> NDArray[Any]:
        stream = self._open()
        stream.skip(offset + start * stored.itemsize)
        return _fill(stream, count, stored, no_progress, "")


def _fill(
    stream: ByteStream, count: int, stored: np.dtype[Any], progress: Progress, text: str
) -> NDArray[Any]:
    """Return `count` numbers from the stream."""
    values = np.empty(count, dtype=stored)
    if count:
        stream.read_into(values.view(np.uint8).data, progress, text)
    return values if stored.isnative else values.astype(stored.newbyteorder("="))


def _is_contiguous(index: Index) -> bool:
    """Whether whole axes come first, so that the part is one run of the file."""
    kinds = [isinstance(place, int) for place in index]
    return kinds == sorted(kinds)
