"""Mending a mask around one click: a random walker between what is kept and what was clicked.

Whether a pixel near the click belongs to the structure is the chance that a walker from it, who shuns steps
of brightness, comes first to a place known to belong to it. Known are the clicked place, the other marks, and
the mask as it is at some distance from the click.

References
----------
Grady, Random walks for image segmentation, IEEE TPAMI 28(11), 2006, doi 10.1109/TPAMI.2006.233.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEEPNESS = 40.0
"""How much walkers shun a step, on squared steps in units of the spread of the window."""

CALM = 1e-3
"""Least ease of a step: without it a wall of strong steps would cut the window in parts."""

STAY = 0.01
"""How much the mask as it was counts in each undecided pixel."""


def walk(
    image: NDArray[np.float32], known: NDArray[np.int8], before: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the probability of each pixel of a window.

    Parameters
    ----------
    image : (H, W) float32 ndarray
        Without speckle.
    known : (H, W) int8 ndarray
        1 belongs to the structure, 0 does not, -1 is to be decided.
    before : (H, W) float32 ndarray in [0, 1]
        The mask as it was.

    Returns
    -------
    (H, W) float32 ndarray in [0, 1]
        What is known is kept.
    """
    from scipy.sparse import coo_array, diags_array
    from scipy.sparse.linalg import cg

    result = np.where(known >= 0, known, before).astype(np.float32)
    is_open = known < 0
    count = int(np.count_nonzero(is_open))
    if count == 0:
        return result
    numbers = np.full(known.shape, -1)
    numbers[is_open] = np.arange(count)
    unit = max(float(image.std()), 1e-6)
    diagonal = np.full(count, STAY)
    right = STAY * before[is_open].astype(np.float64)
    rows, cols, weights = [], [], []
    for one, other in (
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        step = (image[one] - image[other]) / unit
        ease = np.exp(-STEEPNESS * step.astype(np.float64) ** 2) + CALM
        first, second = numbers[one], numbers[other]
        for near, far, values in ((first, second, result[other]), (second, first, result[one])):
            mine = near >= 0
            np.add.at(diagonal, near[mine], ease[mine])
            fixed = mine & (far < 0)
            np.add.at(right, near[fixed], ease[fixed] * values[fixed])
        both = (first >= 0) & (second >= 0)
        rows += [first[both], second[both]]
        cols += [second[both], first[both]]
        weights += [-ease[both], -ease[both]]
    matrix = coo_array(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(cols))), shape=(count, count)
    ).tocsr() + diags_array(diagonal)
    found, _ = cg(
        matrix,
        right,
        x0=result[is_open].astype(np.float64),
        rtol=1e-3,
        maxiter=200,
        M=diags_array(1.0 / diagonal),
    )
    result[is_open] = np.clip(found, 0.0, 1.0)
    return result
