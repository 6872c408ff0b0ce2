"""Tests of two models, on the same images or on different ones, and the correction for many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.statistics.values import Number, clean, differences, finite, is_constant

if TYPE_CHECKING:
    from collections.abc import Sequence

EXACT_UP_TO = 50
"""Number of pairs up to which Wilcoxon's distribution is counted out, where no two differences tie."""


@dataclass(frozen=True)
class TestResult:
    """What a test says.

    Parameters
    ----------
    name : str
        The test.
    statistic : float or None
        Its statistic.
    p : float or None
        Two-sided p-value; None where the test cannot be asked.
    n : int
        Pairs, or values of both groups together, that it stands on.
    df : float or None
        Degrees of freedom, for t tests.
    note : str
        Why p is None, or exactly 0 or 1 by convention; empty otherwise.
    """

    __test__ = False  # pytest takes the name for a class of tests

    name: str
    statistic: Number
    p: Number
    n: int
    df: Number = None
    note: str = ""


def paired_t(first: Sequence[Number], second: Sequence[Number]) -> TestResult:
    """Test whether the mean of paired differences is 0 (Student's t), as Hu et al. 2018 do.

    Pairs with a gap are left out. Fewer than two pairs: no p. Differences that do not vary: p is 1 if they
    are all 0, else 0, and the note says so.
    """
    from scipy.stats import t as student

    difference = differences(first, second)
    n = difference.size
    if n < 2:
        return TestResult("paired t", None, None, n, None, "fewer than two pairs")
    if not difference.any():
        return TestResult("paired t", 0.0, 1.0, n, n - 1.0, "all pairs are equal")
    if is_constant(difference):
        return TestResult("paired t", None, 0.0, n, n - 1.0, "all differences are equal")
    statistic = float(difference.mean() / difference.std(ddof=1) * np.sqrt(n))
    return TestResult("paired t", statistic, float(2 * student.sf(abs(statistic), n - 1)), n, n - 1.0)


def wilcoxon(first: Sequence[Number], second: Sequence[Number]) -> TestResult:
    """Test whether paired differences are symmetric about 0 (Wilcoxon's signed ranks).

    Pairs with a gap, and pairs that do not differ, are left out. Exact up to 50 pairs without ties, else by
    the normal approximation with its correction for ties and continuity. No pair that differs: p is 1.
    Wilcoxon 1945, doi:10.2307/3001968.
    """
    from scipy import stats

    difference = differences(first, second)
    n = difference.size
    if not n:
        return TestResult("Wilcoxon signed ranks", None, None, 0, None, "no pairs")
    difference = difference[difference != 0]
    if not difference.size:
        return TestResult("Wilcoxon signed ranks", 0.0, 1.0, n, None, "all pairs are equal")
    has_ties = np.unique(np.abs(difference)).size < difference.size
    if difference.size <= EXACT_UP_TO and not has_ties:
        found = stats.wilcoxon(difference, method="exact")
    else:
        found = stats.wilcoxon(difference, method="approx", correction=True)
    note = "" if difference.size > 5 else f"{difference.size} pairs that differ cannot show p below 0.05"
    return TestResult(
        "Wilcoxon signed ranks", clean(float(found.statistic)), clean(float(found.pvalue)), n, None, note
    )


def welch_t(first: Sequence[Number], second: Sequence[Number]) -> TestResult:
    """Test whether two groups have one mean, without assuming one variance (Welch 1947, doi:10.2307/2332510).

    Fewer than two values in a group: no p. Nothing varies: p is 1 for equal means, else 0.
    """
    from scipy.stats import t as student

    a, b = finite(first), finite(second)
    n = a.size + b.size
    if a.size < 2 or b.size < 2:
        return TestResult("Welch's t", None, None, n, None, "a group of fewer than two values")
    if is_constant(a) and is_constant(b):
        is_equal = is_constant(np.concatenate([a, b]))
        note = "nothing varies within the groups"
        return TestResult("Welch's t", 0.0 if is_equal else None, float(is_equal), n, None, note)
    va, vb = (0.0 if is_constant(part) else float(part.var(ddof=1)) / part.size for part in (a, b))
    share = va / (va + vb)
    df = 1 / (share**2 / (a.size - 1) + (1 - share) ** 2 / (b.size - 1))
    statistic = float(a.mean() - b.mean()) / float(np.sqrt(va + vb))
    return TestResult("Welch's t", statistic, float(2 * student.sf(abs(statistic), df)), n, df)


def mann_whitney(first: Sequence[Number], second: Sequence[Number]) -> TestResult:
    """Test whether values of one group tend to be larger than those of another (Mann & Whitney 1947).

    doi:10.1214/aoms/1177730491. An empty group: no p. All values alike: p is 1.
    """
    from scipy.stats import mannwhitneyu

    a, b = finite(first), finite(second)
    n = a.size + b.size
    if not (a.size and b.size):
        return TestResult("Mann-Whitney U", None, None, n, None, "an empty group")
    if np.unique(np.concatenate([a, b])).size == 1:
        return TestResult("Mann-Whitney U", a.size * b.size / 2, 1.0, n, None, "all values are equal")
    found = mannwhitneyu(a, b, alternative="two-sided")
    return TestResult("Mann-Whitney U", clean(float(found.statistic)), clean(float(found.pvalue)), n)


def holm(p_values: Sequence[Number]) -> list[Number]:
    """Return p-values corrected for their number by Holm's step-down method.

    Parameters
    ----------
    p_values : sequence of float or None
        None and NaN stay None and are not counted.

    Returns
    -------
    list of float or None
        In the order given, never smaller than what was given and at most 1. Holm 1979,
        https://www.jstor.org/stable/4615733.
    """
    known = [i for i, p in enumerate(p_values) if p is not None and not np.isnan(p)]
    corrected: list[Number] = [None] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(sorted(known, key=lambda i: float(p_values[i] or 0.0))):
        largest = max(largest, min((len(known) - rank) * float(p_values[i] or 0.0), 1.0))
        corrected[i] = largest
    return corrected
