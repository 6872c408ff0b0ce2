"""How sure a model is: of each pixel, and how good its mask of a whole frame is likely to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.geometry import bounding_box
from lusgui.core.runs import Runs
from lusgui.core.threshold import at_least

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPICAL_ERROR = 0.15
"""How far predicted Dice was from real Dice, on average over frames of groups that the default models had not
learnt from (``resources/experiments/confidence/summary.csv``, the largest of its labels, rounded up)."""

FLOOR = 0.3
"""Pixels of less do not count outside the mask: chosen on the frames of that table among 0.15 to 0.35."""

DOUBTFUL_BELOW = 0.65
SURE_FROM = 0.8
"""Bounds of the words for predicted Dice; ours."""


def uncertainty(probability: NDArray[Any]) -> NDArray[np.float32]:
    """Return how undecided a model is about each pixel.

    Parameters
    ----------
    probability : (H, W) float ndarray in [0, 1]
        Calibrated probability of the label; NaN counts as certain background.

    Returns
    -------
    (H, W) float32 ndarray in [0, 1]
        Entropy of the two answers in bits: 0 where the model is certain, 1 where both are as likely.

    References
    ----------
    Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x
    """
    return np.asarray(_TABLE[_codes(probability)])


def uncertainty_codes(probability: NDArray[Any]) -> NDArray[np.uint8]:
    """Return `uncertainty` (H, W) as 0 to 255, for pictures."""
    return np.asarray(_CODES[_codes(probability)])


def expected_dice(probability: NDArray[Any], mask: NDArray[np.bool_]) -> float | None:
    """Return the Dice that a mask is likely to have, going by the probabilities alone.

    Parameters
    ----------
    probability : (H, W) float ndarray in [0, 1]
        Calibrated probability of the label; NaN counts as 0.
    mask : (H, W) bool ndarray
        The mask that was made of it.

    Returns
    -------
    float or None
        In [0, 1]; None for an empty mask: there the question is whether the structure is in the frame at all,
        which this does not answer.

    Raises
    ------
    ValueError
        If the two are not on one grid.

    Notes
    -----
    2 sum(p in mask) / (pixels in mask + sum(p)): the Dice with every pixel's truth replaced by its
    probability, as Li et al. 2022 estimate it for segmentation. The sum of the last term is over the pixels
    of the mask and of all components of at least `FLOOR` that it touches: probabilities are calibrated near
    outlines only, and the small ones of hundreds of thousands of pixels far from everything would drown the
    rest. Takes for granted that the structure is in the frame and where it is: if the model marks something
    else, or only one of two pieces, the value is too high.

    References
    ----------
    Li et al. 2022, doi:10.1007/978-3-031-16449-1_66
    """
    if probability.shape != mask.shape:
        raise ValueError(f"probability {probability.shape} and mask {mask.shape} are not on one grid")
    area = int(np.count_nonzero(mask))
    if not area:
        return None
    near = at_least(probability, FLOOR) | mask
    box = bounding_box(near).slices  # most of a frame is far from everything
    near, mask, values = near[box], mask[box], probability[box]
    joined, sure = Runs(near), Runs(mask)
    touches = np.zeros(joined.count, dtype=bool)
    touches[joined.of(sure.rows, sure.starts)] = True
    inside = _sum(values, sure.pixels_of(np.ones(sure.count, dtype=bool)))
    return float(2.0 * inside / (area + _sum(values, joined.pixels_of(touches))))


def _sum(values: NDArray[Any], pixels: NDArray[np.intp]) -> np.float64:
    """Return the sum of some pixels of probabilities (H, W); NaN counts as 0."""
    return np.nansum(values.ravel()[pixels], dtype=np.float64)


def describe_expected_dice(value: float | None) -> str:
    """Say what a predicted Dice means, in a few words for people."""
    if value is None:
        return "nothing is marked, so there is no Dice to predict"
    if value >= SURE_FROM:
        return "among the surest; look it over"
    if value >= DOUBTFUL_BELOW:
        return "middling; look at its edges"
    return "doubtful; look here first"


def _codes(probability: NDArray[Any]) -> NDArray[np.uint16]:
    values = np.array(probability, np.float32)
    np.nan_to_num(values, copy=False)
    np.clip(values, 0, 1, out=values)
    values *= np.float32(STEPS)
    values += np.float32(0.5)
    return values.astype(np.uint16)


STEPS = 4096
"""So many values of a probability are told apart: finer than half precision, in which they are kept, near one
half, where it matters."""


def _table() -> NDArray[np.float32]:
    p = np.linspace(0.0, 1.0, STEPS + 1)
    q = 1.0 - p
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = -np.where(p > 0, p * np.log2(p), 0.0) - np.where(q > 0, q * np.log2(q), 0.0)
    return bits.astype(np.float32)


_TABLE = _table()
_CODES = (_TABLE * np.float32(255) + np.float32(0.5)).astype(np.uint8)
