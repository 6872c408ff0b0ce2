"""Does the model's mask draw the hand towards it? Frames on which it is withheld, and how they differ.

Raised by users of annotation servers: who sees a proposal corrects it less than who draws afresh (anchoring).
Frames are chosen by a hash, so that nobody chooses them, and one frame is always the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_FRAMES = 5
"""Of fewer frames on either side nothing is said."""

_DRAWS = 2000


def is_chosen(salt: str, recording_id: int, frame: int, label: str, share: float) -> bool:
    """Return whether the model is withheld on a plane.

    Parameters
    ----------
    salt : str
        Of the study; another one chooses other frames.
    recording_id, frame : int
        Where.
    label : str
        Which label.
    share : float
        Of the frames, 0 to 1; a frame chosen for a share is chosen for every larger one.
    """
    text = f"{salt}/{recording_id}/{frame}/{label}".encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return number < share * 2**64


@dataclass(frozen=True)
class GuardedFrame:
    """One frame that was drawn while the guard was on.

    Parameters
    ----------
    is_withheld : bool
        Whether the model's mask was withheld.
    dice : float
        Of what was drawn with the model's mask.
    seconds : float or None
        What it took; None where nobody knows.
    """

    is_withheld: bool
    dice: float
    seconds: float | None = None


@dataclass(frozen=True)
class BiasReport:
    """What frames with and without the model on screen have in common, and what not.

    Parameters
    ----------
    shown, withheld : int
        How many frames.
    dice_shown, dice_withheld : float or None
        Mean Dice of what was drawn with the model's mask.
    seconds_shown, seconds_withheld : float or None
        Median time.
    dice_difference, seconds_difference : (float, float, float) or None
        Shown less withheld, with its 95 % interval (bootstrap over frames); None of too few.
    """

    shown: int
    withheld: int
    dice_shown: float | None = None
    dice_withheld: float | None = None
    seconds_shown: float | None = None
    seconds_withheld: float | None = None
    dice_difference: tuple[float, float, float] | None = None
    seconds_difference: tuple[float, float, float] | None = None


def compare(frames: Sequence[GuardedFrame]) -> BiasReport:
    """Compare frames on which the model was shown with those on which it was withheld."""
    shown = [one for one in frames if not one.is_withheld]
    withheld = [one for one in frames if one.is_withheld]
    dice_shown, dice_withheld = (np.array([one.dice for one in group]) for group in (shown, withheld))
    time_shown, time_withheld = (
        np.array([one.seconds for one in group if one.seconds is not None]) for group in (shown, withheld)
    )
    return BiasReport(
        len(shown),
        len(withheld),
        float(dice_shown.mean()) if len(dice_shown) else None,
        float(dice_withheld.mean()) if len(dice_withheld) else None,
        float(np.median(time_shown)) if len(time_shown) else None,
        float(np.median(time_withheld)) if len(time_withheld) else None,
        _difference(dice_shown, dice_withheld, is_median=False),
        _difference(time_shown, time_withheld, is_median=True),
    )


def _difference(
    one: NDArray[np.float64], other: NDArray[np.float64], *, is_median: bool
) -> tuple[float, float, float] | None:
    """Return how much larger the first group is, and between what that lies with 95 %."""
    if min(len(one), len(other)) < LEAST_FRAMES:
        return None
    middle = np.median if is_median else np.mean
    random = np.random.default_rng(0)  # the same frames give the same interval
    drawn = [
        middle(group[random.integers(0, len(group), (_DRAWS, len(group)))], axis=1) for group in (one, other)
    ]
    low, high = np.quantile(drawn[0] - drawn[1], (0.025, 0.975))
    return float(middle(one) - middle(other)), float(low), float(high)
