"""The parts every simulated B-mode frame is made of: speckle, mirrors, the pulse, and the screen's gray.

Everything is complex baseband: an envelope detector turns the sum into amplitude. Mirrors (bone, pleura,
fascia) are put into baseband directly, for a smooth profile under a carrier of several megahertz would cancel
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def smooth_noise(
    shape: tuple[int, int], scale: tuple[float, float], random: np.random.Generator
) -> NDArray[np.float32]:
    """Return Gaussian noise (H, W) of mean 0 and deviation 1, smooth over `scale` rows and columns."""
    from scipy.ndimage import zoom

    coarse = (max(int(shape[0] / scale[0]) + 2, 3), max(int(shape[1] / scale[1]) + 2, 3))
    noise = random.standard_normal(coarse).astype(np.float32)
    full = zoom(noise, (shape[0] / coarse[0], shape[1] / coarse[1]), order=1, grid_mode=True, mode="nearest")
    full = full[: shape[0], : shape[1]]
    return np.asarray((full - full.mean()) / max(float(full.std()), 1e-6), dtype=np.float32)


def smooth_curve(columns: int, scale: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Return a smooth random curve (W,) of mean 0 and deviation 1."""
    return np.asarray(smooth_noise((3, columns), (3.0, scale), random)[1], dtype=np.float32)


def scatterers(shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.complex64]:
    """Return circular Gaussian scatterers (H, W) of unit power."""
    pair = random.standard_normal((2, *shape), dtype=np.float32)
    return np.asarray((pair[0] + 1j * pair[1]) / np.sqrt(2.0), dtype=np.complex64)


def pulse(
    field: NDArray[np.complex64], axial_px: float, lateral_px: float, focus: float = 0.5
) -> NDArray[np.complex64]:
    """Blur baseband (H, W) by the pulse and by a beam that is narrowest at the focus.

    The power of speckle is kept at the focus and far from it; between, where both beams add, it is up to
    twice that.

    Parameters
    ----------
    field : (H, W) complex64 ndarray
        Reflectivity.
    axial_px, lateral_px : float
        Standard deviations in rows, and in columns at the focus.
    focus : float
        Depth of the focus as a share of the height.
    """
    from scipy.ndimage import gaussian_filter1d

    def blur(values: NDArray[np.complex64], sigma: float, axis: int) -> NDArray[np.complex64]:
        real = gaussian_filter1d(values.real, sigma, axis=axis, mode="nearest")
        imaginary = gaussian_filter1d(values.imag, sigma, axis=axis, mode="nearest")
        # a Gaussian of deviation s keeps 1 / (2 s sqrt(pi)) of white noise's power
        return np.asarray((real + 1j * imaginary) * np.sqrt(2 * sigma * np.sqrt(np.pi)), np.complex64)

    axial = blur(field, max(axial_px, 0.5), 0)
    sharp, wide = (blur(axial, max(lateral_px * factor, 0.5), 1) for factor in (1.0, 2.2))
    depth = np.linspace(0.0, 1.0, field.shape[0], dtype=np.float32)[:, None]
    share = np.clip(np.abs(depth - focus) * 1.6, 0.0, 1.0)
    return np.asarray(np.sqrt(1 - share) * sharp + np.sqrt(share) * wide, np.complex64)


def screen_gray(
    amplitude: NDArray[np.float32], dynamic_range_db: float, gain_db: float = 0.0
) -> NDArray[np.float32]:
    """Log-compress amplitude (H, W) to gray in [0, 1]; 0 dB lies at its 99.7th percentile less the gain."""
    reference = max(float(np.percentile(amplitude, 99.7)), 1e-12)
    decibel = 20 * np.log10(np.maximum(amplitude / reference, 1e-6)) + gain_db
    return np.asarray(np.clip(decibel / dynamic_range_db + 1, 0, 1), dtype=np.float32)


def patchy(columns: int, random: np.random.Generator, low: float, high: float) -> NDArray[np.float32]:
    """Return the strength of a mirror along its length (W,): one level, uneven, at times broken."""
    level = np.exp(random.uniform(np.log(low), np.log(high)))
    uneven = np.exp(random.uniform(0.1, 0.6) * smooth_curve(columns, random.uniform(6.0, 40.0), random))
    gaps = smooth_curve(columns, random.uniform(15.0, 60.0), random) > random.uniform(-3.5, -1.2)
    return np.asarray(level * uneven * np.where(gaps, 1.0, 0.2), np.float32)


def add_line(
    field: NDArray[np.float32], row: NDArray[np.float32], sigma: float, strength: NDArray[np.float32]
) -> None:
    """Add a thin bright curve, row (W,) and strength (W,), to the field (H, W) in place."""
    rows = field.shape[0]
    reach = int(np.ceil(3 * sigma)) + 1
    at = np.floor(row).astype(int)[None, :] + np.arange(-reach, reach + 1)[:, None]  # (2R+1, W)
    value = strength * np.exp(-0.5 * ((at - row) / sigma) ** 2)
    columns = np.broadcast_to(np.arange(len(row)), at.shape)
    good = (at >= 0) & (at < rows)
    np.add.at(field, (at[good], columns[good]), value[good].astype(np.float32))
