"""Batches cut into parts: any tuple, dataclass or mapping of tensors whose first axis counts the items."""

from __future__ import annotations

import dataclasses
from typing import Any

from torch import Tensor

from training.engine.settings import TrainingError


def count(batch: object) -> int:
    """Return the number of items: the length of the first tensor found.

    Raises
    ------
    TrainingError
        If there is no tensor.
    """
    found = _first(batch)
    if found is None:
        raise TrainingError("a batch holds no tensor")
    return int(found.shape[0])


def cut(batch: Any, start: int, stop: int) -> Any:  # noqa: ANN401
    """Return the items of a batch from `start` up to `stop`; a batch of the same type.

    Tensors and lists are cut along their first axis, tuples, dataclasses and mappings are entered, anything
    else is kept as it is.
    """
    if isinstance(batch, (Tensor, list)):
        return batch[start:stop]
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        changed = {
            item.name: cut(getattr(batch, item.name), start, stop) for item in dataclasses.fields(batch)
        }
        return dataclasses.replace(batch, **changed)
    if isinstance(batch, dict):
        return {key: cut(value, start, stop) for key, value in batch.items()}
    if isinstance(batch, tuple):
        parts = [cut(value, start, stop) for value in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else tuple(parts)
    return batch


def _first(batch: object) -> Tensor | None:
    if isinstance(batch, Tensor):
        return batch if batch.ndim else None
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        values = [getattr(batch, item.name) for item in dataclasses.fields(batch)]
    elif isinstance(batch, dict):
        values = list(batch.values())
    elif isinstance(batch, (tuple, list)):
        values = list(batch)
    else:
        return None
    return next((found for found in map(_first, values) if found is not None), None)
