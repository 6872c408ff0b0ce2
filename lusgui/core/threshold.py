"""From probability to mask: threshold, holes, least area, largest components."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class ThresholdSettings:
    """How a probability becomes a mask.

    Parameters
    ----------
    threshold : float
        Pixels of at least this probability belong to the mask.
    least_area_px : int
        Components of fewer pixels are left out.
    fill_holes : bool
        Whether background that touches neither the frame's edge nor other background is filled.
    keep_largest : int or None
        How many components are kept, largest first; None for all.
    low_threshold : float or None
        Hysteresis: pixels of at least this probability belong to the mask too, where their component has a
        pixel that reaches the threshold; None, or a value that is not below it, for none.
    """

    threshold: float = 0.5
    least_area_px: int = 0
    fill_holes: bool = False
    keep_largest: int | None = None
    low_threshold: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ThresholdSettings:
        """Build from what `to_json` returned."""
        keep, low = values.get("keep_largest"), values.get("low_threshold")
        return cls(
            float(values["threshold"]),
            int(values["least_area_px"]),
            bool(values["fill_holes"]),
            None if keep is None else int(keep),
            None if low is None else float(low),
        )


def apply_threshold(probability: NDArray[Any], settings: ThresholdSettings) -> NDArray[np.bool_]:
    """Turn a probability into a mask.

    Holes are filled first, so that a filled ring counts with its whole area.

    Parameters
    ----------
    probability : (H, W) float ndarray in [0, 1]
        NaN counts as background.
    settings : ThresholdSettings
        What to do.

    Returns
    -------
    (H, W) bool ndarray
        A new array.
    """
    values = np.asarray(probability)
    mask = at_least(values, settings.threshold)
    low = settings.low_threshold
    if low is not None and low < settings.threshold and mask.any():
        mask = grow_within(mask, at_least(values, low))
    if settings.fill_holes and mask.any():
        mask = fill_holes(mask)
    if settings.least_area_px > 1 or settings.keep_largest is not None:
        mask = keep_components(mask, settings.least_area_px, settings.keep_largest)
    return mask


def at_least(probability: NDArray[Any], least: float) -> NDArray[np.bool_]:
    """Return where a probability (H, W), float in [0, 1], reaches a value; NaN does nowhere."""
    limit = probability.dtype.type(least)
    if probability.dtype != np.float16 or not limit > 0:
        return np.asarray(probability >= limit)
    # the bits of half floats from 0 up are in the order of the numbers, and compare thirty times as fast
    bits = np.ascontiguousarray(probability).view(np.uint16)
    low, most = (int(value.view(np.uint16)) for value in (limit, np.float16(np.inf)))
    return np.asarray(bits - np.uint16(low) <= np.uint16(most - low))  # what is less wraps around to more


def grow_within(seed: NDArray[np.bool_], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the components (8-connected) of `allowed` (H, W) that have a pixel of `seed` (H, W)."""
    runs = Runs(allowed)
    seeds = Runs(seed & allowed)
    is_kept = np.zeros(runs.count, dtype=bool)
    is_kept[runs.of(seeds.rows, seeds.starts)] = True
    return _without(allowed, runs, ~is_kept)


def fill_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill background of a mask (H, W) that is cut off (4-connected) from the frame's edge."""
    runs = Runs(~mask, corners=False)
    filled = mask.copy()
    filled.ravel()[runs.pixels_of(~runs.touching_edges())] = True
    return filled


def keep_components(
    mask: NDArray[np.bool_], least_area_px: int = 0, keep_largest: int | None = None
) -> NDArray[np.bool_]:
    """Keep the components (8-connected) of a mask (H, W) that are large enough, and of those the largest.

    Of equally large ones the upper is kept.
    """
    runs = Runs(mask)
    areas = runs.areas
    is_kept = areas >= max(least_area_px, 1)
    if keep_largest is not None:
        largest = np.zeros(runs.count, dtype=bool)
        largest[np.argsort(-areas, kind="stable")[: max(keep_largest, 0)]] = True
        is_kept &= largest
    return _without(mask, runs, ~is_kept)


def _without(mask: NDArray[np.bool_], runs: Runs, is_gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask (H, W) without those of its components (count,) that are gone."""
    kept = np.array(mask, dtype=bool, order="C")
    kept.ravel()[runs.pixels_of(is_gone)] = False
    return kept


def component_at(mask: NDArray[np.bool_], row: int, col: int) -> NDArray[np.bool_]:
    """Return the component (8-connected) of a mask (H, W) at a pixel; all false where there is none."""
    rows, cols = mask.shape
    if not (0 <= row < rows and 0 <= col < cols) or not mask[row, col]:
        return np.zeros_like(mask)
    runs = Runs(mask)
    (number,) = runs.of(np.array([row]), np.array([col]))
    found = np.zeros(mask.shape, dtype=bool)
    found.ravel()[runs.pixels_of(np.arange(runs.count) == number)] = True
    return found


def count_components(mask: NDArray[np.bool_]) -> int:
    """Return the number of components (8-connected) of a mask (H, W)."""
    return Runs(mask).count
