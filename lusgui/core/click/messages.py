"""What the window's process and the click process say to each other.

Frames go by numbers that the window chooses, a new one for every image it opens: an answer that comes late
can never be taken for one about another image. How messages become bytes stands in `lusgui.core.framing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core import framing
from lusgui.core.click.answer import ClickAnswer
from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.framing import pack, real, text, truth, whole
from lusgui.core.messages import Cancel, Dropped, Failed, Hello, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = [
    "Answer",
    "Ask",
    "Cancel",
    "ClickDecoder",
    "Dropped",
    "Embedded",
    "EngineReady",
    "Failed",
    "ForgetFrames",
    "Forgot",
    "Hello",
    "Message",
    "NotEmbedded",
    "OpenFrame",
    "ShowFrame",
    "Stop",
    "encode",
]

LEAST_PROBABILITY = 1 / 1024
"""Less than this is sent as nothing: answers are cut to the box of what is more."""


@dataclass(frozen=True, eq=False)
class OpenFrame:
    """Have the embedding of a frame ready.

    Parameters
    ----------
    frame_id : int
        Its number from now on.
    gray : (H, W) float32 ndarray in [0, 1]
        What the engine sees.
    spacing_ratio : float
        Height over width of a pixel in mm; 1.0 where unknown.
    is_ahead : bool
        Whether it is a neighbour; else it is the one on screen.
    """

    frame_id: int
    gray: NDArray[np.float32]
    spacing_ratio: float = 1.0
    is_ahead: bool = False


@dataclass(frozen=True)
class ShowFrame:
    """A frame sent before is the one on screen now; `Forgot` answers if it is not held any more."""

    frame_id: int


@dataclass(frozen=True)
class ForgetFrames:
    """Let go of every frame."""


@dataclass(frozen=True, eq=False)
class Ask:
    """Ask what marks mean.

    Parameters
    ----------
    request_id : int
        Echoed in the answer.
    frame_id : int
        Which image.
    prompt : ClickPrompt
        The marks.
    previous : (H, W) bool ndarray or None
        The mask that is there already.
    is_preview : bool
        Whether only the pointer stands there.
    """

    request_id: int
    frame_id: int
    prompt: ClickPrompt
    previous: NDArray[np.bool_] | None = None
    is_preview: bool = False


@dataclass(frozen=True)
class EngineReady:
    """The engine that answers from now on; `note` says why it is not the one asked for."""

    name: str
    has_model: bool
    note: str = ""


@dataclass(frozen=True)
class Embedded:
    """The embedding of a frame is held: a click on it costs little from now on."""

    frame_id: int
    elapsed_ms: float
    bytes_held: int


@dataclass(frozen=True)
class Forgot:
    """A frame is not held (any more); what was asked about it is to be asked again after sending it."""

    frame_id: int


@dataclass(frozen=True)
class NotEmbedded:
    """The frame on screen cannot be embedded; whatever is asked about it fails for this reason."""

    frame_id: int
    reason: str


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer to `Ask`; its probability went through half precision, below 1/1024 it is 0."""

    request_id: int
    frame_id: int
    answer: ClickAnswer


Message = (
    OpenFrame
    | ShowFrame
    | ForgetFrames
    | Ask
    | Cancel
    | Stop
    | Hello
    | EngineReady
    | Embedded
    | Forgot
    | NotEmbedded
    | Answer
    | Dropped
    | Failed
)
_PLAIN: dict[str, type[Any]] = {
    each.__name__: each
    for each in (
        ShowFrame,
        ForgetFrames,
        Cancel,
        Stop,
        Hello,
        EngineReady,
        Embedded,
        Forgot,
        NotEmbedded,
        Dropped,
        Failed,
    )
}


def _wholes(values: object) -> tuple[int, ...]:
    if not isinstance(values, list):
        raise ValueError("not a list")
    return tuple(whole(value) for value in values)


_READ: dict[str, Callable[[object], Any]] = {
    "int": whole,
    "str": text,
    "bool": truth,
    "float": real,
    "tuple[int, ...]": _wholes,
}


def encode(message: Message) -> bytes:
    """Turn a message into bytes.

    Raises
    ------
    ValueError
        If it is larger than a receiver would take.
    """
    header: dict[str, Any] = {"type": type(message).__name__}
    if isinstance(message, OpenFrame):
        header |= {"frame_id": message.frame_id, "spacing_ratio": message.spacing_ratio}
        header["is_ahead"] = message.is_ahead
        return pack(header, (np.asarray(message.gray, np.float32),))
    if isinstance(message, Ask):
        header |= {"request_id": message.request_id, "frame_id": message.frame_id}
        header |= {"prompt": message.prompt.to_json(), "is_preview": message.is_preview}
        return pack(header, () if message.previous is None else (np.asarray(message.previous, bool),))
    if isinstance(message, Answer):
        return _encode_answer(header, message)
    return pack(header | vars(message))


def _encode_answer(header: dict[str, Any], message: Answer) -> bytes:
    answer = message.answer
    seen = answer.mask | (answer.probability >= LEAST_PROBABILITY)
    rows, cols = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    header |= {"request_id": message.request_id, "frame_id": message.frame_id}
    header |= {"shape": list(answer.mask.shape), "found": bool(answer.found), "note": answer.note}
    header |= {"seconds": float(answer.seconds), "engine": answer.engine, "corner": [0, 0]}
    if not len(rows):
        return pack(header)
    box = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    header["corner"] = [int(rows[0]), int(cols[0])]
    probability = np.where(seen[box], answer.probability[box], 0).astype(np.float16)
    return pack(header, (answer.mask[box], probability))


def _decode_answer(header: Mapping[str, Any], arrays: tuple[NDArray[Any], ...]) -> Answer:
    shape, corner = _wholes(header["shape"]), _wholes(header["corner"])
    if len(shape) != 2 or len(corner) != 2 or not all(1 <= side <= framing.MAX_SIDE for side in shape):
        raise ValueError("not a shape")
    if shape[0] * shape[1] * 4 > framing.MAX_ARRAY_BYTES:
        raise ValueError("too large")
    mask, probability = np.zeros(shape, bool), np.zeros(shape, np.float32)
    if arrays:
        cut_mask, cut_probability = arrays
        bottom, right = corner[0] + cut_mask.shape[0], corner[1] + cut_mask.shape[1]
        if (
            cut_mask.shape != cut_probability.shape
            or min(corner) < 0
            or bottom > shape[0]
            or right > shape[1]
        ):
            raise ValueError("not inside the image")
        if cut_mask.dtype != bool or not np.isfinite(cut_probability).all():
            raise ValueError("not a mask and a probability")
        box = np.s_[corner[0] : bottom, corner[1] : right]
        mask[box] = cut_mask
        probability[box] = np.clip(cut_probability, 0, 1)
    mask.setflags(write=False)
    probability.setflags(write=False)
    answer = ClickAnswer(
        mask=mask,
        probability=probability,
        found=truth(header["found"]),
        note=text(header["note"]),
        seconds=real(header["seconds"]),
        engine=text(header["engine"]),
    )
    return Answer(whole(header["request_id"]), whole(header["frame_id"]), answer)


def _decode(header: Mapping[str, Any], arrays: tuple[NDArray[Any], ...]) -> Message:
    kind = header.get("type")
    if isinstance(kind, str) and kind in _PLAIN:
        if arrays:
            raise ValueError("an array that belongs to nothing")
        cls = _PLAIN[kind]
        values = {
            name: _READ[str(field.type)](header[name])
            for name, field in cls.__dataclass_fields__.items()
            if name in header
        }
        message: Message = cls(**values)
        return message
    if kind == "OpenFrame":
        (gray,) = arrays
        if gray.dtype != np.float32:
            raise ValueError("not a gray frame")
        ratio = real(header["spacing_ratio"])
        if ratio <= 0:
            raise ValueError("not a ratio")
        return OpenFrame(whole(header["frame_id"]), gray, ratio, truth(header["is_ahead"]))
    if kind == "Ask":
        if len(arrays) > 1 or any(array.dtype != bool for array in arrays):
            raise ValueError("not a mask")
        try:
            prompt = ClickPrompt.from_json(header["prompt"])
        except LusguiError as error:
            raise ValueError(error.cause) from error
        numbers = whole(header["request_id"]), whole(header["frame_id"])
        return Ask(*numbers, prompt, arrays[0] if arrays else None, truth(header["is_preview"]))
    if kind == "Answer":
        return _decode_answer(header, arrays)
    raise ValueError("no such message")


class ClickDecoder(framing.Decoder[Message]):
    """Cuts a stream of bytes, arriving in any pieces, into messages."""

    def __init__(self) -> None:
        super().__init__(_decode)
