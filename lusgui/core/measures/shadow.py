"""How wide the shadow behind a rib is, from a mask of it or from the image.

The shadow is looked for in a band that follows the rib's lower edge along the beams: columns, or a fan. In
the image the gray of that band is averaged over depth, and of all pairs of edges, one near each end of the
rib, those are taken that part dark from bright best. Where the two hardly differ, nothing is said. The shadow
of a rib that the edge of the image cuts goes on outside: it is measured up to there, as the least that it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.beams import Beams, find_beams
from lusgui.core.geometry import Box
from lusgui.core.margins import find_content
from lusgui.core.measures.figure import Figure, Point, checked_spacing, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing
    from lusgui.core.measures.rib import RibArc

FROM_MM, TO_MM = 3.0, 11.0
"""The band lies so far below the rib's lower edge: nearer, the shadow is still filling."""

LEAST_BAND_MM = 2.0
"""So much of the band must lie inside the frame."""

FLANK_MM = 4.0
"""So much beside the rib is looked at on either side."""

ASTRAY = 0.3
"""The edges of a shadow lie no farther from those of its rib than this part of the rib's width."""

LEAST_FLANK_MM = 0.3
"""So much tissue beside the shadow must be in the frame."""

NEAR_MM = 2.0
"""Tissue so far beside an edge is compared with the shadow."""

LEAST_PARTING = 0.5
"""Least part of the band's variance that the edges must explain."""

LEAST_CONTRAST = 0.04
"""Least difference of gray (of 1) between the shadow and the tissue beside each edge that is seen."""

LEAST_IN_THE_DARK, LEAST_RELATIVE, LEAST_PARTING_IN_THE_DARK = 0.008, 0.3, 0.7
"""Of a dark image less is asked, if it is that part of the tissue's gray and the edges explain more."""

LEAST_MARGIN = 0.01
"""Black columns at the sides, at least this part of the width, are no part of the image."""

CUT_MM = 0.6
"""A rib that ends so near to the edge of the image is cut by it."""

SMOOTH_MM = 0.3
"""The band's profile is smoothed over so much, against speckle."""

BESIDE = "the image ends beside this rib: a side of the shadow that should be seen is not"
BOTH_CUT = "the rib goes through the whole width of the image: no side of its shadow is seen"
UNTOLD = "the image is a fan of which one side is not seen: where its beams run is not known"
NONE = "no shadow stands out from the tissue beside it"
TOO_DEEP = "too little of the image lies below this rib"
AT_LEAST = "cut by the edge of the image: at least this"


def shadow_widths(
    ribs: Sequence[RibArc],
    spacing_mm: Spacing,
    *,
    gray: NDArray[np.float32] | None = None,
    shadow: NDArray[np.bool_] | None = None,
) -> list[Figure]:
    """Measure the shadow behind every rib of a frame, called "rib 1" and so on; see `shadow_width`."""
    beams = None if gray is None or not ribs else find_beams(gray, checked_spacing(spacing_mm))
    parts = [(rib, f"rib {number}") for number, rib in enumerate(ribs, start=1)]
    if gray is not None and beams is None:
        return [_no(part, UNTOLD) for _, part in parts]
    return [shadow_width(rib, spacing_mm, part, gray=gray, shadow=shadow, beams=beams) for rib, part in parts]


def shadow_width(
    rib: RibArc,
    spacing_mm: Spacing,
    part: str = "",
    *,
    gray: NDArray[np.float32] | None = None,
    shadow: NDArray[np.bool_] | None = None,
    beams: Beams | None = None,
) -> Figure:
    """Measure the width of the shadow behind a rib.

    Parameters
    ----------
    rib : RibArc
        Whose shadow.
    spacing_mm : (float, float)
        Distance between rows and between columns in mm.
    part : str
        Which rib, for the answer.
    gray : (H, W) float32 ndarray in [0, 1], optional
        The frame; used where no mask of the shadow is given.
    shadow : (H, W) bool ndarray, optional
        Mask of shadows.
    beams : Beams, optional
        Along which lines shadows fall, with the spacing in mm; told from `gray` if not given, and columns
        without it.

    Returns
    -------
    Figure
        Mean width in mm across the beams, in the band 3 to 11 mm below the rib, or a lower bound where the
        edge of the image cuts the rib; refused where neither mask nor image tells.
    """
    spacing = checked_spacing(spacing_mm)
    if beams is None:
        beams = Beams(spacing) if gray is None else find_beams(gray, spacing)
    if beams is None:
        return _no(part, UNTOLD)
    has_mask = shadow is not None and bool(shadow.any())
    if gray is None and not has_mask:
        return _no(part, "neither the image nor a mask of the shadow is at hand")
    box = _picture(rib.mask.shape, gray)
    band = _band(rib, beams, box)
    if band is None:
        return _no(part, TOO_DEEP)
    if shadow is not None and has_mask:
        return _of_mask(band, beams, box, part, shadow)
    assert gray is not None
    return _of_image(band, beams, box, part, gray)


def _no(part: str, reason: str) -> Figure:
    return refused("shadow_width", "Shadow width", "mm", reason, part)


def _picture(shape: tuple[int, ...], gray: NDArray[np.float32] | None) -> Box:
    """Return what of a frame is image: all of it but black columns at its sides."""
    height, width = shape
    inner = Box(0, 0, height, width) if gray is None else find_content(gray, LEAST_MARGIN)
    return Box(0, inner.col0, height, inner.col1)


@dataclass(frozen=True)
class _Band:
    """What lies 3 to 11 mm behind a rib, sampled by depth (D) and beam (B).

    `first` and `last` are the beams of the rib's ends, `is_inside` (D, B) what lies in the frame, `depth`
    (D, B) and `beam` (B,) as in `Beams.places`, and `unit_mm` how far beams lie apart.
    """

    row: NDArray[np.float64]
    column: NDArray[np.float64]
    is_inside: NDArray[np.bool_]
    depth: NDArray[np.float64]
    beam: NDArray[np.float64]
    first: int
    last: int
    unit_mm: float

    def part(self, low: int, high: int) -> _Band:
        """Return the band from beam `low` to `high`."""
        own = slice(low, high + 1)
        return replace(
            self,
            row=self.row[:, own],
            column=self.column[:, own],
            is_inside=self.is_inside[:, own],
            depth=self.depth[:, own],
            beam=self.beam[own],
            first=self.first - low,
            last=self.last - low,
        )

    def line(self, beams: Beams, left: float, right: float) -> tuple[Point, ...]:
        """Return the ends of a width from one place between beams to another, at the band's mean depth."""
        depth = np.full(2, float(self.depth[self.is_inside].mean()))
        at = np.interp((left, right), np.arange(len(self.beam)), self.beam)
        step = float(self.beam[1] - self.beam[0])
        at += np.array([min(left, 0.0), max(right - (len(self.beam) - 1), 0.0)]) * step
        row, column = beams.pixels(depth, at)
        return tuple((float(one), float(other)) for one, other in zip(row, column, strict=True))


def _band(rib: RibArc, beams: Beams, box: Box) -> _Band | None:
    """Return the band behind a rib as far as the frame goes; None where that is too little."""
    rows, columns = np.nonzero(rib.mask)
    depth, beam = beams.places(rows.astype(np.float64), columns.astype(np.float64))
    middle = float(np.median(depth))
    step = beams.step(middle)
    number = np.round(beam / step).astype(int)
    low, high = int(number.min()), int(number.max())
    lowest = np.full(high - low + 1, -np.inf)
    np.maximum.at(lowest, number - low, depth)
    own = np.flatnonzero(np.isfinite(lowest)) + low
    flank = round(FLANK_MM / beams.spacing[1])
    beside = np.arange(low - flank, high + flank + 1)
    edge = np.interp(beside, own, lowest[own - low])
    below = np.arange(FROM_MM, TO_MM + beams.spacing[0] / 2, min(beams.spacing[0], 0.5))
    places = edge[None] + below[:, None]
    across = np.asarray(beside * step, np.float64)
    row, column = beams.pixels(places, np.broadcast_to(across, places.shape))
    is_inside = beams.reach(row, column, box)
    is_seen = is_inside.sum(axis=0) * (below[1] - below[0]) >= LEAST_BAND_MM
    if not is_seen[low - beside[0] : high - beside[0] + 1].any():
        return None
    middle_beam = int(np.flatnonzero(is_seen)[np.abs(np.flatnonzero(is_seen) - len(beside) // 2).argmin()])
    unseen = np.flatnonzero(~is_seen)
    start = int(unseen[unseen < middle_beam].max(initial=-1)) + 1
    end = int(unseen[unseen > middle_beam].min(initial=len(beside))) - 1
    unit = step * beams.width(float(places[is_inside].mean()))
    first, last = max(low - int(beside[0]), start), min(high - int(beside[0]), end)
    whole = _Band(row, column, is_inside, places, across, first, last, unit)
    return whole.part(start, end) if end > start and first <= last else None


def _of_mask(band: _Band, beams: Beams, box: Box, part: str, shadow: NDArray[np.bool_]) -> Figure:
    """Measure the run of shadow pixels around the rib's middle, depth by depth of the band."""
    height, width = shadow.shape
    row = np.clip(np.round(band.row).astype(int), 0, height - 1)
    column = np.clip(np.round(band.column).astype(int), 0, width - 1)
    is_shadow = shadow[row, column] & band.is_inside
    middle = (band.first + band.last) // 2
    sides = []
    for run in is_shadow:
        if run[middle]:
            clear = np.flatnonzero(~run)
            left = int(clear[clear < middle].max(initial=-1)) + 1
            right = int(clear[clear > middle].min(initial=len(run))) - 1
            sides.append((left, right))
    if not sides:
        return _no(part, "the mask of shadows has nothing 3 to 11 mm below this rib")
    left, right = np.mean(sides, axis=0).tolist()
    is_cut = _is_cut(band, beams, box)
    is_least = (is_cut[0] and left < 1) or (is_cut[1] and right > len(band.beam) - 2)
    return _width(band, beams, part, left, right, "drawn", is_least=is_least)


def _of_image(band: _Band, beams: Beams, box: Box, part: str, gray: NDArray[np.float32]) -> Figure:
    from scipy.ndimage import gaussian_filter1d, map_coordinates

    values = map_coordinates(gray, (band.row, band.column), order=1, mode="nearest")
    counts = np.maximum(band.is_inside.sum(axis=0), 1)
    profile = np.where(band.is_inside, values, 0).sum(axis=0, dtype=np.float64) / counts
    smooth = gaussian_filter1d(profile, max(SMOOTH_MM / band.unit_mm, 0.5), mode="nearest")
    profile = np.asarray(smooth, np.float64)
    count = len(profile)
    least = max(round(LEAST_FLANK_MM / band.unit_mm), 2)
    near_edge = CUT_MM / band.unit_mm
    is_cut = _is_cut(band, beams, box)
    cuts = (is_cut[0] and band.first <= near_edge, is_cut[1] and count - 1 - band.last <= near_edge)
    if all(cuts):
        return _no(part, BOTH_CUT)
    reach = max(round(ASTRAY * (band.last - band.first + 1)), 2)
    lefts = np.arange(max(band.first - reach, least), min(band.first + reach, count - 1) + 1)
    rights = np.arange(max(band.last - reach, 0), min(band.last + reach, count - 1 - least) + 1)
    if cuts[0]:
        lefts = np.zeros(1, np.int_)
    if cuts[1]:
        rights = np.full(1, count - 1)
    if not len(lefts) or not len(rights):
        return _no(part, BESIDE if any(is_cut) else NONE)
    left, right, parting = _dark_run(profile, lefts, rights)
    ends_early = (band.first - reach < least, band.last + reach > count - 1 - least)
    at_end = (left == lefts[0] and ends_early[0], right == rights[-1] and ends_early[1])
    if any(is_cut[i] and at_end[i] and not cuts[i] for i in range(2)):
        return _no(part, BESIDE)
    at_limit = (not cuts[0] and left in (lefts[0], lefts[-1])) or (
        not cuts[1] and right in (rights[0], rights[-1])
    )
    near = max(round(NEAR_MM / band.unit_mm), least)
    dark = float(np.median(profile[left : right + 1]))
    beside = [] if cuts[0] else [float(profile[max(left - near, 0) : left].mean())]
    if not cuts[1]:
        beside.append(float(profile[right + 1 : right + 1 + near].mean()))
    contrast = min(beside) - dark
    is_plain = contrast >= LEAST_CONTRAST and parting >= LEAST_PARTING
    is_dark = contrast >= max(LEAST_IN_THE_DARK, LEAST_RELATIVE * min(beside))
    is_told = is_plain or (is_dark and parting >= LEAST_PARTING_IN_THE_DARK)
    if at_limit or not is_told:
        return _no(part, NONE)
    return _width(band, beams, part, left, right, "from the image", is_least=any(cuts))


def _is_cut(band: _Band, beams: Beams, box: Box) -> tuple[bool, bool]:
    """Return whether the band ends on the left, on the right, because the image does."""
    step = float(band.beam[1] - band.beam[0])
    depth = np.array([np.median(band.depth[band.is_inside])])
    found = []
    for beam in (band.beam[0] - step, band.beam[-1] + step):
        row, column = beams.pixels(depth, np.array([beam]))
        found.append(not beams.reach(row, column, box)[0])
    return found[0], found[1]


def _width(
    band: _Band, beams: Beams, part: str, left: float, right: float, note: str, *, is_least: bool
) -> Figure:
    value = (right - left + 1) * band.unit_mm
    said = f"{note}; {AT_LEAST}" if is_least else note
    line = band.line(beams, left - 0.5, right + 0.5)
    return Figure("shadow_width", "Shadow width", value, "mm", part, "", said, line, is_least)


def _dark_run(
    profile: NDArray[np.float64], lefts: NDArray[np.int_], rights: NDArray[np.int_]
) -> tuple[int, int, float]:
    """Return the first and last place of the dark run that parts a profile best, of those to choose from.

    With it comes which part of the variance the parting explains.
    """
    count = len(profile)
    sums = np.concatenate(([0.0], np.cumsum(profile)))
    inside = sums[rights + 1][None, :] - sums[lefts][:, None]
    size = np.clip((rights + 1)[None, :] - lefts[:, None], 1, count - 1)
    dark = inside / size
    bright = (sums[-1] - inside) / (count - size)
    between = size * (count - size) / count * (bright - dark) ** 2
    is_run = (bright > dark) & (rights[None, :] > lefts[:, None])
    between = np.where(is_run, between, 0.0)
    at = np.unravel_index(int(between.argmax()), between.shape)
    total = float(((profile - profile.mean()) ** 2).sum())
    parting = float(between[at]) / total if total > 0 else 0.0
    return int(lefts[at[0]]), int(rights[at[1]]), parting
