"""Which frames are worth drawing next: doubt, disagreement, distance, and spread over the movement.

A frame teaches much where the model is unsure of it, where two versions of the model answer differently, and
where it stands for many others that nothing labelled resembles. Frames are taken one after the other, and
what is taken counts as labelled for the next, so that twenty suggestions are not twenty neighbours. While few
frames are labelled what is typical counts more than what is doubtful: learnt alone, odd frames mislead
(Hacohen et al. 2022, arXiv:2202.02794).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.confidence import SURE_FROM, expected_dice, uncertainty
from lusgui.core.overlap import dice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONCERNED = 0.1
"""Doubt is measured where any pixel has at least this probability: elsewhere no view sees anything."""

BINS = 8
"""Parts of a movement that are to be covered."""

RIPE = 8
"""From so many labelled frames on doubt and disagreement count in full; ours."""

MOST_COMPARED = 1000
"""A frame's resemblance to others is measured on so many of them at most."""


@dataclass(frozen=True)
class Doubt:
    """How unsure a model is of one frame, from several views of it.

    Parameters
    ----------
    entropy : float
        Mean entropy of the mean probability in bits, [0, 1], over the pixels concerned.
    information : float
        What the views disagree by: entropy of the mean less the mean of the entropies, in bits, over the same
        pixels (BALD; Houlsby et al. 2011, arXiv:1112.5745).
    agreement : float
        Mean Dice of each view's mask with that of the mean.
    predicted_dice : float or None
        Expected Dice of the mean's mask (`lusgui.core.confidence`); None for an empty mask.
    shown_dice : float or None
        The same of the first view alone: of the answer that people see.
    """

    entropy: float
    information: float
    agreement: float
    predicted_dice: float | None
    shown_dice: float | None = None

    @property
    def value(self) -> float:
        """One number in [0, 1], larger for what is worth asking about."""
        fault = 0.0 if self.predicted_dice is None else 1.0 - self.predicted_dice
        return float(np.clip((fault + (1.0 - self.agreement) + self.entropy) / 3, 0.0, 1.0))


def measure_doubt(views: NDArray[Any], threshold: float = 0.5) -> Doubt:
    """Measure how unsure a model is of a frame.

    Parameters
    ----------
    views : (V, H, W) float ndarray in [0, 1]
        Probabilities from V views of the frame (as it is, then flipped, scaled, with dropout), brought
        back in register.
    threshold : float
        Probability from which a pixel belongs to the mask.
    """
    values = np.asarray(views, np.float32)
    mean = values.mean(axis=0)
    mask = mean >= threshold
    concerned = values.max(axis=0) >= CONCERNED
    if not concerned.any():
        return Doubt(0.0, 0.0, 1.0, None)
    of_mean = float(uncertainty(mean)[concerned].mean())
    mean_of = float(np.mean([uncertainty(view)[concerned].mean() for view in values]))
    agreement = float(np.mean([dice(view >= threshold, mask) for view in values]))
    shown = expected_dice(values[0], values[0] >= threshold)
    return Doubt(of_mean, max(0.0, of_mean - mean_of), agreement, expected_dice(mean, mask), shown)


@dataclass(frozen=True, eq=False)
class Option:
    """A frame that could be drawn next.

    Parameters
    ----------
    recording_id, frame : int
        Where; frames are counted from 0.
    features : (D,) ndarray
        What it looks like, on a scale shared by all frames.
    doubt : Doubt or None
        None where the model was not asked.
    versions_dice : float or None
        Dice between the masks of two versions of the model; None where there are no two.
    phase : float or None
        Where in its movement the frame stands, see `lusgui.core.motion_cycle`.
    is_cyclic : bool
        Whether the movement comes again.
    """

    recording_id: int
    frame: int
    features: NDArray[Any]
    doubt: Doubt | None = None
    versions_dice: float | None = None
    phase: float | None = None
    is_cyclic: bool = False


@dataclass(frozen=True)
class Weights:
    """What counts how much; what is not known of any frame is left out and the others count for it.

    Parameters
    ----------
    doubt, dispute : float
        How unsure the model is; how far two versions differ. In full from `RIPE` labelled frames on.
    distance : float
        How much nearer all frames come to a labelled one (facility location; as k-medoids).
    motion : float
        Whether its part of the movement is still without a label.
    """

    doubt: float = 0.35
    dispute: float = 0.15
    distance: float = 0.35
    motion: float = 0.15


@dataclass(frozen=True)
class Pick:
    """A frame worth drawing.

    Parameters
    ----------
    option : Option
        The frame.
    score : float
        How much, [0, 1].
    reasons : tuple of str
        Why, in words; the weightiest first.
    """

    option: Option
    score: float
    reasons: tuple[str, ...]


def rank(
    options: Sequence[Option], labelled: Sequence[Option], n: int, weights: Weights | None = None
) -> list[Pick]:
    """Choose the frames that are worth drawing next.

    Parameters
    ----------
    options : sequence of Option
        Frames that nobody has drawn yet.
    labelled : sequence of Option
        Frames that were, with the same kind of features.
    n : int
        How many are wanted.
    weights : Weights, optional
        What counts how much.

    Returns
    -------
    list of Pick
        The best first, at most `n`. Same input, same answer.
    """
    if not options or n <= 0:
        return []
    weights = weights or Weights()
    state = _Pool(options, labelled)
    picks: list[Pick] = []
    least = 1.0
    for _turn in range(min(n, len(options))):
        parts = state.parts(weights)
        totals = sum(parts.values()) + np.zeros(len(options))
        totals[state.is_taken] = -1.0
        best = int(np.argmax(totals))
        least = min(least, float(totals[best]))
        picks.append(Pick(options[best], least, state.reasons(best, parts, weights)))
        state.take(best)
    return picks


class _Pool:
    """Frames to choose from, and how each stands to what is labelled or chosen."""

    def __init__(self, options: Sequence[Option], labelled: Sequence[Option]) -> None:
        self.options = options
        self.is_taken = np.zeros(len(options), dtype=bool)
        self._features = np.stack([np.asarray(one.features, np.float64) for one in options])
        step = -(-len(options) // MOST_COMPARED)
        self._others = self._features[::step]
        self._apart = np.stack([_distances(self._others, row) for row in self._features])
        # without a label everything is as far from one as two frames ever are
        self._away = np.full(len(self._others), np.inf if labelled else float(self._apart.max()))
        for one in labelled:
            self._away = np.minimum(self._away, _distances(self._others, one.features))
        self._is_first = not labelled
        self._ripe = min(1.0, len(labelled) / RIPE)
        self._scale = max(float(self._gain().max()), 1e-12)
        self._known = {one.recording_id for one in labelled}
        self._filled: dict[tuple[int, int], int] = {}
        for one in labelled:
            self._fill(one)
        self._doubt = _ranks([None if one.doubt is None else one.doubt.value for one in options])
        self._dispute = np.array(
            [0.0 if one.versions_dice is None else 1.0 - one.versions_dice for one in options]
        )
        self._has = {
            "doubt": any(one.doubt is not None for one in options),
            "dispute": any(one.versions_dice is not None for one in options),
            "distance": True,
            "motion": any(one.phase is not None for one in options),
        }

    def _fill(self, one: Option) -> None:
        part = _part(one)
        if part is not None:
            self._filled[part] = self._filled.get(part, 0) + 1

    def _gain(self) -> NDArray[np.float64]:
        """Return how much nearer to a label each frame would bring all others, in all."""
        return np.asarray(np.maximum(self._away - self._apart, 0.0).sum(axis=1))

    def parts(self, weights: Weights) -> dict[str, NDArray[np.float64]]:
        """Return what each signal adds to the score of each frame."""
        motion = np.array([self._motion(one) for one in self.options])
        signals = {
            "doubt": self._doubt,
            "dispute": self._dispute,
            "distance": np.clip(self._gain() / self._scale, 0.0, 1.0),
            "motion": motion,
        }
        shares = self._shares(weights)
        return {name: shares[name] * signals[name] for name in signals}

    def _shares(self, weights: Weights) -> dict[str, float]:
        wanted = {name: getattr(weights, name) if has else 0.0 for name, has in self._has.items()}
        if wanted["distance"] + wanted["motion"] > 0:
            wanted |= {name: wanted[name] * self._ripe for name in ("doubt", "dispute")}
        total = sum(wanted.values()) or 1.0
        return {name: value / total for name, value in wanted.items()}

    def _motion(self, one: Option) -> float:
        part = _part(one)
        return 0.0 if part is None else 1.0 / (1.0 + self._filled.get(part, 0))

    def take(self, index: int) -> None:
        """Count a frame as labelled from now on."""
        self.is_taken[index] = True
        self._away = np.minimum(self._away, self._apart[index])
        self._is_first = False
        self._fill(self.options[index])
        self._known.add(self.options[index].recording_id)

    def reasons(self, index: int, parts: dict[str, NDArray[np.float64]], weights: Weights) -> tuple[str, ...]:
        """Say why a frame was chosen."""
        one, shares = self.options[index], self._shares(weights)
        order = sorted(parts, key=lambda name: -float(parts[name][index]))
        strong = [name for name in order if parts[name][index] >= _STRONG[name] * shares[name] > 0]
        words = {name: self._words(name, one) for name in strong or order[:1]}
        return tuple(text for text in words.values() if text) or ("the best of what is left",)

    def _words(self, name: str, one: Option) -> str:
        if name == "doubt" and one.doubt is not None:
            return _words_of_doubt(one.doubt)
        if name == "dispute" and one.versions_dice is not None:
            return f"the two versions disagree here (Dice {one.versions_dice:.2f})"
        if name == "motion" and one.phase is not None:
            return f"{_words_of_phase(one.phase)}; nothing labelled there"
        if name == "distance":
            if one.recording_id not in self._known:
                if self._is_first:
                    return "typical of all frames, a good one to begin with"
                return "nothing is labelled in this recording"
            return "stands for frames unlike every labelled one"
        return ""


_STRONG = {"doubt": 0.7, "dispute": 0.2, "distance": 0.5, "motion": 1.0}
"""Share of its weight from which a signal is a reason; a part of a movement that is half covered is none."""


def _words_of_doubt(doubt: Doubt) -> str:
    if doubt.predicted_dice is None:
        return "the model finds nothing here, but not surely"
    if 1.0 - doubt.agreement > 1.0 - doubt.predicted_dice:
        return f"the mask changes when the frame is mirrored or scaled (Dice {doubt.agreement:.2f})"
    if doubt.predicted_dice >= SURE_FROM:
        return "the model is fairly sure here, but little else is left"
    return "the model is unsure here"


def _words_of_phase(phase: float) -> str:
    # a quarter of the cycle about each end; the ends are 0 and 0.5
    away = abs((phase + 0.25) % 0.5 - 0.25)
    if away > 0.125:
        return "midway between the ends of the movement"
    return (
        "near one end of the movement" if 0.25 <= phase % 1.0 < 0.75 else "near the other end of the movement"
    )


def _part(one: Option) -> tuple[int, int] | None:
    """Return which part of which movement a frame stands in."""
    if one.phase is None:
        return None
    whole = 1.0 if one.is_cyclic else 0.5
    return one.recording_id, min(int(one.phase / whole * BINS), BINS - 1)


def _distances(features: NDArray[np.float64], other: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(((features - other) ** 2).sum(axis=1)))


def _ranks(values: Sequence[float | None]) -> NDArray[np.float64]:
    """Return the share of known values below each, halves for ties; a half for what is not known."""
    known = np.array([value for value in values if value is not None], np.float64)
    if not len(known):
        return np.full(len(values), 0.5)
    ordered = np.sort(known)
    ranks = np.full(len(values), 0.5)
    for index, value in enumerate(values):
        if value is not None:
            below = np.searchsorted(ordered, value, "left") + np.searchsorted(ordered, value, "right")
            ranks[index] = below / (2 * len(known))
    return ranks
