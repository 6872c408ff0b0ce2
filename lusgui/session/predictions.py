"""Probabilities of the model, by key, in bounded memory; read-only for everybody."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.prediction_key import PredictionKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["PredictionKey", "Predictions"]

DEFAULT_LIMIT_BYTES = 192 * 1024 * 1024


class Predictions:
    """Cache of probabilities on the raw grid; the least recently used go first.

    Kept in half precision: a probability needs no more, and a 960 x 128 frame costs 240 kB.

    Parameters
    ----------
    limit_bytes : int
        How much memory the probabilities may take together.
    """

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._items: OrderedDict[PredictionKey, NDArray[np.float16]] = OrderedDict()
        self._bytes = 0
        self._wanted: frozenset[PredictionKey] = frozenset()

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: PredictionKey) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[PredictionKey]:
        return iter(tuple(self._items))

    @property
    def bytes_held(self) -> int:
        """Bytes that the probabilities take."""
        return self._bytes

    def get(self, key: PredictionKey) -> NDArray[np.float16] | None:
        """Return the probability (H, W), read-only, or None; marks it as recently used."""
        probability = self._items.get(key)
        if probability is not None:
            self._items.move_to_end(key)
        return probability

    def put(self, key: PredictionKey, probability: NDArray[Any]) -> bool:
        """Keep a probability (H, W), float in [0, 1]; NaN becomes 0.

        Returns
        -------
        bool
            Whether the answer is one that is wanted now (see `want`); others are only kept for later.
        """
        values = np.clip(np.nan_to_num(np.asarray(probability, dtype=np.float32), nan=0.0), 0.0, 1.0)
        held = values.astype(np.float16)
        held.setflags(write=False)
        self._forget(key)
        self._items[key] = held
        self._bytes += held.nbytes
        while self._bytes > self._limit and len(self._items) > 1:
            self._forget(next(iter(self._items)))
        return not self._wanted or key in self._wanted

    def want(self, keys: frozenset[PredictionKey]) -> None:
        """Say which answers the screen waits for."""
        self._wanted = keys

    def wanted(self) -> frozenset[PredictionKey]:
        """Return which answers the screen waits for and has not got."""
        return frozenset(key for key in self._wanted if key not in self._items)

    def drop(self, stale: Callable[[PredictionKey], bool]) -> int:
        """Forget every probability whose key `stale` says yes to; return how many."""
        doomed = [key for key in self._items if stale(key)]
        for key in doomed:
            self._forget(key)
        return len(doomed)

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        self._bytes = 0
        self._wanted = frozenset()

    def _forget(self, key: PredictionKey) -> None:
        gone = self._items.pop(key, None)
        if gone is not None:
            self._bytes -= gone.nbytes
