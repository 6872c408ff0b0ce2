"""Centre points and boxes: how they are made, found under the pointer, and change with an edit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey
from lusgui.core.learning.job import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lusgui.core.edits import MarkChange
    from lusgui.core.geometry import Spacing

DECIMALS = 2
"""Marks are kept to the hundredth of a pixel: no hand is steadier, and files stay readable."""

LEAST_BOX_PX = 2.0
"""A box is at least so many pixels high and wide; less is a click that slipped."""


def point_mark(key: PlaneKey, row: float, col: float, shape: tuple[int, int]) -> Mark:
    """Return a centre point, moved onto the frame if it lies beside it.

    Parameters
    ----------
    key : PlaneKey
        Frame and label.
    row, col : float
        Where, in pixels; the middle of the first pixel is (0, 0).
    shape : tuple of int
        Rows and columns of the frame.
    """
    at = (_kept(row, shape[0] - 1, 0.0), _kept(col, shape[1] - 1, 0.0))
    return Mark(key.recording_id, key.frame, key.label, "point", *at, *at)


def box_mark(
    key: PlaneKey, corner: tuple[float, float], opposite: tuple[float, float], shape: tuple[int, int]
) -> Mark | None:
    """Return a box between two opposite corners, cut to the frame; None where hardly anything is left.

    Parameters
    ----------
    key : PlaneKey
        Frame and label.
    corner, opposite : tuple of float
        (row, column) in pixels, the middle of the first pixel being (0, 0), in any order.
    shape : tuple of int
        Rows and columns of the frame.
    """
    rows = sorted(_kept(each[0], shape[0] - 0.5, -0.5) for each in (corner, opposite))
    cols = sorted(_kept(each[1], shape[1] - 0.5, -0.5) for each in (corner, opposite))
    if rows[1] - rows[0] < LEAST_BOX_PX or cols[1] - cols[0] < LEAST_BOX_PX:
        return None
    return Mark(key.recording_id, key.frame, key.label, "box", rows[0], cols[0], rows[1], cols[1])


def _kept(value: float, highest: float, lowest: float) -> float:
    return round(min(max(float(value), lowest), highest), DECIMALS)


def place_of(mark: Mark) -> PlaneKey:
    """Return frame and label of a mark."""
    return PlaneKey(mark.recording_id, mark.frame, mark.label)


def centre_of(mark: Mark) -> tuple[float, float]:
    """Return (row, column) of the middle of a mark."""
    return (mark.row0 + mark.row1) / 2, (mark.col0 + mark.col1) / 2


def fits(mark: Mark, frames: int, shape: tuple[int, int]) -> bool:
    """Whether a mark lies inside a recording of so many frames of `shape`."""
    inside = (
        -0.5 <= mark.row0 <= mark.row1 <= shape[0] - 0.5 and -0.5 <= mark.col0 <= mark.col1 <= shape[1] - 0.5
    )
    return inside and 0 <= mark.frame < frames


def mark_at(
    marks: Iterable[Mark], row: float, col: float, *, reach: float, spacing: Spacing = (1.0, 1.0)
) -> Mark | None:
    """Return the mark under a position: the nearest point or edge of a box within reach, or None.

    Parameters
    ----------
    marks : iterable of Mark
        Of one frame.
    row, col : float
        Where, in pixels; the middle of the first pixel is (0, 0).
    reach : float
        How far off a mark may be, in the units of `spacing`.
    spacing : tuple of float
        Length of a pixel along (row, column) as it is seen, so that reach is round on the screen.
    """
    best, least = None, reach
    for mark in marks:
        if mark.kind == "point":
            away = math.hypot((mark.row0 - row) * spacing[0], (mark.col0 - col) * spacing[1])
        else:
            away = _to_edge(mark, row, col, spacing)
        if away <= least:
            best, least = mark, away
    return best


def _to_edge(mark: Mark, row: float, col: float, spacing: Spacing) -> float:
    """Return how far a position is from the nearest edge of a box."""
    down = max(mark.row0 - row, row - mark.row1)  # negative inside
    across = max(mark.col0 - col, col - mark.col1)
    if down <= 0 and across <= 0:
        return min(-down * spacing[0], -across * spacing[1])
    return math.hypot(max(down, 0.0) * spacing[0], max(across, 0.0) * spacing[1])


def changed(marks: Sequence[Mark], changes: Iterable[MarkChange]) -> tuple[Mark, ...]:
    """Return the marks of a frame and label after some changes; a change made twice changes nothing more."""
    after = list(marks)
    for change in changes:
        if change.before is not None and change.before in after:
            after.remove(change.before)
        if change.after is not None and change.after not in after:
            after.append(change.after)
    return tuple(after)
