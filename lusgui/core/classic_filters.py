"""The classic speckle filters, as alternatives and as peers in the benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RAYLEIGH_CV = 0.5227
"""Coefficient of variation of fully developed speckle amplitude: sqrt(4/pi - 1)."""
_TINY = np.float32(1e-30)


def _local_statistics(
    amplitude: NDArray[np.float32], window: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from scipy.ndimage import uniform_filter

    mean = uniform_filter(amplitude, window, mode="reflect")
    square = uniform_filter(np.square(amplitude), window, mode="reflect")
    return mean, np.maximum(square - np.square(mean), np.float32(0))


def lee(amplitude: NDArray[np.float32], window: int = 7, cv: float = RAYLEIGH_CV) -> NDArray[np.float32]:
    """Lee's filter for multiplicative noise.

    Parameters
    ----------
    amplitude : (H, W) float32 ndarray
        Non-negative.
    window : int
        Side of the window in samples.
    cv : float
        Coefficient of variation of the speckle.

    Returns
    -------
    (H, W) float32 ndarray

    References
    ----------
    Lee 1980, doi 10.1109/TPAMI.1980.4766994.
    """
    mean, variance = _local_statistics(amplitude, window)
    speckle = np.float32(cv * cv) * np.square(mean)
    signal = np.maximum(variance - speckle, np.float32(0)) / np.float32(1.0 + cv * cv)
    return np.asarray(mean + signal / np.maximum(signal + speckle, _TINY) * (amplitude - mean), np.float32)


def lee_additive(values: NDArray[np.float32], window: int, sigma: float) -> NDArray[np.float32]:
    """Lee's filter for additive noise of the given standard deviation: compressed data (H, W)."""
    mean, variance = _local_statistics(values, window)
    signal = np.maximum(variance - np.float32(sigma * sigma), np.float32(0))
    return np.asarray(mean + signal / np.maximum(variance, _TINY) * (values - mean), np.float32)


def enhanced_lee(
    amplitude: NDArray[np.float32], window: int = 11, damping: float = 1.0, cv: float = RAYLEIGH_CV
) -> NDArray[np.float32]:
    """Lee's filter that averages where only speckle is, and leaves what varies more than speckle can.

    Parameters
    ----------
    amplitude : (H, W) float32 ndarray
        Non-negative.
    window : int
        Side of the window in samples.
    damping : float
        How fast the weight of the mean falls between the two limits.
    cv : float
        Coefficient of variation of the speckle; the upper limit is sqrt(3) times it (one look).

    Returns
    -------
    (H, W) float32 ndarray

    References
    ----------
    Lopes, Touzi and Nezry 1990, doi 10.1109/36.62623.
    """
    mean, variance = _local_statistics(amplitude, window)
    variation = np.sqrt(variance) / np.maximum(mean, _TINY)
    limit = np.float32(np.sqrt(3.0) * cv)
    excess = (variation - np.float32(cv)) / np.maximum(limit - variation, np.float32(1e-6))
    weight = np.exp(-np.float32(damping) * np.clip(excess, 0.0, 80.0))
    weight = np.where(variation >= limit, np.float32(0), weight)
    return np.asarray(amplitude + weight * (mean - amplitude), dtype=np.float32)


def srad(
    amplitude: NDArray[np.float32], iterations: int = 50, time_step: float = 0.2, decay: float = 1.0 / 6.0
) -> NDArray[np.float32]:
    """Speckle reducing anisotropic diffusion.

    Parameters
    ----------
    amplitude : (H, W) float32 ndarray
        Positive, with a mean near 1.
    iterations : int
        Number of steps.
    time_step : float
        At most 0.25 for a stable explicit scheme.
    decay : float
        Rate at which the scale of speckle falls with time.

    Returns
    -------
    (H, W) float32 ndarray

    References
    ----------
    Yu and Acton 2002, doi 10.1109/TIP.2002.804276.
    """
    image = np.maximum(amplitude, np.float32(1e-4)).astype(np.float32)
    start = np.float32(0)
    for index in range(iterations):
        padded = np.pad(image, 1, mode="edge")
        inverse = np.float32(1.0) / image
        north, south = padded[:-2, 1:-1] - image, padded[2:, 1:-1] - image
        west, east = padded[1:-1, :-2] - image, padded[1:-1, 2:] - image
        gradient = (north**2 + south**2 + west**2 + east**2) * np.float32(0.5) * inverse**2
        laplacian = (north + south + west + east) * inverse
        variation = np.maximum(gradient - np.float32(1 / 16) * laplacian**2, np.float32(0))
        variation /= np.maximum(np.square(1 + np.float32(0.25) * laplacian), np.float32(1e-6))
        scale = np.float32(np.exp(-2.0 * decay * time_step * index))
        # The scale of speckle: what a typical sample of the frame shows at the start, then decaying.
        if index == 0:
            start = np.float32(np.median(variation))
        limit = np.maximum(start * scale, np.float32(1e-6))
        flow = 1 / (1 + (variation - limit) / (limit * (1 + limit)))
        flow = np.clip(flow, 0.0, 1.0)
        outer = np.pad(flow, ((0, 1), (0, 1)), mode="edge")
        change = outer[1:, :-1] * south + flow * north + outer[:-1, 1:] * east + flow * west
        image = np.maximum(image + np.float32(time_step) * change, np.float32(1e-4))
    return image


def median(values: NDArray[np.float32], window: int = 5) -> NDArray[np.float32]:
    """Return the median over a square window of odd side `window`, (H, W) float32."""
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(values, size=window, mode="reflect"), dtype=np.float32)
