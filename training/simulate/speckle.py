"""A speckle phantom with known truth: background, a dark cyst and a thin bright arc."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RAYLEIGH_SNR = float(np.sqrt(np.pi / (4.0 - np.pi)))
"""Mean over standard deviation of a Rayleigh amplitude: 1.913."""
RAYLEIGH_LOG_STD = float(np.pi / np.sqrt(24.0))
"""Standard deviation of the natural logarithm of a Rayleigh amplitude: 0.641."""
_FWHM_PER_SIGMA = float(np.sqrt(8.0 * np.log(2.0)))


class SpeckleModel(StrEnum):
    """How the speckle meets the truth."""

    CONVOLVED = "convolved"
    """Scatterers weighted by the truth, then blurred by the pulse: edges have the width of the pulse."""
    PRODUCT = "product"
    """Unit-mean speckle times the truth: edges are one sample wide, as papers on filters assume."""
    SPECULAR = "specular"
    """As convolved, but the arc is a mirror: one phase, bright without gaps."""


@dataclass(frozen=True)
class SpecklePhantom:
    """One frame of the phantom and everything that is known about it.

    Parameters
    ----------
    amplitude : (H, W) float32 ndarray
        Linear echo amplitude, background mean about 1.
    truth : (H, W) float32 ndarray
        Mean amplitude without speckle.
    arc, near_arc : (H, W) bool ndarray
        The arc; the background on both sides of it that its contrast is measured against.
    cyst : (H, W) bool ndarray
        The whole cyst.
    cyst_inside, background : (H, W) bool ndarray
        Regions for statistics, clear of every edge.
    cyst_centre, cyst_radii : tuple of float
        Row and column of the cyst's centre, and its half axes in rows and columns.
    """

    amplitude: NDArray[np.float32]
    truth: NDArray[np.float32]
    arc: NDArray[np.bool_]
    near_arc: NDArray[np.bool_]
    cyst: NDArray[np.bool_]
    cyst_inside: NDArray[np.bool_]
    background: NDArray[np.bool_]
    cyst_centre: tuple[float, float]
    cyst_radii: tuple[float, float]


def _pulse_blur(field: NDArray[np.complex64], correlation_px: tuple[float, float]) -> NDArray[np.complex64]:
    # The covariance of intensity under a Gaussian pulse of width sigma is itself Gaussian with that sigma.
    from scipy.ndimage import gaussian_filter1d

    for axis, width in enumerate(correlation_px):
        sigma = width / _FWHM_PER_SIGMA
        if sigma > 0:
            real = gaussian_filter1d(field.real, sigma, axis=axis, mode="wrap")
            imaginary = gaussian_filter1d(field.imag, sigma, axis=axis, mode="wrap")
            field = np.asarray(real + 1j * imaginary, dtype=np.complex64)
    return field


def _circular_gaussian(shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.complex64]:
    pair = random.standard_normal((2, *shape), dtype=np.float32)
    return np.asarray(pair[0] + 1j * pair[1], dtype=np.complex64)


def correlated_speckle(
    shape: tuple[int, int] = (960, 128),
    correlation_px: tuple[float, float] = (7.0, 2.0),
    seed: int = 0,
) -> NDArray[np.float32]:
    """Return fully developed speckle: Rayleigh amplitude with mean 1 and the given correlation.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    correlation_px : tuple of float
        Full width at half maximum of the covariance of intensity, in rows and columns; 0 is white.
    seed : int
        Of the random scatterers.

    Returns
    -------
    (H, W) float32 ndarray
        Amplitude; mean over standard deviation near 1.913, standard deviation of its logarithm near 0.641.
    """
    field = _pulse_blur(_circular_gaussian(shape, np.random.default_rng(seed)), correlation_px)
    power = float(np.mean(np.square(np.abs(field)), dtype=np.float64))
    return (np.abs(field) * np.float32(1.0 / np.sqrt(power * np.pi / 4.0))).astype(np.float32)


def speckle_phantom(
    shape: tuple[int, int] = (960, 128),
    *,
    seed: int = 0,
    correlation_px: tuple[float, float] = (7.0, 2.0),
    model: SpeckleModel = SpeckleModel.CONVOLVED,
    cyst_amplitude: float = 0.25,
    arc_amplitude: float = 4.8,
    arc_thickness_px: int = 4,
    arc_sagitta_px: float = 40.0,
) -> SpecklePhantom:
    """Return a frame of speckle with a cyst and a convex arc whose truth is known.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns; at least 160 rows and 32 columns so that the regions do not touch.
    seed : int
        Of the speckle.
    correlation_px : tuple of float
        Full width at half maximum of the covariance of intensity, in rows and columns.
    model : SpeckleModel
        How the speckle meets the truth.
    cyst_amplitude, arc_amplitude : float
        Mean amplitude relative to the background's, on the sampled grid (after the pulse's blur for the arc).
    arc_thickness_px : int
        Rows of the arc at every column.
    arc_sagitta_px : float
        Rows by which the middle of the arc stands above its ends.

    Returns
    -------
    SpecklePhantom
    """
    rows, columns = shape
    row = np.arange(rows, dtype=np.float32)[:, None]
    column = np.arange(columns, dtype=np.float32)[None, :]
    centre = (0.66 * rows, 0.5 * (columns - 1))
    radii = (0.14 * rows, 0.28 * columns)
    distance = np.hypot((row - centre[0]) / radii[0], (column - centre[1]) / radii[1])
    across = (column - 0.5 * (columns - 1)) / (0.5 * columns)
    top = 0.2 * rows + np.float32(arc_sagitta_px) * np.square(across / 0.75)
    spans = np.abs(across) <= 0.75
    arc = (row >= np.round(top)) & (row < np.round(top) + arc_thickness_px) & spans
    offset = np.abs(row - (top + 0.5 * arc_thickness_px))
    near_arc = (offset > 24 + arc_thickness_px) & (offset < 60 + arc_thickness_px) & spans
    cyst = distance <= 1.0
    background = np.broadcast_to((row > 0.34 * rows) & (row < 0.47 * rows), shape) | np.broadcast_to(
        row > 0.86 * rows, shape
    )
    background &= np.broadcast_to((column >= 4) & (column < columns - 4), shape)
    truth = np.ones(shape, dtype=np.float32)
    truth[cyst] = cyst_amplitude
    random = np.random.default_rng(seed)
    scatter = _circular_gaussian(shape, random)
    unit = np.sqrt(np.mean(np.square(np.abs(_pulse_blur(scatter, correlation_px))), dtype=np.float64))
    scatter = (scatter * np.float32(2.0 / np.sqrt(np.pi) / unit)).astype(np.complex64)
    if model is SpeckleModel.PRODUCT:
        truth[arc] = arc_amplitude
        amplitude = truth * np.abs(_pulse_blur(scatter, correlation_px))
    elif model is SpeckleModel.CONVOLVED:
        # The blur lowers the mean of a line thinner than the pulse: the reflectivity is raised to make up.
        gain = _power_kept(arc, correlation_px)
        reflectivity = truth.copy()
        reflectivity[arc] = np.sqrt(max(arc_amplitude**2 - (1.0 - gain), 0.0) / gain)
        amplitude = np.abs(_pulse_blur((scatter * reflectivity).astype(np.complex64), correlation_px))
        truth[arc] = arc_amplitude
    else:
        line = _pulse_blur(arc.astype(np.complex64), correlation_px).real
        kept = float(line[arc].mean()) if arc.any() else 1.0
        phase = np.exp(1j * random.uniform(0.0, 2.0 * np.pi)).astype(np.complex64)
        field = _pulse_blur((scatter * truth).astype(np.complex64), correlation_px)
        amplitude = np.abs(field + line * np.float32(arc_amplitude / kept) * phase)
        truth[arc] = arc_amplitude
    return SpecklePhantom(
        amplitude=amplitude.astype(np.float32),
        truth=truth,
        arc=arc,
        near_arc=near_arc,
        cyst=cyst,
        cyst_inside=distance < 0.7,
        background=background,
        cyst_centre=(float(centre[0]), float(centre[1])),
        cyst_radii=(float(radii[0]), float(radii[1])),
    )


def _power_kept(arc: NDArray[np.bool_], correlation_px: tuple[float, float]) -> float:
    # Expected power inside the arc of scatterers that lie only in the arc, relative to scatterers everywhere:
    # the truth's power blurred by the square of the pulse, whose sigma is smaller by the root of two.
    from scipy.ndimage import gaussian_filter

    if not arc.any():
        return 1.0
    sigma = [width / _FWHM_PER_SIGMA / np.sqrt(2.0) for width in correlation_px]
    return float(gaussian_filter(arc.astype(np.float32), sigma, mode="wrap")[arc].mean())
