"""Hashes of data, so that a run can say what it learned from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from training.dataset import Sample


def sample_digest(sample: Sample) -> str:
    """Return the SHA-256 of a sample's name, group, pixels, masks, boxes, points, spacing and mapping."""
    total = hashlib.sha256()

    def add(*parts: object) -> None:
        total.update("\0".join(map(repr, parts)).encode() + b"\n")

    frame = np.ascontiguousarray(sample.frame)
    add(sample.name, sample.group, frame.shape, frame.dtype.newbyteorder("<").str)
    total.update(frame.astype(frame.dtype.newbyteorder("<"), copy=False).tobytes())
    for label in sorted(sample.masks):
        add(label, sample.masks[label].shape)
        total.update(np.packbits(sample.masks[label]).tobytes())
    add(sample.mapping.to_json(), sample.spacing_mm)
    for label in sorted(sample.boxes):
        add(label, [(box.row0, box.col0, box.row1, box.col1) for box in sample.boxes[label]])
    add(sorted(sample.points.items()), sorted(sample.facts.items()))
    return total.hexdigest()


def data_digest(samples: Iterable[Sample]) -> str:
    """Return one SHA-256 for all samples, the same in whatever order they come."""
    total = hashlib.sha256()
    for digest in sorted(sample_digest(sample) for sample in samples):
        total.update(digest.encode())
    return total.hexdigest()
