"""How well the masks of one label hang together over time: area, centre, overlap, outliers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

NEIGHBOURS = 3
"""So many masks on either side say what is usual around a frame."""

MOST_DEVIATIONS = 4.0
"""Further from its neighbours than so many usual deviations a frame is an outlier."""

LEAST_AREA_CHANGE = 0.25
"""An area that differs by less than this share of the usual one is never an outlier."""

LEAST_SHIFT = 0.25
"""A centre that jumps by less than this share of the structure's size is never an outlier."""

LEAST_IOU_DROP = 0.2
"""An overlap that is less than this below the usual one is never an outlier."""

LEAST_MASKS = 4
"""With fewer masks nothing is called usual."""


@dataclass(frozen=True)
class MaskFacts:
    """What is known of one mask.

    Parameters
    ----------
    area : float
        In mm2 where the spacing is known, else in pixels.
    centre : (float, float) or None
        Mean row and column in mm (pixels where the spacing is unknown); None for an empty mask.
    """

    area: float
    centre: tuple[float, float] | None


def mask_facts(mask: NDArray[np.bool_], spacing_mm: Spacing | None = None) -> MaskFacts:
    """Return area and centre of a mask (H, W)."""
    rows, cols = np.count_nonzero(mask, axis=1), np.count_nonzero(mask, axis=0)
    total = int(rows.sum())
    down, right = spacing_mm or (1.0, 1.0)
    if not total:
        return MaskFacts(0.0, None)
    centre = (
        float(rows @ np.arange(mask.shape[0])) / total * down,
        float(cols @ np.arange(mask.shape[1])) / total * right,
    )
    return MaskFacts(total * down * right, centre)


@dataclass(frozen=True)
class FrameCoherence:
    """One frame of the strip.

    Parameters
    ----------
    frame : int
        0-based.
    area : float
        Of its mask.
    shift : float or None
        How far the centre moved since the mask before; None for the first and where one is empty.
    iou : float or None
        Overlap with the mask before, in [0, 1]; None for the first.
    reasons : tuple of str
        Why it is an outlier, in words; empty where it is none.
    """

    frame: int
    area: float
    shift: float | None = None
    iou: float | None = None
    reasons: tuple[str, ...] = ()

    @property
    def is_outlier(self) -> bool:
        """Whether it does not fit its neighbours."""
        return bool(self.reasons)


def judge_coherence(
    facts: Mapping[int, MaskFacts], overlaps: Mapping[tuple[int, int], float]
) -> tuple[FrameCoherence, ...]:
    """Return every frame with a mask in order, and which of them do not fit their neighbours.

    Parameters
    ----------
    facts : mapping of int to MaskFacts
        By frame.
    overlaps : mapping of (int, int) to float
        IoU of the masks of two frames that follow one another in `facts`.
    """
    frames = sorted(facts)
    shifts = [None, *(_apart(facts[a], facts[b]) for a, b in pairwise(frames))]
    ious = [None, *(overlaps.get(pair) for pair in pairwise(frames))]
    areas = np.array([facts[frame].area for frame in frames])
    size = float(np.sqrt(np.median(areas[areas > 0]))) if (areas > 0).any() else 0.0
    found = []
    for place, frame in enumerate(frames):
        reasons = []
        if len(frames) >= LEAST_MASKS:
            near = [i for i in range(place - NEIGHBOURS, place + NEIGHBOURS + 1) if 0 <= i < len(frames)]
            others = np.array([areas[i] for i in near if i != place])
            usual, spread = _usual(others)
            off = abs(areas[place] - usual)
            if off > max(MOST_DEVIATIONS * spread, LEAST_AREA_CHANGE * max(usual, 1e-9)):
                reasons.append("area is larger" if areas[place] > usual else "area is smaller")
            shift = shifts[place]
            if shift is not None:
                usual, spread = _usual(_known(shifts, near, place))
                if shift - usual > max(MOST_DEVIATIONS * spread, LEAST_SHIFT * size):
                    reasons.append("it jumps")
            iou = ious[place]
            if iou is not None:
                usual, spread = _usual(_known(ious, near, place))
                if usual - iou > max(MOST_DEVIATIONS * spread, LEAST_IOU_DROP):
                    reasons.append("it hardly covers the mask before")
        found.append(FrameCoherence(frame, float(areas[place]), shifts[place], ious[place], tuple(reasons)))
    return tuple(_without_echoes(found))


def _without_echoes(found: list[FrameCoherence]) -> list[FrameCoherence]:
    """Take the blame from a frame that only follows an outlier: it jumps back to where the others are."""
    kept = list(found)
    for place in range(1, len(found)):
        before, one = found[place - 1], found[place]
        blames = [reason for reason in one.reasons if not reason.startswith("area")]
        if blames and len(blames) == len(one.reasons) and before.is_outlier:
            back = [reason for reason in before.reasons if reason in blames or reason.startswith("area")]
            if back:
                kept[place] = FrameCoherence(one.frame, one.area, one.shift, one.iou)
    return kept


def _known(values: list[float | None], near: list[int], place: int) -> NDArray[np.float64]:
    return np.array([value for i in near if i != place and (value := values[i]) is not None])


def _usual(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median, and the deviation that the median absolute deviation stands for."""
    if not values.size:
        return 0.0, float("inf")
    middle = float(np.median(values))
    return middle, 1.4826 * float(np.median(np.abs(values - middle)))


def _apart(one: MaskFacts, other: MaskFacts) -> float | None:
    if one.centre is None or other.centre is None:
        return None
    return float(np.hypot(other.centre[0] - one.centre[0], other.centre[1] - one.centre[1]))
