"""What the numbers of a picture file mean: mostly gray, but amplitude is stored in TIFF and PNG too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.recording import Intensity
from lusgui.io.mat_intensity import IntensityGuess, guess_intensity, is_crowded_near_zero
from lusgui.io.pixels import guess_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def guess_picture(dtype: np.dtype[Any], samples: Sequence[NDArray[Any]]) -> tuple[IntensityGuess, list[str]]:
    """Guess the amplitude state of a picture file's numbers.

    Gray unless the numbers speak against it: decibels are negative, amplitude crowds near zero. Eight bits
    are gray always.

    Parameters
    ----------
    dtype : numpy.dtype
        Element type.
    samples : sequence of (H, W) ndarray
        Some frames.

    Returns
    -------
    guess : IntensityGuess
        With the range for gray.
    notes : list of str
        What the person should know, where it is not gray.
    """
    gray = IntensityGuess(Intensity.DISPLAY, guess_range(dtype, samples), "a picture")
    if dtype == np.bool_ or dtype == np.uint8:
        return gray, []
    values = np.concatenate([np.asarray(sample, dtype=np.float64).ravel() for sample in samples])
    values = values[np.isfinite(values)]
    if values.size == 0:
        return gray, []
    if float(values.min()) >= 0:
        if not is_crowded_near_zero(values):
            return gray, []
        guess = IntensityGuess(Intensity.LINEAR, None, "numbers that crowd near zero as amplitude does")
    else:
        guess = guess_intensity(dtype, [values])
        if guess.intensity is not Intensity.DB:
            return gray, []
    said = f"The amplitude state '{guess.intensity}' was guessed from {guess.reason}; say so if it is wrong."
    return guess, [said]
