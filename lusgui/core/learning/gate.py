"""Whether a candidate may take the place of the model in use: judged on the same frames, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.learning.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from lusgui.core.learning.scores import FrameScore

LEAST_FRAMES = 2
"""Fewer held-out frames say nothing: no model is promoted on them."""

DICE_TOLERANCE = 0.005
"""The mean Dice may be lower by this much: less than two drawings of one hand differ."""

HD95_SHARE, HD95_FLOOR = 0.10, {"mm": 0.5, "px": 2.0}
"""HD95 is clearly worse if its mean rose by more than this share and by more than this length."""

FALSE_COMPONENTS_MORE = 0.25
"""False components are clearly worse if a frame has this many more of them on average."""

CLEAR_GAIN = 0.10
"""A mean Dice that rose by this much outweighs a longer HD95 and more false components: a model that found
next to nothing had few outliers."""

LEAST_FIRST_DICE = 0.50
"""Where no model answered before, the first must reach this mean Dice to be shown by itself."""

_RESAMPLES, _SEED = 2000, 20


@dataclass(frozen=True)
class GateDecision(Plain):
    """What was decided about a candidate, and on what grounds.

    Parameters
    ----------
    promotes : bool
        Whether the candidate takes over.
    reason : str
        Why, in a sentence or two for the person.
    n : int
        Number of held-out frames that both were judged on.
    dice_before, dice_after : float or None
        Mean Dice of the model in use and of the candidate over them.
    dice_difference_interval : (float, float) or None
        95 % interval of the mean paired difference (bootstrap over recordings where there are at least
        three, else over frames).
    hd95_before, hd95_after : float or None
        Mean HD95 over the frames where both have one.
    hd95_unit : str
        ``mm`` or ``px``.
    false_before, false_after : float or None
        Mean number of components in the wrong place.
    recordings : int
        From how many recordings the frames are.
    """

    promotes: bool
    reason: str
    n: int = 0
    dice_before: float | None = None
    dice_after: float | None = None
    dice_difference_interval: tuple[float, float] | None = None
    hd95_before: float | None = None
    hd95_after: float | None = None
    hd95_unit: str = "mm"
    false_before: float | None = None
    false_after: float | None = None
    recordings: int = 0


def decide(candidate: Sequence[FrameScore], active: Sequence[FrameScore] | None) -> GateDecision:
    """Compare a candidate with the model in use on the same held-out frames of one label.

    The candidate is promoted if it is not worse: its mean Dice is not lower (by more than `DICE_TOLERANCE`),
    and neither HD95 nor the number of false components is clearly higher, unless the Dice rose by
    `CLEAR_GAIN`. A frame for which the candidate has no Dice counts as 0; one for which the model in use has
    none is left out.

    Parameters
    ----------
    candidate : sequence of FrameScore
        The candidate's scores, one a frame.
    active : sequence of FrameScore or None
        Those of the model in use on the same frames; None where no model answered for the label.
    """
    if active is None:
        return _first(candidate)
    before = {row.key: row for row in active if row.dice is not None}
    after = {row.key: row for row in candidate}
    keys = sorted(set(before) & set(after))
    if len(keys) < LEAST_FRAMES:
        return _too_few(len(keys))
    dice_before = np.array([before[key].dice for key in keys], dtype=np.float64)
    dice_after = np.array([after[key].dice or 0.0 for key in keys], dtype=np.float64)
    gain = float(np.mean(dice_after - dice_before))
    interval = _interval(dice_after - dice_before, [key[0] for key in keys])
    unit = after[keys[0]].hd95_unit
    hd95 = _pairs(keys, before, after, lambda row: row.hd95 if row.hd95_unit == unit else None)
    false = _pairs(keys, before, after, lambda row: row.false_components)
    longer, more = _rise(hd95), _rise(false)
    is_longer = (
        hd95 is not None
        and longer > HD95_FLOOR.get(unit, 2.0)
        and longer > HD95_SHARE * float(hd95[0].mean())
    )
    is_clear = gain >= CLEAR_GAIN
    values = (float(dice_before.mean()), float(dice_after.mean()))
    told = f"Dice {values[0]:.2f} → {values[1]:.2f} on {_frames(len(keys))} it never learnt from"
    if interval is not None:
        told += f" (95 % interval of the difference {interval[0]:+.2f} to {interval[1]:+.2f})"
    if gain < -DICE_TOLERANCE:
        promotes, reason = False, f"Worse than the model in use: {told}."
    elif is_longer and not is_clear:
        promotes = False
        reason = f"Its outline strays further: HD95 {_change(hd95)} {unit}, which is clearly worse; {told}."
    elif more > FALSE_COMPONENTS_MORE and not is_clear:
        promotes = False
        reason = f"It finds more where nothing is: {_change(false)} false pieces a frame; {told}."
    else:
        promotes = True
        word = "Better than" if gain > DICE_TOLERANCE else "Not worse than"
        reason = f"{word} the model in use: {told}."
    lengths, pieces = _means(hd95), _means(false)
    return GateDecision(
        promotes=promotes,
        reason=reason,
        n=len(keys),
        dice_before=values[0],
        dice_after=values[1],
        dice_difference_interval=interval,
        hd95_before=lengths[0],
        hd95_after=lengths[1],
        hd95_unit=unit,
        false_before=pieces[0],
        false_after=pieces[1],
        recordings=len({key[0] for key in keys}),
    )


def _first(candidate: Sequence[FrameScore]) -> GateDecision:
    """Decide about the first model of a label, which has nothing to be compared with."""
    if len(candidate) < LEAST_FRAMES:
        return _too_few(len(candidate))
    mean = float(np.mean([row.dice or 0.0 for row in candidate]))
    told = f"Dice {mean:.2f} on {_frames(len(candidate))} it never learnt from"
    promotes = mean >= LEAST_FIRST_DICE
    reason = f"The first model for this label: {told}."
    if not promotes:
        reason = f"It would be the first model for this label, but is too weak to be shown by itself: {told}."
    hd95 = [row.hd95 for row in candidate if row.hd95 is not None]
    false = [row.false_components for row in candidate if row.false_components is not None]
    return GateDecision(
        promotes,
        reason,
        len(candidate),
        dice_after=mean,
        hd95_after=float(np.mean(hd95)) if hd95 else None,
        hd95_unit=candidate[0].hd95_unit,
        false_after=float(np.mean(false)) if false else None,
        recordings=len({row.recording_id for row in candidate}),
    )


def _too_few(n: int) -> GateDecision:
    number = {0: "no frame was", 1: "only one frame was"}[n]
    return GateDecision(
        False,
        f"Nothing can be said of it yet: {number} held out to judge it on. Draw a few more frames, or try it"
        " and decide yourself.",
        n,
    )


def _frames(n: int) -> str:
    return "1 frame" if n == 1 else f"{n} frames"


def _pairs(
    keys: list[tuple[int, int, str]],
    before: dict[tuple[int, int, str], FrameScore],
    after: dict[tuple[int, int, str], FrameScore],
    value: Callable[[FrameScore], float | None],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return both models' values over the frames where both have one, or None without such a frame."""
    found = [(value(before[key]), value(after[key])) for key in keys]
    both = [pair for pair in found if pair[0] is not None and pair[1] is not None]
    if not both:
        return None
    array = np.array(both, dtype=np.float64)
    return array[:, 0], array[:, 1]


def _rise(pairs: tuple[NDArray[np.float64], NDArray[np.float64]] | None) -> float:
    return 0.0 if pairs is None else float(np.mean(pairs[1] - pairs[0]))


def _means(
    pairs: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> tuple[float, float] | tuple[None, None]:
    return (None, None) if pairs is None else (float(pairs[0].mean()), float(pairs[1].mean()))


def _change(pairs: tuple[NDArray[np.float64], NDArray[np.float64]] | None) -> str:
    return "" if pairs is None else f"{pairs[0].mean():.1f} → {pairs[1].mean():.1f}"


def _interval(differences: NDArray[np.float64], groups: list[int]) -> tuple[float, float] | None:
    """Return the 95 % bootstrap interval of a mean; whole recordings are drawn where there are three."""
    if differences.size < 3:
        return None
    random = np.random.default_rng(_SEED)
    names = np.unique(groups)
    if names.size >= 3:
        sums = np.array([differences[np.asarray(groups) == name].sum() for name in names])
        counts = np.array([np.count_nonzero(np.asarray(groups) == name) for name in names])
        drawn = random.integers(0, names.size, (_RESAMPLES, names.size))
        means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    else:
        drawn = random.integers(0, differences.size, (_RESAMPLES, differences.size))
        means = differences[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
