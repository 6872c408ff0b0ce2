"""What the window's process and the inference process say to each other.

How they become bytes, and what a receiver does with anything else, stands in `framing`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lusgui.core import framing
from lusgui.core.despeckle import DespeckleSettings
from lusgui.core.framing import MARK, MAX_ARRAY_BYTES, MAX_HEADER_BYTES, Garbage, pack
from lusgui.core.framing import text as _text
from lusgui.core.framing import whole as _whole
from lusgui.core.intensity import DisplayMapping
from lusgui.core.prediction_key import PredictionKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "LANES",
    "LANE_AHEAD",
    "LANE_BATCH",
    "LANE_NOW",
    "MARK",
    "MAX_ARRAY_BYTES",
    "MAX_HEADER_BYTES",
    "Cancel",
    "Decoder",
    "Dropped",
    "Failed",
    "Garbage",
    "Hello",
    "LoadModel",
    "Message",
    "Predict",
    "Probability",
    "Ready",
    "Stop",
    "encode",
]

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
    return pack(header, () if array is None else (array,))


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


def _decode(header: Mapping[str, Any], arrays: tuple[NDArray[Any], ...]) -> Message:
    kind = header.get("type")
    if kind in _PLAIN:
        cls = _PLAIN[str(kind)]
        if arrays:
            raise ValueError("an array that belongs to nothing")
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
    (array,) = arrays
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


class Decoder(framing.Decoder[Message]):
    """Cuts a stream of bytes, arriving in any pieces, into messages."""

    def __init__(self) -> None:
        super().__init__(_decode)
