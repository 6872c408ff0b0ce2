"""How large a difference is, in units that do not grow with the number of images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from training.statistics.values import Number, differences, finite, is_constant

if TYPE_CHECKING:
    from collections.abc import Sequence


def cohens_dz(first: Sequence[Number], second: Sequence[Number]) -> Number:
    """Return the mean of paired differences over their standard deviation.

    None with fewer than two pairs, and where all differences are equal but not zero (no unit to measure in);
    0 where all are zero. Pairs with a gap are left out. Lakens 2013, doi:10.3389/fpsyg.2013.00863.
    """
    difference = differences(first, second)
    if difference.size < 2:
        return None
    if is_constant(difference):
        return None if difference.any() else 0.0
    return float(difference.mean() / difference.std(ddof=1))


def hedges_g(first: Sequence[Number], second: Sequence[Number]) -> Number:
    """Return the difference of two means over their pooled deviation, freed of its small-sample bias.

    Cohen's d times J = gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2)), m = n1 + n2 - 2. None where there is
    no pooled deviation to correct: fewer than four values in all, an empty group, or nothing that varies (0
    there if the means are equal too). Hedges 1981, doi:10.3102/10769986006002107.
    """
    a, b = finite(first), finite(second)
    m = a.size + b.size - 2
    if m < 2 or not (a.size and b.size):
        return None
    if is_constant(a) and is_constant(b):
        return 0.0 if is_constant(np.concatenate([a, b])) else None
    pooled = math.sqrt((((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / m)
    correction = math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2)
    return float((a.mean() - b.mean()) / pooled * correction)


def rank_biserial(first: Sequence[Number], second: Sequence[Number]) -> Number:
    """Return the matched-pairs rank-biserial correlation, in [-1, 1].

    (W+ - W-) / (W+ + W-) of Wilcoxon's signed ranks: 1 where the first is larger in every pair that differs.
    Pairs that do not differ are left out, as Wilcoxon does; 0 where none differs, None without pairs. Kerby
    2014, doi:10.2466/11.IT.3.1.
    """
    from scipy.stats import rankdata

    difference = differences(first, second)
    if not difference.size:
        return None
    difference = difference[difference != 0]
    if not difference.size:
        return 0.0
    ranks = rankdata(np.abs(difference))
    return float((ranks * np.sign(difference)).sum() / ranks.sum())


def cliffs_delta(first: Sequence[Number], second: Sequence[Number]) -> Number:
    """Return P(first > second) - P(first < second) over all pairs of two groups, in [-1, 1].

    The rank-biserial correlation of the Mann-Whitney test; None where a group is empty. Cliff 1993,
    doi:10.1037/0033-2909.114.3.494.
    """
    a, b = finite(first), finite(second)
    if not (a.size and b.size):
        return None
    ordered = np.sort(b)
    less = np.searchsorted(ordered, a, side="left")
    more = b.size - np.searchsorted(ordered, a, side="right")
    return float((less - more).sum() / (a.size * b.size))
