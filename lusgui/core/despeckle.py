"""Speckle reduction of one frame: the settings, and the dispatch to the filter they name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ALGORITHM_VERSION = 3
"""Raised whenever the same settings give other pixels, so that keys of old results no longer match."""


LOWEST_AMPLITUDE = 1e-3
"""Floor of the logarithm relative to the mean amplitude of the frame: 60 dB below it."""


class Method(StrEnum):
    """Which filter."""

    OFF = "off"
    FAST = "fast"
    """Structure-aware homomorphic wavelet, one pass: for browsing."""
    BEST = "best"
    """Structure-aware homomorphic wavelet, averaged over shifts: for export and learning."""
    TEXTBOOK = "textbook"
    """Homomorphic wavelet with one noise level taken from the finest diagonal band."""
    LEE = "lee"
    SRAD = "srad"
    MEDIAN = "median"


class Rule(StrEnum):
    """How wavelet coefficients are shrunk."""

    BAYES = "bayes"
    VISU_SOFT = "visu_soft"
    VISU_HARD = "visu_hard"


_PRESETS: dict[Method, dict[str, Any]] = {
    Method.OFF: {"wavelet": "db4", "levels": 4, "rule": Rule.VISU_SOFT, "spins": 1, "window": 11},
    Method.FAST: {"wavelet": "db4", "levels": 4, "rule": Rule.VISU_SOFT, "spins": 1, "window": 11},
    Method.BEST: {"wavelet": "db4", "levels": 4, "rule": Rule.VISU_SOFT, "spins": 4, "window": 11},
    Method.TEXTBOOK: {"wavelet": "db4", "levels": 4, "rule": Rule.BAYES, "spins": 1, "window": 11},
    Method.LEE: {"wavelet": "db4", "levels": 4, "rule": Rule.VISU_SOFT, "spins": 1, "window": 7},
    Method.SRAD: {"wavelet": "db4", "levels": 4, "rule": Rule.VISU_SOFT, "spins": 1, "window": 11},
    Method.MEDIAN: {"wavelet": "db4", "levels": 4, "rule": Rule.VISU_SOFT, "spins": 1, "window": 5},
}


@dataclass(frozen=True)
class DespeckleSettings:
    """How speckle is reduced. Fields left empty or zero take the default of the method.

    Parameters
    ----------
    method : Method
        Which filter.
    wavelet : str
        Name of a discrete wavelet, e.g. "db4".
    levels : int
        Levels of decomposition, at least 1; fewer are used where the frame is too small.
    rule : Rule
        How coefficients are shrunk.
    spins : int
        Number of shifted copies that are averaged (cycle spinning); 1 is no spinning.
    window : int
        Side of the window of local statistics in samples, odd.
    strength : float
        Factor on the thresholds of the wavelet rules; 1 is the estimate itself.
    protection : float
        0 to 1: how much of a bright structure is left as it is; 0 is plain shrinkage.
    iterations : int
        Steps of SRAD.
    """

    method: Method = Method.FAST
    wavelet: str = ""
    levels: int = 0
    rule: Rule | None = None
    spins: int = 0
    window: int = 0
    strength: float = 1.0
    protection: float = 1.0
    iterations: int = 50

    def __post_init__(self) -> None:
        method = Method(self.method)
        object.__setattr__(self, "method", method)
        for name, value in _PRESETS[method].items():
            if not getattr(self, name):
                object.__setattr__(self, name, value)
        object.__setattr__(self, "rule", Rule(self.rule or Rule.VISU_SOFT))

    @cached_property
    def key(self) -> str:
        """Short text that differs whenever the despeckled pixels would."""
        if self.method is Method.OFF:
            return "off"
        text = json.dumps([ALGORITHM_VERSION, self.to_json()], sort_keys=True)
        return f"{self.method}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a message or a file."""
        return asdict(self) | {"method": str(self.method), "rule": str(self.rule)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DespeckleSettings:
        """Build from what `to_json` returned; unknown names are ignored."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        return cls(**known)


OFF = DespeckleSettings(Method.OFF)
FAST = DespeckleSettings(Method.FAST)
BEST = DespeckleSettings(Method.BEST)


def despeckle(
    frame: NDArray[Any], intensity: Intensity, settings: DespeckleSettings = FAST
) -> NDArray[np.float32]:
    """Return the frame with its speckle reduced, in the same intensity state.

    Parameters
    ----------
    frame : (H, W) ndarray
        Any real dtype. NaN and -Inf become the lowest finite value, +Inf the highest; linear amplitude
        below zero becomes zero.
    intensity : Intensity
        What the numbers mean. The logarithm is taken of linear amplitude only.
    settings : DespeckleSettings
        The method and its parameters.

    Returns
    -------
    (H, W) float32 ndarray
        Same intensity state and register as `frame`; the mean of a speckled area is kept.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.asarray(frame, dtype=np.float32)
    if settings.method is Method.OFF or values.size == 0:
        return values
    values = _finite(values)
    linear = intensity is Intensity.LINEAR
    if linear:
        values = np.maximum(values, np.float32(0))
    low, high = float(values.min()), float(values.max())
    if low == high:
        return values
    # Unit scale inside: no square of a stored number can overflow, and scaled data give scaled results.
    offset = 0.0 if linear else low
    unit = float(values.mean(dtype=np.float64)) if linear else high - low
    if not unit > float(np.finfo(np.float32).tiny):
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (values - np.float32(offset)) / np.float32(unit)
        narrow = np.isfinite(np.float32(unit)) and np.isfinite(scaled).all()
    if not narrow:
        scaled = ((values.astype(np.float64) - offset) / unit).astype(np.float32)
    smooth = _filter_linear(scaled, settings) if linear else _filter_compressed(scaled, settings)
    result = smooth.astype(np.float64) * unit + offset if unit > 1e30 else smooth * np.float32(unit)
    if unit <= 1e30 and offset:
        result += np.float32(offset)
    # Overshoot of the wavelets never leaves the range of the frame.
    return np.clip(result, low, high, out=result).astype(np.float32, copy=False)


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    finite = np.isfinite(values)
    if finite.all():
        return values
    good = values[finite]
    low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 0.0)
    return np.nan_to_num(values, nan=low, posinf=high, neginf=low)


def _filter_linear(amplitude: NDArray[np.float32], settings: DespeckleSettings) -> NDArray[np.float32]:
    from lusgui.core import classic_filters, homomorphic

    match settings.method:
        case Method.LEE:
            return classic_filters.lee(amplitude, settings.window)
        case Method.SRAD:
            return classic_filters.srad(amplitude, settings.iterations)
        case Method.MEDIAN:
            return classic_filters.median(amplitude, settings.window)
        case _:
            log = np.log(np.maximum(amplitude, np.float32(LOWEST_AMPLITUDE)))
            return homomorphic.restore(log, amplitude, settings)


def _filter_compressed(values: NDArray[np.float32], settings: DespeckleSettings) -> NDArray[np.float32]:
    from lusgui.core import classic_filters, homomorphic
    from lusgui.core.structure import speckle_spread

    spread = speckle_spread(values)
    if spread <= 0:
        return values
    match settings.method:
        case Method.LEE:
            return classic_filters.lee_additive(values, settings.window, spread)
        case Method.SRAD:
            # Diffusion weighs relative steps, so it runs on the amplitude that these numbers compress.
            nepers = np.clip(values * np.float32(homomorphic.RAYLEIGH_LOG_SPREAD / spread), -40.0, 40.0)
            middle = np.float32(nepers.mean())
            spread_out = classic_filters.srad(np.exp(nepers - middle), settings.iterations)
            return (np.log(spread_out) + middle) * np.float32(spread / homomorphic.RAYLEIGH_LOG_SPREAD)
        case Method.MEDIAN:
            return classic_filters.median(values, settings.window)
        case _:
            # In units in which its speckle varies as the logarithm of a Rayleigh amplitude does.
            unit = np.float32(spread / homomorphic.RAYLEIGH_LOG_SPREAD)
            return homomorphic.restore(values / unit, None, settings) * unit
