"""The weights inside a safetensors file, checked without torch: finite, and those that the card describes."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np

from lusgui.base.errors import ModelError
from lusgui.core.safetensors_header import read_header


def check_weights(raw: bytes) -> None:
    """Check every weight of a model file.

    Parameters
    ----------
    raw : bytes
        The whole file.

    Raises
    ------
    ModelError
        If the file is no safetensors file, a weight is not a finite number, or the weights are not those
        whose digest stands in the card: somebody, or a broken disk, has changed one of the two.
    """
    header = read_header(io.BytesIO(raw), len(raw))
    begin = 8 + int.from_bytes(raw[:8], "little")
    entries = json.loads(raw[8:begin].decode("utf-8"))
    digest = hashlib.sha256()
    for name in sorted(header.shapes):
        start, stop = entries[name]["data_offsets"]
        values = raw[begin + start : begin + stop]
        if not _is_finite(values, entries[name]["dtype"]):
            raise ModelError(
                "a weight is not a finite number", variable=name[:80], remedy="Train or fetch the model again"
            )
        digest.update(name.encode() + values)
    if header.card.digest and header.card.digest != digest.hexdigest():
        raise ModelError(
            "the weights are not those that its card describes", remedy="Train or fetch the model again"
        )


def _is_finite(raw: bytes, kind: str) -> bool:
    if kind == "BF16":
        # all bits of the exponent set: infinite or not a number
        bits = np.frombuffer(raw, np.dtype("<u2"))
        return not bool(np.any((bits & 0x7F80) == 0x7F80))
    values = np.frombuffer(raw, np.dtype("<f2" if kind == "F16" else "<f4"))
    return bool(np.isfinite(values).all())
