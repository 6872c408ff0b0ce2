"""Simulated frames as acquisition scripts of a Verasonics store them: MAT v5 and v7.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.mat73_writer import write_mat73

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

DYNAMIC_RANGE_DB = 60.0
"""Range that 8-bit gray stands for when it is turned back to amplitude."""
PEAK_AMPLITUDE = 20000.0
FREQUENCY_MHZ = 5.2
SOUND_SPEED_M_S = 1540.0


def to_amplitude(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Undo a log compression of 60 dB: gray 0 to 255 to linear amplitude, black being zero."""
    table = PEAK_AMPLITUDE * 10.0 ** ((np.arange(256) / 255.0 - 1.0) * DYNAMIC_RANGE_DB / 20.0)
    table[0] = 0.0
    return np.asarray(table.astype(np.float32)[gray])


def recording_variables(
    frames: Sequence[NDArray[np.uint8]], spacing_mm: tuple[float, float] | None, rate_hz: float
) -> dict[str, Any]:
    """Return variables of one recording, arrays in MATLAB's axis order and dicts for structs.

    Parameters
    ----------
    frames : sequence of (H, W) uint8 ndarray
        Gray, oldest first; they lie in the buffer in that order.
    spacing_mm : tuple of float, optional
        Row, column; without it PData states no pixel size.
    rate_hz : float
        Frames a second.
    """
    amplitude = to_amplitude(np.stack(frames))
    count, rows, columns = amplitude.shape
    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = np.ascontiguousarray(amplitude.transpose(1, 2, 0))[:, :, np.newaxis, :]
    wavelength_mm = SOUND_SPEED_M_S / (FREQUENCY_MHZ * 1e6) * 1e3
    grid: dict[str, Any] = {
        "Coord": "rectangular",
        "Size": np.array([[float(rows), float(columns), 1.0]]),
    }
    if spacing_mm is not None:
        row, column = (step / wavelength_mm for step in spacing_mm)
        grid["PDelta"] = np.array([[column, 0.0, row]])
        grid["Origin"] = np.array([[-column * columns / 2, 0.0, 0.0]])
    return {
        "ImgData": cell,
        "PData": grid,
        "Trans": {
            "name": "simulated",
            "units": "wavelengths",
            "frequency": np.array([[FREQUENCY_MHZ]]),
        },
        "Resource": {
            "Parameters": {"speedOfSound": np.array([[SOUND_SPEED_M_S]]), "simulateMode": np.array([[1.0]])},
            "ImageBuffer": {
                "numFrames": np.array([[float(count)]]),
                "firstFrame": np.array([[1.0]]),
                "lastFrame": np.array([[float(count)]]),
            },
        },
        "P": {"frameRate": np.array([[rate_hz]])},
    }


def write_recording(path: Path, variables: dict[str, Any], version: str) -> None:
    """Write the variables as MAT "5" (compressed) or "7.3", replacing what is there."""
    if version == "7.3":
        write_mat73(path, variables)
        return
    from scipy.io import savemat

    savemat(path, variables, appendmat=False, do_compression=True, oned_as="row")
