"""A scripted person who clicks, and what it would take the same person to draw.

Where the next click goes is the rule by which click networks are compared: into the middle of the larger of
what is missing and what is too much. Real people miss that middle, so there are two clumsier hands as well.

References
----------
Sofiiuk et al., Reviving iterative training with mask guidance for interactive segmentation, ICIP 2022,
arXiv:2102.06583 (the rule and the jittered hand). Antonov et al., RClicks: realistic click simulation for
benchmarking interactive segmentation, NeurIPS 2024, arXiv:2410.11722 (people do not hit the middle).
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.prompt import Box, Click
from lusgui.core.geometry import bounding_box
from lusgui.core.overlap import dice

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

MOST_CLICKS = 20
"""More are never given."""

SLACK = 0.1
"""Of the height or width of a structure, how far each side of a box drawn around it by hand may be off."""

BRUSHES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15)
"""Radii of brushes that are tried, as shares of how deep a structure is at its deepest."""

GOOD_ENOUGH = 0.95
"""Dice that a brush must be able to reach, or it is too wide for the structure."""


class Hand(StrEnum):
    """How a person clicks."""

    CENTRE = "centre"
    """Where the larger error is deepest."""
    JITTERED = "jittered"
    """Anywhere in it that is more than half as deep."""
    RANDOM = "random"
    """Anywhere in it."""
    BOX = "box"
    """A box around the structure first, loosely dragged, which counts as a click; then as `CENTRE`."""


def next_click(
    found: Mask,
    truth: Mask,
    clicked: Collection[tuple[int, int]] = (),
    hand: Hand = Hand.CENTRE,
    random: np.random.Generator | None = None,
) -> Click | None:
    """Return the click that mends the larger error; None where there is none, or all of it was clicked.

    Parameters
    ----------
    found, truth : (H, W) bool ndarray
        What there is, and what the person has in mind.
    clicked : collection of (int, int)
        Pixels that were clicked before; none is clicked twice.
    hand : Hand
        Where in the error.
    random : numpy.random.Generator, optional
        Of a hand that does not hit the middle.

    Returns
    -------
    Click or None
        In the middle of a pixel; positive in what is missing, negative in what is too much.

    Raises
    ------
    ValueError
        If a hand that misses the middle has no `random`.
    """
    missing, excess = _depth(truth & ~found, clicked), _depth(found & ~truth, clicked)
    is_positive = missing[0].size > 0 and (excess[0].size == 0 or missing[0].max() > excess[0].max())
    depth, (top, left) = missing if is_positive else excess
    if depth.size == 0 or depth.max() <= 0:
        return None
    if hand in (Hand.CENTRE, Hand.BOX):
        place = int(depth.argmax())
    else:
        if random is None:
            raise ValueError("a hand that misses the middle needs a generator")
        least = depth.max() / 2 if hand is Hand.JITTERED else 0.0
        place = int(random.choice(np.flatnonzero(depth > least)))
    row, col = divmod(place, depth.shape[1])
    return Click(row + top + 0.5, col + left + 0.5, is_positive)


def loose_box(truth: Mask, random: np.random.Generator) -> Box:
    """Return a box as it is dragged around a structure (H, W) by hand: each side off by up to `SLACK`.

    Sides are off inwards as often as outwards, but never so far that half of the structure is left.

    Raises
    ------
    ValueError
        If there is no structure.
    """
    around = bounding_box(truth)
    if around.is_empty:
        raise ValueError("an empty mask has no box around it")
    height, width = around.shape
    off = random.uniform(-SLACK, SLACK, 4) * (height, width, height, width)
    row0, col0 = max(around.row0 + off[0], 0.0), max(around.col0 + off[1], 0.0)
    row1 = min(around.row1 + off[2], float(truth.shape[0]))
    col1 = min(around.col1 + off[3], float(truth.shape[1]))
    return Box(row0, col0, max(row1, row0 + 1.0), max(col1, col0 + 1.0))


def _depth(error: Mask, clicked: Collection[tuple[int, int]]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return how deep each pixel of an error lies, in the box around it, and the corner of that box.

    The frame's edge bounds an error as its own outline does.
    """
    from scipy import ndimage

    box = bounding_box(error)
    if box.is_empty:
        return np.zeros((0, 0)), (0, 0)
    depth = np.asarray(ndimage.distance_transform_edt(np.pad(error[box.slices], 1)))[1:-1, 1:-1].copy()
    for row, col in clicked:
        if box.row0 <= row < box.row1 and box.col0 <= col < box.col1:
            depth[row - box.row0, col - box.col0] = 0.0
    return depth, (box.row0, box.col0)


def stroke_length(truth: Mask, spacing_ratio: float = 1.0) -> float:
    """Return the length of the shortest stroke of a brush that draws a structure.

    A person takes a brush that fits, follows the outline from within, and then fills what is left inside in
    sweeps; a structure as thin as the brush is one stroke along its middle. Of several brushes that can draw
    it with a Dice of `GOOD_ENOUGH` the one with the least to go is taken. Hands that waver, mistakes and
    changes of the brush are not counted, so that drawing looks easier than it is.

    Parameters
    ----------
    truth : (H, W) bool ndarray
        The structure; of several pieces each is drawn by itself.
    spacing_ratio : float
        Millimetres a row over millimetres a column.

    Returns
    -------
    float
        In pixel widths (columns); 0 for an empty mask.
    """
    from scipy import ndimage

    numbers, count = ndimage.label(truth, structure=np.ones((3, 3), bool))
    boxes = ndimage.find_objects(numbers)
    return sum(_piece_length(numbers[boxes[i]] == i + 1, spacing_ratio) for i in range(count))


def _piece_length(piece: Mask, spacing_ratio: float) -> float:
    from scipy import ndimage

    inside = np.pad(piece, 2)
    step = (spacing_ratio, 1.0)
    depth = ndimage.distance_transform_edt(inside, sampling=step)
    deepest = float(depth.max())
    lengths = []
    for share in BRUSHES:
        radius = share * deepest
        middle = depth >= radius - 1e-9
        covered = ndimage.distance_transform_edt(~middle, sampling=step) < radius
        if dice(covered, inside) < GOOD_ENOUGH and share > BRUSHES[-1]:
            continue
        # what the walk along the outline covers, and what is left within
        left = depth > 2 * radius
        sweeps = float(np.count_nonzero(left)) * spacing_ratio / (2 * radius)
        lengths.append(_walk_length(middle, step) + sweeps)
    return max(min(lengths), 2.0 * deepest)


def _walk_length(middle: Mask, step: tuple[float, float]) -> float:
    """Return how long the way along the edge of an area is; of a line once along it, not there and back."""
    from skimage.morphology import skeletonize

    # corners cut: sides and diagonals of the edge pixels, each step counted once
    ring = middle & ~_eroded(middle)
    thin = np.asarray(skeletonize(ring))
    down, right, slanted = step[0], step[1], math.hypot(*step)
    vertical = np.count_nonzero(thin[1:] & thin[:-1])
    horizontal = np.count_nonzero(thin[:, 1:] & thin[:, :-1])
    corners = thin[1:, 1:] & thin[:-1, :-1] & ~thin[1:, :-1] & ~thin[:-1, 1:]
    others = thin[1:, :-1] & thin[:-1, 1:] & ~thin[1:, 1:] & ~thin[:-1, :-1]
    diagonal = np.count_nonzero(corners) + np.count_nonzero(others)
    return float(down * vertical + right * horizontal + slanted * diagonal)


def _eroded(mask: Mask) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.binary_erosion(mask), dtype=bool)
