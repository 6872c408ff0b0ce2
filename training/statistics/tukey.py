"""Tukey's honestly significant difference: all pairs of several models at one error rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.statistics.values import Number, finite, is_constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class TukeyPair:
    """Two groups of a Tukey test.

    Parameters
    ----------
    first, second : str
        The groups.
    difference : float or None
        Mean of the first minus mean of the second; None where one has no values.
    low, high : float or None
        Simultaneous confidence interval of the difference.
    p : float or None
        Probability of so large a difference between any two of the groups if all means were equal.
    note : str
        Why something is None, or exactly 0 or 1; empty otherwise.
    """

    first: str
    second: str
    difference: Number
    low: Number
    high: Number
    p: Number
    note: str = ""


@dataclass(frozen=True)
class TukeyResult:
    """All pairs of a Tukey test.

    Parameters
    ----------
    names : tuple of str
        The groups, in the order given.
    pairs : tuple of TukeyPair
        Each pair once, the earlier name first.
    df : int
        Degrees of freedom of the error within groups.
    error_variance : float or None
        Mean square within groups.
    level : float
        Confidence of the intervals.
    """

    names: tuple[str, ...]
    pairs: tuple[TukeyPair, ...]
    df: int
    error_variance: Number
    level: float

    def p(self, first: str, second: str) -> Number:
        """Return the p-value of two groups in either order; 1 for a group and itself."""
        if first == second:
            return 1.0
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair.p
        raise KeyError((first, second))

    def matrix(self) -> list[list[Number]]:
        """Return the p-values as rows and columns in the order of the names."""
        return [[self.p(row, column) for column in self.names] for row in self.names]


def tukey_p(t: float, groups: int, df: float) -> float:
    """Return the Tukey-corrected p-value of a t statistic between two of several groups.

    The studentized range of `groups` means is sqrt(2) |t| for a pair, so p is its upper tail there. With two
    groups that is the two-sided t test.

    Parameters
    ----------
    t : float
        Difference of two means over its standard error.
    groups : int
        How many means there are to choose from, at least 2.
    df : float
        Degrees of freedom of the standard error, more than 0.

    References
    ----------
    Tukey 1949, doi:10.2307/3001913; unequal sizes: Kramer 1956, doi:10.2307/3001469. Amiri et al. 2020
    mark their Table II by it.
    """
    from scipy.stats import studentized_range

    if groups < 2 or not df > 0 or math.isnan(t):
        raise LusguiError(f"there is no Tukey test of {groups} groups with {df:g} degrees of freedom")
    if math.isinf(t):
        return 0.0
    # the integral may come out a rounding error outside [0, 1]
    return float(np.clip(studentized_range.sf(abs(t) * math.sqrt(2), groups, df), 0.0, 1.0))


def tukey_hsd(values: Mapping[str, Sequence[Number]], level: float = 0.95) -> TukeyResult:
    """Compare the means of several groups, every pair, at one error rate for all together.

    The groups' values count as independent and of one variance (Tukey-Kramer, so sizes may differ); where
    the same images stand behind every group the paired tests are the sharper ones.

    Parameters
    ----------
    values : mapping of str to sequence of float
        The scores of each model. None and NaN are left out; a group without a number stays in the list, but
        is not counted among the means.
    level : float
        Confidence of the intervals.

    Returns
    -------
    TukeyResult
        Equal to ``scipy.stats.tukey_hsd`` where that answers. Groups of one value are compared by the error
        of the others; where nothing varies, equal means have p 1 and unequal ones p 0; where no group has two
        values there is no p.
    """
    names = tuple(values)
    groups = {name: finite(values[name]) for name in names}
    filled = [name for name in names if groups[name].size]
    df = sum(groups[name].size for name in filled) - len(filled)
    square = sum(
        0.0 if is_constant(groups[name]) else float(((groups[name] - groups[name].mean()) ** 2).sum())
        for name in filled
    )
    variance = square / df if df > 0 else None
    reach = _reach(len(filled), df, level) if len(filled) > 1 and df > 0 else 0.0
    pairs = []
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            a, b = groups[first], groups[second]
            if not (a.size and b.size):
                empty = first if not a.size else second
                pairs.append(TukeyPair(first, second, None, None, None, None, f"{empty} has no values"))
                continue
            difference = float(a.mean() - b.mean())
            if variance is None:
                note = "no group has two values"
                pairs.append(TukeyPair(first, second, difference, None, None, None, note))
                continue
            error = math.sqrt(variance * (1 / a.size + 1 / b.size))
            if error == 0:
                is_equal = is_constant(np.array([a.mean(), b.mean()]))
                p, note = float(is_equal), "nothing varies within the groups"
            else:
                p, note = tukey_p(difference / error, len(filled), df), ""
            width = reach * error
            pairs.append(
                TukeyPair(first, second, difference, difference - width, difference + width, p, note)
            )
    return TukeyResult(names, tuple(pairs), df, variance, level)


def _reach(groups: int, df: int, level: float) -> float:
    """Return how many standard errors of a difference the simultaneous interval reaches."""
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(level, groups, df)) / math.sqrt(2)
