"""What is too faint or too small to be meant is taken back before anybody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR = 0.25
"""Pixels of at least this probability make a component."""

FADED = 0.1
"""What is left of the probability of a component that is taken back: no mask at any sensible threshold."""

_EIGHT = np.ones((3, 3), dtype=bool)


def fade_specks(probability: NDArray[np.float32], least_mass: float) -> NDArray[np.float32]:
    """Fade components whose probabilities sum to little.

    A faint component must be large and a small one sure to stay; a threshold alone asks for the one, a least
    area alone for the other.

    Parameters
    ----------
    probability : (..., H, W) float32 ndarray in [0, 1]
        Of one label or several.
    least_mass : float
        Sum of a component's probabilities as a share of the frame's pixels below which it fades; 0 for none.

    Returns
    -------
    (..., H, W) float32 ndarray in [0, 1]
        The very same array when nothing fades.
    """
    if least_mass <= 0:
        return probability
    from scipy import ndimage

    planes = probability.reshape(-1, *probability.shape[-2:])
    least = least_mass * planes[0].size
    faded: NDArray[np.float32] | None = None
    for i, plane in enumerate(planes):
        numbers, count = ndimage.label(plane >= FLOOR, structure=_EIGHT)
        if count == 0:
            continue
        mass = np.bincount(numbers.ravel(), weights=plane.ravel(), minlength=count + 1)
        weak = mass < least
        weak[0] = False
        if not weak.any():
            continue
        if faded is None:
            faded = planes.copy()
        faded[i][weak[numbers]] *= np.float32(FADED)
    return probability if faded is None else faded.reshape(probability.shape)
