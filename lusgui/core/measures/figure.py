"""One measured figure: its value and unit, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from lusgui.core.geometry import Spacing

Point = tuple[float, float]
"""Row and column in pixels of the raw grid; whole numbers are pixel centres."""

NO_SPACING = "the pixel spacing is unknown: calibrate first"
"""Why a length is refused where nothing says how large a pixel is."""

_DECIMALS = {"mm": 1, "mm²": 2, "°": 1, "weeks": 1, "": 0}


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Parameters
    ----------
    key : str
        Stable name in files, e.g. ``arc_length``.
    name : str
        As people read it, e.g. "Arc length".
    value : float or None
        In `unit`; None where it is refused.
    unit : str
        ``mm``, ``mm²``, ``°``, ``weeks``, or empty for a count.
    part : str
        Which of several, e.g. "rib 2" or "ribs 1 and 2"; empty for the whole.
    reason : str
        Why there is no value; empty where there is one.
    note : str
        What must be said beside the value: its spread, its source, or that it is a lower bound.
    line : tuple of Point
        Where it was measured, as a line from point to point.
    is_least : bool
        Whether the value is a lower bound.
    """

    key: str
    name: str
    value: float | None
    unit: str
    part: str = ""
    reason: str = ""
    note: str = ""
    line: tuple[Point, ...] = ()
    is_least: bool = False

    @property
    def text(self) -> str:
        """Value with its unit, e.g. ``12.3 mm``; a dash where it is refused."""
        if self.value is None:
            return "–"
        figure = f"{self.value:.{_DECIMALS.get(self.unit, 2)}f}"
        bound = "≥ " if self.is_least else ""
        return f"{bound}{figure}°" if self.unit == "°" else f"{bound}{figure} {self.unit}".rstrip()


def refused(key: str, name: str, unit: str, reason: str, part: str = "") -> Figure:
    """Return a figure that could not be measured."""
    return Figure(key, name, None, unit, part, reason)


def checked_spacing(spacing_mm: Spacing) -> Spacing:
    """Return a spacing as two numbers.

    Raises
    ------
    LusguiError
        If it is not positive.
    """
    row, column = (float(value) for value in spacing_mm)
    if not (math.isfinite(row) and math.isfinite(column) and row > 0 and column > 0):
        raise LusguiError(f"a spacing of ({row:g}, {column:g}) mm measures nothing")
    return row, column


def distance_mm(first: Point, last: Point, spacing_mm: Spacing) -> float:
    """Return the distance of two points in mm."""
    down, across = (last[0] - first[0]) * spacing_mm[0], (last[1] - first[1]) * spacing_mm[1]
    return math.hypot(down, across)


def depth_mm(row: float, spacing_mm: Spacing) -> float:
    """Return how far below the frame's upper edge a row lies, whole numbers being pixel centres."""
    return (row + 0.5) * spacing_mm[0]
