"""How masks and probabilities lie in the study file: compressed, and checked when they come out."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import StudyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEVEL = 1
"""Masks are mostly runs: the fastest level already gets within a few percent of the best."""
_MOST_DIGITS = 18
"""Longer numbers are none that lusgui ever wrote."""


def pack_mask(mask: NDArray[np.bool_]) -> bytes:
    """Return zlib of the packed bits of a mask (H, W), row by row."""
    return zlib.compress(np.packbits(mask, axis=None).tobytes(), _LEVEL)


def unpack_mask(blob: bytes, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask (H, W) that `pack_mask` packed.

    Raises
    ------
    StudyError
        If the bytes are not a mask of that shape. No more is ever unpacked than such a mask needs.
    """
    size = shape[0] * shape[1]
    raw = _inflate(blob, (size + 7) // 8)
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), count=size)
    return bits.reshape(shape).view(np.bool_)


def unpack_bits(blob: bytes, shape: tuple[int, int]) -> bytes:
    """Return the packed bits, row by row, of a mask (H, W) that `pack_mask` packed, without spreading them.

    Raises
    ------
    StudyError
        As `unpack_mask`.
    """
    return _inflate(blob, (shape[0] * shape[1] + 7) // 8)


def pack_probability(probability: NDArray[Any]) -> bytes:
    """Return zlib of a probability (H, W) in [0, 1], rounded to 1/255."""
    values = np.clip(np.nan_to_num(np.asarray(probability, dtype=np.float32), nan=0.0), 0.0, 1.0)
    return zlib.compress((values * np.float32(255.0) + np.float32(0.5)).astype(np.uint8).tobytes(), _LEVEL)


def unpack_probability(blob: bytes, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the probability (H, W) float32 that `pack_probability` packed.

    Raises
    ------
    StudyError
        If the bytes are not a probability of that shape.
    """
    raw = _inflate(blob, shape[0] * shape[1])
    return np.frombuffer(raw, dtype=np.uint8).reshape(shape).astype(np.float32) / np.float32(255.0)


def _inflate(blob: bytes, size: int) -> bytes:
    """Decompress exactly `size` bytes; a bomb is stopped after one byte too many."""
    if not isinstance(blob, bytes):
        raise StudyError("a mask in it is not stored as bytes", remedy="Open a backup of the study")
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(blob, size + 1)
    except zlib.error as error:
        raise StudyError("a mask in it is damaged", remedy="Open a backup of the study") from error
    if len(raw) != size or not inflater.eof:
        raise StudyError("a mask in it does not fit its recording", remedy="Open a backup of the study")
    return raw


def to_json(value: object) -> str:
    """Return compact JSON with sorted keys; NaN is refused."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    if any("\ud800" <= letter <= "\udfff" for letter in text):  # half a character, which no file can hold
        text = json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text


def is_count(text: object) -> bool:
    """Whether a key of a JSON object is a number of a recording or a frame: digits, and not too many."""
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def from_json(text: str | None) -> Any:  # noqa: ANN401
    """Return the value of a JSON text, None for None.

    Raises
    ------
    StudyError
        If the text is not JSON.
    """
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError, TypeError) as error:
        raise StudyError("a setting in it is damaged", remedy="Open a backup of the study") from error
