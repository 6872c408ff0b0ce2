"""What the window's process and the inference process say to each other.

Each message is a fixed prefix (mark, two lengths, a checksum of the lengths), a JSON header, and the
bytes of at most one array. A receiver that meets anything else skips to the next mark and reports what
it skipped: garbage costs a message, never the connection. Sizes are bounded before memory is taken.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.despeckle import DespeckleSettings
from lusgui.core.intensity import DisplayMapping
from lusgui.core.prediction_key import PredictionKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MARK = b"\x93LUS\r\n\x1a\n"
MAX_HEADER_BYTES = 256 * 1024
MAX_ARRAY_BYTES = 512 * 1024 * 1024
MAX_SIDE = 65_536
_LENGTHS = struct.Struct("<III")
_PREFIX_BYTES = len(MARK) + _LENGTHS.size
_KINDS = frozenset({"|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8"})

LANE_NOW = "now"
"""The person waits for it; a later one replaces an earlier one that has not been started."""
LANE_AHEAD = "ahead"
"""A neighbour the person may want next."""
LANE_BATCH = "batch"
"""Part of a long job; never replaced."""
LANES = (LANE_NOW, LANE_AHEAD, LANE_BATCH)


@dataclass(frozen=True, eq=False)
class Predict:
    """Ask for a probability.

    Parameters
    ----------
    request_id : int
        Echoed in the answer.
    key : PredictionKey
        Echoed in the answer; its model version must be the model's.
    model_path : str
        Model file.
    frame : (H, W) ndarray
        Numbers as stored in the recording.
    mapping : DisplayMapping
        How they become gray.
    settings : DespeckleSettings
        What is done to them first.
    lane : str
        One of `LANES`.
    others : tuple of str
        Further labels of the model whose probabilities are wanted too: the network gives all at once.
        Each is sent before the answer, under the same id, with its label in the key.
    """

    request_id: int
    key: PredictionKey
    model_path: str
    frame: NDArray[Any]
    mapping: DisplayMapping
    settings: DespeckleSettings
    lane: str = LANE_NOW
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cancel:
    """Forget requests that have not been started; an empty tuple means all."""

    request_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class LoadModel:
    """Have a model ready before the first frame comes."""

    model_path: str


@dataclass(frozen=True)
class Stop:
    """End the process."""


@dataclass(frozen=True)
class Hello:
    """The process lives; torch is not imported yet."""

    pid: int


@dataclass(frozen=True)
class Ready:
    """The device that answers from now on; `note` says why it is not the one asked for."""

    device: str
    description: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Probability:
    """The answer: float32 (H, W) on the raw grid."""

    request_id: int
    key: PredictionKey
    probability: NDArray[Any]
    elapsed_ms: float


@dataclass(frozen=True)
class Dropped:
    """A request that was superseded or cancelled before it was started."""

    request_id: int


@dataclass(frozen=True)
class Failed:
    """A request (or, with id -1, something else) that could not be done."""

    request_id: int
    message: str
    remedy: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Garbage:
    """Bytes that are no message; made by the decoder, never sent."""

    reason: str


Message = Predict | Cancel | LoadModel | Stop | Hello | Ready | Probability | Dropped | Failed
_PLAIN: dict[str, type[Any]] = {
    c.__name__: c for c in (Cancel, LoadModel, Stop, Hello, Ready, Dropped, Failed)
}


def encode(message: Message) -> bytes:
    """Turn a message into bytes.

    Raises
    ------
    ValueError
        If it is larger than a receiver would take, or its array is not of real numbers.
    """
    header, array = _header(message)
    body = b""
    if array is not None:
        stored = np.ascontiguousarray(array)
        stored = stored.astype(stored.dtype.newbyteorder("<"), copy=False)
        if stored.dtype.str not in _KINDS:
            raise ValueError(f"arrays of {stored.dtype} are not sent")
        header["array"] = {"kind": stored.dtype.str, "shape": list(stored.shape)}
        body = stored.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    if len(text) > MAX_HEADER_BYTES or len(body) > MAX_ARRAY_BYTES:
        raise ValueError("the message is too large")
    lengths = struct.pack("<II", len(text), len(body))
    return b"".join((MARK, lengths, struct.pack("<I", zlib.crc32(lengths)), text, body))


def _header(message: Message) -> tuple[dict[str, Any], NDArray[Any] | None]:
    header: dict[str, Any] = {"type": type(message).__name__}
    if isinstance(message, Predict):
        header |= {
            "request_id": message.request_id,
            "key": _key_to_json(message.key),
            "model_path": message.model_path,
            "mapping": message.mapping.to_json(),
            "settings": message.settings.to_json(),
            "lane": message.lane,
            "others": list(message.others),
        }
        return header, message.frame
    if isinstance(message, Probability):
        header |= {
            "request_id": message.request_id,
            "key": _key_to_json(message.key),
            "elapsed_ms": message.elapsed_ms,
        }
        return header, message.probability
    return header | vars(message), None


def _key_to_json(key: PredictionKey) -> list[Any]:
    return [key.recording_id, key.frame, key.despeckle_key, key.model_version, key.label]


def _decode(header: Mapping[str, Any], body: memoryview) -> Message:
    kind = header.get("type")
    if kind in _PLAIN:
        cls = _PLAIN[str(kind)]
        if body.nbytes:
            raise ValueError("bytes that nobody announced")
        values = {name: header[name] for name in cls.__dataclass_fields__ if name in header}
        for name, value in values.items():
            annotation = cls.__dataclass_fields__[name].type
            if annotation == "int":
                _whole(value)
            elif annotation == "str":
                _text(value)
            else:
                values[name] = tuple(_whole(item) for item in value)
        message: Message = cls(**values)
        return message
    request_id = _whole(header["request_id"])
    key = _key(header["key"])
    array = _array(header["array"], body)
    if kind == "Probability":
        return Probability(request_id, key, array, float(header["elapsed_ms"]))
    if kind == "Predict":
        if header["lane"] not in LANES:
            raise ValueError("no such lane")
        return Predict(
            request_id,
            key,
            _text(header["model_path"]),
            array,
            _mapping(header["mapping"]),
            DespeckleSettings.from_json(header["settings"]),
            header["lane"],
            tuple(_text(label) for label in header.get("others", [])),
        )
    raise ValueError("no such message")


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("not a whole number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _key(values: object) -> PredictionKey:
    if not isinstance(values, list) or len(values) != 5:
        raise ValueError("not a key")
    recording_id, frame, despeckle_key, model_version, label = values
    return PredictionKey(
        _whole(recording_id), _whole(frame), _text(despeckle_key), _text(model_version), _text(label)
    )


def _mapping(values: Mapping[str, Any]) -> DisplayMapping:
    mapping = DisplayMapping.from_json(values)
    if not all(math.isfinite(v) for v in (mapping.low, mapping.high, mapping.dynamic_range_db)):
        raise ValueError("not a mapping")
    if mapping.dynamic_range_db <= 0:
        raise ValueError("not a mapping")
    return mapping


def _array(values: Mapping[str, Any], body: memoryview) -> NDArray[Any]:
    shape = tuple(_whole(side) for side in values["shape"])
    if values["kind"] not in _KINDS or len(shape) != 2 or not all(1 <= side <= MAX_SIDE for side in shape):
        raise ValueError("not an array of real numbers (H, W)")
    dtype = np.dtype(values["kind"])
    if math.prod(shape) * dtype.itemsize != body.nbytes:
        raise ValueError("shape and bytes disagree")
    # copied: the buffer it came in is reused
    return np.frombuffer(bytes(body), dtype=dtype).reshape(shape)


class Decoder:
    """Cuts a stream of bytes, arriving in any pieces, into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message | Garbage]:
        """Take the next bytes; return what is complete, in order.

        Never raises: what is no message comes out as `Garbage`.
        """
        self._buffer += data
        items: list[Message | Garbage] = []
        while True:
            item = self._next()
            if item is None:
                return items
            items.append(item)

    def _next(self) -> Message | Garbage | None:
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
        whole = _PREFIX_BYTES + header_bytes + body_bytes
        if len(self._buffer) < whole:
            return None
        raw = bytes(self._buffer[:whole])
        del self._buffer[:whole]
        view = memoryview(raw)
        try:
            header = json.loads(raw[_PREFIX_BYTES : _PREFIX_BYTES + header_bytes])
            return _decode(header, view[_PREFIX_BYTES + header_bytes :])
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
