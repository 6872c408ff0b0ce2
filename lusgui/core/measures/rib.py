"""Ribs from their mask: length, thickness, depth, tilt of each arc; gap and pitch between neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.centre_line import centre_lines, line_length
from lusgui.core.geometry import bounding_box
from lusgui.core.measures.figure import Figure, Point, checked_spacing, depth_mm, distance_mm, refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Box, Spacing

SPECK = 0.05
"""Pieces smaller than this part of the largest are specks, not ribs."""

MOST_RIBS = 12
"""No frame shows more: of a scattered mask the largest pieces are measured."""

LEAST_PIXELS = 6
"""A piece of fewer pixels has no length worth telling."""

BRIDGE_MM = 0.5
"""Breaks of up to twice this are bridged: ribs lie many millimetres apart."""

CUT = "cut by the edge of the image: at least this"


@dataclass(frozen=True)
class RibArc:
    """One rib's surface.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        Its pixels.
    line : (N, 2) float64 ndarray
        Its centre line in pixels, from left to right.
    length_mm, thickness_mm : float
        Of the centre line; area by length.
    top : Point
        Shallowest point of its upper edge.
    depth_mm : float
        Of that point below the frame's upper edge.
    tilt_deg : float
        Of the chord from end to end; positive where the right end lies deeper.
    is_cut : bool
        Whether it reaches the left or right edge of the frame.
    """

    mask: NDArray[np.bool_]
    line: NDArray[np.float64]
    length_mm: float
    thickness_mm: float
    top: Point
    depth_mm: float
    tilt_deg: float
    is_cut: bool

    @property
    def ends(self) -> tuple[Point, Point]:
        """Left and right end of the centre line."""
        return _point(self.line[0]), _point(self.line[-1])

    @property
    def middle(self) -> Point:
        """Middle of the chord."""
        (row, column), (other_row, other_column) = self.ends
        return (row + other_row) / 2, (column + other_column) / 2


def rib_arcs(mask: NDArray[np.bool_], spacing_mm: Spacing) -> list[RibArc]:
    """Return the ribs of a mask (H, W) from left to right.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        On the raw grid; each piece is one rib, the twelve largest at most.
    spacing_mm : (float, float)
        Distance between rows and between columns in mm.

    Raises
    ------
    LusguiError
        If the mask is not two-dimensional or the spacing is not positive.
    """
    spacing = checked_spacing(spacing_mm)
    box = bounding_box(mask)
    if box.is_empty:
        return []
    inner = mask[box.slices]
    numbers, count = _ribs_apart(inner, spacing)
    areas = np.bincount(numbers[inner], minlength=count + 1)[1:]
    least = max(LEAST_PIXELS, SPECK * float(areas.max()))
    largest = np.argsort(-areas, kind="stable")[:MOST_RIBS]
    pieces = [numbers == 1 + number for number in largest if areas[number] >= least]
    return sorted((_arc(piece, mask, box, spacing) for piece in pieces), key=lambda arc: arc.middle[1])


def _ribs_apart(mask: NDArray[np.bool_], spacing: Spacing) -> tuple[NDArray[np.int32], int]:
    """Return the number of every pixel's rib, 0 beside them, and how many there are; breaks are bridged."""
    from scipy import ndimage

    whole = np.ones((3, 3), bool)
    numbers, count = ndimage.label(mask, structure=whole)
    if count > 1:
        room = [(int(BRIDGE_MM / step) + 2,) * 2 for step in spacing]
        padded = np.pad(mask, room)
        near = ndimage.distance_transform_edt(~padded, sampling=spacing) <= BRIDGE_MM
        if ndimage.label(near, structure=whole)[1] < count:
            inside = ndimage.distance_transform_edt(near, sampling=spacing) > BRIDGE_MM
            inner = tuple(slice(before, -after) for before, after in room)
            numbers, count = ndimage.label(inside[inner] | mask, structure=whole)
    return np.asarray(numbers, np.int32), int(count)


def _arc(joined: NDArray[np.bool_], mask: NDArray[np.bool_], box: Box, spacing: Spacing) -> RibArc:
    """Return a rib from its pixels inside a box, with the breaks in it that were bridged."""
    own = bounding_box(joined)
    line = centre_lines(joined[own.slices], spacing)[0]
    line = line + np.array([box.row0 + own.row0, box.col0 + own.col0])
    piece = np.zeros_like(mask)
    piece[box.slices] = joined & mask[box.slices]
    if line[0][1] > line[-1][1]:
        line = line[::-1]
    length = line_length(line, spacing)
    area = float(np.count_nonzero(piece)) * spacing[0] * spacing[1]
    columns = np.flatnonzero(piece.any(axis=0))
    upper = piece.argmax(axis=0)[columns]
    at = int(upper.argmin())
    top = (float(upper[at]) - 0.5, float(columns[at]))
    down = (line[-1][0] - line[0][0]) * spacing[0]
    across = (line[-1][1] - line[0][1]) * spacing[1]
    is_cut = bool(columns[0] == 0 or columns[-1] == piece.shape[1] - 1)
    thickness = area / length if length else 0.0
    tilt = math.degrees(math.atan2(down, across))
    return RibArc(piece, line, length, thickness, top, depth_mm(top[0], spacing), tilt, is_cut)


def figures_of_ribs(arcs: list[RibArc], spacing_mm: Spacing) -> list[Figure]:
    """Return what is measured of ribs given from left to right, and between neighbours."""
    spacing = checked_spacing(spacing_mm)
    figures = [Figure("rib_count", "Ribs", float(len(arcs)), "")]
    for number, arc in enumerate(arcs, start=1):
        part = f"rib {number}"
        note = CUT if arc.is_cut else ""
        line = tuple(_point(point) for point in arc.line[:: max(len(arc.line) // 40, 1)])
        line = (*line, _point(arc.line[-1]))
        figures += [
            Figure("arc_length", "Arc length", arc.length_mm, "mm", part, "", note, line, arc.is_cut),
            Figure("thickness", "Mean thickness", arc.thickness_mm, "mm", part),
            Figure("depth", "Depth", arc.depth_mm, "mm", part, line=((-0.5, arc.top[1]), arc.top)),
            Figure("tilt", "Tilt", arc.tilt_deg, "°", part, line=arc.ends),
        ]
    for number, (left, right) in enumerate(pairwise(arcs), start=1):
        part = f"ribs {number} and {number + 1}"
        figures.append(_gap(left, right, spacing, part))
        if left.is_cut or right.is_cut:
            reason = "a rib is cut by the edge of the image, its middle is not known"
            figures.append(refused("pitch", "Pitch", "mm", reason, part))
        else:
            line = (left.middle, right.middle)
            pitch = distance_mm(*line, spacing)
            figures.append(Figure("pitch", "Pitch", pitch, "mm", part, line=line))
    return figures


def _gap(left: RibArc, right: RibArc, spacing: Spacing, part: str) -> Figure:
    """Return the shortest way from one rib to the next, edge to edge."""
    from scipy.spatial import cKDTree

    step = np.asarray(spacing)
    found = cKDTree(right.line * step).query(left.line * step)
    away, nearest = np.asarray(found[0]), np.asarray(found[1])
    at = int(np.argmin(away))
    line = (_point(left.line[at]), _point(right.line[int(nearest[at])]))
    return Figure("gap", "Intercostal gap", float(away[at]), "mm", part, line=line)


def _point(pair: NDArray[np.float64]) -> Point:
    return float(pair[0]), float(pair[1])
