"""One mask from the masks of several readers: majority vote and STAPLE, and where readers differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.geometry import Box, bounding_box
from lusgui.core.overlap import check_masks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MARGIN = 10
"""STAPLE looks at the pixels around what anybody drew, this far: all the rest is nobody's, and the more of it
counted, the surer of the background it would be."""

MOST_STEPS = 200
SETTLED = 1e-7
_LEAST = 1e-9


class Consensus(StrEnum):
    """How one mask is made of several."""

    MAJORITY = "majority"
    """Pixels that more than half of the readers drew; of two readers, what both drew."""
    STAPLE = "staple"
    """Pixels more likely in than out, each reader weighed by how well they agree with the rest."""
    UNION = "union"
    """Pixels that anybody drew."""


@dataclass(frozen=True, eq=False)
class StapleResult:
    """What STAPLE found.

    Parameters
    ----------
    probability : (H, W) float64 ndarray
        How likely each pixel belongs to the structure, in [0, 1]; 0 where nobody drew near.
    sensitivity, specificity : tuple of float
        Of each reader, in [0, 1], as far as they can be known without a truth.
    steps : int
        How often both were estimated.
    """

    probability: NDArray[np.float64]
    sensitivity: tuple[float, ...]
    specificity: tuple[float, ...]
    steps: int

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Pixels (H, W) that are more likely in than out."""
        inside: NDArray[np.bool_] = self.probability > 0.5
        return inside


def majority(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) that more than half of the masks hold."""
    votes = np.sum(_checked(masks), axis=0)
    more: NDArray[np.bool_] = 2 * votes > len(masks)
    return more


def union(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) that any of the masks holds."""
    return np.asarray(np.any(_checked(masks), axis=0), bool)


def disputed(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) that some masks hold and others do not."""
    stack = _checked(masks)
    return np.asarray(np.any(stack, axis=0) & ~np.all(stack, axis=0), bool)


def staple(masks: Sequence[NDArray[np.bool_]], margin: int = MARGIN) -> StapleResult:
    """Estimate a structure from several masks of it, and how good each of them is.

    Expectation maximisation: from the present sensitivities and specificities follows how likely each pixel
    is in, from that follow new ones. The prior is the mean share of drawn pixels in the box that is looked
    at. Two readers cannot tell which of them is the better one: the answer is then what both drew, or what
    either drew, whichever the prior favours.

    Parameters
    ----------
    masks : sequence of (H, W) bool ndarray
        One a reader.
    margin : int
        How far around everything that was drawn pixels are looked at.

    Raises
    ------
    LusguiError
        If there are no masks, or they are not equally large.

    References
    ----------
    Warfield, Zou & Wells 2004, doi:10.1109/TMI.2004.828354.
    """
    stack = _checked(masks)
    probability = np.zeros(stack.shape[1:])
    box = bounding_box(np.any(stack, axis=0))
    readers = len(masks)
    if box.is_empty:
        return StapleResult(probability, (1.0,) * readers, (1.0,) * readers, 0)
    box = Box(box.row0 - margin, box.col0 - margin, box.row1 + margin, box.col1 + margin)
    box = box.clipped((stack.shape[1], stack.shape[2]))
    # pixels on which the readers said the same are one case each: there are at most 2^readers
    part = stack[(slice(None), *box.slices)].reshape(readers, -1)
    cases, place, counts = np.unique(part, axis=1, return_inverse=True, return_counts=True)
    said = cases.astype(np.float64)
    prior = float(np.sum(said * counts) / (readers * counts.sum()))
    sensitivity = np.full(readers, 0.99999)
    specificity = np.full(readers, 0.99999)
    weight = np.zeros(len(counts))
    steps = 0
    for steps in range(1, MOST_STEPS + 1):  # noqa: B007
        before = weight
        inside = _log_likelihood(said, sensitivity, 1 - sensitivity) + np.log(max(prior, _LEAST))
        outside = _log_likelihood(said, 1 - specificity, specificity) + np.log(max(1 - prior, _LEAST))
        weight = 1 / (1 + np.exp(np.clip(outside - inside, -700, 700)))
        drawn, clear = weight * counts, (1 - weight) * counts
        sensitivity = said @ drawn / max(float(drawn.sum()), _LEAST)
        specificity = (1 - said) @ clear / max(float(clear.sum()), _LEAST)
        if np.max(np.abs(weight - before)) < SETTLED:
            break
    probability[box.slices] = weight[np.ravel(place)].reshape(box.shape)
    return StapleResult(
        probability, tuple(float(v) for v in sensitivity), tuple(float(v) for v in specificity), steps
    )


def _log_likelihood(
    said: NDArray[np.float64], if_drawn: NDArray[np.float64], if_not: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log of how likely each case (readers, cases) is, by each reader's chances."""
    yes, no = (np.log(np.clip(chance, _LEAST, 1.0)) for chance in (if_drawn, if_not))
    return np.asarray(said.T @ yes + (1 - said).T @ no, np.float64)


def make_consensus(masks: Sequence[NDArray[np.bool_]], how: Consensus) -> NDArray[np.bool_]:
    """Return one mask (H, W) of several."""
    if how is Consensus.MAJORITY:
        return majority(masks)
    return union(masks) if how is Consensus.UNION else staple(masks).mask


def _checked(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    if not masks:
        raise LusguiError("there is no mask to agree on")
    for mask in masks:
        check_masks(mask, masks[0])
    return np.stack([np.asarray(mask, bool) for mask in masks])
