"""A scripted annotator: strokes until a mask is good enough, counted as a person's gestures would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.overlap import dice

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_GESTURES = 40
"""More are never made on one frame."""

BEST_OF = 3
"""So many of the largest faults are looked at before the most telling one is mended."""

JITTER_PX = 0.5
"""How far the hand strays from the middle of what it follows."""

_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class Work:
    """What it took to make one mask good enough.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        As it is left.
    gestures : int
        Strokes, erasing strokes, pieces deleted and masks cleared.
    dice_before, dice_after : float
        Against the truth.
    changed_px : int
        Pixels that differ from the mask it began with.
    """

    mask: NDArray[np.bool_]
    gestures: int
    dice_before: float
    dice_after: float
    changed_px: int


def correct(
    start: NDArray[np.bool_], truth: NDArray[np.bool_], wanted: float, random: np.random.Generator
) -> Work:
    """Mend a mask until it is good enough.

    Parameters
    ----------
    start : (H, W) bool ndarray
        What there is; nothing set, to draw from the beginning.
    truth : (H, W) bool ndarray
        What the annotator has in mind.
    wanted : float
        Dice that is good enough.
    random : numpy.random.Generator
        Of the hand.

    Returns
    -------
    Work
        `dice_after` falls short of what is wanted only where no stroke helps or `MOST_GESTURES` were made.

    Notes
    -----
    Of the largest places that are missing or too much, the one whose mending raises Dice most goes first. A
    stroke follows the middle of the place with a brush as wide as the place is (upper quartile), so what is
    narrower is overpainted and must be erased. A piece that touches nothing true is deleted with one click.
    Where it takes fewer gestures, the mask is cleared, which is one, and drawn anew: a person sees beforehand
    that much is wrong.
    """
    before = dice(start, truth)
    mended = _mend(start, truth, wanted, random, 0)
    if start.any() and mended[1] > 1:
        anew = _mend(np.zeros_like(start), truth, wanted, random, 1)
        mended = min(mended, anew, key=lambda way: (way[2] < wanted, way[1]))
    mask, gestures, now = mended
    return Work(mask, gestures, before, now, int(np.count_nonzero(mask ^ start)))


def _mend(
    start: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    wanted: float,
    random: np.random.Generator,
    gestures: int,
) -> tuple[NDArray[np.bool_], int, float]:
    """Return the mask, all gestures, and the Dice reached."""
    mask, now = start.copy(), dice(start, truth)
    while now < wanted and gestures < MOST_GESTURES:
        tries = [_stroke(mask, place, truth, adds, random) for place, adds in _faults(mask, truth)]
        scored = [(dice(one, truth), i) for i, one in enumerate(tries)]
        if not scored or max(scored)[0] <= now:
            break
        now, best = max(scored)
        mask = tries[best]
        gestures += 1
    return mask, gestures, now


def _faults(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> list[tuple[NDArray[np.bool_], bool]]:
    """Return the largest places that are missing (true) and too much (false)."""
    from scipy import ndimage

    found: list[tuple[NDArray[np.bool_], bool]] = []
    for fault, adds in ((truth & ~mask, True), (mask & ~truth, False)):
        numbers, count = ndimage.label(fault, structure=_EIGHT)
        areas = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
        for index in np.argsort(-areas, kind="stable")[:BEST_OF]:
            found.append((numbers == index + 1, adds))
    return found


def _stroke(
    mask: NDArray[np.bool_],
    place: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    adds: bool,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return the mask after one gesture at a place."""
    from lusgui.core.threshold import component_at

    if not adds:
        row, col = (int(value[0]) for value in np.nonzero(place))
        piece = component_at(mask, row, col)
        if not (piece & truth).any():
            return mask & ~piece
    painted = _paint(place, random)
    return mask | painted if adds else mask & ~painted


def _paint(place: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.bool_]:
    """Return what a brush covers that follows the middle of a place."""
    from scipy.ndimage import distance_transform_edt
    from skimage.morphology import skeletonize

    rows, cols = np.nonzero(place)
    edge = 24
    top, left = max(int(rows.min()) - edge, 0), max(int(cols.min()) - edge, 0)
    window = (slice(top, int(rows.max()) + edge + 1), slice(left, int(cols.max()) + edge + 1))
    part = place[window]
    path = np.asarray(skeletonize(part))
    if not path.any():
        path = part
    depth = np.asarray(distance_transform_edt(np.pad(part, 1)))[1:-1, 1:-1]
    radius = float(np.quantile(depth[path], 0.75))
    shift = np.round(random.normal(0.0, JITTER_PX, 2)).astype(int)
    moved = np.roll(path, tuple(shift), axis=(0, 1))
    away = np.asarray(distance_transform_edt(~moved))
    painted = np.zeros_like(place)
    painted[window] = away < radius
    return painted
