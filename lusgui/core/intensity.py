"""The one path from stored numbers to what the canvas shows and the network sees: float32 in [0, 1]."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lusgui.core.recording import Recording

DEFAULT_DYNAMIC_RANGE_DB = 60.0
REFERENCE_PERCENTILE = 99.7
LEAST_CLIPPED_PART = 0.001
"""Part of the values that must equal the extreme for it to have been clipped there."""


@dataclass(frozen=True)
class DisplayMapping:
    """How stored numbers become gray in [0, 1]; measured once a recording, the same for all its frames.

    Parameters
    ----------
    intensity : Intensity
        State of the stored numbers.
    low, high : float
        For dB and display data, the values that become 0 and 1. For linear data `high` is the
        amplitude at 0 dB and `low` is unused.
    dynamic_range_db : float
        Width of the log compression of linear data, in dB.
    """

    intensity: Intensity
    low: float
    high: float
    dynamic_range_db: float = DEFAULT_DYNAMIC_RANGE_DB

    def apply(self, frame: NDArray[Any]) -> NDArray[np.float32]:
        """Map a frame (H, W) of stored numbers to float32 in [0, 1]; NaN and -Inf become 0, +Inf 1."""
        values = np.asarray(frame, dtype=np.float32)
        if self.intensity is Intensity.LINEAR:
            floor = np.float32(self.high * 10.0 ** (-self.dynamic_range_db / 20.0))
            clipped = np.clip(values, floor, np.float32(self.high))
            gray = np.log10(clipped / np.float32(self.high)) * np.float32(20.0 / self.dynamic_range_db)
            gray += np.float32(1.0)
        else:
            gray = (values - np.float32(self.low)) / np.float32(max(self.high - self.low, 1e-12))
        gray = np.nan_to_num(gray, nan=0.0, posinf=1.0, neginf=0.0)
        mapped: NDArray[np.float32] = np.clip(gray, 0.0, 1.0).astype(np.float32, copy=False)
        return mapped

    def with_dynamic_range(self, decibels: float) -> DisplayMapping:
        """Return the mapping with another dynamic range, the loudest echo staying white.

        Decibels that whoever made the file cut off keep that floor: below it there is nothing. Gray made
        for the screen is as it is.
        """
        if self.intensity is Intensity.DISPLAY:
            return self
        low = self.low
        if self.intensity is Intensity.DB and math.isclose(
            self.high - low, self.dynamic_range_db, rel_tol=1e-6
        ):
            low = self.high - decibels
        return replace(self, low=low, dynamic_range_db=decibels)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a message or a file."""
        return asdict(self) | {"intensity": str(self.intensity)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DisplayMapping:
        """Build from what `to_json` returned."""
        return cls(
            Intensity(values["intensity"]),
            float(values["low"]),
            float(values["high"]),
            float(values["dynamic_range_db"]),
        )


def measure_mapping(
    recording: Recording, dynamic_range_db: float = DEFAULT_DYNAMIC_RANGE_DB
) -> DisplayMapping:
    """Measure the mapping of a recording from up to twelve of its frames.

    Linear data: 0 dB at the 99.7th percentile of amplitude. dB data: its own range where its ends were
    clipped or stated, at most `dynamic_range_db`; an end that was not clipped is where it would be for
    linear data, so that a frame looks the same stored as amplitude and as dB. Display
    data: the range it is defined on.

    Parameters
    ----------
    recording : Recording
        The open recording.
    dynamic_range_db : float
        Width of the compression in dB.

    Returns
    -------
    DisplayMapping
    """
    state = recording.intensity
    if recording.value_range is not None and state is not Intensity.LINEAR:
        low, high = recording.value_range
        return DisplayMapping(state, float(low), float(high), dynamic_range_db)
    values = np.concatenate(
        [np.asarray(recording.frame(i), dtype=np.float32).ravel() for i in recording.sample_indices()]
    )
    values = values[np.isfinite(values)]
    if values.size == 0:
        return DisplayMapping(state, 0.0, 1.0, dynamic_range_db)
    if state is Intensity.LINEAR:
        positive = values[values > 0]
        high = float(np.percentile(positive, REFERENCE_PERCENTILE)) if positive.size else 1.0
        return DisplayMapping(state, 0.0, high or 1.0, dynamic_range_db)
    if state is Intensity.DB:
        return _measure_db(values, dynamic_range_db)
    high = float(values.max())
    low = float(values.min())
    return DisplayMapping(state, low, high if high > low else low + 1.0, dynamic_range_db)


def _measure_db(values: NDArray[np.float32], dynamic_range_db: float) -> DisplayMapping:
    # An end where many values pile up was clipped by whoever made the file: that end is its range. Else the
    # numbers are taken as linear data would be, whose few loudest echoes may lie 10 dB above the rest.
    low, high = float(values.min()), float(values.max())
    is_clipped_below = np.count_nonzero(values == np.float32(low)) > LEAST_CLIPPED_PART * values.size
    is_clipped_above = np.count_nonzero(values == np.float32(high)) > LEAST_CLIPPED_PART * values.size
    if not is_clipped_above:
        high = float(np.percentile(values, REFERENCE_PERCENTILE))
    floor = high - dynamic_range_db
    low = max(low, floor) if is_clipped_below else floor
    return DisplayMapping(Intensity.DB, low, high if high > low else low + 1.0, dynamic_range_db)
