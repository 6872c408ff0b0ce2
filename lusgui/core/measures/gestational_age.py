"""Gestational age from the transcerebellar diameter, by published equations that are named on screen.

Each source answers only inside the diameters that it was fitted to. Not for clinical use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Z_95 = 1.96
"""So many standard deviations on either side hold 95 % of a normal distribution."""

Z_CENTILES = 1.881
"""So many standard deviations from the mean lie the 3rd and the 97th centile."""

YOUNGEST_WEEKS, OLDEST_WEEKS = 14.0, 40.0
"""Ages that the reference of diameters by age was fitted to."""


@dataclass(frozen=True)
class AgeSource:
    """A published equation.

    Parameters
    ----------
    key : str
        Stable name in files.
    name : str
        As it is shown beside every age it gives.
    reference : str
        Where it was published.
    smallest_mm, largest_mm : float
        Diameters that it was fitted to.
    weeks : callable
        Diameter in mm -> age in weeks.
    spread_weeks : callable or None
        Diameter in mm -> standard deviation of that age; None where none was published.
    about_spread : str
        What was published of the spread instead.
    """

    key: str
    name: str
    reference: str
    smallest_mm: float
    largest_mm: float
    weeks: Callable[[float], float]
    spread_weeks: Callable[[float], float] | None = None
    about_spread: str = ""


@dataclass(frozen=True)
class Age:
    """A gestational age by one source.

    Parameters
    ----------
    source : AgeSource
        By whom.
    weeks : float or None
        None where it is refused.
    spread_weeks : float or None
        One standard deviation.
    reason : str
        Why it is refused.
    """

    source: AgeSource
    weeks: float | None
    spread_weeks: float | None = None
    reason: str = ""

    @property
    def range_weeks(self) -> tuple[float, float] | None:
        """Between which ages 95 % of fetuses with this diameter are; None without a published spread."""
        if self.weeks is None or self.spread_weeks is None:
            return None
        return self.weeks - Z_95 * self.spread_weeks, self.weeks + Z_95 * self.spread_weeks


def _intergrowth_weeks(tcd_mm: float) -> float:
    tcd_cm = tcd_mm / 10
    return 3.957113 + 8.154074 * tcd_cm - 0.076187 * tcd_cm**3


def _intergrowth_spread(tcd_mm: float) -> float:
    return 1.577198 - 1.30374 / math.sqrt(tcd_mm / 10)


INTERGROWTH = AgeSource(
    "intergrowth21",
    "INTERGROWTH-21st",
    "Rodriguez-Sibaja et al. 2021, doi:10.1002/uog.22017; coefficients as in the R package gigs (gaftcd)",
    12.0,
    55.0,
    _intergrowth_weeks,
    _intergrowth_spread,
)
SOUTHWEST_NIGERIA = AgeSource(
    "southwest_nigeria",
    "Southwest Nigeria (n = 400)",
    "Fetal gestational age estimation using ultrasonic TCD in a sub-Saharan population, PMID 38665343",
    13.3,
    52.3,
    lambda tcd_mm: 0.557 * tcd_mm + 8.840,
    about_spread="no spread of the age was published; of the diameter ±0.3 mm at 14 and ±3.3 mm at 38 weeks",
)
SOURCES = (INTERGROWTH, SOUTHWEST_NIGERIA)


def age_by(source: AgeSource, tcd_mm: float) -> Age:
    """Return the age of a diameter in mm by one source, or why that source cannot say."""
    if not math.isfinite(tcd_mm) or not source.smallest_mm <= tcd_mm <= source.largest_mm:
        reason = f"made for {source.smallest_mm:g} to {source.largest_mm:g} mm, not for {tcd_mm:.1f} mm"
        return Age(source, None, None, reason)
    spread = None if source.spread_weeks is None else source.spread_weeks(tcd_mm)
    return Age(source, source.weeks(tcd_mm), spread)


def ages(tcd_mm: float) -> tuple[Age, ...]:
    """Return the age of a diameter in mm by every source."""
    return tuple(age_by(source, tcd_mm) for source in SOURCES)


def weeks_and_days(weeks: float) -> str:
    """Return an age as obstetricians write it, e.g. ``23+1``."""
    days = round(weeks * 7)
    return f"{days // 7}+{days % 7}"


@dataclass(frozen=True)
class Plausibility:
    """How a diameter compares with those of fetuses whose age is known.

    Parameters
    ----------
    expected_mm : float
        Mean diameter at that age.
    lowest_mm, highest_mm : float
        3rd and 97th centile.
    z : float
        Standard deviations from the mean.
    centile : float
        0 to 100.
    """

    expected_mm: float
    lowest_mm: float
    highest_mm: float
    z: float
    centile: float

    @property
    def is_plausible(self) -> bool:
        """Whether the diameter lies between the 3rd and the 97th centile."""
        return abs(self.z) <= Z_CENTILES


def plausibility(tcd_mm: float, known_weeks: float) -> Plausibility | None:
    """Compare a diameter in mm with the INTERGROWTH-21st reference at an age known otherwise.

    Returns
    -------
    Plausibility or None
        None outside 14 to 40 weeks, which the reference was made for.

    References
    ----------
    Rodriguez-Sibaja et al. 2021, doi:10.1002/uog.22017; coefficients as in the R package gigs (tcdfga).
    """
    if not YOUNGEST_WEEKS <= known_weeks <= OLDEST_WEEKS:
        return None
    tens = known_weeks / 10
    mean = -13.10907 + 20.8941 * tens**0.5 + 0.5035914 * tens**3
    deviation = 0.4719837 + 0.0500382 * tens**3
    z = (tcd_mm - mean) / deviation
    reach = Z_CENTILES * deviation
    return Plausibility(mean, mean - reach, mean + reach, z, 50 * (1 + math.erf(z / math.sqrt(2))))
