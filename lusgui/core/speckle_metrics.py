"""How smooth, how separable and how sharp: speckle metrics on a region that the person draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


@dataclass(frozen=True)
class SpeckleMetrics:
    """Metrics of one frame before and after a filter; None where a region is missing or nothing varies.

    Parameters
    ----------
    enl : float or None
        Equivalent number of looks of the background after the filter.
    ssi : float or None
        Speckle suppression index: 1 is unchanged, smaller is smoother.
    cnr, gcnr : float or None
        Contrast to noise and generalized contrast to noise of region against background.
    epi : float or None
        Edge preservation index: 1 is all edges kept, near 0 none.
    """

    enl: float | None
    ssi: float | None
    cnr: float | None
    gcnr: float | None
    epi: float | None


def _values(frame: NDArray[Any], region: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    chosen = np.asarray(frame if region is None else frame[region], dtype=np.float64).ravel()
    return chosen[np.isfinite(chosen)]


def enl(frame: NDArray[Any], region: NDArray[np.bool_] | None = None) -> float | None:
    """Return the equivalent number of looks, mean^2 / variance of amplitude; 3.66 for raw speckle.

    Parameters
    ----------
    frame : (H, W) ndarray
        Linear amplitude.
    region : (H, W) bool ndarray, optional
        A homogeneous area; by default the whole frame.
    """
    values = _values(frame, region)
    if values.size < 2 or values.var() == 0:
        return None
    return float(values.mean() ** 2 / values.var())


def ssi(filtered: NDArray[Any], raw: NDArray[Any], region: NDArray[np.bool_] | None = None) -> float | None:
    """Return the speckle suppression index: (std / mean) after over (std / mean) before."""
    after, before = _values(filtered, region), _values(raw, region)
    if min(after.size, before.size) < 2 or after.mean() == 0 or before.mean() == 0 or before.std() == 0:
        return None
    return float((after.std() / after.mean()) / (before.std() / before.mean()))


def cnr(frame: NDArray[Any], region: NDArray[np.bool_], background: NDArray[np.bool_]) -> float | None:
    """Return |mean_r - mean_b| / sqrt(var_r + var_b)."""
    inside, outside = _values(frame, region), _values(frame, background)
    if min(inside.size, outside.size) < 2:
        return None
    noise = float(np.sqrt(inside.var() + outside.var()))
    return None if noise == 0 else float(abs(inside.mean() - outside.mean()) / noise)


def gcnr(
    frame: NDArray[Any], region: NDArray[np.bool_], background: NDArray[np.bool_], bins: int = 256
) -> float | None:
    """Return 1 minus the overlap of the two histograms: 0 is inseparable, 1 is separable by a threshold.

    References
    ----------
    Rodriguez-Molares et al. 2020, doi 10.1109/TUFFC.2019.2956855.
    """
    inside, outside = _values(frame, region), _values(frame, background)
    if not inside.size or not outside.size:
        return None
    low, high = min(inside.min(), outside.min()), max(inside.max(), outside.max())
    if low == high:
        return 0.0
    first = np.histogram(inside, bins, (low, high))[0] / inside.size
    second = np.histogram(outside, bins, (low, high))[0] / outside.size
    return float(1.0 - np.minimum(first, second).sum())


def epi(
    filtered: NDArray[Any], reference: NDArray[Any], region: NDArray[np.bool_] | None = None
) -> float | None:
    """Return the correlation of the Laplacians of two frames.

    Parameters
    ----------
    filtered, reference : (H, W) ndarray
        After the filter; the truth where it is known, else the frame before the filter.
    region : (H, W) bool ndarray, optional
        Where to compare; by default everywhere.
    """
    from scipy.ndimage import laplace

    if filtered.size == 0:
        return None
    pair = [laplace(np.nan_to_num(np.asarray(f, dtype=np.float64))) for f in (filtered, reference)]
    first, second = (p.ravel() if region is None else p[region] for p in pair)
    if first.size < 2:
        return None
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt(np.sum(first**2) * np.sum(second**2)))
    return None if scale == 0 else float(np.sum(first * second) / scale)


def measure_speckle(
    raw: NDArray[Any],
    filtered: NDArray[Any],
    region: NDArray[np.bool_],
    background: NDArray[np.bool_] | None = None,
) -> SpeckleMetrics:
    """Measure a filter on a region that the person drew.

    Parameters
    ----------
    raw, filtered : (H, W) ndarray
        Linear amplitude before and after.
    region : (H, W) bool ndarray
        What was drawn.
    background : (H, W) bool ndarray, optional
        What it is compared to, and where smoothness is measured. Without one the region itself is the
        homogeneous area, and the two contrasts are None.
    """
    even = region if background is None else background
    return SpeckleMetrics(
        enl(filtered, even),
        ssi(filtered, raw, even),
        None if background is None else cnr(filtered, region, background),
        None if background is None else gcnr(filtered, region, background),
        epi(filtered, raw, region if background is None else region | background),
    )
