"""Callipers that a person puts down: a distance, an angle or an area, kept in pixels, read in mm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lusgui.core.measures.figure import (
    NO_SPACING,
    Figure,
    Point,
    checked_spacing,
    distance_mm,
    refused,
)

if TYPE_CHECKING:
    from lusgui.core.geometry import Spacing

DECIMALS = 2
"""Points are kept to the hundredth of a pixel."""

MOST_POINTS = 500
"""An outline of more points was not clicked by a person."""


class Kind(StrEnum):
    """What a calliper measures."""

    DISTANCE = "distance"
    ANGLE = "angle"
    AREA = "area"


NAMES = {Kind.DISTANCE: "Distance", Kind.ANGLE: "Angle", Kind.AREA: "Area"}
_UNITS = {Kind.DISTANCE: "mm", Kind.ANGLE: "°", Kind.AREA: "mm²"}


@dataclass(frozen=True)
class Drawn:
    """One calliper of one frame.

    Parameters
    ----------
    kind : Kind
        What it measures.
    points : tuple of Point
        Two ends; or end, corner, end of an angle; or the corners of an area in order.
    role : str
        A measure that it stands for (``tcd``), or empty for one of its own.
    """

    kind: Kind
    points: tuple[Point, ...]
    role: str = ""

    def __post_init__(self) -> None:
        kept = tuple((round(float(row), DECIMALS), round(float(col), DECIMALS)) for row, col in self.points)
        object.__setattr__(self, "points", kept)

    @property
    def is_complete(self) -> bool:
        """Whether it has the points that it needs, and they are not all the same."""
        least = {Kind.DISTANCE: 2, Kind.ANGLE: 3, Kind.AREA: 3}[self.kind]
        count = len(self.points)
        fits = least <= count <= MOST_POINTS if self.kind is Kind.AREA else count == least
        if not fits or not all(math.isfinite(value) for point in self.points for value in point):
            return False
        if self.kind is Kind.ANGLE:
            return self.points[1] not in (self.points[0], self.points[2])
        return len(set(self.points)) >= least

    def moved(self, index: int, point: Point) -> Drawn:
        """Return it with one point elsewhere."""
        points = (*self.points[:index], point, *self.points[index + 1 :])
        return Drawn(self.kind, points, self.role)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        values: dict[str, Any] = {"kind": str(self.kind), "points": [list(point) for point in self.points]}
        return values | ({"role": self.role} if self.role else {})


def drawn_from_json(value: object) -> Drawn | None:
    """Return a calliper that was kept in a file, or None where it is none."""
    if not isinstance(value, dict):
        return None
    try:
        kind = Kind(str(value.get("kind")))
        points = tuple((float(row), float(col)) for row, col in value["points"])
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    made = Drawn(kind, points, str(value.get("role", "")))
    return made if made.is_complete else None


def figure_of(drawn: Drawn, spacing_mm: Spacing | None, part: str = "") -> Figure:
    """Return what a calliper reads, refused without spacing; an angle too, for pixels may not be square."""
    kind = drawn.kind
    name, unit, key = NAMES[kind], _UNITS[kind], f"calliper_{kind}"
    if not drawn.is_complete:
        return refused(key, name, unit, "points are missing", part)
    if spacing_mm is None:
        return refused(key, name, unit, NO_SPACING, part)
    spacing = checked_spacing(spacing_mm)
    if kind is Kind.DISTANCE:
        value = distance_mm(drawn.points[0], drawn.points[1], spacing)
    elif kind is Kind.ANGLE:
        value = _angle(drawn.points, spacing)
    else:
        value = _area(drawn.points, spacing)
    return Figure(key, name, value, unit, part, line=drawn.points)


def _angle(points: tuple[Point, ...], spacing: Spacing) -> float:
    (row, col), (corner_row, corner_col), (other_row, other_col) = points
    one = math.atan2((row - corner_row) * spacing[0], (col - corner_col) * spacing[1])
    other = math.atan2((other_row - corner_row) * spacing[0], (other_col - corner_col) * spacing[1])
    turn = abs(math.degrees(one - other)) % 360
    return min(turn, 360 - turn)


def _area(points: tuple[Point, ...], spacing: Spacing) -> float:
    """Return the area of a polygon (the shoelace formula)."""
    total = 0.0
    for (row, col), (next_row, next_col) in zip(points, points[1:] + points[:1], strict=True):
        total += col * next_row - next_col * row
    return abs(total) / 2 * spacing[0] * spacing[1]
