"""Every pair of several models, with all that a report prints about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from training.statistics.bootstrap import RESAMPLES, difference_interval
from training.statistics.effect import cliffs_delta, cohens_dz, hedges_g, rank_biserial
from training.statistics.paired import holm, mann_whitney, paired_t, welch_t, wilcoxon
from training.statistics.tukey import tukey_hsd
from training.statistics.values import Number, finite, finite_pairs

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


@dataclass(frozen=True)
class Comparison:
    """Two models against each other.

    Parameters
    ----------
    first, second : str
        The models.
    paired : bool
        Whether the same images stand behind both, and the tests are the paired ones.
    n_first, n_second : int
        Scores of each that are used: complete pairs only, where they are paired.
    mean_first, mean_second, difference : float or None
        Means, and the first minus the second.
    low, high : float or None
        95 % bootstrap interval of the difference: whole groups drawn where groups were given.
    t_test, rank_test : str
        Names of the two tests.
    p_t, p_rank : float or None
        Their p-values: paired t and Wilcoxon, or Welch and Mann-Whitney.
    p_t_holm, p_rank_holm : float or None
        The same, corrected by Holm for the number of pairs of models.
    p_tukey : float or None
        Of Tukey's HSD over all models (which knows of no pairs).
    cohens_dz : float or None
        Standardised mean of the differences; None where unpaired.
    hedges_g : float or None
        Standardised difference of the means.
    rank_biserial : float or None
        Of the signed ranks where paired, else Cliff's delta.
    note : str
        What the tests had to say about degenerate values.
    """

    first: str
    second: str
    paired: bool
    n_first: int
    n_second: int
    mean_first: Number
    mean_second: Number
    difference: Number
    low: Number
    high: Number
    t_test: str
    rank_test: str
    p_t: Number
    p_rank: Number
    p_t_holm: Number
    p_rank_holm: Number
    p_tukey: Number
    cohens_dz: Number
    hedges_g: Number
    rank_biserial: Number
    note: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def compare_groups(
    values: Mapping[str, Sequence[Number]],
    paired: bool,
    groups: Mapping[str, Sequence[Hashable]] | Sequence[Hashable] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Comparison]:
    """Compare every pair of several models.

    Parameters
    ----------
    values : mapping of str to sequence of float
        Scores of each model; None and NaN are gaps. Paired: all of one length, one place an image.
    paired : bool
        Whether a place stands for the same image in every model.
    groups : sequence or mapping of str to sequence, optional
        Patient of each place, or by model where they are not paired, for the intervals of differences. The
        tests themselves take images for independent; average over patients first if they are not.
    resamples, seed
        Of the bootstrap.

    Returns
    -------
    list of Comparison
        In the order of ``itertools.combinations``; empty for fewer than two models.

    Raises
    ------
    LusguiError
        If paired scores are not equally many.
    """
    pairs = list(combinations(values, 2))
    tukey = tukey_hsd(values)
    tests = [(paired_t, wilcoxon) if paired else (welch_t, mann_whitney) for _ in pairs]
    results = [
        tuple(test(values[first], values[second]) for test in both)
        for (first, second), both in zip(pairs, tests, strict=True)
    ]
    p_t = holm([result[0].p for result in results])
    p_rank = holm([result[1].p for result in results])
    found = []
    for i, (first, second) in enumerate(pairs):
        a, b = values[first], values[second]
        used = finite_pairs(a, b) if paired else (finite(a), finite(b))
        t, rank = results[i]
        patients = [groups.get(name) if isinstance(groups, Mapping) else groups for name in (first, second)]
        interval = difference_interval(a, b, *patients, paired=paired, resamples=resamples, seed=seed)
        means = [float(part.mean()) if part.size else None for part in used]
        notes = dict.fromkeys(note for note in (t.note, rank.note, interval.note) if note)
        found.append(
            Comparison(
                first,
                second,
                paired,
                used[0].size,
                used[1].size,
                means[0],
                means[1],
                interval.estimate,
                interval.low,
                interval.high,
                t.name,
                rank.name,
                t.p,
                rank.p,
                p_t[i],
                p_rank[i],
                tukey.p(first, second),
                cohens_dz(a, b) if paired else None,
                hedges_g(a, b),
                rank_biserial(a, b) if paired else cliffs_delta(a, b),
                "; ".join(notes),
            )
        )
    return found
