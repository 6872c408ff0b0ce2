"""How well the masks of one label hang together over time: area, centre, overlap, outliers."""

from __future__ import annotations

import math
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

_nan = float("nan")


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
    areas = np.array([facts[frame].area for frame in frames], float)
    shifts = np.array([_nan, *(_apart(facts[a], facts[b]) for a, b in pairwise(frames))][: len(frames)])
    ious = np.array([_nan, *(overlaps.get(pair, _nan) for pair in pairwise(frames))][: len(frames)])
    reasons: list[list[str]] = [[] for _ in frames]
    if len(frames) >= LEAST_MASKS:
        size = float(np.sqrt(np.median(areas[areas > 0]))) if (areas > 0).any() else 0.0
        usual, spread = _usual(areas)
        off = np.abs(areas - usual) > np.maximum(MOST_DEVIATIONS * spread, LEAST_AREA_CHANGE * usual)
        for place in np.flatnonzero(off):
            reasons[place].append("area is larger" if areas[place] > usual[place] else "area is smaller")
        usual, spread = _usual(shifts)
        for place in np.flatnonzero(
            shifts - usual > np.maximum(MOST_DEVIATIONS * spread, LEAST_SHIFT * size)
        ):
            reasons[place].append("it jumps")
        usual, spread = _usual(ious)
        for place in np.flatnonzero(usual - ious > np.maximum(MOST_DEVIATIONS * spread, LEAST_IOU_DROP)):
            reasons[place].append("it hardly covers the mask before")
    found = [
        FrameCoherence(frame, area, _known(shift), _known(iou), tuple(why))
        for frame, area, shift, iou, why in zip(
            frames, areas.tolist(), shifts.tolist(), ious.tolist(), reasons, strict=True
        )
    ]
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


def _known(value: float) -> float | None:
    return None if value != value else value  # NaN alone differs from itself


def _usual(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median around each value, itself left out, and what the median deviation there stands for.

    NaN counts as unknown; where nothing around is known, nothing is unusual (deviation infinite).
    """
    padded = np.pad(values, NEIGHBOURS, constant_values=_nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1)
    around = np.delete(around, NEIGHBOURS, axis=1)
    is_blank = np.isnan(around).all(axis=1)
    around[is_blank] = 0.0
    middle = np.nanmedian(around, axis=1)
    spread = 1.4826 * np.nanmedian(np.abs(around - middle[:, None]), axis=1)
    spread[is_blank] = np.inf
    return middle, spread


def _apart(one: MaskFacts, other: MaskFacts) -> float:
    if one.centre is None or other.centre is None:
        return _nan
    return math.dist(one.centre, other.centre)
