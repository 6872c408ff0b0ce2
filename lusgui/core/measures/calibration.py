"""Pixel spacing from a line along a distance that is known, e.g. the depth scale of the machine."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from lusgui.core.geometry import Spacing
    from lusgui.core.measures.figure import Point

LEAST_PIXELS = 5.0
"""A shorter line cannot be placed exactly enough to calibrate by."""

SLANT = 0.2
"""A line that strays so much of its length sideways does not lie along rows or columns."""


class Along(StrEnum):
    """Which spacing a known distance says."""

    BOTH = "both"
    """Square pixels: one distance says both, whichever way it runs."""
    ROWS = "rows"
    """Down the image."""
    COLUMNS = "columns"
    """Across the image."""


def spacing_along(first: Point, last: Point, length_mm: float, along: Along) -> float:
    """Return the spacing in mm that a line of known length says.

    Parameters
    ----------
    first, last : Point
        Its ends, in pixels.
    length_mm : float
        How long it is in truth.
    along : Along
        Which spacing is asked for.

    Raises
    ------
    LusguiError
        If the length is not positive, the line too short, or slanted where one spacing is asked for.
    """
    if not math.isfinite(length_mm) or length_mm <= 0:
        raise LusguiError("the known distance must be more than 0 mm")
    down, across = abs(last[0] - first[0]), abs(last[1] - first[1])
    if along is Along.BOTH:
        pixels = math.hypot(down, across)
    else:
        pixels, astray = (down, across) if along is Along.ROWS else (across, down)
        if astray > SLANT * pixels and pixels >= LEAST_PIXELS:
            way = "down" if along is Along.ROWS else "across"
            raise LusguiError("the line is slanted", remedy=f"Draw it straight {way} the image")
    if pixels < LEAST_PIXELS:
        raise LusguiError(
            f"a line of {pixels:.1f} pixels is too short to calibrate by",
            remedy="Draw it along a longer distance",
        )
    return length_mm / pixels


def likely_direction(first: Point, last: Point, known: Spacing | None, shape: tuple[int, int]) -> Along:
    """Return which spacing a line most likely is to say.

    Pixels that are not square, or a frame much higher than wide (raw beams: 960 x 128), make it the one
    that the line runs along; otherwise both.
    """
    is_raw = shape[0] > 2.5 * shape[1] or shape[1] > 2.5 * shape[0]
    is_uneven = known is not None and abs(known[0] - known[1]) > 1e-3 * max(known)
    if not (is_raw or is_uneven):
        return Along.BOTH
    down, across = abs(last[0] - first[0]), abs(last[1] - first[1])
    return Along.ROWS if down >= across else Along.COLUMNS
