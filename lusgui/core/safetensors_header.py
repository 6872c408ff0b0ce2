"""The header of a safetensors file, checked with the standard library alone before anything is allocated."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from lusgui.base.errors import ModelError
from lusgui.core.model_card import CARD_KEY, parse_card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lusgui.core.model_card import ModelCard

MAX_HEADER_BYTES = 8_000_000
MAX_TENSORS = 10_000
ELEMENT_BYTES = {"F16": 2, "BF16": 2, "F32": 4}
"""Stored element types that are taken; everything else is no weight of ours."""


@dataclass(frozen=True)
class SafetensorsHeader:
    """What a header says.

    Parameters
    ----------
    shapes : mapping
        Tensor name to shape.
    metadata : mapping
        Texts by name.
    """

    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]

    @property
    def card(self) -> ModelCard:
        """The model card inside.

        Raises
        ------
        ModelError
            If there is none or it is unsound.
        """
        if CARD_KEY not in self.metadata:
            raise ModelError("the file holds weights but no lusgui model card")
        return parse_card(self.metadata[CARD_KEY])


def read_header(stream: BinaryIO, file_size: int) -> SafetensorsHeader:
    """Read and check a header.

    Parameters
    ----------
    stream : binary file
        At the beginning of the file; only the header is read.
    file_size : int
        Bytes in the whole file.

    Returns
    -------
    SafetensorsHeader

    Raises
    ------
    ModelError
        If the file is no safetensors file, is truncated, or contradicts itself.
    """
    start = stream.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= length <= file_size - 8:
        raise ModelError("this is no safetensors file, or it is cut short")
    if length > MAX_HEADER_BYTES:
        raise ModelError("the header is too long for a model of ours")
    raw = stream.read(length)
    try:
        if len(raw) < length or raw[:1] != b"{":
            raise ValueError("no header")
        entries = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError("this is no safetensors file, or its header is damaged") from error
    metadata = entries.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ModelError("the header's metadata is damaged")
    if len(entries) > MAX_TENSORS:
        raise ModelError("the header names too many tensors")
    shapes, spans = {}, []
    for name, entry in entries.items():
        shape, span = _tensor(name, entry)
        shapes[name] = shape
        spans.append(span)
    end = 0
    for begin, stop in sorted(spans):
        if begin != end:
            raise ModelError("the tensors overlap or leave gaps")
        end = stop
    if end != file_size - 8 - length:
        raise ModelError("the file is cut short or longer than its header says")
    return SafetensorsHeader(shapes, metadata)


def replace_card(raw: bytes, card: ModelCard) -> bytes:
    """Return a safetensors file with another card and the very same weights.

    Parameters
    ----------
    raw : bytes
        The whole file.
    card : ModelCard
        Goes into the header's metadata in place of the one there.

    Raises
    ------
    ModelError
        If the file is no safetensors file or is damaged.
    """
    read_header(io.BytesIO(raw), len(raw))
    begin = 8 + int.from_bytes(raw[:8], "little")
    entries = json.loads(raw[8:begin].decode("utf-8"))
    entries["__metadata__"] = {**entries.get("__metadata__", {}), CARD_KEY: card.dumps()}
    header = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    header += b" " * (-len(header) % 8)  # the weights stay aligned, as the format asks
    return len(header).to_bytes(8, "little") + header + raw[begin:]


def _tensor(name: str, entry: object) -> tuple[tuple[int, ...], tuple[int, int]]:
    if not isinstance(entry, dict):
        raise ModelError("the header is damaged", variable=name[:80])
    kind = entry.get("dtype")
    shape, span = _wholes(entry.get("shape"), 8), _wholes(entry.get("data_offsets"), 2)
    if not isinstance(kind, str) or kind not in ELEMENT_BYTES:
        raise ModelError(
            f"it is no model of this program: it also stores numbers that are not weights ({str(kind)[:20]})",
            variable=name[:80],
            remedy="Take the model.safetensors of a finished training; best and last are its intermediate"
            " states",
        )
    if shape is None or span is None or len(span) != 2:
        raise ModelError("shape or place is damaged", variable=name[:80])
    size = ELEMENT_BYTES[kind]
    for side in shape:
        size *= side
    if span[1] - span[0] != size:
        raise ModelError("shape and stored bytes disagree", variable=name[:80])
    return shape, (span[0], span[1])


def _wholes(values: object, longest: int) -> tuple[int, ...] | None:
    if not isinstance(values, list) or len(values) > longest:
        return None
    if not all(isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**40 for v in values):
        return None
    return tuple(values)
