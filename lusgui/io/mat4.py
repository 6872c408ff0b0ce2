"""MAT v4: a header of five integers before each two-dimensional array."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from lusgui.io.mat5_streams import damaged
from lusgui.io.mat_node import MAX_NODES, SMALL_ELEMENTS, MatNode, MatTree, NodeKind
from lusgui.io.mat_stored import BlockArray

if TYPE_CHECKING:
    from pathlib import Path

_STORED = {0: "f8", 1: "f4", 2: "i4", 3: "i2", 4: "u2", 5: "u1"}
_MAX_NAME = 4096


def header_order(head: bytes) -> str | None:
    """Return the byte order if the bytes start a v4 file, else None."""
    if len(head) < 20:
        return None
    for order, machine in (("<", 0), (">", 1)):
        kind, rows, cols, imaginary, length = struct.unpack(order + "5i", head[:20])
        digits = f"{kind:04d}" if 0 <= kind <= 4999 else ""
        if (
            digits
            and int(digits[0]) == machine
            and digits[1] == "0"
            and int(digits[2]) in _STORED
            and digits[3] in "012"
            and rows >= 0
            and cols >= 0
            and imaginary in (0, 1)
            and 1 <= length <= _MAX_NAME
        ):
            return order
    return None


def list_mat4(path: Path, stream: BinaryIO) -> MatTree:
    """List the variables of a MAT v4 file.

    Raises
    ------
    UnreadableFileError
        If the file is cut short or damaged.
    """
    stream.seek(0, 2)
    total = stream.tell()
    tree = MatTree(path, "MAT v4")
    at = 0
    while at < total:
        stream.seek(at)
        head = stream.read(20)
        order = header_order(head)
        if order is None or len(tree.variables) >= MAX_NODES:
            raise damaged(path, "the file is cut short or damaged: no variable where one should be")
        kind, rows, cols, imaginary, length = struct.unpack(order + "5i", head)
        name = stream.read(length).split(b"\0", 1)[0].decode("latin-1")
        stored = np.dtype(order + _STORED[kind // 10 % 10])
        size = rows * cols * stored.itemsize
        start = at + 20 + length
        end = start + size * (2 if imaginary else 1)
        if end > total:
            raise damaged(path, "the file is cut short: it ends inside a variable", name)
        node = MatNode(name, NodeKind.NUMERIC, (rows, cols))
        node.dtype = np.dtype("complex128") if imaginary else stored.newbyteorder("=")
        node.array = BlockArray(
            node, path, stream, (start, end - start), False, 0, stored, bool(imaginary), tagged=False
        )
        if kind % 10 == 2:
            node.kind = NodeKind.OTHER
        elif rows * cols <= SMALL_ELEMENTS and not imaginary:
            stream.seek(start)
            values = np.frombuffer(stream.read(size), dtype=stored).astype(stored.newbyteorder("="))
            node.value = values.reshape((rows, cols), order="F")
            if kind % 10 == 1:
                node.kind = NodeKind.CHAR
                codes = np.nan_to_num(values).astype(np.int64).clip(0, 0x10FFFF)
                node.value = "".join(chr(code) if not 0xD800 <= code < 0xE000 else "?" for code in codes)
        elif kind % 10 == 1:
            node.kind = NodeKind.CHAR
        tree.variables.append(node)
        at = end
    return tree
