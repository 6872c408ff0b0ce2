"""The homomorphic wavelet that knows structure: a shrunk pilot, and averages steered by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.structure import (
    bright_line_weight,
    oriented_brightness,
    smooth_step,
    speckle_size,
    speckle_spread,
    steered_mean,
)
from lusgui.core.wavelet_shrink import shrink

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings

RAYLEIGH_LOG_SPREAD = 0.641
"""Standard deviation of the natural logarithm of a Rayleigh amplitude."""
_FAST_PILOT_STRENGTH = 0.7
"""The single pass's pilot keeps a little speckle in exchange for edges; the steered mean removes it."""
_TOLERANCE = 0.28
"""Likeness in the pilot, in nepers, where speckle spreads by 0.641; narrower where it spreads less."""


def restore(
    log: NDArray[np.float32], amplitude: NDArray[np.float32] | None, settings: DespeckleSettings
) -> NDArray[np.float32]:
    """Reduce speckle by wavelet shrinkage of `log` and averages that stop at structure.

    Parameters
    ----------
    log : (H, W) float32 ndarray
        Natural logarithm of amplitude, or compressed data in units in which its speckle spreads by 0.641.
    amplitude : (H, W) float32 ndarray or None
        The linear amplitude itself; None for compressed data, which is then averaged as it is.
    settings : DespeckleSettings
        Method "fast", "best" or "textbook"; the latter, and protection 0, is plain shrinkage.

    Returns
    -------
    (H, W) float32 ndarray
        Amplitude where amplitude was given, else in the units of `log`.
    """
    method = str(settings.method)
    if method == "textbook" or settings.protection <= 0:
        return _plain(log, amplitude, settings, one_sigma=method == "textbook")
    if method == "best":
        return _best(log, amplitude, settings)
    return _fast(log, amplitude, settings)


def _pilot(
    log: NDArray[np.float32], settings: DespeckleSettings, levels: int, strength: float, *, one_sigma: bool
) -> NDArray[np.float32]:
    return shrink(
        log,
        wavelet=settings.wavelet,
        levels=levels,
        rule=str(settings.rule),
        strength=strength,
        spins=settings.spins,
        one_sigma=one_sigma,
    )


def _plain(
    log: NDArray[np.float32],
    amplitude: NDArray[np.float32] | None,
    settings: DespeckleSettings,
    *,
    one_sigma: bool,
) -> NDArray[np.float32]:
    smooth = _pilot(log, settings, settings.levels, settings.strength, one_sigma=one_sigma)
    if amplitude is None:
        return smooth
    # The mean of the logarithm lies below the logarithm of the mean: one factor gives the mean back.
    smooth = np.exp(smooth)
    return smooth * np.float32(amplitude.mean(dtype=np.float64) / smooth.mean(dtype=np.float64))


def _brightness(log: NDArray[np.float32], smooth: NDArray[np.float32]) -> NDArray[np.float32]:
    # Speckle has a short upper tail in amplitude, its logarithm a long lower one: lines are sought there.
    return np.asarray(np.exp(np.minimum(log - smooth, np.float32(4.0))), dtype=np.float32)


def _add_lines(
    smooth: NDArray[np.float32], bright: NDArray[np.float32], low: float, high: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    weight = bright_line_weight(bright, low, high)
    return smooth + weight * np.log(np.maximum(bright, np.float32(1e-3))), weight


def _best(
    log: NDArray[np.float32], amplitude: NDArray[np.float32] | None, settings: DespeckleSettings
) -> NDArray[np.float32]:
    from scipy.ndimage import uniform_filter

    grain = speckle_size(log)
    spread = min(max(speckle_spread(log) / RAYLEIGH_LOG_SPREAD, 0.1), 1.5)
    smooth = _pilot(log, settings, settings.levels, settings.strength, one_sigma=False)
    bright = oriented_brightness(_brightness(log, smooth), 3, 2, (-3, -2, -1, 0, 1, 2, 3))
    pilot, weight = _add_lines(smooth, bright, 2.0, 4.0)
    # Edges that the shrinkage blurred show as a residue of one sign over a patch.
    residue = uniform_filter(log - smooth, (9, 5), mode="nearest")
    middle = np.float32(np.median(residue))
    scale = max(float(np.median(np.abs(residue - middle))) / 0.6745, 1e-6)
    edge = smooth_step(np.abs(residue - middle) * np.float32(1.0 / scale), 2.0, 3.0)
    pilot += edge * (1 - weight) * (residue - middle)
    values = log if amplitude is None else amplitude
    # Neighbours closer than a third of a grain say the same twice; wider steps would leave a comb.
    step = (max(1, min(2, int(grain[0] / 3))), max(1, min(2, int(grain[1]))))
    for reach in ((0.94, 1.95), (1.3, 2.6)):
        sigma = (
            float(np.clip(reach[0] * grain[0], 2.5, 12.0)),
            float(np.clip(reach[1] * grain[1], 2.5, 8.0)),
        )
        averaged = steered_mean(values, pilot, sigma=sigma, step=step, tolerance=_TOLERANCE * spread)
        pilot = averaged if amplitude is None else np.log(np.maximum(averaged, np.float32(1e-6)))
    return averaged + np.float32(settings.protection) * weight * (values - averaged)


def _pool(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    total = values[0::factor].copy()
    for start in range(1, factor):
        total += values[start::factor]
    return total * np.float32(1.0 / factor)


def _unpool(values: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    # Linear between the centres of the pooled rows, flat beyond the first and last.
    if factor == 1:
        return values
    rows, columns = values.shape
    out = np.empty((rows, factor, columns), dtype=np.float32)
    below = np.concatenate([values[1:], values[-1:]])
    above = np.concatenate([values[:1], values[:-1]])
    for index in range(factor):
        position = (index + 0.5) / factor - 0.5
        other = below if position > 0 else above
        np.subtract(other, values, out=out[:, index])
        out[:, index] *= np.float32(abs(position))
        out[:, index] += values
    return out.reshape(rows * factor, columns)


def _fast(
    log: NDArray[np.float32], amplitude: NDArray[np.float32] | None, settings: DespeckleSettings
) -> NDArray[np.float32]:
    # Sampled far finer than its grain along the beam, a frame loses nothing but time by being pooled first.
    grain = speckle_size(log)
    rows = log.shape[0]
    # The mean of decibels dims a thin line more than the mean of amplitudes: pooled less.
    most = 2 if amplitude is None else 4
    factor = 4 if grain[0] >= 5.0 and rows >= 64 else 2 if grain[0] >= 2.5 and rows >= 32 else 1
    factor = min(factor, most)
    padding = -rows % factor
    values = log if amplitude is None else amplitude
    padded = np.pad(values, ((0, padding), (0, 0)), mode="edge") if padding else values
    pooled = _pool(padded, factor)
    pooled_log = pooled if amplitude is None else np.log(np.maximum(pooled, np.float32(1e-3)))
    spread = min(max(speckle_spread(pooled_log) / RAYLEIGH_LOG_SPREAD, 0.1), 1.5)
    smooth = _pilot(
        pooled_log, settings, settings.levels, _FAST_PILOT_STRENGTH * settings.strength, one_sigma=False
    )
    bright = oriented_brightness(_brightness(pooled_log, smooth), 1, 1, (-1, 0, 1))
    pilot, weight = _add_lines(smooth, bright, 2.8, 4.8)
    grain_rows = grain[0] / factor
    sigma = (float(np.clip(1.1 * grain_rows, 1.2, 4.0)), float(np.clip(2.2 * grain[1], 2.0, 5.0)))
    # Every second or third neighbour suffices: those between share their grain.
    step = (2 if sigma[0] >= 1.6 else 1, 3 if sigma[1] >= 4.0 else 2)
    averaged = steered_mean(pooled, pilot, sigma=sigma, step=step, tolerance=_TOLERANCE * spread)
    averaged, weight = _unpool(averaged, factor)[:rows], _unpool(weight, factor)[:rows]
    return averaged + np.float32(settings.protection) * weight * (values - averaged)
