"""From probability to mask: threshold, holes, least area, largest components."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_EIGHT = np.ones((3, 3), dtype=bool)
"""Components touch at corners too: a rib is one pixel thin in places."""


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
    mask: NDArray[np.bool_] = values >= values.dtype.type(settings.threshold)
    low = settings.low_threshold
    if low is not None and low < settings.threshold and mask.any():
        mask = grow_within(mask, values >= values.dtype.type(low))
    if settings.fill_holes and mask.any():
        mask = fill_holes(mask)
    if settings.least_area_px > 1 or settings.keep_largest is not None:
        mask = keep_components(mask, settings.least_area_px, settings.keep_largest)
    return mask


def grow_within(seed: NDArray[np.bool_], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the components (8-connected) of `allowed` (H, W) that have a pixel of `seed` (H, W)."""
    numbers, count = _components(allowed)
    is_kept = np.zeros(count + 1, dtype=bool)
    is_kept[numbers[seed]] = True
    is_kept[0] = False
    return np.asarray(is_kept[numbers])


def fill_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill background of a mask (H, W) that is cut off (4-connected) from the frame's edge."""
    from scipy import ndimage

    background, count = ndimage.label(~mask)
    if count == 0:
        return mask.copy()
    is_outside = np.zeros(count + 1, dtype=bool)
    for edge in (background[0], background[-1], background[:, 0], background[:, -1]):
        is_outside[edge] = True
    is_outside[0] = False
    return ~is_outside[background]


def keep_components(
    mask: NDArray[np.bool_], least_area_px: int = 0, keep_largest: int | None = None
) -> NDArray[np.bool_]:
    """Keep the components (8-connected) of a mask (H, W) that are large enough, and of those the largest.

    Of equally large ones the upper is kept.
    """
    numbers, count = _components(mask)
    if count == 0:
        return np.zeros_like(mask)
    areas = np.bincount(numbers.ravel(), minlength=count + 1)
    areas[0] = 0
    is_kept = areas >= max(least_area_px, 1)
    if keep_largest is not None:
        order = np.argsort(-areas, kind="stable")[: max(keep_largest, 0)]
        largest = np.zeros(count + 1, dtype=bool)
        largest[order] = True
        is_kept &= largest
    return np.asarray(is_kept[numbers])


def component_at(mask: NDArray[np.bool_], row: int, col: int) -> NDArray[np.bool_]:
    """Return the component (8-connected) of a mask (H, W) at a pixel; all false where there is none."""
    rows, cols = mask.shape
    if not (0 <= row < rows and 0 <= col < cols) or not mask[row, col]:
        return np.zeros_like(mask)
    numbers, _count = _components(mask)
    return np.asarray(numbers == numbers[row, col])


def count_components(mask: NDArray[np.bool_]) -> int:
    """Return the number of components (8-connected) of a mask (H, W)."""
    return _components(mask)[1]


def _components(mask: NDArray[np.bool_]) -> tuple[NDArray[np.signedinteger[Any]], int]:
    from scipy import ndimage

    numbers, count = ndimage.label(mask, structure=_EIGHT)
    return numbers, int(count)
