"""Shrinkage of wavelet coefficients with a noise level for every sub-band, in float32."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MAD_PER_SIGMA = 0.6745
"""Median absolute value of a unit normal variable."""
_MEDIAN_SAMPLES = 2048
_SHIFTS = (
    (0, 0),
    (5, 3),
    (11, 6),
    (3, 9),
    (8, 12),
    (14, 1),
    (6, 5),
    (13, 10),
    (1, 7),
    (9, 14),
    (4, 2),
    (12, 8),
)


def noise_level(band: NDArray[np.float32]) -> float:
    """Return the standard deviation of the noise in a band: its median absolute value over 0.6745.

    Large bands are read at evenly spread samples; the error of the level stays near three percent.
    """
    flat = band.reshape(-1)
    step = max(1, flat.size // _MEDIAN_SAMPLES) | 1  # odd, so as not to fall in step with the columns
    return float(np.median(np.abs(flat[::step]))) / MAD_PER_SIGMA


def _soft(band: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    # What stays is the part of a coefficient outside the interval: two passes, no division.
    limit = np.float32(threshold)
    return np.asarray(band - np.clip(band, -limit, limit), dtype=np.float32)


def _hard(band: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    return np.where(np.abs(band) > np.float32(threshold), band, np.float32(0))


def _bayes_threshold(band: NDArray[np.float32], sigma: float, strength: float) -> float:
    energy = float(np.mean(np.square(band), dtype=np.float64))
    signal = math.sqrt(max(energy - sigma * sigma, 0.0))
    if signal <= 0.0:
        return math.inf
    return strength * sigma * sigma / signal


def _shrink_band(
    band: NDArray[np.float32], sigma: float, rule: str, strength: float, count: int
) -> NDArray[np.float32]:
    if rule == "bayes":
        threshold = _bayes_threshold(band, sigma, strength)
        return np.zeros_like(band) if math.isinf(threshold) else _soft(band, threshold)
    threshold = strength * sigma * math.sqrt(2.0 * math.log(max(count, 2)))
    shrink: Callable[[NDArray[np.float32], float], NDArray[np.float32]] = (
        _hard if rule == "visu_hard" else _soft
    )
    return shrink(band, threshold)


def possible_levels(shape: tuple[int, int], wavelet: str, levels: int) -> int:
    """Return how many of the wanted levels a frame of this shape allows; 0 where it is too small."""
    import pywt

    return max(0, min(levels, int(pywt.dwtn_max_level(shape, wavelet))))


def shrink(
    image: NDArray[np.float32],
    *,
    wavelet: str = "db4",
    levels: int = 4,
    rule: str = "visu_soft",
    strength: float = 1.0,
    spins: int = 1,
    one_sigma: bool = False,
) -> NDArray[np.float32]:
    """Return the image with the detail bands of its wavelet transform shrunk.

    Parameters
    ----------
    image : (H, W) float32 ndarray
        Additive noise: the logarithm of amplitude, or data already compressed.
    wavelet : str
        Discrete wavelet.
    levels : int
        Levels of decomposition, cut to what the shape allows; with none the image comes back.
    rule : str
        "bayes" (soft at sigma^2 / sigma_signal of the band), "visu_soft" or "visu_hard"
        (sigma sqrt(2 ln N)).
    strength : float
        Factor on the thresholds.
    spins : int
        Copies of the image, each shifted, that are averaged; 1 is the plain transform.
    one_sigma : bool
        Take one noise level from the finest diagonal band for all bands, as textbooks do. On speckle
        that is correlated along the beam that band is nearly empty, and nothing is removed.

    Returns
    -------
    (H, W) float32 ndarray

    References
    ----------
    Donoho and Johnstone 1994, doi 10.1093/biomet/81.3.425; Johnstone and Silverman 1997 (a level for
    each scale under correlated noise), doi 10.1111/1467-9868.00071; Chang, Yu and Vetterli 2000
    (BayesShrink), doi 10.1109/83.862633.
    """
    import pywt

    rows, columns = image.shape
    depth = possible_levels((rows, columns), wavelet, levels)
    if depth == 0:
        return image.copy()
    total = np.zeros_like(image)
    spins = max(1, min(spins, len(_SHIFTS)))
    for shift in _SHIFTS[:spins]:
        moved = np.roll(image, shift, (0, 1)) if any(shift) else image
        bands = pywt.wavedec2(moved, wavelet, mode="symmetric", level=depth)
        shared = noise_level(bands[-1][2]) if one_sigma else None
        shrunk: list[Any] = [bands[0]]
        for detail in bands[1:]:
            shrunk.append(
                tuple(
                    _shrink_band(b, noise_level(b) if shared is None else shared, rule, strength, image.size)
                    for b in detail
                )
            )
        restored = pywt.waverec2(shrunk, wavelet, mode="symmetric")[:rows, :columns]
        total += np.roll(restored, (-shift[0], -shift[1]), (0, 1)) if any(shift) else restored
    return total / np.float32(spins)
