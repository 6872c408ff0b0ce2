"""How far a found point lies from the true one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lusgui.core.geometry import Spacing

Point = tuple[float, float]
"""Row and column in pixels of the raw frame."""

RADII_PX = (5.0, 10.0, 20.0)
RADII_MM = (2.0, 5.0, 10.0)


def point_error(found: Point, truth: Point, spacing_mm: Spacing | None = None) -> float:
    """Return the Euclidean distance of two points (row, column): in mm with a spacing, else in pixels."""
    row, column = spacing_mm or (1.0, 1.0)
    return math.hypot((found[0] - truth[0]) * row, (found[1] - truth[1]) * column)


def mean_squared_error(
    found: Sequence[Point], truth: Sequence[Point], *, summed: bool = False
) -> float | None:
    """Return the mean squared error of points in px^2, as Hu et al. 2018 report it; None without points.

    They give 132.16 on their validation and 206.15 on their test images. The mean runs over images and over
    the two coordinates, as the loss of that name in Keras does; which one theirs is we do not know. `summed`
    gives the mean squared distance instead, twice as much.

    Parameters
    ----------
    found, truth : sequence of (row, column)
        In pixels.
    summed : bool
        Add the two coordinates up instead of averaging them.
    """
    if len(found) != len(truth):
        raise LusguiError(f"{len(found)} points cannot be judged by {len(truth)}")
    if not truth:
        return None
    squares = (np.asarray(found, float) - np.asarray(truth, float)) ** 2
    return float(squares.sum(1).mean() if summed else squares.mean())


def share_within(errors: Sequence[float | None], radius: float) -> float | None:
    """Return the share of errors of at most a radius; None without errors. A None counts as outside."""
    if not errors:
        return None
    return sum(error is not None and error <= radius for error in errors) / len(errors)


def score_point(
    found: Point, truth: Point, shape: tuple[int, int], spacing_mm: Spacing | None = None
) -> dict[str, float | None]:
    """Return the one row of a point.

    Parameters
    ----------
    found, truth : (row, column)
        In pixels of the raw frame.
    shape : (int, int)
        Rows and columns of the frame.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm.

    Returns
    -------
    dict
        ``error_px``; ``error_mm`` (None without spacing); ``squared_error_px2``, the mean over the two
        coordinates; ``error_percent``, of the frame's diagonal.
    """
    error = point_error(found, truth)
    return {
        "error_px": error,
        "error_mm": None if spacing_mm is None else point_error(found, truth, spacing_mm),
        "squared_error_px2": error**2 / 2,
        "error_percent": 100 * error / math.hypot(*shape),
    }


def summarise_points(rows: Sequence[Mapping[str, object]]) -> dict[str, float | None]:
    """Return what rows of `score_point` say together.

    Returns
    -------
    dict
        ``mse_px2`` (mean of ``squared_error_px2``), ``within_5px``, ``within_10px``, ``within_20px``, and
        where every spacing is known ``within_2mm``, ``within_5mm``, ``within_10mm``; None without rows.
    """
    squares = [
        float(value) for row in rows if isinstance(value := row.get("squared_error_px2"), (int, float))
    ]
    summary: dict[str, float | None] = {"mse_px2": float(np.mean(squares)) if squares else None}
    for key, radii in (("px", RADII_PX), ("mm", RADII_MM)):
        values = [row.get(f"error_{key}") for row in rows]
        errors = [float(value) for value in values if isinstance(value, (int, float))]
        is_known = len(errors) == len(values)
        for radius in radii:
            summary[f"within_{radius:g}{key}"] = share_within(errors, radius) if is_known else None
    return summary
