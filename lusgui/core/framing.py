"""Messages as bytes: how two processes cut a stream into them, and outlive whatever else it holds.

Each message is a fixed prefix (mark, two lengths, a checksum of the lengths), a JSON header, and the
bytes of at most `MAX_ARRAYS` arrays, which the header lists. A receiver that meets anything else skips to
the next mark and reports what it skipped: garbage costs a message, never the connection. Sizes are bounded
before memory is taken.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

MARK = b"\x93LUS\r\n\x1a\n"
MAX_HEADER_BYTES = 4 * 1024 * 1024
MAX_ARRAY_BYTES = 512 * 1024 * 1024
MAX_ARRAYS = 4
MAX_SIDE = 65_536
_LENGTHS = struct.Struct("<III")
_PREFIX_BYTES = len(MARK) + _LENGTHS.size
_KINDS = frozenset({"|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8"})

T = TypeVar("T")


@dataclass(frozen=True)
class Garbage:
    """Bytes that are no message; made by the decoder, never sent."""

    reason: str


def pack(header: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> bytes:
    """Turn a header of plain values and a few arrays (H, W) into bytes.

    Raises
    ------
    ValueError
        If it is larger than a receiver would take, or an array is not of real numbers.
    """
    values = dict(header)
    bodies = []
    if arrays:
        values["arrays"] = []
    for array in arrays:
        stored = np.ascontiguousarray(array)
        stored = stored.astype(stored.dtype.newbyteorder("<"), copy=False)
        if stored.dtype.str not in _KINDS:
            raise ValueError(f"arrays of {stored.dtype} are not sent")
        values["arrays"].append({"kind": stored.dtype.str, "shape": list(stored.shape)})
        bodies.append(stored.tobytes())
    text = json.dumps(values, separators=(",", ":")).encode()
    body_bytes = sum(map(len, bodies))
    if len(text) > MAX_HEADER_BYTES or body_bytes > MAX_ARRAY_BYTES or len(bodies) > MAX_ARRAYS:
        raise ValueError("the message is too large")
    lengths = struct.pack("<II", len(text), body_bytes)
    return b"".join((MARK, lengths, struct.pack("<I", zlib.crc32(lengths)), text, *bodies))


def unpack_arrays(header: Mapping[str, Any], body: memoryview) -> tuple[NDArray[Any], ...]:
    """Return the arrays that a header lists, each owning its memory.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        If the list makes no sense, or the bytes are others.
    """
    listed = header.get("arrays", [])
    if not isinstance(listed, list) or len(listed) > MAX_ARRAYS:
        raise ValueError("not a list of arrays")
    arrays, start = [], 0
    for values in listed:
        shape = tuple(whole(side) for side in values["shape"])
        if (
            values["kind"] not in _KINDS
            or len(shape) != 2
            or not all(1 <= side <= MAX_SIDE for side in shape)
        ):
            raise ValueError("not an array of real numbers (H, W)")
        dtype = np.dtype(values["kind"])
        end = start + math.prod(shape) * dtype.itemsize
        if end > body.nbytes:
            raise ValueError("shape and bytes disagree")
        # copied: the buffer it came in is reused
        array = np.frombuffer(bytes(body[start:end]), dtype=np.uint8 if dtype.kind == "b" else dtype)
        if dtype.kind == "b":
            array = array != 0  # a byte of 2 is no truth value
        arrays.append(array.reshape(shape))
        start = end
    if start != body.nbytes:
        raise ValueError("bytes that nobody announced")
    return tuple(arrays)


def whole(value: object) -> int:
    """Return a whole number of 64 bits, or raise ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("not a whole number")
    return value


def text(value: object) -> str:
    """Return a text, or raise ValueError."""
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def truth(value: object) -> bool:
    """Return true or false, or raise ValueError."""
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def real(value: object) -> float:
    """Return a finite number, or raise ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


class Decoder(Generic[T]):
    """Cuts a stream of bytes, arriving in any pieces, into messages.

    Parameters
    ----------
    interpret : callable
        Makes a message of a header and its arrays; raises ValueError, TypeError, KeyError or AttributeError
        where they are none.
    """

    def __init__(self, interpret: Callable[[Mapping[str, Any], tuple[NDArray[Any], ...]], T]) -> None:
        self._interpret = interpret
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[T | Garbage]:
        """Take the next bytes; return what is complete, in order.

        Never raises: what is no message comes out as `Garbage`.
        """
        self._buffer += data
        items: list[T | Garbage] = []
        while True:
            item = self._next()
            if item is None:
                return items
            items.append(item)

    def _next(self) -> T | Garbage | None:
        skipped = self._skip_to_mark()
        if skipped:
            return Garbage(f"{skipped} bytes that are no message")
        if len(self._buffer) < _PREFIX_BYTES:
            return None
        header_bytes, body_bytes, check = _LENGTHS.unpack_from(self._buffer, len(MARK))
        if (
            check != zlib.crc32(self._buffer[len(MARK) : len(MARK) + 8])
            or header_bytes > MAX_HEADER_BYTES
            or body_bytes > MAX_ARRAY_BYTES
        ):
            del self._buffer[: len(MARK)]
            return Garbage("a message with damaged lengths")
        end = _PREFIX_BYTES + header_bytes + body_bytes
        if len(self._buffer) < end:
            return None
        raw = bytes(self._buffer[:end])
        del self._buffer[:end]
        view = memoryview(raw)
        try:
            header = json.loads(raw[_PREFIX_BYTES : _PREFIX_BYTES + header_bytes])
            return self._interpret(header, unpack_arrays(header, view[_PREFIX_BYTES + header_bytes :]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
            return Garbage(f"a message that makes no sense ({type(error).__name__}: {error})"[:300])

    def _skip_to_mark(self) -> int:
        found = self._buffer.find(MARK)
        if found < 0:
            # the beginning of a mark may be the last thing that came
            keep = next((n for n in range(len(MARK) - 1, 0, -1) if self._buffer.endswith(MARK[:n])), 0)
            found = len(self._buffer) - keep
        del self._buffer[:found]
        return found
