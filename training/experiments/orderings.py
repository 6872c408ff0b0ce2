"""Whether one way of training is better than another: paired over images, with seeds drawn again too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MARGIN = 0.03
"""Dice within which two ways of training count as equal."""

DRAWS = 4000


class Verdict(StrEnum):
    """What the numbers say of a claim."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Claim:
    """A published ordering that can be tested.

    Parameters
    ----------
    first, second : str
        Ways of training.
    kind : {"better", "equal"}
        Whether the first is said to beat the second, or to be as good.
    """

    first: str
    second: str
    kind: str = "better"

    def __str__(self) -> str:
        return f"{self.first} {'>' if self.kind == 'better' else '≈'} {self.second}"


@dataclass(frozen=True)
class Judgement:
    """A claim with its evidence.

    Parameters
    ----------
    claim : Claim
        What was tested.
    difference, low, high : float
        Mean of first minus second over paired images and its 95 % interval; NaN without pairs.
    images, blocks : int
        Paired test images, and the seeds (each another fold) they come from.
    verdict : Verdict
        By the rule of `judge`.
    """

    claim: Claim
    difference: float
    low: float
    high: float
    images: int
    blocks: int
    verdict: Verdict


RULE = (
    "A claim ‘A > B’ holds if the 95 % interval of the paired difference lies above 0 and does not hold if"
    f" it lies below 0. ‘A ≈ B’ holds if the interval lies within ±{MARGIN} Dice and does not hold if it"
    " lies wholly outside of that. Everything else is undecided. The interval is a bootstrap that draws"
    " seeds first and test images within each seed second, so that few seeds give wide intervals."
)
"""How a claim is judged."""


def paired_interval(
    blocks: Sequence[NDArray[np.floating]], *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float, float]:
    """Return mean and 95 % interval of values that lie in blocks.

    Parameters
    ----------
    blocks : sequence of (n,) ndarray
        Differences of the images of each seed; seeds weigh the same however many images they have.
    draws : int
        Of the bootstrap.
    seed : int
        Of the bootstrap.

    Returns
    -------
    tuple of float
        Mean, low, high; NaN where there is nothing.
    """
    kept = [np.asarray(block, float) for block in blocks if len(block)]
    if not kept:
        return math.nan, math.nan, math.nan
    random = np.random.default_rng(seed)
    means = np.stack(
        [block[random.integers(len(block), size=(draws, len(block)))].mean(1) for block in kept]
    )  # (blocks, draws): the mean of each block's images drawn again
    chosen = random.integers(len(kept), size=(draws, len(kept)))
    # a block drawn twice brings another draw of its images the second time
    shuffled = np.stack(
        [random.permuted(means, axis=1)[chosen[:, k], np.arange(draws)] for k in range(len(kept))]
    )
    low, high = np.quantile(shuffled.mean(0), [0.025, 0.975])
    return float(np.mean([block.mean() for block in kept])), float(low), float(high)


def judge(claim: Claim, scores: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Judgement:
    """Test a claim.

    Parameters
    ----------
    claim : Claim
        Which.
    scores : mapping
        ``scores[way][seed][image]`` is a Dice coefficient; images that one of the two ways lacks are left
        out, and so are whole seeds.

    Returns
    -------
    Judgement
        By `RULE`; undecided with fewer than two seeds.
    """
    first, second = scores.get(claim.first, {}), scores.get(claim.second, {})
    blocks = []
    for seed in first.keys() & second.keys():
        common = sorted(first[seed].keys() & second[seed].keys())
        if common:
            blocks.append(np.array([first[seed][name] - second[seed][name] for name in common]))
    blocks.sort(key=lambda block: (len(block), float(block.sum())))  # whatever the order of a set
    difference, low, high = paired_interval(blocks)
    verdict = Verdict.UNDECIDED
    if len(blocks) >= 2:
        verdict = _verdict(claim.kind, low, high)
    return Judgement(claim, difference, low, high, sum(map(len, blocks)), len(blocks), verdict)


def claim_rows(
    claims: Sequence[Claim],
    scores: Mapping[str, Mapping[str, Mapping[str, float]]],
    data: str,
    blocks: str = "seeds",
) -> list[dict[str, object]]:
    """Judge the claims whose two ways of training both have scores, as rows of a report.

    Parameters
    ----------
    claims : sequence of Claim
        Which.
    scores : mapping
        As `judge` takes them.
    data : str
        What the scores are of.
    blocks : str
        What the blocks are called.
    """
    rows: list[dict[str, object]] = []
    for claim in claims:
        if {claim.first, claim.second} <= scores.keys():
            judged = judge(claim, scores)
            rows.append(
                {
                    "claim": str(claim),
                    "data": data,
                    "difference": judged.difference,
                    "low": judged.low,
                    "high": judged.high,
                    "images": judged.images,
                    blocks: judged.blocks,
                    "verdict": str(judged.verdict),
                }
            )
    return rows


def _verdict(kind: str, low: float, high: float) -> Verdict:
    if kind == "equal":
        if low >= -MARGIN and high <= MARGIN:
            return Verdict.HOLDS
        return Verdict.FAILS if low > MARGIN or high < -MARGIN else Verdict.UNDECIDED
    if low > 0:
        return Verdict.HOLDS
    return Verdict.FAILS if high < 0 else Verdict.UNDECIDED


def judge_rank(name: str, means: Mapping[str, float], places: int) -> tuple[Verdict, int]:
    """Tell whether a way of training is among the `places` worst, and its rank from below (1 is worst).

    The verdict is one of the means alone, without an interval.
    """
    order = sorted((value, way) for way, value in means.items() if math.isfinite(value))
    rank = next((i + 1 for i, (_, way) in enumerate(order) if way == name), 0)
    if rank == 0 or len(order) <= places:
        return Verdict.UNDECIDED, rank
    return (Verdict.HOLDS if rank <= places else Verdict.FAILS), rank
