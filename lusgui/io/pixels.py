"""What every picture reader needs: gray from colour, the range of numbers, limits, the person's recipe."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import NotAnImageError, TooLargeError
from lusgui.core.recording import Intensity, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.recipe import Recipe

MAX_FRAME_PIXELS = 64 * 1024 * 1024
"""Largest frame we decode: 8192 x 8192, well beyond any scanner; above it we suspect a decompression bomb."""

MAX_PICTURE_BYTES = 4 * 1024**3
"""Most memory one eagerly decoded picture may take."""

_stderr_lock = threading.Lock()
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def to_gray(picture: NDArray[Any]) -> NDArray[Any]:
    """Reduce a picture to one channel, keeping its element type.

    Parameters
    ----------
    picture : (H, W), (H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4) ndarray
        Gray, gray and alpha, colour, or colour and alpha. Alpha is dropped.

    Returns
    -------
    (H, W) ndarray
        Luma (Rec. 601). A picture whose three channels agree keeps its exact numbers.

    Raises
    ------
    NotAnImageError
        If the array is no picture.
    """
    if picture.ndim == 3 and picture.shape[2] in (1, 2):
        picture = picture[:, :, 0]
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    if picture.ndim != 3 or picture.shape[2] not in (3, 4):
        raise NotAnImageError("this is not a two-dimensional picture", shape=picture.shape)
    red, green, blue = picture[:, :, 0], picture[:, :, 1], picture[:, :, 2]
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.ascontiguousarray(red)
    luma = picture[:, :, :3].astype(np.float32) @ _LUMA
    if np.issubdtype(picture.dtype, np.integer):
        limits = np.iinfo(picture.dtype)
        rounded: NDArray[Any] = np.clip(np.rint(luma), limits.min, limits.max).astype(picture.dtype)
        return rounded
    return np.asarray(luma, dtype=picture.dtype)


def check_frame_size(rows: int, cols: int, path: Path) -> None:
    """Refuse a frame without pixels or one so large that it can only be a decompression bomb.

    Raises
    ------
    NotAnImageError, TooLargeError
    """
    if rows < 1 or cols < 1:
        raise NotAnImageError("the picture has no pixels", path=path, shape=(rows, cols))
    if rows * cols > MAX_FRAME_PIXELS:
        raise TooLargeError(
            f"it claims a frame of {rows} x {cols} pixels, far more than any ultrasound frame has",
            path=path,
            remedy="Export the frames again at their own size",
        )


def guess_range(dtype: np.dtype[Any], samples: Sequence[NDArray[Any]]) -> tuple[float, float]:
    """Return the range that display numbers are defined on, from their type and some frames.

    Eight-bit data are on 0 to 255. Wider integers are on the smallest of the usual bit depths that
    holds them; floats on [0, 1], [-1, 1] or [0, 255] if they fit, else from lowest to highest.
    """
    if dtype == np.bool_:
        return 0.0, 1.0
    if dtype == np.uint8:
        return 0.0, 255.0
    finite = [values[np.isfinite(values)] for values in (np.asarray(sample) for sample in samples)]
    low = min((float(values.min()) for values in finite if values.size), default=0.0)
    high = max((float(values.max()) for values in finite if values.size), default=1.0)
    if np.issubdtype(dtype, np.integer):
        if low < 0:
            limits = np.iinfo(dtype)
            return float(limits.min), float(limits.max)
        bits = next((bits for bits in (8, 10, 12, 14, 16, 24) if high < 2**bits), 32)
        return 0.0, float(min(2**bits - 1, np.iinfo(dtype).max))
    for candidate in ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)):
        if candidate[0] <= low and high <= candidate[1]:
            return candidate
    return low, high if high > low else low + 1.0


def apply_recipe(recording: Recording, recipe: Recipe | None) -> Recording:
    """Let the person's saved choices overrule what was found in the file; returns the same recording."""
    if recipe is None:
        return recording
    if recipe.intensity is not None and recipe.intensity is not recording.intensity:
        recording.intensity = recipe.intensity
        # Gray has the range of its kind of numbers; for the others it is measured.
        recording.value_range = None
        if recipe.intensity is Intensity.DISPLAY:
            samples = [recording.frame(index) for index in recording.sample_indices(5)]
            recording.value_range = guess_range(recording.dtype, samples)
    if recipe.spacing_unknown:
        recording.spacing_mm = None
    elif recipe.spacing_mm is not None:
        recording.spacing_mm = recipe.spacing_mm
    if recipe.frame_rate_hz is not None:
        recording.frame_rate_hz = recipe.frame_rate_hz
    return recording


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Keep the warnings of decoders out of sight: what matters becomes one of our own sentences."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("tifffile", "pydicom", "PIL"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        yield


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Keep what a C library prints on standard error from being seen; one at a time, as short as can be.

    What other threads print meanwhile is lost too, so this goes around single decodings only.
    """
    with _stderr_lock:
        try:
            kept = os.dup(2)
        except OSError:  # a program without a console has nothing to silence
            yield
            return
        try:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path)
                os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def usable_spacing(row_mm: float, col_mm: float) -> tuple[float, float] | None:
    """Return (row, column) spacing if both numbers can be true of ultrasound, else None."""
    if all(np.isfinite(value) and 1e-4 <= value <= 50.0 for value in (row_mm, col_mm)):
        return float(row_mm), float(col_mm)
    return None


def usable_rate(frames_per_second: float) -> float | None:
    """Return the frame rate if it can be true, else None."""
    rate = float(frames_per_second)
    return rate if np.isfinite(rate) and 0.01 <= rate <= 100_000 else None
