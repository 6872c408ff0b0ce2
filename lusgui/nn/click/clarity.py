"""Whether an answer to a first click is a structure or was made up.

The network has an answer to every click, also to one into plain tissue. Such answers differ from those on a
structure in two ways that need no knowledge of it: they fade out slowly, and their border does not follow
anything in the image. Only an answer that shows both is taken for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_FIRMNESS = 0.4
"""An answer that is at least so firm is a structure.

The network's own score (`lusgui.nn.click.engine.LEAST_SCORE`) tells most clicks on nothing; this and
`LEAST_AGREEMENT` add some in real frames. Stricter bounds lose vessels faster than they win.
"""

LEAST_AGREEMENT = 0.15
"""So is one whose border follows the image's at least so well."""

_SURE, _POSSIBLE = 0.7, 0.3
_SMOOTH = 1.0
_TINY = 1e-6


def firmness(probability: NDArray[np.float32]) -> float:
    """Return how sharply an answer (h, w) ends: its sure part over its possible part, in [0, 1]."""
    possible = int(np.count_nonzero(probability >= _POSSIBLE))
    return float(np.count_nonzero(probability >= _SURE) / possible) if possible else 0.0


def agreement(image: NDArray[np.float32], probability: NDArray[np.float32]) -> float:
    """Return how well an answer's border follows a border of the image, in [0, 1].

    Parameters
    ----------
    image : (h, w) ndarray in [0, 1]
        Gray where the answer lies.
    probability : (h, w) ndarray in [0, 1]
        The answer.

    Returns
    -------
    float
        The mean of the image's gradient across the answer's border, over the mean of its size there: 1 where
        gray rises, or falls, across it everywhere, near 0 where it does what it likes.
    """
    from scipy.ndimage import gaussian_filter

    down, across = np.gradient(gaussian_filter(image, _SMOOTH))
    to_row, to_col = np.gradient(gaussian_filter(probability, _SMOOTH))
    flow = float((down * to_row + across * to_col).sum())
    most = float((np.hypot(down, across) * np.hypot(to_row, to_col)).sum())
    return abs(flow) / most if most > _TINY else 0.0


def is_structure(image: NDArray[np.float32], probability: NDArray[np.float32]) -> bool:
    """Whether an answer (h, w) looks like a structure of the image (h, w) and not like something made up."""
    return firmness(probability) >= LEAST_FIRMNESS or agreement(image, probability) >= LEAST_AGREEMENT
