"""What stored numbers mean: linear amplitude, decibels or gray, guessed from some frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINEAR_ABOVE = 300.0
"""Non-negative numbers beyond this are no 8-bit gray."""
WIDENED = 257
"""Eight bits are widened to sixteen by this factor, so that 255 becomes 65535."""
MOST_MIDDLE = 0.1
SEEN_FROM = 0.02
"""Of what lies above 2 % of the 99.7th percentile the median is below a tenth of it for amplitude, above for
gray. Measured on 423 real frames of six kinds: 0.024 to 0.099 turned into amplitude over 60 dB, 0.064 to 0.61
as gray; below a tenth are 1 % of the gray frames, and those have gray levels."""
GRAY_LEVELS = 256
LEAST_PIXELS = 4096
_FLOOR_SHARE = 0.002
_SIGNED_UNITS = ((0.0, 1.0), (-1.0, 1.0))


@dataclass(frozen=True)
class IntensityGuess:
    """A guessed amplitude state.

    Parameters
    ----------
    intensity : Intensity
        The state.
    value_range : tuple of float or None
        Range that display or dB numbers are defined on; None where it must be measured.
    reason : str
        Why, as a sentence fragment.
    is_sure : bool
        Whether the numbers leave no doubt.
    """

    intensity: Intensity
    value_range: tuple[float, float] | None
    reason: str
    is_sure: bool = True


def guess_intensity(
    dtype: np.dtype[Any], frames: list[NDArray[Any]], *, is_native: bool = False
) -> IntensityGuess:
    """Guess the amplitude state from the declared type and some frames.

    Parameters
    ----------
    dtype : numpy.dtype
        Declared element type, before magnitude.
    frames : list of (H, W) ndarray
        Filled frames.
    is_native : bool
        Whether the name is that of Verasonics' own image buffer, which is linear.
    """
    if dtype.kind == "c":
        return IntensityGuess(Intensity.LINEAR, None, "the magnitude of complex numbers")
    if dtype.kind == "b":
        return IntensityGuess(Intensity.DISPLAY, (0.0, 1.0), "true and false")
    if dtype == np.uint8:
        return IntensityGuess(Intensity.DISPLAY, (0.0, 255.0), "8-bit gray")
    parts = [np.asarray(frame, dtype=np.float64).ravel() for frame in frames]
    values = np.concatenate(parts) if parts else np.zeros(0)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return IntensityGuess(
            Intensity.LINEAR, None, "its name alone, there being no numbers to judge by", is_sure=False
        )
    low, high = float(values.min()), float(values.max())
    if high <= 0 and low < 0:
        return IntensityGuess(Intensity.DB, _db_range(values, low, high), "no number is above zero")
    if low < 0:
        return _signed(values, low, high)
    if high == 0:
        return IntensityGuess(Intensity.LINEAR, None, "all numbers are zero", is_sure=False)
    if high > LINEAR_ABOVE and np.all(values % WIDENED == 0) and has_gray_levels(values):
        return IntensityGuess(Intensity.DISPLAY, (0.0, 255.0 * WIDENED), "8-bit gray stored in 16 bits")
    if high > LINEAR_ABOVE:
        return IntensityGuess(Intensity.LINEAR, None, f"numbers from {low:.3g} to {high:.3g}")
    if is_crowded_near_zero(values) or _spreads_over_decades(values):
        return IntensityGuess(Intensity.LINEAR, None, "a dynamic range that no gray scale has")
    if high <= 1.0:
        return IntensityGuess(Intensity.DISPLAY, (0.0, 1.0), "numbers from 0 to 1", is_sure=False)
    if is_native and dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return IntensityGuess(Intensity.LINEAR, None, "Verasonics stores linear amplitude under this name")
    return IntensityGuess(Intensity.DISPLAY, (0.0, 255.0), "numbers within 0 to 255", is_sure=False)


def is_crowded_near_zero(values: NDArray[np.float64]) -> bool:
    """Whether the numbers crowd near zero as amplitude does and gray does not; see `MOST_MIDDLE`."""
    positive = values[values > 0]
    if positive.size < 64 or has_gray_levels(values):
        return False
    strong = np.percentile(positive, 99.7)
    seen = positive[positive > SEEN_FROM * strong]
    return bool(seen.size and np.median(seen) < MOST_MIDDLE * strong)


def has_gray_levels(values: NDArray[Any]) -> bool:
    """Whether many pixels share at most 256 values, as gray of eight bits does whatever it is stored in."""
    # most amplitudes are ruled out by a few thousand pixels, without sorting them all
    few = values[:: max(values.size // 8192, 1)]
    return bool(
        values.size >= LEAST_PIXELS
        and np.unique(few).size <= GRAY_LEVELS
        and np.unique(values).size <= GRAY_LEVELS
    )


def looks_like_rf(frame: NDArray[Any]) -> bool:
    """Whether a real frame oscillates about zero along its rows, as echoes before detection do.

    Parameters
    ----------
    frame : (H, W) ndarray
        Rows are depth.
    """
    values = np.nan_to_num(np.asarray(frame, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    used = values[np.abs(values) > 0]
    if used.size < values.size // 10 or used.size < 64:
        return False
    negative = float(np.mean(used < 0))
    spread = float(used.std())
    if not 0.35 < negative < 0.65 or abs(float(used.mean())) > 0.1 * spread:
        return False
    crossings = float(np.mean(np.diff(np.signbit(values).astype(np.int8), axis=0) != 0))
    return crossings > 0.1


def _spreads_over_decades(values: NDArray[np.float64]) -> bool:
    """Whether the faint outnumber the strong by far, as amplitude without compensation for depth has it."""
    positive = values[values > 0]
    if positive.size < 64 or has_gray_levels(values):
        return False
    weak, middle, strong = np.percentile(positive, (1, 50, 99.7))
    return bool(middle < 0.03 * strong or (weak < 1e-3 * strong and middle < 0.1 * strong))


def _signed(values: NDArray[np.float64], low: float, high: float) -> IntensityGuess:
    if low >= -1.0 and high <= 1.0:
        return IntensityGuess(Intensity.DISPLAY, (-1.0, 1.0), "numbers from -1 to 1", is_sure=False)
    if high - low <= 250 and high <= 150:
        # Decibels above some level of their own, e.g. 20 log10 of counts.
        return IntensityGuess(
            Intensity.DB, _db_range(values, low, high), "a range that decibels have", is_sure=False
        )
    return IntensityGuess(Intensity.LINEAR, None, "large positive and negative numbers", is_sure=False)


def _db_range(values: NDArray[np.float64], low: float, high: float) -> tuple[float, float] | None:
    """Return the range if the numbers were cut off at a floor, else None: it is then measured."""
    if np.mean(values == low) < _FLOOR_SHARE:
        return None
    top = 0.0 if high <= 0.0 and high > low / 4 else high
    return (low, top) if top > low else None
