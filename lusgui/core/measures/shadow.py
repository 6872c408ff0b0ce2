"""How wide the shadow behind a rib is, from a mask of it or from the image.

In the image the shadow is looked for in a band that follows the rib's lower edge. The gray of that band is
averaged over depth, and of all pairs of edges, one near each end of the rib, those are taken that part dark
from bright best. Where the two hardly differ, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.measures.figure import Figure, checked_spacing, refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing
    from lusgui.core.measures.rib import RibArc

FROM_MM, TO_MM = 3.0, 11.0
"""The band lies so far below the rib's lower edge: nearer, the shadow is still filling."""

LEAST_BAND_MM = 2.0
"""So much of the band must lie inside the frame."""

FLANK_MM = 6.0
"""So much beside the rib is looked at on either side."""

ASTRAY = 0.3
"""The edges of a shadow lie no farther from those of its rib than this part of the rib's width."""

LEAST_FLANK_MM = 0.3
"""So much tissue beside the shadow must be in the frame on both sides."""

LEAST_PARTING = 0.6
"""Least part of the band's variance that the two edges must explain."""

LEAST_CONTRAST = 0.03
"""Least difference of gray (of 1) between shadow and tissue."""

SMOOTH_MM = 0.3
"""The band's profile is smoothed over so much, against speckle."""

BESIDE = "the image ends beside this rib: both sides of a shadow must be seen"


def shadow_width(
    rib: RibArc,
    spacing_mm: Spacing,
    part: str = "",
    *,
    gray: NDArray[np.float32] | None = None,
    shadow: NDArray[np.bool_] | None = None,
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

    Returns
    -------
    Figure
        Mean width in mm across the beams, in the band 3 to 11 mm below the rib; refused where neither mask
        nor image tells.
    """
    spacing = checked_spacing(spacing_mm)
    if shadow is not None and shadow.any():
        return _of_mask(rib, spacing, part, shadow)
    if gray is None:
        return _no(part, "neither the image nor a mask of the shadow is at hand")
    return _of_image(rib, spacing, part, gray)


def _no(part: str, reason: str) -> Figure:
    return refused("shadow_width", "Shadow width", "mm", reason, part)


def _lower_edge(rib: RibArc) -> NDArray[np.float64]:
    """Return for every column (W,) the row of the rib's lower edge, carried on level beside the rib."""
    columns = np.flatnonzero(rib.mask.any(axis=0))
    lowest = rib.mask.shape[0] - 1 - rib.mask[::-1].argmax(axis=0)[columns]
    return np.asarray(np.interp(np.arange(rib.mask.shape[1]), columns, lowest), np.float64)


def _of_mask(rib: RibArc, spacing: Spacing, part: str, shadow: NDArray[np.bool_]) -> Figure:
    """Measure the run of shadow pixels around the rib's middle, row by row of the band."""
    edge = _lower_edge(rib)
    middle = round(min(max(rib.middle[1], 0), shadow.shape[1] - 1))
    first = int(edge[middle] + FROM_MM / spacing[0])
    last = min(int(edge[middle] + TO_MM / spacing[0]), shadow.shape[0] - 1)
    widths, sides = [], []
    for row in range(first, last + 1):
        run = shadow[row]
        if not run[middle]:
            continue
        clear = np.flatnonzero(~run)
        left = int(clear[clear < middle].max(initial=-1)) + 1
        right = int(clear[clear > middle].min(initial=len(run))) - 1
        widths.append((right - left + 1) * spacing[1])
        sides.append((left, right))
    if not widths:
        return _no(part, "the mask of shadows has nothing 3 to 11 mm below this rib")
    left, right = np.mean(sides, axis=0).tolist()
    row = (first + last) / 2
    line = ((row, left - 0.5), (row, right + 0.5))
    return Figure("shadow_width", "Shadow width", float(np.mean(widths)), "mm", part, note="drawn", line=line)


def _of_image(rib: RibArc, spacing: Spacing, part: str, gray: NDArray[np.float32]) -> Figure:
    from scipy.ndimage import gaussian_filter1d

    edge = _lower_edge(rib)
    height, width = gray.shape
    columns = np.flatnonzero(rib.mask.any(axis=0))
    flank = round(FLANK_MM / spacing[1])
    low, high = max(int(columns[0]) - flank, 0), min(int(columns[-1]) + flank, width - 1)
    first = edge + FROM_MM / spacing[0]
    last = np.minimum(edge + TO_MM / spacing[0], height - 1)
    if float((last - first)[columns].min()) * spacing[0] < LEAST_BAND_MM:
        return _no(part, "too little of the image lies below this rib")
    rows = np.arange(height)[:, None]
    band = (rows >= first) & (rows <= last)
    counts = np.maximum(band.sum(axis=0), 1)
    profile = (np.where(band, gray, 0).sum(axis=0) / counts)[low : high + 1].astype(np.float64)
    profile = gaussian_filter1d(profile, max(SMOOTH_MM / spacing[1], 0.5), mode="nearest")
    least = max(round(LEAST_FLANK_MM / spacing[1]), 2)
    ends = (int(columns[0]) - low, int(columns[-1]) - low)
    reach = max(round(ASTRAY * (ends[1] - ends[0] + 1)), 2)
    lefts = np.arange(max(ends[0] - reach, least), ends[0] + reach + 1)
    rights = np.arange(ends[1] - reach, min(ends[1] + reach, len(profile) - 1 - least) + 1)
    if not len(lefts) or not len(rights):
        return _no(part, BESIDE)
    left, right, contrast, parting = _dark_run(profile, lefts, rights)
    if (low == 0 and left == least) or (high == width - 1 and right == len(profile) - 1 - least):
        return _no(part, BESIDE)
    at_limit = left in (lefts[0], lefts[-1]) or right in (rights[0], rights[-1])
    if contrast < LEAST_CONTRAST or parting < LEAST_PARTING or at_limit:
        return _no(part, "no shadow stands out from the tissue beside it")
    row = float((first + last)[columns].mean() / 2)
    line = ((row, low + left - 0.5), (row, low + right + 0.5))
    value = (right - left + 1) * spacing[1]
    return Figure("shadow_width", "Shadow width", value, "mm", part, note="from the image", line=line)


def _dark_run(
    profile: NDArray[np.float64], lefts: NDArray[np.int_], rights: NDArray[np.int_]
) -> tuple[int, int, float, float]:
    """Return the first and last place of the dark run that parts a profile best, of those to choose from.

    With it come how much darker it is than the rest, and which part of the variance the parting explains.
    """
    count = len(profile)
    sums = np.concatenate(([0.0], np.cumsum(profile)))
    inside = sums[rights + 1][None, :] - sums[lefts][:, None]
    size = np.maximum((rights + 1)[None, :] - lefts[:, None], 1)
    dark = inside / size
    bright = (sums[-1] - inside) / (count - size)
    between = size * (count - size) / count * (bright - dark) ** 2
    between = np.where((bright > dark) & (rights[None, :] > lefts[:, None]), between, 0.0)
    at = np.unravel_index(int(between.argmax()), between.shape)
    total = float(((profile - profile.mean()) ** 2).sum())
    parting = float(between[at]) / total if total > 0 else 0.0
    return int(lefts[at[0]]), int(rights[at[1]]), float((bright - dark)[at]), parting
