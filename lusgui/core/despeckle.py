"""Speckle reduction of one frame: the settings, and the dispatch to the filter they name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ALGORITHM_VERSION = 1
"""Raised whenever the same settings give other pixels, so that keys of old results no longer match."""


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
    Method.BEST: {"wavelet": "db4", "levels": 4, "rule": Rule.VISU_SOFT, "spins": 8, "window": 11},
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

    @property
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
        Any real dtype. NaN and infinities are replaced by the nearest meaning: zero amplitude or the
        lowest finite value for NaN and -Inf, the highest finite value for +Inf.
    intensity : Intensity
        What the numbers mean. Linear amplitude is filtered in its logarithm, dB and display data as is.
    settings : DespeckleSettings
        The method and its parameters.

    Returns
    -------
    (H, W) float32 ndarray
        Same intensity state and register as `frame`.
    """
    values = np.asarray(frame, dtype=np.float32)
    if settings.method is Method.OFF:
        return values
    finite = np.isfinite(values)
    if not finite.all():
        good = values[finite]
        low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 0.0)
        values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    if intensity is not Intensity.LINEAR:
        return _shrink(values, settings)
    values = np.maximum(values, np.float32(0))
    mean = float(values.mean(dtype=np.float64))
    if mean <= 0:
        return values
    floor = np.float32(mean * 1e-3)
    smooth = np.exp(_shrink(np.log(np.maximum(values, floor)), settings))
    return np.asarray(smooth * np.float32(mean / float(smooth.mean(dtype=np.float64))), dtype=np.float32)


def _shrink(log: NDArray[np.float32], settings: DespeckleSettings) -> NDArray[np.float32]:
    import pywt

    levels = min(settings.levels, pywt.dwtn_max_level(log.shape, settings.wavelet))
    if levels < 1:
        return log
    bands = pywt.wavedec2(log, settings.wavelet, mode="symmetric", level=levels)
    universal = settings.strength * float(np.sqrt(2 * np.log(log.size)))
    shrunk: list[Any] = [bands[0]]
    for detail in bands[1:]:
        shrunk.append(
            tuple(
                pywt.threshold(band, float(np.median(np.abs(band))) / 0.6745 * universal, mode="soft")
                for band in detail
            )
        )
    return np.asarray(pywt.waverec2(shrunk, settings.wavelet)[: log.shape[0], : log.shape[1]], np.float32)
