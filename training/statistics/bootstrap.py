"""Intervals by drawing again from what was measured, whole patients at a time where there are patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.statistics.values import Number, is_constant, to_array

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

RESAMPLES = 4000
AT_ONCE = 2_000_000
"""Numbers drawn at a time: 16 MB."""

METHODS = ("bca", "percentile")


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval.

    Parameters
    ----------
    estimate : float or None
        The statistic of the values; None without values.
    low, high : float or None
        Ends of the interval; None where one group alone says nothing of others.
    n : int
        Values that are numbers.
    groups : int
        Groups they come from; n where none were given.
    level : float
        Confidence.
    method : str
        ``bca`` or ``percentile``: what was used in the end.
    note : str
        Why an end is None or the method another than asked for; empty otherwise.
    """

    estimate: Number
    low: Number
    high: Number
    n: int
    groups: int
    level: float
    method: str
    note: str = ""


def bootstrap_interval(
    values: Sequence[Number],
    groups: Sequence[Hashable] | None = None,
    statistic: str | Callable[[NDArray[np.float64]], float] = "mean",
    *,
    method: str = "bca",
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return a bootstrap interval of a statistic.

    Parameters
    ----------
    values : sequence of float
        One score an image; None and NaN are left out.
    groups : sequence, optional
        Patient, clip or recording of each value. Whole groups are drawn then, with replacement, for frames
        of one patient resemble each other and count for less than as many patients (the cluster bootstrap:
        Davison & Hinkley 1997, doi:10.1017/CBO9780511802843).
    statistic : {"mean", "median"} or callable
        Of an array (n,), n at least 1.
    method : {"bca", "percentile"}
        Quantiles of the resampled statistics, or those corrected for bias and skewness (Efron 1987,
        doi:10.1080/01621459.1987.10478410), with the jackknife over groups.
    level : float in (0, 1)
        Confidence.
    resamples : int
        How many draws.
    seed : int
        The same seed gives the same interval.

    Returns
    -------
    Interval
        No values: all None. One group: no ends. Nothing varies: both ends are the estimate. Where the
        correction of BCa is infinite the percentile interval is given and the note says so. With fewer than
        about ten groups either is too narrow.
    """
    if method not in METHODS:
        raise LusguiError(
            f"there is no bootstrap called '{method[:40]}'", remedy=f"Known: {', '.join(METHODS)}"
        )
    if not 0 < level < 1 or resamples < 1:
        raise LusguiError(f"no interval has a level of {level:g} from {resamples} draws")
    array = to_array(values)
    parts = _known_parts(array, groups)
    array = array[~np.isnan(array)]
    n, k = array.size, len(parts)
    if not n:
        return Interval(None, None, None, 0, 0, level, method, "no values")
    measure = _measure(statistic)
    estimate = measure(array)
    if k < 2:
        return Interval(estimate, None, None, n, k, level, method, "one group has no interval")
    if is_constant(array):
        return Interval(estimate, estimate, estimate, n, k, level, method, "nothing varies")
    random = np.random.default_rng(seed)
    if statistic == "mean":
        spread = _drawn_means(parts, resamples, random)
        left_out = _means_without_one(parts)
    else:
        draws = (random.integers(0, k, k) for _ in range(resamples))
        spread = np.array([measure(np.concatenate([parts[i] for i in draw])) for draw in draws])
        left_out = np.array([measure(np.concatenate(parts[:i] + parts[i + 1 :])) for i in range(k)])
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    note = ""
    if method == "bca":
        corrected = _bca_ends(spread, left_out, estimate, ends)
        if corrected is None:
            method, note = "percentile", "the correction of BCa is not finite"
        else:
            ends = corrected
    low, high = np.quantile(spread, ends)
    return Interval(estimate, float(low), float(high), n, k, level, method, note)


def difference_interval(
    first: Sequence[Number],
    second: Sequence[Number],
    groups: Sequence[Hashable] | None = None,
    groups_of_second: Sequence[Hashable] | None = None,
    *,
    paired: bool = True,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the interval of the difference of two means.

    Parameters
    ----------
    first, second : sequence of float
        Scores; pairs with a gap are left out where they are paired.
    groups : sequence, optional
        Patient of each pair, or of each of the first.
    groups_of_second : sequence, optional
        Patient of each of the second, where they are not paired.
    paired : bool
        True: the BCa interval of the mean of the differences. False: each side is drawn again on its own,
        whole patients where they are known, and the percentile interval is given.
    level, resamples, seed
        As `bootstrap_interval`.
    """
    a, b = to_array(first), to_array(second)
    if paired:
        if a.size != b.size:
            raise LusguiError(f"{a.size} values cannot be paired with {b.size}")
        return bootstrap_interval(list(a - b), groups, level=level, resamples=resamples, seed=seed)
    sides = [_known_parts(a, groups), _known_parts(b, groups_of_second)]
    n, k = (sum(sizes) for sizes in zip(*((sum(map(len, part)), len(part)) for part in sides), strict=True))
    if not all(sides):
        return Interval(None, None, None, n, k, level, "percentile", "an empty group")
    estimate = float(np.nanmean(a) - np.nanmean(b))
    if min(map(len, sides)) < 2:
        return Interval(estimate, None, None, n, k, level, "percentile", "one group has no interval")
    random = np.random.default_rng(seed)
    means = [_drawn_means(part, resamples, random) for part in sides]
    low, high = np.quantile(means[0] - means[1], [(1 - level) / 2, (1 + level) / 2])
    return Interval(estimate, float(low), float(high), n, k, level, "percentile")


def _known_parts(array: NDArray[np.float64], groups: Sequence[Hashable] | None) -> list[NDArray[np.float64]]:
    """Return the numbers of each group that has any."""
    if groups is not None and len(groups) != array.size:
        raise LusguiError(f"{array.size} values do not belong to {len(groups)} groups")
    is_number = ~np.isnan(array)
    keys = range(array.size) if groups is None else groups
    return _parts(array[is_number], [key for key, ok in zip(keys, is_number, strict=True) if ok])


def _parts(array: NDArray[np.float64], keys: Sequence[Hashable]) -> list[NDArray[np.float64]]:
    order: dict[Hashable, list[int]] = {}
    for i, key in enumerate(keys):
        order.setdefault(key, []).append(i)
    return [array[indices] for indices in order.values()]


def _measure(
    statistic: str | Callable[[NDArray[np.float64]], float],
) -> Callable[[NDArray[np.float64]], float]:
    if callable(statistic):
        return lambda values: float(statistic(values))
    known: dict[str, Callable[[NDArray[np.float64]], float]] = {"mean": np.mean, "median": np.median}
    if statistic not in known:
        raise LusguiError(f"there is no statistic called '{statistic[:40]}'", remedy="Known: mean, median")
    return lambda values: float(known[statistic](values))


def _drawn_means(
    parts: list[NDArray[np.float64]], resamples: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Return the means of so many draws of all groups, some at a time so that memory stays small."""
    sums = np.array([part.sum() for part in parts])
    sizes = np.array([part.size for part in parts], np.float64)
    k, at_once = len(parts), max(AT_ONCE // len(parts), 1)
    means = []
    for start in range(0, resamples, at_once):
        drawn = random.integers(0, k, (min(at_once, resamples - start), k))
        means.append(sums[drawn].sum(1) / sizes[drawn].sum(1))
    return np.concatenate(means)


def _means_without_one(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    sums = np.array([part.sum() for part in parts])
    sizes = np.array([part.size for part in parts], np.float64)
    return np.asarray((sums.sum() - sums) / (sizes.sum() - sizes))


def _bca_ends(
    spread: NDArray[np.float64], left_out: NDArray[np.float64], estimate: float, ends: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the corrected quantile levels, or None where the correction is not finite."""
    from scipy.special import ndtr, ndtri

    # half of those that equal the estimate, as Efron & Tibshirani count ties
    below = ((spread < estimate).mean() + (spread <= estimate).mean()) / 2
    if not 0 < below < 1:
        return None
    bias = ndtri(below)
    deviation = left_out.mean() - left_out
    largest = float(np.abs(deviation).max())
    if largest == 0:
        return None
    deviation = deviation / largest  # skewness has no unit, and tiny numbers no cube
    square = float((deviation**2).sum())
    skew = float((deviation**3).sum()) / (6 * square**1.5)
    shifted = bias + ndtri(ends)
    scale = 1 - skew * shifted
    if (scale <= 0).any():
        return None
    return np.asarray(ndtr(bias + shifted / scale))
