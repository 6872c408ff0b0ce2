"""Colours that can be told from what they lie on: an outline and its rim, over tissue of any gray.

The line in the label's colour lies on a dark rim that is a little wider: over bright tissue the rim is seen,
over dark tissue the line. Colours that are neither light nor dark need a faint light rim around it too.

References
----------
W3C, Web Content Accessibility Guidelines 2.1: relative luminance, contrast ratio, criterion 1.4.11 (what is
needed to understand a picture has a contrast of at least 3:1).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LEAST_CONTRAST = 3.0
"""Of what is needed to understand a picture."""

Rim = tuple[int, int, int, int]
"""Red, green, blue, opacity, 0 to 255."""

DARK_RIM: Rim = (0, 0, 0, 240)
LIGHT_RIM: Rim = (255, 255, 255, 128)


def luminance(colors: ArrayLike) -> NDArray[np.float64]:
    """Return the relative luminance, 0 (black) to 1 (white), of sRGB colours (..., 3) in 0 to 255."""
    values = np.asarray(colors, dtype=np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def contrast_ratio(one: ArrayLike, other: ArrayLike) -> NDArray[np.float64]:
    """Return the contrast, 1 (alike) to 21 (black on white), of sRGB colours (..., 3) in 0 to 255."""
    a, b = luminance(one), luminance(other)
    return np.asarray((np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05))


def over(color: tuple[int, int, int, int], ground: ArrayLike) -> NDArray[np.float64]:
    """Return what a half transparent colour looks like over sRGB colours (..., 3)."""
    alpha = color[3] / 255
    below: NDArray[Any] = np.asarray(ground, dtype=np.float64)
    return np.asarray(alpha * np.array(color[:3]) + (1 - alpha) * below)


def outline_contrast(
    color: tuple[int, int, int], rims: tuple[Rim, ...], ground: ArrayLike
) -> NDArray[np.float64]:
    """Return how well an outline stands out from what it lies on: by its line or by one of its rims.

    Parameters
    ----------
    color : (red, green, blue)
        Of the line, 0 to 255.
    rims : tuple of Rim
        From the outermost inwards, each drawn over the one before.
    ground : (..., 3) array
        Colours of the tissue, 0 to 255.
    """
    best, below = contrast_ratio(color, ground), np.asarray(ground, dtype=np.float64)
    for rim in rims:
        below = over(rim, below)
        best = np.maximum(best, contrast_ratio(below, ground))
    return best


@lru_cache(maxsize=256)
def rims_for(color: tuple[int, int, int]) -> tuple[Rim, ...]:
    """Return the rims, from the outermost inwards, with which an outline stands out from tissue of any gray.

    A dark rim alone does for light colours; others need a faint light one around it, for dark tissue.
    """
    grays = np.repeat(np.arange(256)[:, None], 3, axis=1)
    if float(outline_contrast(color, (DARK_RIM,), grays).min()) >= LEAST_CONTRAST:
        return (DARK_RIM,)
    return (LIGHT_RIM, DARK_RIM)
