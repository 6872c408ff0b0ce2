"""How much of a mask hangs on the threshold: the masks at a slightly lower and a slightly higher one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.threshold import ThresholdSettings, apply_threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEADY_BELOW = 0.15
UNSURE_FROM = 0.40
"""Bounds of the words for the spread; ours, and rules of thumb."""
LEAST, MOST = 0.01, 0.99


@dataclass(frozen=True, eq=False)
class StabilityBand:
    """A mask and its neighbours in threshold.

    Parameters
    ----------
    low, high : float
        The thresholds below and above.
    wide, narrow : (H, W) bool ndarray
        The masks at `low` and at `high`.
    area_px : int
        Of the mask at the threshold itself.
    """

    low: float
    high: float
    wide: NDArray[np.bool_]
    narrow: NDArray[np.bool_]
    area_px: int

    @property
    def areas_px(self) -> tuple[int, int]:
        """Least and most area of the two neighbours and the mask itself, in pixels."""
        areas = (int(np.count_nonzero(self.narrow)), self.area_px, int(np.count_nonzero(self.wide)))
        return min(areas), max(areas)

    @property
    def spread(self) -> float | None:
        """How far the areas lie apart, as a part of the mask's own; None where the mask is empty."""
        least, most = self.areas_px
        return (most - least) / self.area_px if self.area_px else None


def stability_band(probability: NDArray[Any], settings: ThresholdSettings, delta: float) -> StabilityBand:
    """Return the masks at thresholds `delta` below and above.

    Parameters
    ----------
    probability : (H, W) float ndarray in [0, 1]
        What is thresholded.
    settings : ThresholdSettings
        How; a second threshold of a hysteresis moves along.
    delta : float
        How far, above 0; the thresholds stay within 0.01 and 0.99.
    """

    def mask_at(step: float) -> tuple[float, NDArray[np.bool_]]:
        threshold = min(max(settings.threshold + step, LEAST), MOST)
        low = settings.low_threshold
        moved = None if low is None else min(max(low + step, LEAST), MOST)
        wanted = replace(settings, threshold=threshold, low_threshold=moved)
        return threshold, apply_threshold(probability, wanted)

    low, wide = mask_at(-delta)
    high, narrow = mask_at(delta)
    area = int(np.count_nonzero(apply_threshold(probability, settings)))
    return StabilityBand(low, high, wide, narrow, area)


def describe_spread(spread: float | None) -> str:
    """Say what a spread means, in a few words for people."""
    if spread is None:
        return "nothing is marked"
    if spread < STEADY_BELOW:
        return "steady"
    if spread < UNSURE_FROM:
        return "moves with the threshold"
    return "hangs on the threshold: look here"
