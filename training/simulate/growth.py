"""Fetal size by gestational age: INTERGROWTH-21st.

Head circumference and biparietal diameter: Papageorghiou et al. 2014, doi 10.1016/S0140-6736(14)61490-2.
Cerebellum and cisterna magna: Rodriguez-Sibaja et al. 2021, doi 10.1002/uog.22017. The coefficients are those
in the code of the R package gigs, which tests them against the published tables. Not for clinical use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

YOUNGEST_WEEKS, OLDEST_WEEKS = 14.0, 40.0
"""Range that the curves were fitted to."""


@dataclass(frozen=True)
class Size:
    """Mean and standard deviation of a size at one age, in mm."""

    mean_mm: float
    deviation_mm: float

    def at(self, z: float) -> float:
        """Return the size `z` standard deviations above the mean."""
        return self.mean_mm + z * self.deviation_mm


def head_circumference(ga_weeks: float) -> Size:
    """Return head circumference at 14 to 40 weeks."""
    log = np.log(ga_weeks)
    mean = -28.2849 + 1.69267 * ga_weeks**2 - 0.397485 * ga_weeks**2 * log
    deviation = 1.98735 + ga_weeks**3 * (0.0136772 - 0.00726264 * log + 0.000976253 * log**2)
    return Size(float(mean), float(deviation))


def biparietal_diameter_mm(ga_weeks: float) -> float:
    """Return the mean biparietal diameter at 14 to 40 weeks."""
    return 5.60878 + 0.158369 * ga_weeks**2 - 0.00256379 * ga_weeks**3


def transcerebellar_diameter(ga_weeks: float) -> Size:
    """Return transcerebellar diameter at 14 to 40 weeks."""
    mean = -13.10907 + 20.8941 * (ga_weeks / 10) ** 0.5 + 0.5035914 * (ga_weeks / 10) ** 3
    return Size(float(mean), float(0.4719837 + 0.0500382 * (ga_weeks / 10) ** 3))


def cisterna_magna_mm(ga_weeks: float) -> float:
    """Return the mean depth of the cisterna magna."""
    return float(np.exp(2.098095 - 239.0659 / ga_weeks**2 - 0.0000001547 * ga_weeks**3))
