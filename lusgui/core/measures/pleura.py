"""The pleural line from its mask: depth, thickness, tilt."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.measures.figure import Figure, Point, checked_spacing, depth_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing


def figures_of_pleura(mask: NDArray[np.bool_], spacing_mm: Spacing) -> list[Figure]:
    """Return mean and least depth, mean thickness and tilt of a pleural line.

    The line may be broken: only columns that it crosses count. Its depth in a column is that of the middle
    between its upper and lower edge, below the frame's upper edge.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        Not empty.
    spacing_mm : (float, float)
        Distance between rows and between columns in mm.
    """
    spacing = checked_spacing(spacing_mm)
    columns = np.flatnonzero(mask.any(axis=0))
    upper = mask.argmax(axis=0)[columns]
    lower = mask.shape[0] - 1 - mask[::-1].argmax(axis=0)[columns]
    middle = (upper + lower) / 2
    shallow = int(middle.argmin())
    across_mm, down_mm = (columns * spacing[1]).astype(np.float64), (middle * spacing[0]).astype(np.float64)
    slope, offset = _straight(across_mm, down_mm)
    thick = float(np.count_nonzero(mask)) * spacing[0] / len(columns) * math.cos(math.atan(slope))
    ends = tuple(
        ((offset + slope * column * spacing[1]) / spacing[0], float(column))
        for column in (columns[0], columns[-1])
    )
    mean = float(middle.mean())
    across: tuple[Point, ...] = ((mean, float(columns[0])), (mean, float(columns[-1])))
    top = (float(middle[shallow]), float(columns[shallow]))
    return [
        Figure("pleural_depth", "Pleural depth, mean", depth_mm(mean, spacing), "mm", line=across),
        Figure(
            "pleural_depth_least",
            "Pleural depth, least",
            depth_mm(top[0], spacing),
            "mm",
            line=((-0.5, top[1]), top),
        ),
        Figure("pleural_thickness", "Mean thickness", thick, "mm"),
        Figure("pleural_tilt", "Tilt", math.degrees(math.atan(slope)), "°", line=ends),
    ]


def _straight(across_mm: NDArray[np.float64], down_mm: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and offset of the straight line through a curve."""
    if len(across_mm) < 2:
        return 0.0, float(down_mm.mean())
    slope, offset = np.polyfit(across_mm, down_mm, 1)
    return float(slope), float(offset)
