"""Whether a stated probability is how often it comes true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BINS = 15
"""As many as Guo et al. 2017 take."""

CLIP = 1e-7
"""No probability is taken for nearer to 0 or 1, where float32 knows nothing finer and logarithms run off."""

SLOPES = (0.05, 20.0)
"""The range of 1 / temperature that is searched."""

BIASES = (-20.0, 20.0)
"""The range of the bias that is searched: what a model card may hold."""


class ReliabilityBin(NamedTuple):
    """Pixels of nearly one stated probability.

    Parameters
    ----------
    mean_probability : float
        What was stated, on average; the middle of the bin where it is empty.
    share_true : float
        Part of the pixels that is true; NaN where the bin is empty.
    pixels : int
        How many there are.
    """

    mean_probability: float
    share_true: float
    pixels: int


def _chosen(
    probability: NDArray[Any], truth: NDArray[np.bool_], where: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return probabilities and truths (N,) of the pixels asked for, without NaN."""
    if probability.shape != truth.shape or (where is not None and where.shape != truth.shape):
        raise LusguiError("the probability does not lie on the grid of the truth", shape=probability.shape)
    values = np.asarray(probability if where is None else probability[where], np.float64).ravel()
    answers = np.asarray(truth if where is None else truth[where], bool).ravel()
    is_number = ~np.isnan(values)
    values, answers = values[is_number], answers[is_number]
    if values.size and (values.min() < 0 or values.max() > 1):
        raise LusguiError("a probability lies outside 0 to 1")
    return values, answers


def band(truth: NDArray[np.bool_], pixels: float) -> NDArray[np.bool_]:
    """Return the pixels near the outline of a mask.

    Parameters
    ----------
    truth : (H, W) bool ndarray
        The mask.
    pixels : float
        A pixel belongs to the band if one of the other kind lies this near, centre to centre; 1 is one pixel
        on each side of the outline.

    Returns
    -------
    (H, W) bool ndarray
        Empty where the mask is empty or everything.
    """
    from scipy import ndimage

    near = np.zeros(truth.shape, bool)
    if not truth.any() or truth.all():
        return near
    # nothing further than this from the mask can be in the band
    margin = int(np.ceil(pixels)) + 1
    box = bounding_box(truth)
    part = (
        slice(max(box.row0 - margin, 0), box.row1 + margin),
        slice(max(box.col0 - margin, 0), box.col1 + margin),
    )
    inside = truth[part]
    distance = np.where(
        inside, ndimage.distance_transform_edt(inside), ndimage.distance_transform_edt(~inside)
    )
    near[part] = distance <= pixels
    return near


def reliability(
    probability: NDArray[Any],
    truth: NDArray[np.bool_],
    bins: int = BINS,
    where: NDArray[np.bool_] | None = None,
) -> list[ReliabilityBin]:
    """Return the reliability curve: equally wide bins of the probability of the label.

    Parameters
    ----------
    probability : ndarray in [0, 1]
        Of any shape; NaN is left out.
    truth : bool ndarray
        Of the same shape.
    bins : int
        How many; bin i holds [i / bins, (i + 1) / bins), the last one 1 as well.
    where : bool ndarray, optional
        Only these pixels.
    """
    if bins < 1:
        raise LusguiError(f"there is no curve of {bins} bins")
    values, answers = _chosen(probability, truth, where)
    numbers = np.minimum((values * bins).astype(np.int64), bins - 1)
    counts = np.bincount(numbers, minlength=bins)
    sums = np.bincount(numbers, values, minlength=bins)
    hits = np.bincount(numbers, answers, minlength=bins)
    return [
        ReliabilityBin(float(sums[i] / n), float(hits[i] / n), n)
        if (n := int(counts[i]))
        else ReliabilityBin((i + 0.5) / bins, float("nan"), 0)
        for i in range(bins)
    ]


def pool(curves: Sequence[Sequence[ReliabilityBin]]) -> list[ReliabilityBin]:
    """Return the reliability curve of all pixels of several frames, from curves of equally many bins."""
    pooled = []
    for parts in zip(*curves, strict=True):
        pixels = sum(part.pixels for part in parts)
        if not pixels:
            pooled.append(parts[0])
            continue
        filled = [part for part in parts if part.pixels]
        stated = sum(part.pixels * part.mean_probability for part in filled) / pixels
        true = sum(part.pixels * part.share_true for part in filled) / pixels
        pooled.append(ReliabilityBin(stated, true, pixels))
    return pooled


def ece_of(curve: Sequence[ReliabilityBin]) -> float | None:
    """Return the expected calibration error of a reliability curve; None where it holds no pixel."""
    total = sum(part.pixels for part in curve)
    if not total:
        return None
    return sum(p.pixels * abs(p.mean_probability - p.share_true) for p in curve if p.pixels) / total


def ece(
    probability: NDArray[Any],
    truth: NDArray[np.bool_],
    bins: int = BINS,
    where: NDArray[np.bool_] | None = None,
) -> float | None:
    """Return the expected calibration error, in [0, 1]: the mean gap of the reliability curve over pixels.

    Of the probability of the label itself, so that an unsure background counts as such; Guo et al. 2017
    (arXiv:1706.04599) bin the probability of the likelier answer instead. Most pixels are easy background:
    within the `band` around the outline the error is the more telling. Parameters as `reliability`; None
    without pixels.
    """
    return ece_of(reliability(probability, truth, bins, where))


def brier(
    probability: NDArray[Any], truth: NDArray[np.bool_], where: NDArray[np.bool_] | None = None
) -> float | None:
    """Return the mean squared difference of probability and truth, in [0, 1]; None without pixels.

    Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    """
    values, answers = _chosen(probability, truth, where)
    return float(((values - answers) ** 2).mean()) if values.size else None


def nll(
    probability: NDArray[Any], truth: NDArray[np.bool_], where: NDArray[np.bool_] | None = None
) -> float | None:
    """Return the mean negative log-likelihood (natural logarithm) of the truth; None without pixels.

    Probabilities are taken for no nearer to 0 or 1 than 1e-7, so a certain error costs 16.1.
    """
    values, answers = _chosen(probability, truth, where)
    if not values.size:
        return None
    right = np.where(answers, values, 1 - values)
    return float(-np.log(np.clip(right, CLIP, 1)).mean())


@dataclass(frozen=True)
class Temperature:
    """A fitted temperature, and a bias where one was asked for: ``ModelCard.temperature`` and ``.bias``.

    Parameters
    ----------
    value : float
        What logits are divided by: above 1 the model was too sure.
    nll_before, nll_after : float or None
        Mean negative log-likelihood of the network's own probabilities and of the fitted ones.
    note : str
        Why the value is 1 or at the end of its range; empty otherwise.
    bias : float
        What is added to the divided logits: above 0 the model found too little.
    """

    value: float
    nll_before: float | None
    nll_after: float | None
    note: str = ""
    bias: float = 0.0


def fit_temperature(
    probabilities: Sequence[NDArray[Any]],
    truths: Sequence[NDArray[np.bool_]],
    wheres: Sequence[NDArray[np.bool_]] | None = None,
    *,
    with_bias: bool = False,
) -> Temperature:
    """Find the temperature, and on request the bias, that make held-out truth the likeliest.

    The likelihood is convex in 1 / temperature, and in 1 / temperature and bias together, so the bounded
    search finds its one minimum. Fit on frames of held-out folds, never on the frames that are judged. A
    temperature alone leaves masks at threshold 0.5 as they are; a bias makes all of them larger or smaller,
    and fitted in a `band` it answers for pixels far from outlines too, that it never saw: judge the masks
    again. Guo et al. 2017, arXiv:1706.04599; with a bias, Platt 1999.

    Parameters
    ----------
    probabilities, truths : sequences of ndarray
        Images of any sizes. Probabilities as the network itself gives them (a card with temperature 1 and
        bias 0): nearer to 0 or 1 than 1e-7 a logit is not known any more.
    wheres : sequence of bool ndarray, optional
        Pixels that count in each, e.g. a `band`.
    with_bias : bool
        Whether a bias is fitted too.

    Returns
    -------
    Temperature
        1 (and 0) where there is no pixel, or a bias is asked for and all pixels are of one kind.
    """
    from scipy.optimize import minimize_scalar

    parts = [
        _chosen(probability, truth, None if wheres is None else wheres[i])
        for i, (probability, truth) in enumerate(zip(probabilities, truths, strict=True))
    ]
    values = np.concatenate([part[0] for part in parts]) if parts else np.empty(0)
    if not values.size:
        return Temperature(1.0, None, None, "no pixels")
    answers = np.concatenate([part[1] for part in parts])
    logits = _logit(values)
    sign = np.where(answers, 1.0, -1.0)

    def cost(slope: float, bias: float = 0.0) -> float:
        return float(np.logaddexp(0.0, -sign * (slope * logits + bias)).mean())

    bias = 0.0
    if with_bias and answers.all() == answers.any():
        return Temperature(1.0, cost(1.0), cost(1.0), "all pixels are of one kind: any bias is likelier")
    if with_bias:
        slope, bias = _fit_line(logits, answers)
    else:
        found = minimize_scalar(cost, bounds=SLOPES, method="bounded", options={"xatol": 1e-5})
        slope = float(found.x)
    if cost(1.0) <= cost(slope, bias):
        slope, bias = 1.0, 0.0
    at_the_end = min(abs(slope - end) / end for end in SLOPES) < 1e-3 or abs(bias) > BIASES[1] * 0.999
    note = "at the end of the range that is searched" if at_the_end else ""
    return Temperature(1 / slope, cost(1.0), cost(slope, bias), note, bias)


def _fit_line(logits: NDArray[np.float64], answers: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the slope and bias of logits (N,) that make answers (N,) the likeliest."""
    from scipy.optimize import minimize
    from scipy.special import expit

    sign = np.where(answers, 1.0, -1.0)

    def cost(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (line[0] * logits + line[1])
        pull = -sign * expit(-margin)
        return float(np.logaddexp(0.0, -margin).mean()), np.array([(pull * logits).mean(), pull.mean()])

    found = minimize(
        cost,
        np.array([1.0, 0.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[SLOPES, BIASES],
        options={"ftol": 1e-12, "gtol": 1e-8},
    )
    return float(found.x[0]), float(found.x[1])


def apply_temperature(
    probability: NDArray[Any], temperature: float, bias: float = 0.0
) -> NDArray[np.float32]:
    """Return probabilities (float32) with their logits divided by a temperature and a bias added.

    Without a bias 0.5 stays 0.5, and masks at threshold 0.5 stay as they are; at another threshold they
    change.
    """
    if not temperature > 0:
        raise LusguiError(f"there is no temperature of {temperature:g}")
    from scipy.special import expit

    logits = _logit(np.asarray(probability, np.float64))
    return np.asarray(expit(logits / temperature + bias), np.float32)


def _logit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(values, CLIP, 1 - CLIP)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))
