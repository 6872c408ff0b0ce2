"""Scores as they come: lists with gaps, turned into arrays without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Number = float | None

DIGITS = 1e-12
"""What is smaller than this share of the values counts as rounding."""

TINY = 1e-150
"""Below this a square is no longer a number."""


def to_array(values: Sequence[Number] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values as float64 (N,), None as NaN, infinities as NaN."""
    array = np.asarray([np.nan if value is None else float(value) for value in values], np.float64)
    array[~np.isfinite(array)] = np.nan
    return array


def finite(values: Sequence[Number] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values that are numbers, as float64 (n,)."""
    array = to_array(values)
    return array[~np.isnan(array)]


def finite_pairs(
    first: Sequence[Number] | NDArray[np.float64], second: Sequence[Number] | NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the pairs of which both values are numbers.

    Raises
    ------
    LusguiError
        If there are not as many of the one as of the other.
    """
    a, b = to_array(first), to_array(second)
    if a.size != b.size:
        raise LusguiError(
            f"{a.size} values cannot be paired with {b.size}",
            remedy="Compare the same images, or ask for unpaired tests",
        )
    both = ~(np.isnan(a) | np.isnan(b))
    return a[both], b[both]


def differences(
    first: Sequence[Number] | NDArray[np.float64], second: Sequence[Number] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return first minus second of the complete pairs, as float64 (n,).

    Rounded to the twelfth digit of the largest value, so that 0.3 - 0.2 and 0.2 - 0.1 tie, as they should.
    """
    a, b = finite_pairs(first, second)
    if not a.size:
        return a
    unit = float(max(np.abs(a).max(), np.abs(b).max())) * DIGITS
    if unit < TINY:
        return np.zeros_like(a)
    return np.asarray(np.round((a - b) / unit) * unit, np.float64)


def is_constant(values: NDArray[np.float64], scale: float | None = None) -> bool:
    """Whether values differ by no more than the rounding of their size, or of `scale`."""
    if values.size == 0:
        return True
    size = float(np.abs(values).max()) if scale is None else scale
    return float(np.ptp(values)) <= max(2 * DIGITS * size, TINY)


def clean(value: float) -> Number:
    """Return a plain float, or None for what is no finite number."""
    return float(value) if np.isfinite(value) else None
