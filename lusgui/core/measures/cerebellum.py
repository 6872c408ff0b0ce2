"""The cerebellum from its mask: transcerebellar diameter, extent, and the age that it speaks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.calliper import largest_calliper
from lusgui.core.measures.figure import Figure, Point, checked_spacing, distance_mm
from lusgui.core.measures.gestational_age import Age, ages, weeks_and_days

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

TCD = "tcd"
"""Key of the transcerebellar diameter."""

NOT_CLINICAL = "not for clinical use"


def figures_of_cerebellum(
    mask: NDArray[np.bool_], spacing_mm: Spacing, ends: tuple[Point, Point] | None = None
) -> list[Figure]:
    """Return the transcerebellar diameter, and the gestational age by every source.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        Both hemispheres together; may be empty where `ends` are given.
    spacing_mm : (float, float)
        Distance between rows and between columns in mm.
    ends : pair of Point, optional
        Where a person put the ends of the diameter; without them it is the largest calliper of the mask.
    """
    spacing = checked_spacing(spacing_mm)
    note = "ends moved by hand"
    if ends is None:
        calliper = largest_calliper(mask, spacing)
        if calliper is None:
            return []
        ends, note = calliper.ends, "largest calliper of the mask, outer to outer"
    length = distance_mm(*ends, spacing)
    figures = [Figure(TCD, "Transcerebellar diameter", length, "mm", note=note, line=ends)]
    return figures + [figure_of_age(age) for age in ages(length)]


def figure_of_age(age: Age) -> Figure:
    """Return an age as a figure that names its source and its spread."""
    source = age.source
    key, name = f"ga_{source.key}", "Gestational age"
    if age.weeks is None:
        return Figure(key, name, None, "weeks", source.name, reason=age.reason)
    said = [f"{weeks_and_days(age.weeks)} weeks"]
    bounds = age.range_weeks
    if age.spread_weeks is not None and bounds is not None:
        lowest, highest = (weeks_and_days(bound) for bound in bounds)
        said.append(f"SD {age.spread_weeks:.1f} weeks, 95 % between {lowest} and {highest}")
    else:
        said.append(source.about_spread)
    said += [source.reference, NOT_CLINICAL]
    return Figure(key, name, age.weeks, "weeks", source.name, note="; ".join(said))
