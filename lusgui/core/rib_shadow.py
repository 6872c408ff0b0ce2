"""Does every rib cast a shadow, and every shadow have a rib? Hints on what to look at again, no verdicts.

Bone lets hardly any sound through: below a rib the image is dark. A rib mask with tissue as bright below
it as beside it is probably no rib; a dark band below the line of the ribs that nobody drew a rib for probably
lacks one. Beams are taken as the columns of the frame; `rib_shadow_fan` lays a fan out so that they are.

Measured (2026): of 61 hand-drawn ribs of the bundled pictures none is called into question, of 49 copies of
them moved beside the rib 34 are; of simulated ribs, some with hardly any shadow, 5 of 63 and 28 of 32. With
one simulated rib left out, its shadow is found in 17 of 41 frames, and something in 1 of 41 where none is
missing; 0 of 61 real frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.geometry import Box, bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

FROM_SHARE, TO_SHARE = 0.08, 0.30
"""The shadow is looked for so far below the rib's lower edge, as shares of the frame's height."""

LEAST_BAND_SHARE = 0.04
"""So much of that band must lie inside the frame."""

FLANK = 0.6
"""Tissue so far beside a rib is compared with, as a share of the rib's width."""

AS_BRIGHT = 0.95
"""A rib whose shadow is not darker than this share of the tissue beside it casts none."""

LEAST_PX = 20
"""Smaller pieces of a mask are crumbs, and asked nothing."""

COVERED = 0.2
"""A drawn shadow below (or a rib above) less than this share of the width is none."""

DARK = 0.35
"""A band is as dark as a shadow if it is nearer to the known shadows than to the tissue, by this share."""

LEAST_CONTRAST = 0.04
NARROWEST = 0.4
"""Of the median width of the ribs that are drawn."""

LEAST_SURFACE = 0.8
"""At the depth of the ribs something so bright must lie above a dark band, as a share of the drawn ribs."""


class Oddity(StrEnum):
    """What is odd."""

    NO_SHADOW = "rib without shadow"
    NO_RIB = "shadow without rib"


@dataclass(frozen=True)
class Hint:
    """Something to look at again.

    Parameters
    ----------
    kind : Oddity
        What is odd.
    box : Box
        Where: the rib, or the shadow.
    """

    kind: Oddity
    box: Box


def check_ribs(
    ribs: NDArray[np.bool_],
    gray: NDArray[np.float32] | None = None,
    shadow: NDArray[np.bool_] | None = None,
) -> tuple[Hint, ...]:
    """Look for ribs without shadow and shadows without rib in one frame.

    Parameters
    ----------
    ribs : (H, W) bool ndarray
        Mask of the ribs.
    gray : (H, W) float32 ndarray in [0, 1], optional
        The frame; looked at where no shadows were drawn.
    shadow : (H, W) bool ndarray, optional
        Mask of the shadows; goes before the frame where it has pixels.
    """
    pieces = _pieces(ribs)
    if shadow is not None and shadow.any():
        return (*_ribs_without_drawn_shadow(pieces, shadow), *_drawn_shadows_without_rib(ribs, shadow))
    if gray is None or not pieces:
        return ()
    found = [Hint(Oddity.NO_SHADOW, bounding_box(p)) for p in pieces if _is_as_bright_below(p, ribs, gray)]
    return (*found, *_dark_bands(pieces, ribs, gray))


def _pieces(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    from scipy import ndimage

    numbers, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
    pieces = [numbers == number for number in range(1, count + 1)]
    return [piece for piece in pieces if np.count_nonzero(piece) >= LEAST_PX]


def _lower_edge(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return for every column (W,) the lowest row of a mask, carried on level beside it."""
    columns = np.flatnonzero(mask.any(axis=0))
    lowest = mask.shape[0] - 1 - mask[::-1].argmax(axis=0)[columns]
    return np.asarray(np.interp(np.arange(mask.shape[1]), columns, lowest), np.float64)


def _below(
    mask: NDArray[np.bool_], gray: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Return the mean gray (W,) below a mask, and over how many rows it was taken."""
    height = gray.shape[0]
    edge, rows = _lower_edge(mask), np.arange(height)[:, None]
    band = (rows >= edge + FROM_SHARE * height) & (rows <= edge + TO_SHARE * height)
    counts = np.asarray(band.sum(axis=0), np.int_)
    return np.where(band, gray, 0).sum(axis=0, dtype=np.float64) / np.maximum(counts, 1), counts


def _span(piece: NDArray[np.bool_]) -> tuple[int, int]:
    columns = np.flatnonzero(piece.any(axis=0))
    return int(columns[0]), int(columns[-1])


def _is_as_bright_below(piece: NDArray[np.bool_], ribs: NDArray[np.bool_], gray: NDArray[np.float32]) -> bool:
    """Return whether the image below a rib is not darker than beside it; false where that cannot be seen."""
    profile, counts = _below(piece, gray)
    first, last = _span(piece)
    width = last - first + 1
    if counts[first : last + 1].min() < LEAST_BAND_SHARE * gray.shape[0]:
        return False
    inner = max(int(0.2 * width), 1)
    inside = profile[first + inner : last + 1 - inner]
    flank, is_free = max(int(FLANK * width), 4), np.asarray(~ribs.any(axis=0), bool)
    sides = []
    for low, high in ((max(first - flank, 0), first), (last + 1, min(last + 1 + flank, len(profile)))):
        free = profile[low:high][is_free[low:high]]
        if len(free) >= max(int(0.1 * width), 2):
            sides.append(float(free.mean()))
    if not sides or not len(inside):
        return False
    return float(inside.mean()) > AS_BRIGHT * max(*sides, 1e-3)


def _dark_bands(
    pieces: list[NDArray[np.bool_]], ribs: NDArray[np.bool_], gray: NDArray[np.float32]
) -> list[Hint]:
    """Return dark bands below the line of the ribs under which no rib was drawn."""
    from scipy import ndimage

    height, width = gray.shape
    profile, counts = _below(ribs, gray)
    profile = ndimage.gaussian_filter1d(profile, max(width * 0.008, 1.0))
    edge, rows = _lower_edge(ribs), np.arange(height)[:, None]
    at_ribs = (rows >= edge - 0.06 * height) & (rows <= edge + 0.04 * height)
    surface = np.asarray(np.where(at_ribs, gray, 0).max(axis=0), np.float64)
    is_covered = np.zeros(width, bool)
    widths, insides, surfaces = [], [], []
    for piece in pieces:
        first, last = _span(piece)
        wide = last - first + 1
        inner, beside = int(0.2 * wide), int(0.25 * wide)
        insides.append(float(profile[first + inner : last + 1 - inner].mean()))
        surfaces.append(float(surface[first : last + 1].mean()))
        widths.append(wide)
        is_covered[max(first - beside, 0) : last + 1 + beside] = True
    is_free = ~is_covered & (counts >= LEAST_BAND_SHARE * height)
    if np.count_nonzero(is_free) < 0.1 * width:
        return []
    dark, tissue = float(np.mean(insides)), float(np.percentile(profile[is_free], 75))
    if tissue - dark < LEAST_CONTRAST:
        return []
    is_dark = is_free & (profile < dark + DARK * (tissue - dark))
    is_dark &= surface > LEAST_SURFACE * float(np.mean(surfaces))
    numbers, count = ndimage.label(is_dark)
    found = []
    for number in range(1, count + 1):
        columns = np.flatnonzero(numbers == number)
        if len(columns) >= NARROWEST * float(np.median(widths)):
            low, high = int(columns[0]), int(columns[-1]) + 1
            top = int(edge[low:high].mean())
            found.append(Hint(Oddity.NO_RIB, Box(top, low, min(top + int(TO_SHARE * height), height), high)))
    return found


def _ribs_without_drawn_shadow(pieces: list[NDArray[np.bool_]], shadow: NDArray[np.bool_]) -> list[Hint]:
    found = []
    rows = np.arange(shadow.shape[0])[:, None]
    for piece in pieces:
        first, last = _span(piece)
        below = shadow & (rows >= _lower_edge(piece))
        if below[:, first : last + 1].any(axis=0).mean() < COVERED:
            found.append(Hint(Oddity.NO_SHADOW, bounding_box(piece)))
    return found


def _drawn_shadows_without_rib(ribs: NDArray[np.bool_], shadow: NDArray[np.bool_]) -> list[Hint]:
    found = []
    for piece in _pieces(shadow):
        box = bounding_box(piece)
        lowest = box.row1 - 1 - piece[box.slices][::-1].argmax(axis=0)
        columns = np.arange(box.col0, box.col1)
        # a rib counts that lies anywhere above the lower end of the shadow, which may begin inside the rib
        has_rib = [bool(ribs[: row + 1, column].any()) for row, column in zip(lowest, columns, strict=True)]
        if np.mean(has_rib) < COVERED:
            found.append(Hint(Oddity.NO_RIB, box))
    return found
