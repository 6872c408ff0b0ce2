"""How good answers to clicks are: clicks needed, frames never finished, agreement after each click.

A *curve* is the agreement (IoU or Dice) after 1, 2, 3 ... clicks on one target. Where clicking ended because
nothing was left to mend or the curve was good enough, its last value holds for the clicks not given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.clicker import MOST_CLICKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

THRESHOLDS = (0.80, 0.85, 0.90)
"""Agreements that count as finished."""


def clicks_needed(curve: Sequence[float], threshold: float, most: int = MOST_CLICKS) -> int:
    """Return after how many clicks a target is finished (NoC); `most` where it never is.

    Parameters
    ----------
    curve : sequence of float
        Agreement after 1, 2, ... clicks.
    threshold : float
        Agreement that counts as finished.
    most : int
        Clicks that are given at most.
    """
    return next((i + 1 for i, value in enumerate(curve[:most]) if value >= threshold), most)


def is_unfinished(curve: Sequence[float], threshold: float, most: int = MOST_CLICKS) -> bool:
    """Whether a target is not finished after `most` clicks (what NoF counts)."""
    return not any(value >= threshold for value in curve[:most])


def number_of_clicks(
    curves: Sequence[Sequence[float]], threshold: float, most: int = MOST_CLICKS
) -> float | None:
    """Return NoC, the mean of the clicks needed; None without targets."""
    if not curves:
        return None
    return float(np.mean([clicks_needed(curve, threshold, most) for curve in curves]))


def number_of_failures(curves: Sequence[Sequence[float]], threshold: float, most: int = MOST_CLICKS) -> int:
    """Return NoF, how many targets are never finished."""
    return sum(is_unfinished(curve, threshold, most) for curve in curves)


def held(curve: Sequence[float], most: int = MOST_CLICKS) -> NDArray[np.float64]:
    """Return a curve of `most` values, the last one held; zeros where nothing was answered."""
    values = np.zeros(most)
    given = np.asarray(curve[:most], dtype=np.float64)
    if given.size:
        values[: given.size] = given
        values[given.size :] = given[-1]
    return values


def mean_curve(curves: Sequence[Sequence[float]], most: int = MOST_CLICKS) -> NDArray[np.float64]:
    """Return the mean agreement after 1 to `most` clicks; NaN without targets."""
    if not curves:
        return np.full(most, np.nan)
    return np.asarray(np.mean([held(curve, most) for curve in curves], axis=0))


def area_under(curve: Sequence[float], most: int = MOST_CLICKS) -> float:
    """Return the mean of a curve over its clicks: 1 is right at the first click."""
    return float(held(curve, most).mean())
