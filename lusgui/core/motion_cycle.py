"""Where in its movement each frame of a recording stands, by principal components of small frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 24
"""Rows and columns of a small frame."""

LEAST_FRAMES = 8
"""With fewer frames nothing is said of a movement."""

LEAST_CORRELATION = 0.3
"""A movement counts as a cycle if it resembles itself one period later at least so much (correlation)."""

LEAST_SHARE = 0.1
"""Share of the variance of small frames that the first component must explain to count as movement."""


@dataclass(frozen=True, eq=False)
class MotionCycle:
    """The movement of one recording.

    Parameters
    ----------
    phase : (N,) float ndarray
        Of each frame. In a cycle in [0, 1), 0 and 0.5 being its two ends; without one the place between the
        ends, 0 to 0.5.
    is_cyclic : bool
        Whether it comes again.
    period_frames : float or None
        Length of the cycle.
    """

    phase: NDArray[np.float64]
    is_cyclic: bool
    period_frames: float | None = None


def shrink_frame(gray: NDArray[Any], side: int = SIDE) -> NDArray[np.float32]:
    """Return the means of gray (H, W) over side x side fields, as (side * side,) of mean 0 and deviation 1.

    So a frame is told by what it shows, not by its gain; an even frame gives zeros.
    """
    rows, cols = (np.linspace(0, length, side + 1).round().astype(int) for length in gray.shape)
    if min(gray.shape) < side:
        raise ValueError(f"a frame of {gray.shape} is smaller than {side} x {side}")
    sums = np.add.reduceat(np.asarray(gray, np.float64), rows[:-1], axis=0)
    sums = np.add.reduceat(sums, cols[:-1], axis=1)
    means = sums / np.outer(np.diff(rows), np.diff(cols))
    means = np.nan_to_num(means - means.mean())
    deviation = means.std()
    return np.asarray(means / deviation if deviation > 1e-6 else means * 0, np.float32).ravel()


def principal_components(
    small: NDArray[Any], most: int = 16
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coordinates (N, k) along the principal components of small frames (N, D), and their shares (k,).

    k is the least of `most`, N and D; the shares of the variance sum to at most 1.
    """
    centred = np.asarray(small, np.float64) - np.mean(small, axis=0, keepdims=True, dtype=np.float64)
    left, sizes, _right = np.linalg.svd(centred, full_matrices=False)
    total = float((sizes**2).sum())
    shares = sizes**2 / total if total > 0 else np.zeros_like(sizes)
    return (left * sizes)[:, :most], shares[:most]


def motion_cycle(small: NDArray[Any], frames: NDArray[Any]) -> MotionCycle | None:
    """Return where in its movement each frame of one recording stands.

    Parameters
    ----------
    small : (N, D) ndarray
        Small frames, see `shrink_frame`.
    frames : (N,) int ndarray
        Their numbers, rising; gaps may be uneven.

    Returns
    -------
    MotionCycle or None
        None where there are too few frames, or nothing that moves as one.

    Notes
    -----
    The first principal component of the frames follows what moves most (breathing, a beating heart, the
    probe). Its phase is the angle of its analytic signal.
    """
    if len(small) < LEAST_FRAMES:
        return None
    coordinates, shares = principal_components(small, 1)
    if shares[0] < LEAST_SHARE:
        return None
    first, last = int(frames[0]), int(frames[-1])
    gap = max(1, int(np.min(np.diff(frames))))
    grid = np.arange(first, last + 1, gap)
    signal = np.interp(grid, frames, coordinates[:, 0])
    period = _period(signal)
    if period is None:
        low, high = np.quantile(signal, (0.02, 0.98))
        place = np.clip((coordinates[:, 0] - low) / max(high - low, 1e-12), 0.0, 1.0)
        return MotionCycle(place / 2, is_cyclic=False)
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d
    from scipy.signal import hilbert

    # drift slower than the cycle, and noise faster than it, would turn the angle about
    calm = gaussian_filter1d(signal, period / 12) - uniform_filter1d(signal, max(3, round(1.5 * period)))
    angle = np.angle(hilbert(calm)) / (2 * np.pi) % 1.0
    which = np.clip(np.searchsorted(grid, frames), 0, len(grid) - 1)
    return MotionCycle(angle[which], is_cyclic=True, period_frames=period * gap)


def _period(signal: NDArray[np.float64]) -> float | None:
    """Return after how many samples a signal comes again, or None."""
    count = len(signal)
    centred = signal - signal.mean()
    power = float(centred @ centred)
    if power <= 0 or count < 2 * LEAST_FRAMES:
        return None
    lags = np.arange(2, count // 2 + 1)
    # each lag over the samples that overlap, so that long ones are not put at a disadvantage
    values = np.array(
        [
            float(a @ b) / max(float(np.sqrt((a @ a) * (b @ b))), 1e-12)
            for a, b in ((centred[:-lag], centred[lag:]) for lag in lags)
        ]
    )
    negative = np.flatnonzero(values < 0)
    if not len(negative):
        return None
    rest = slice(int(negative[0]), None)
    best = int(np.argmax(values[rest])) + int(negative[0])
    if values[best] < LEAST_CORRELATION:
        return None
    # of several periods the first that is nearly as good
    for index in range(int(negative[0]) + 1, best):
        is_peak = values[index] >= values[index - 1] and values[index] >= values[index + 1]
        if is_peak and values[index] >= 0.85 * values[best]:
            best = index
            break
    return float(lags[best])
