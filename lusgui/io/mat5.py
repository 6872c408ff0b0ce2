"""MAT v5, v6 and v7: lists the variables from their tags and loads only the chosen one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from lusgui.io.mat5_streams import (
    MAX_RATIO,
    BudgetSpentError,
    ByteStream,
    FileStream,
    InflateStream,
    damaged,
)
from lusgui.io.mat_node import (
    MAX_AXES,
    MAX_DEPTH,
    MAX_NODES,
    SMALL_ELEMENTS,
    MatNode,
    MatTree,
    NodeKind,
)
from lusgui.io.mat_stored import BlockArray

if TYPE_CHECKING:
    from pathlib import Path

LISTING_BUDGET = 256 * 1024 * 1024
"""Inflated bytes one variable may cost while listing; beyond it the rest of its cell is not looked at."""
_MATRIX, _COMPRESSED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_CELL, _STRUCT, _CHAR = 1, 2, 4
_MAX_NAME = 4096
_MAX_FIELD_BYTES = 1 << 20
_CHAR_CODECS = {1: "latin-1", 2: "latin-1", 3: "utf-16", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}


def list_mat5(path: Path, stream: BinaryIO) -> MatTree:
    """List the variables of a MAT v5, v6 or v7 file without their payload.

    Parameters
    ----------
    path : Path
        For messages.
    stream : binary file
        Opened file; stays open for reading the pixels later.

    Raises
    ------
    UnreadableFileError
        If the file is cut short or its tags contradict each other.
    """
    stream.seek(0, 2)
    total = stream.tell()
    stream.seek(0)
    header = stream.read(128)
    if len(header) < 128:
        raise damaged(path, "the file ends within its header")
    order = ">" if header[126:128] == b"MI" else "<"
    tree = MatTree(path, "MAT v6")
    walker = Walker(path, stream, order)
    at = 128
    while at + 8 <= total:
        stream.seek(at)
        kind, size = struct.unpack(order + "II", stream.read(8))
        end = at + 8 + size
        if end > total:
            raise damaged(path, "the file is cut short: it ends inside a variable")
        if kind == _COMPRESSED:
            tree.container = "MAT v7"
        elif kind != _MATRIX:
            raise damaged(path, "it holds something that is no variable where one should be")
        node = walker.top(at + 8, size, compressed=kind == _COMPRESSED)
        # Unnamed variables are MATLAB's own store for objects.
        if node is not None and node.path:
            tree.variables.append(node)
        at = end
    stream.seek(at)
    if any(stream.read(8)):
        raise damaged(path, "the file is cut short: it ends inside the tag of a variable")
    tree.warnings.extend(walker.warnings)
    return tree


class Walker:
    """Reads tags and builds nodes.

    Parameters
    ----------
    path : Path
        For messages.
    stream : binary file
        Opened file.
    order : str
        Byte order, ``<`` or ``>``.
    """

    def __init__(self, path: Path, stream: BinaryIO, order: str) -> None:
        self._path = path
        self._file = stream
        self._order = order
        self._nodes = 0
        self._start = 0
        self._size = 0
        self._resume = 0
        self._compressed = False
        self.warnings: list[str] = []

    def top(self, start: int, size: int, *, compressed: bool) -> MatNode | None:
        """Read one top-level element; None if it holds nothing."""
        self._start, self._size, self._compressed = start, size, compressed
        self._resume = 0
        node = MatNode("", NodeKind.OTHER)
        stream: ByteStream
        if compressed:
            stream = InflateStream(self._file, self._path, start, size, LISTING_BUDGET)
            kind, inner, small = self._tag(stream)
            if kind != _MATRIX or small is not None:
                raise damaged(self._path, "a compressed element is no variable")
            size = inner
        else:
            stream = FileStream(self._file, self._path, start, start + size)
        try:
            self._matrix(stream, node, size, "", 0)
        except BudgetSpentError:
            self.warnings.append(f"Only the first elements of '{node.path}' were listed: it is very large.")
        return node

    def _tag(self, stream: ByteStream) -> tuple[int, int, bytes | None]:
        """Return type, size and, for the short form, the data."""
        raw = stream.read(8)
        kind, size = struct.unpack(self._order + "II", raw)
        if kind >> 16:
            size, kind = kind >> 16, kind & 0xFFFF
            if size > 4:
                raise damaged(self._path, "a short element is longer than it can be")
            return kind, size, raw[4 : 4 + size]
        return kind, size, None

    def _element(self, stream: ByteStream, most: int) -> tuple[int, bytes]:
        """Read a small element whole."""
        kind, size, data = self._tag(stream)
        if data is not None:
            return kind, data
        if size > most:
            raise damaged(self._path, "a name or a size is longer than it can be")
        data = stream.read(size)
        stream.skip(-size % 8)
        return kind, data

    def _matrix(self, stream: ByteStream, node: MatNode, size: int, prefix: str, depth: int) -> None:
        """Fill `node` from the matrix of `size` bytes whose tag was just read, and pass to its end."""
        end = stream.position + size
        if size == 0:
            node.path, node.kind, node.shape = prefix, NodeKind.NUMERIC, (0, 0)
            node.dtype, node.value = np.dtype("f8"), np.zeros((0, 0))
            return
        self._nodes += 1
        _, flags_raw = self._element(stream, 16)
        if len(flags_raw) < 8:
            raise damaged(self._path, "the flags of a variable are damaged")
        flags = struct.unpack(self._order + "I", flags_raw[:4])[0]
        kind, has_imaginary, is_logical = flags & 0xFF, bool(flags & 0x800), bool(flags & 0x200)
        if kind == 17:  # opaque objects have no dimensions; their name comes first
            _, name_raw = self._element(stream, _MAX_NAME)
            node.path = prefix or name_raw.decode("ascii", "replace")
            self._leave(stream, end)
            return
        _, dims_raw = self._element(stream, 4 * MAX_AXES)
        shape = struct.unpack(f"{self._order}{len(dims_raw) // 4}i", dims_raw[: len(dims_raw) // 4 * 4])
        _, name_raw = self._element(stream, _MAX_NAME)
        node.path = prefix or name_raw.decode("latin-1")
        node.shape = tuple(int(length) for length in shape)
        if len(shape) < 2 or min(shape) < 0:
            raise damaged(self._path, "its dimensions make no sense", node.path)
        if kind in _CLASSES:
            self._numeric(stream, node, _CLASSES[kind], has_imaginary, is_logical, end, depth)
        elif kind == _CHAR:
            self._char(stream, node, end)
        elif kind == _CELL:
            node.kind = NodeKind.CELL
            for number in range(node.size):
                child = MatNode(f"{node.path}{{{number + 1}}}", NodeKind.OTHER)
                if not self._child(stream, child, end, depth, node.children):
                    return
        elif kind == _STRUCT:
            self._struct(stream, node, end, depth)
        self._leave(stream, end)

    def _leave(self, stream: ByteStream, end: int) -> None:
        """Note where the next element starts; it is gone to only if there is one: inflating takes time."""
        if stream.position > end:
            raise damaged(self._path, "it states wrong sizes")
        self._resume = end

    def _child(self, stream: ByteStream, child: MatNode, end: int, depth: int, into: list[MatNode]) -> bool:
        """Read one element of a cell or struct; False when enough was listed."""
        if depth + 1 >= MAX_DEPTH or self._nodes >= MAX_NODES:
            self.warnings.append(f"Only a part of '{child.path}' was listed: it holds very many elements.")
            return False
        prefix = child.path
        if self._resume > stream.position:
            stream.skip(self._resume - stream.position)
        kind, size, data = self._tag(stream)
        if kind != _MATRIX or data is not None:
            raise damaged(self._path, "an element that should be a variable is none", prefix)
        if stream.position + size > end:
            raise damaged(self._path, "an element is larger than what holds it", prefix)
        # Put in before it is read, so that it is kept when the listing stops inside it.
        into.append(child)
        self._matrix(stream, child, size, prefix, depth + 1)
        return True

    def _struct(self, stream: ByteStream, node: MatNode, end: int, depth: int) -> None:
        node.kind = NodeKind.STRUCT
        _, length_raw = self._element(stream, 8)
        length = struct.unpack(self._order + "i", length_raw[:4])[0] if len(length_raw) >= 4 else 0
        _, names_raw = self._element(stream, _MAX_FIELD_BYTES)
        if length < 1:
            if names_raw or length < 0:
                raise damaged(self._path, "its field names are damaged", node.path)
            return
        names = [
            names_raw[at : at + length].split(b"\0", 1)[0].decode("latin-1")
            for at in range(0, len(names_raw) - length + 1, length)
        ]
        node.fields = {name: [] for name in names}
        if not names:
            return
        for number in range(node.size):
            for name in names:
                place = f"({number + 1})" if node.size > 1 else ""
                child = MatNode(f"{node.path}{place}.{name}", NodeKind.OTHER)
                if not self._child(stream, child, end, depth, node.fields[name]):
                    return

    def _char(self, stream: ByteStream, node: MatNode, end: int) -> None:
        node.kind = NodeKind.CHAR
        if node.size > SMALL_ELEMENTS:
            return
        kind, data = self._element(stream, min(4 * SMALL_ELEMENTS, max(end - stream.position, 0)))
        codec = _CHAR_CODECS.get(kind, "latin-1")
        if codec in ("utf-16", "utf-32"):
            codec += "-le" if self._order == "<" else "-be"
        node.value = data.decode(codec, "replace")

    def _numeric(
        self,
        stream: ByteStream,
        node: MatNode,
        declared: str,
        has_imaginary: bool,
        is_logical: bool,
        end: int,
        depth: int,
    ) -> None:
        node.kind = NodeKind.NUMERIC
        node.dtype = np.dtype("bool") if is_logical else np.dtype(declared)
        if has_imaginary:
            node.dtype = np.dtype("complex64" if declared == "f4" else "complex128")
        kind, size, short = self._tag(stream)
        if kind not in _STORED:
            node.problem = "its numbers are stored in a way that MAT-files do not know"
            return
        stored = np.dtype(self._order + _STORED[kind])
        if node.size * stored.itemsize != size:
            node.problem = f"it states {node.size} elements but stores {size // stored.itemsize}"
            return
        if stream.position + (0 if short is not None else size) > end:
            node.problem = "its data are larger than what holds them"
            return
        if self._compressed and size > self._size * MAX_RATIO + 4096:
            node.problem = "it states a size that its compressed data cannot have"
            return
        offset = stream.position if short is None else stream.position - 4
        array = BlockArray(
            node,
            self._path,
            self._file,
            (self._start, self._size),
            self._compressed,
            offset,
            stored,
            has_imaginary,
        )
        node.array = array
        if node.size <= SMALL_ELEMENTS and not has_imaginary:
            data = short if short is not None else stream.read(size)
            if short is None:
                stream.skip(min(-size % 8, max(end - stream.position, 0)))
            flat: np.ndarray[Any, Any] = np.frombuffer(data, dtype=stored).astype(node.dtype)
            node.value = flat.reshape(node.shape, order="F")


def is_mat5(head: bytes) -> bool:
    """Whether the first 128 bytes are the header of a MAT v5, v6 or v7 file."""
    return len(head) >= 128 and head[126:128] in (b"IM", b"MI") and 0 not in head[:4]
