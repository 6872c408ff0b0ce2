"""What is structure and what is speckle: the grain, thin bright lines, averages that stop at edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR_LAG = 24
"""Samples after which speckle of any usual grain is independent."""
_NEAR_LAGS = 8


def _typical_step(values: NDArray[np.float32], lag: int, axis: int) -> float:
    # Mean absolute difference at a lag; a few rows and columns of the frame are enough.
    thinned = values[:, ::8] if axis == 0 else values[::8]
    first, second = (thinned[lag:], thinned[:-lag]) if axis == 0 else (thinned[:, lag:], thinned[:, :-lag])
    return float(np.mean(np.abs(first - second), dtype=np.float64)) if first.size else 0.0


def speckle_size(log_amplitude: NDArray[np.float32]) -> tuple[float, float]:
    """Estimate the grain of speckle from how fast neighbours part.

    Parameters
    ----------
    log_amplitude : (H, W) float32 ndarray
        Logarithm of amplitude, or compressed data.

    Returns
    -------
    tuple of float
        Full width at half maximum of the covariance in rows and columns, 1 (white) to 16 samples.
    """
    widths = []
    for axis in (0, 1):
        length = log_amplitude.shape[axis]
        far = _typical_step(log_amplitude, min(FAR_LAG, max(1, length // 4)), axis)
        width, before = 1.0, 1.0
        if length >= 4 and far > 0.0:
            width = 2.0 * _NEAR_LAGS
            for lag in range(1, min(_NEAR_LAGS, length - 1) + 1):
                likeness = 1.0 - (_typical_step(log_amplitude, lag, axis) / far) ** 2
                if likeness < 0.5:
                    width = 2.0 * (lag - 1 + (before - 0.5) / max(before - likeness, 1e-6))
                    break
                before = likeness
        widths.append(float(np.clip(width, 1.0, 16.0)))
    return widths[0], widths[1]


def speckle_spread(log_amplitude: NDArray[np.float32]) -> float:
    """Return the standard deviation of the logarithm of speckle, 0.641 where it is fully developed.

    From the median difference of samples too far apart to share a grain, so that edges, which few pairs
    straddle, do not count. Falls back to the mean where most of the frame is flat; 0 for a constant.
    """
    rows, columns = log_amplitude.shape
    lag = min(FAR_LAG, rows // 2)
    if lag == 0:
        lag = max(1, columns // 2)
        difference = np.abs(log_amplitude[:, lag:] - log_amplitude[:, :-lag])
    else:
        difference = np.abs(log_amplitude[lag:] - log_amplitude[:-lag])
    flat = difference.reshape(-1)
    if flat.size == 0:
        return 0.0
    flat = flat[:: max(1, flat.size // 8192) | 1]
    middle = float(np.median(flat)) / 0.6745
    return (middle if middle > 0 else float(flat.mean()) * 1.2533) / float(np.sqrt(2.0))


def smooth_step(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Return 0 below `low`, 1 above `high`, and a cubic ramp between."""
    ramp = np.clip((values - np.float32(low)) * np.float32(1.0 / (high - low)), 0.0, 1.0)
    return np.asarray(ramp * ramp * (np.float32(3.0) - np.float32(2.0) * ramp), dtype=np.float32)


def oriented_brightness(
    ratio: NDArray[np.float32], rows: int, reach: int, slopes: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return the largest mean over short straight segments through each sample.

    A rib surface stays bright along its length, a grain of speckle does not; segments of several slopes
    find it also where the anisotropic grid makes it steep.

    Parameters
    ----------
    ratio : (H, W) float32 ndarray
        Amplitude over its smooth surroundings.
    rows : int
        Thickness of a segment in rows.
    reach : int
        Columns on each side of the middle.
    slopes : tuple of int
        Rows a column.

    Returns
    -------
    (H, W) float32 ndarray
    """
    from scipy.ndimage import uniform_filter1d

    thick = uniform_filter1d(ratio, rows, axis=0, mode="nearest") if rows > 1 else ratio
    height, width = ratio.shape
    pad = reach * max(abs(s) for s in slopes)
    padded = np.pad(thick, ((pad, pad), (reach, reach)), mode="edge")
    best: NDArray[np.float32] | None = None
    for slope in slopes:
        total = thick.copy()
        for step in range(-reach, reach + 1):
            if step:
                top, left = pad + slope * step, reach + step
                total += padded[top : top + height, left : left + width]
        best = total if best is None else np.maximum(best, total, out=best)
    assert best is not None
    return np.asarray(best * np.float32(1.0 / (2 * reach + 1)), dtype=np.float32)


def bright_line_weight(ratio: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Return how surely each sample lies on a bright structure, 0 to 1.

    Parameters
    ----------
    ratio : (H, W) float32 ndarray
        What `oriented_brightness` returned.
    low, high : float
        Robust deviations above the median at which the weight leaves 0 and reaches 1.
    """
    flat = ratio.reshape(-1)
    sample = flat[:: max(1, flat.size // 8192) | 1]
    middle = float(np.median(sample))
    spread = float(np.median(np.abs(sample - np.float32(middle)))) / 0.6745
    if spread <= 0:
        return np.zeros_like(ratio)
    return smooth_step((ratio - np.float32(middle)) * np.float32(1.0 / spread), low, high)


def steered_mean(
    values: NDArray[np.float32],
    pilot: NDArray[np.float32],
    *,
    sigma: tuple[float, float],
    step: tuple[int, int],
    tolerance: float,
) -> NDArray[np.float32]:
    """Average each sample with neighbours whose pilot is alike: a bilateral filter steered by the pilot.

    Parameters
    ----------
    values : (H, W) float32 ndarray
        What is averaged.
    pilot : (H, W) float32 ndarray
        A first estimate without speckle; a neighbour counts by (1 - (difference / (3 tolerance))^2)^4,
        which is close to a Gaussian and is 0 beyond three tolerances.
    sigma : tuple of float
        Standard deviation of the window in rows and columns; it ends at 1.8 of them.
    step : tuple of int
        Rows and columns between the neighbours used; speckle is smooth over its own grain.
    tolerance : float
        Standard deviation of the likeness, in units of the pilot.

    Returns
    -------
    (H, W) float32 ndarray

    References
    ----------
    Tomasi and Manduchi 1998, doi 10.1109/ICCV.1998.710815 (the bilateral filter).
    """
    height, width = values.shape
    offsets = [
        np.arange(-(int(1.8 * s) // d), int(1.8 * s) // d + 1) * d for s, d in zip(sigma, step, strict=True)
    ]
    pad = [int(o[-1]) for o in offsets]
    widths = ((pad[0], pad[0]), (pad[1], pad[1]))
    # One scale for the likeness, so that the inner loop has no division.
    scaled = pilot * np.float32(1.0 / (3.0 * tolerance))
    far_values = np.pad(values, widths, mode="symmetric")
    far_pilot = np.pad(scaled, widths, mode="symmetric")
    total, weights = np.zeros_like(values), np.zeros_like(values)
    likeness = np.empty_like(values)
    for down in offsets[0]:
        for right in offsets[1]:
            rows = slice(pad[0] + down, pad[0] + down + height)
            columns = slice(pad[1] + right, pad[1] + right + width)
            np.subtract(far_pilot[rows, columns], scaled, out=likeness)
            np.multiply(likeness, likeness, out=likeness)
            np.subtract(np.float32(1), likeness, out=likeness)
            np.maximum(likeness, np.float32(0), out=likeness)
            np.multiply(likeness, likeness, out=likeness)
            np.multiply(likeness, likeness, out=likeness)
            likeness *= np.float32(np.exp(-0.5 * ((down / sigma[0]) ** 2 + (right / sigma[1]) ** 2)))
            weights += likeness
            np.multiply(likeness, far_values[rows, columns], out=likeness)
            total += likeness
    # The middle neighbour always counts 1: no division by zero.
    return np.asarray(total / weights, dtype=np.float32)
